// What a search wants to know of a run: which expectations it violated and when, how near the others came, and what of its schedule
// did not happen. Plain data: it comes from a worker thread.
import type { Result } from "../../metrics/result.ts";
import { textReader } from "../../metrics/table.ts";
import { idOf, type Schedule } from "./disturbance.ts";

export interface Violation {
  /** Position among the expectations. */
  readonly expectation: number;
  /** null: only the end tells. */
  readonly atMicros: number | null;
  readonly note: string;
}

export interface Outcome {
  /** The first in time first. */
  readonly violations: readonly Violation[];
  /** By expectation: 1 = far from failing, 0 = at the limit, below = violated. */
  readonly margins: readonly number[];
  /** Positions in the schedule of what found nobody to hit. */
  readonly missed: readonly number[];
  /** Why the run means nothing; "" otherwise. */
  readonly voidReason: string;
  readonly digest: string;
}

export function outcomeOf(result: Result, schedule: Schedule): Outcome {
  const { identity, tables, verdicts } = result;
  const missed = missedOf(tables.faults, schedule);
  const reasons = identity.invalidReasons.filter(
    (reason) => !missed.some((i) => reason.startsWith(`fault ${idOf(i)} `)),
  );
  const violations = verdicts.flatMap(({ holds, note, violatedMicros }, expectation): Violation[] =>
    holds ? [] : [{ expectation, atMicros: violatedMicros ?? null, note }],
  );
  return {
    violations: violations.sort((a, b) => timeOf(a) - timeOf(b) || a.expectation - b.expectation),
    margins: verdicts.map(({ holds, margin }) => margin ?? (holds ? 1 : -1)),
    missed,
    voidReason: reasons.join("; "),
    digest: identity.digest,
  };
}

/** The schedule without what found nobody to hit: it had no effect. */
export function happened(schedule: Schedule, { missed }: Outcome): Schedule {
  return schedule.filter((_, i) => !missed.includes(i));
}

export function isViolated({ violations }: Outcome, expectation: number): boolean {
  return violations.some((violation) => violation.expectation === expectation);
}

function timeOf({ atMicros }: Violation): number {
  return atMicros ?? Infinity;
}

function missedOf(faults: Result["tables"]["faults"], schedule: Schedule): readonly number[] {
  const [id, outcome] = [textReader(faults, "id"), textReader(faults, "outcome")];
  const missed = new Set<string>();
  for (let row = 0; row < faults.rows; row++) if (outcome(row) === "no target") missed.add(id(row));
  return schedule.flatMap(({ isAction }, i) => (!isAction && missed.has(idOf(i)) ? [i] : []));
}
