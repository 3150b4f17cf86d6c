// Compares what was recorded with what many seeds of the simulation give. A fact holds when the recorded value is among what the seeds
// give, to within a tolerance: a recording is one run of the real thing, and the seeds are the runs that are as likely.
import type { Fact, Facts } from "./fact.ts";
import type { Leaf } from "./flatten.ts";

export interface Comparison {
  readonly path: string;
  /** The recorded value, and those of other recordings of the same parameters. */
  readonly recorded: Leaf;
  readonly repetitions: readonly Leaf[];
  readonly simulated: readonly Leaf[];
  readonly isHeld: boolean;
  /** Stricter, and only counted: does the middle one of the seeds hold by itself? */
  readonly isHeldByMedian: boolean;
}

export interface CompareOptions {
  /** Was the recording made on a machine so loaded that every step could be late by a second or two? */
  readonly isSaturated: boolean;
  /**
   * Was it so loaded when this happened, or, of what has no one instant, for a good part of the time? Then it may have been late, but the instants
   * still say something.
   */
  readonly isStrained?: (at: number | undefined) => boolean;
  /** Are its instants those of timers, such as grace periods? Others of a saturated recording say nothing. */
  readonly isTimerDriven?: boolean;
}

const RELATIVE = 0.1;
const SECONDS = 0.5;
const SATURATED_SECONDS = 2;
/** Orders of magnitude that latencies of single calls may differ by, and what is too short to matter. */
const MAGNITUDE = 10;
const NEGLIGIBLE_SECONDS = 0.25;
/** A step that comes so much later than another one is meant to come after it. */
const APART_SECONDS = 0.2;
/** Something that was not recorded is a difference when at least this share of the seeds has it. */
const USUAL = 0.5;

/**
 * @param repetitions facts of the other recordings of the same parameters
 * @param simulated facts of each seed; at least one
 */
export function compareFacts(
  recorded: Facts,
  repetitions: readonly Facts[],
  simulated: readonly Facts[],
  options: CompareOptions,
): Comparison[] {
  const found: Comparison[] = [];
  for (const [path, fact] of recorded) {
    if (options.isSaturated && options.isTimerDriven === false && fact.kind === "seconds") continue;
    const others = repetitions.map((facts) => factValue(facts, path, fact)).filter((value) => value !== undefined);
    found.push(compareOne(path, fact, others, simulated, options));
  }
  found.push(...unexpected(recorded, repetitions, simulated), ...orders(recorded, simulated));
  return found;
}

function factValue(facts: Facts, path: string, fact: Fact): Leaf | undefined {
  return facts.get(path)?.value ?? (fact.kind === "count" ? 0 : undefined);
}

function compareOne(
  path: string,
  fact: Fact,
  repetitions: readonly Leaf[],
  seeds: readonly Facts[],
  options: CompareOptions,
): Comparison {
  const simulated = seeds.map((facts) => factValue(facts, path, fact) ?? null);
  const holds = (values: readonly Leaf[]) =>
    [fact.value, ...repetitions].some((wanted) => isAmong(wanted, fact, values, options));
  return {
    path,
    recorded: fact.value,
    repetitions,
    simulated,
    isHeld:
      isAmong(fact.value, fact, simulated, options) || holdsWithRepetitions(fact, repetitions, simulated, options),
    isHeldByMedian: holds([middle(simulated)]),
  };
}

// what is not recorded of this repetition may be in the range that the repetitions span
function holdsWithRepetitions(
  fact: Fact,
  repetitions: readonly Leaf[],
  simulated: readonly Leaf[],
  options: CompareOptions,
): boolean {
  if (repetitions.length === 0 || fact.kind === "exact") return false;
  const recorded = [fact.value, ...repetitions].filter((value) => typeof value === "number");
  const found = simulated.filter((value) => typeof value === "number");
  if (recorded.length <= 1 || found.length === 0) return false;
  const low = Math.min(...recorded);
  const high = Math.max(...recorded);
  return found.some((value) => value >= low - slack(low, fact, options) && value <= high + slack(high, fact, options));
}

function isAmong(wanted: Leaf, fact: Fact, values: readonly Leaf[], options: CompareOptions): boolean {
  if (typeof wanted !== "number") return values.includes(wanted);
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length === 0) return false;
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  if (fact.kind === "magnitude") {
    return (
      (wanted <= NEGLIGIBLE_SECONDS && low <= NEGLIGIBLE_SECONDS) ||
      (wanted >= low / MAGNITUDE && wanted <= high * MAGNITUDE)
    );
  }
  const allowed = slack(wanted, fact, options);
  return wanted >= low - allowed && wanted <= high + allowed;
}

function slack(value: number, { at, kind }: Fact, { isSaturated, isStrained }: CompareOptions): number {
  if (kind !== "seconds") return 0;
  const seconds = isSaturated || isStrained?.(at) === true ? SATURATED_SECONDS : SECONDS;
  return Math.max(RELATIVE * Math.abs(value), seconds);
}

function middle(values: readonly Leaf[]): Leaf {
  const sorted = [...values].sort((a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1,
  );
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

/** What the seeds usually have, and no recording of these parameters. */
function unexpected(recorded: Facts, repetitions: readonly Facts[], seeds: readonly Facts[]): Comparison[] {
  const counts = new Map<string, number>();
  for (const facts of seeds) {
    for (const [path, { kind }] of facts) {
      if (kind !== "count" || recorded.has(path) || repetitions.some((other) => other.has(path))) continue;
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  const found: Comparison[] = [];
  for (const [path, count] of counts) {
    if (count < USUAL * seeds.length) continue;
    found.push({
      path,
      recorded: 0,
      repetitions: [],
      simulated: seeds.map((facts) => facts.get(path)?.value ?? 0),
      isHeld: false,
      isHeldByMedian: false,
    });
  }
  return found;
}

/** Steps of a phase in the order of their first instants: each against the next one that is clearly later. */
function orders(recorded: Facts, seeds: readonly Facts[]): Comparison[] {
  const phases = new Map<string, { path: string; at: number }[]>();
  for (const [path, { value }] of recorded) {
    if (!path.startsWith("first ") || typeof value !== "number") continue;
    const phase = path.slice(0, path.indexOf(":"));
    const list = phases.get(phase);
    if (list === undefined) phases.set(phase, [{ path, at: value }]);
    else list.push({ path, at: value });
  }
  const found: Comparison[] = [];
  for (const list of phases.values()) {
    list.sort((a, b) => a.at - b.at);
    for (const [i, { path, at }] of list.entries()) {
      const later = list.slice(i + 1).find((other) => other.at - at >= APART_SECONDS);
      if (later === undefined) continue;
      const simulated = seeds.map((facts) => isBefore(facts, path, later.path));
      const isHeld = simulated.includes(true);
      const name = `order ${path.slice("first ".length)} < ${later.path.slice(later.path.indexOf(":") + 2)}`;
      found.push({
        path: name,
        recorded: true,
        repetitions: [],
        simulated,
        isHeld,
        isHeldByMedian: simulated.filter((value) => value === true).length * 2 >= seeds.length,
      });
    }
  }
  return found;
}

function isBefore(facts: Facts, path: string, later: string): boolean | null {
  const a = facts.get(path)?.value;
  const b = facts.get(later)?.value;
  return typeof a === "number" && typeof b === "number" ? a <= b : null;
}
