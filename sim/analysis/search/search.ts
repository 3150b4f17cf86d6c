// A search for schedules that violate an expectation: explores, makes what it finds small, and tells what is the same from what is new. A
// generator: it yields the schedules that it wants to be run and is handed their outcomes, so that whoever drives it may use any number of
// threads. What it finds follows from the seed and the number of runs alone.
import { kindsOf, type Schedule, scheduleKey } from "./disturbance.ts";
import type { Room } from "./draw.ts";
import { Explorer } from "./explorer.ts";
import { happened, isViolated, type Outcome } from "./outcome.ts";
import { shrink } from "./shrink.ts";
import { simplerSchedules } from "./simplify.ts";

export interface SearchOptions {
  readonly room: Room;
  readonly seed: string;
  /** Schedules that are tried; shrinking comes on top. */
  readonly runs: number;
  /** It ends after so many findings. */
  readonly maxFindings: number;
  /** Runs that one finding may take to become small. */
  readonly shrinkRuns: number;
  /** Has the time come to an end? */
  readonly isOver: () => boolean;
  readonly onFinding?: (finding: Finding) => void;
  readonly onRun?: (progress: Progress) => void;
}

export interface Progress {
  /** Schedules explored. */
  readonly runs: number;
  readonly findings: number;
  /** By expectation: the nearest that any run came. */
  readonly margins: readonly number[];
}

/** A violation that differs from all others in its expectation or in the kinds that it takes. */
export interface Finding {
  readonly expectation: number;
  readonly schedule: Schedule;
  /** Of the schedule. */
  readonly outcome: Outcome;
  readonly kinds: readonly string[];
  /** The run that violated it first, counted from 1, and what happened there. */
  readonly run: number;
  readonly found: Schedule;
  readonly shrinkRuns: number;
  readonly isMinimal: boolean;
}

export interface SearchResult {
  readonly findings: readonly Finding[];
  readonly runs: number;
  readonly shrinkRuns: number;
  /** Runs that violated something, those that showed nothing new included. */
  readonly violating: number;
  /** Runs that mean nothing, and why, each reason once. */
  readonly voidRuns: number;
  readonly voidReasons: readonly string[];
  /** By expectation: the nearest that any run came, violations apart. */
  readonly margins: readonly number[];
}

/** Schedules are proposed so many runs before the outcomes are known that the proposal rests on: work for as many threads. */
export const AHEAD = 16;

/** What the driver is asked for. */
export type SearchRequest =
  /** Begin with these when there is room; their outcomes are asked for later, in order. */
  | { readonly op: "begin"; readonly schedule: Schedule }
  /** The outcome of the oldest that has been begun. */
  | { readonly op: "outcome" }
  /** The first of these whose outcome passes, tried in order: its position, or -1. */
  | { readonly op: "first"; readonly schedules: readonly Schedule[]; readonly passes: (outcome: Outcome) => boolean };

/** An outcome, or for "first" the position and the outcome at that position. */
export type SearchAnswer = { readonly index: number; readonly outcome: Outcome | null };

export function* search(calm: Outcome, options: SearchOptions): Generator<SearchRequest, SearchResult, SearchAnswer> {
  const { isOver, maxFindings, onFinding, onRun, room, runs, seed } = options;
  const explorer = new Explorer(room, seed, calm);
  const findings: Finding[] = [];
  const margins = [...calm.margins];
  const reasons = new Set<string>();
  const waiting: Schedule[] = [];
  let [begun, done, violating, voidRuns, shrunkRuns] = [0, 0, 0, 0, 0];
  while (done < runs && findings.length < maxFindings && !isOver()) {
    while (begun < runs && begun < done + AHEAD) {
      const schedule = explorer.propose();
      waiting.push(schedule);
      begun++;
      yield { op: "begin", schedule };
    }
    const { outcome } = yield { op: "outcome" };
    const proposed = waiting.shift()!;
    done++;
    if (outcome === null) continue;
    if (outcome.voidReason !== "") {
      voidRuns++;
      reasons.add(outcome.voidReason);
    } else {
      const schedule = happened(proposed, outcome);
      explorer.learn(schedule, outcome);
      outcome.margins.forEach((margin, i) => {
        if (margin >= 0) margins[i] = Math.min(margins[i]!, margin);
      });
      if (outcome.violations.length > 0) violating++;
      for (const { expectation } of outcome.violations) {
        if (findings.length >= maxFindings || isKnown(findings, expectation, schedule)) continue;
        const finding = yield* makeSmall({ expectation, run: done, found: schedule }, options);
        if (finding === null) continue;
        shrunkRuns += finding.shrinkRuns;
        // what looked new may turn out to be the same
        if (findings.some((other) => isSame(other, finding))) continue;
        findings.push(finding);
        onFinding?.(finding);
      }
    }
    onRun?.({ runs: done, findings: findings.length, margins });
  }
  return {
    findings,
    runs: done,
    shrinkRuns: shrunkRuns,
    violating,
    voidRuns,
    voidReasons: [...reasons],
    margins,
  };
}

/** Does it hold all that a known violation of the same expectation takes? Then it shows nothing new. */
function isKnown(findings: readonly Finding[], expectation: number, schedule: Schedule): boolean {
  const kinds = kindsOf(schedule);
  return findings.some(
    (finding) => finding.expectation === expectation && finding.kinds.every((kind) => kinds.includes(kind)),
  );
}

function isSame(a: Finding, b: Finding): boolean {
  return a.expectation === b.expectation && a.kinds.join() === b.kinds.join();
}

/** null: by itself, without what found nobody to hit, it does not violate the expectation any more. */
function* makeSmall(
  { expectation, found, run }: Pick<Finding, "expectation" | "run" | "found">,
  { isOver, room: { choices }, shrinkRuns: maxRuns }: SearchOptions,
): Generator<SearchRequest, Finding | null, SearchAnswer> {
  const passes = (outcome: Outcome) =>
    outcome.voidReason === "" && outcome.missed.length === 0 && isViolated(outcome, expectation);
  const first = yield { op: "first", schedules: [found], passes };
  if (first.index < 0) return null;
  let outcome = first.outcome!;
  const steps = shrink(found, {
    alternatives: (schedule) => simplerSchedules(schedule, choices),
    keyOf: scheduleKey,
    maxRuns,
    isOver,
  });
  let step = steps.next();
  while (step.done !== true) {
    const answer = yield { op: "first", schedules: step.value, passes };
    if (answer.index >= 0) outcome = answer.outcome!;
    step = steps.next(answer.index);
  }
  const { isMinimal, runs, value: schedule } = step.value;
  return { expectation, schedule, outcome, kinds: kindsOf(schedule), run, found, shrinkRuns: runs + 1, isMinimal };
}
