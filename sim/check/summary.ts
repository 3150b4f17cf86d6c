// Many checked seeds as one result. Outcomes come in the order of seeds, so it is the same for any number of workers.
import { Digest } from "../engine/digest.ts";
import type { SeedOutcome } from "./outcome.ts";
import { SOMETIMES } from "./sometimes.ts";
import { STYLES, type Style } from "./style.ts";

/** Below this many seeds an empty counter says nothing. */
export const FULL_RUN_SEEDS = 10_000;
const MAX_VIOLATIONS = 50;

export interface CheckResult {
  readonly seeds: number;
  readonly seedsByStyle: Readonly<Record<Style, number>>;
  readonly violations: readonly SeedOutcome[];
  /** All of them, also those beyond the list. */
  readonly violationCount: number;
  readonly simulatedMicros: number;
  readonly events: number;
  readonly operations: number;
  readonly faults: number;
  /** How often each of SOMETIMES was reached. */
  readonly reached: readonly number[];
  readonly empty: readonly string[];
  /** Of all seeds' events. */
  readonly digest: string;
}

export class CheckSummary {
  private seeds = 0;
  private readonly seedsByStyle: Record<Style, number> = Object.fromEntries(
    STYLES.map((style) => [style, 0]),
  ) as Record<Style, number>;
  private readonly violations: SeedOutcome[] = [];
  private violationCount = 0;
  private simulatedMicros = 0;
  private events = 0;
  private operations = 0;
  private faults = 0;
  private readonly reached: number[] = SOMETIMES.map(() => 0);
  private readonly digest = new Digest();

  /** Takes the next seed's outcome. */
  add(outcome: SeedOutcome): void {
    this.seeds++;
    this.seedsByStyle[outcome.style]++;
    this.simulatedMicros += outcome.simulatedMicros;
    this.events += outcome.events;
    this.operations += outcome.operations;
    this.faults += outcome.faults;
    for (let i = 0; i < this.reached.length; i++) this.reached[i]! += outcome.reached[i] ?? 0;
    this.digest.noteString(outcome.digest);
    if (outcome.violation === null) return;
    this.violationCount++;
    if (this.violations.length < MAX_VIOLATIONS) this.violations.push(outcome);
  }

  result(): CheckResult {
    return {
      seeds: this.seeds,
      seedsByStyle: this.seedsByStyle,
      violations: this.violations,
      violationCount: this.violationCount,
      simulatedMicros: this.simulatedMicros,
      events: this.events,
      operations: this.operations,
      faults: this.faults,
      reached: this.reached,
      empty: SOMETIMES.filter((_, i) => this.reached[i] === 0),
      digest: this.digest.hex(),
    };
  }
}
