// The script of a recording cut into phases: what happens after a step belongs to it until the next step.
import type { Action } from "./rows.ts";
import type { Timeline } from "./timeline.ts";

export interface Phase {
  /** Number and action of the step that begins it. */
  readonly name: string;
  readonly from: number;
  readonly until: number;
}

/** What came of steps, and no step itself. */
const OUTCOMES: ReadonlySet<string> = new Set([
  "drainDone",
  "exited",
  "componentExited",
  "componentRestarted",
  "apiserverExited",
  "apiserverReady",
  "namespaceGone",
  "defaultedPodRequests",
]);

/** Steps that follow each other so closely are one. */
const TOGETHER_SECONDS = 1;

export function isStep({ action }: Action): boolean {
  return !OUTCOMES.has(action);
}

export function phasesOf(timeline: Timeline): Phase[] {
  const starts: { name: string; from: number; last: number }[] = [];
  for (const step of timeline.actions) {
    if (!isStep(step)) continue;
    const last = starts.at(-1);
    if (last !== undefined && step.t - last.last <= TOGETHER_SECONDS) {
      last.last = step.t;
      continue;
    }
    // what the answer to the first request says is a little late: its effects were seen before
    starts.push({ name: `${starts.length + 1} ${step.action}`, from: step.t - EARLY_SECONDS, last: step.t });
  }
  return starts.map(({ name, from }, i) => ({
    name,
    from,
    until: starts[i + 1]?.from ?? Number.POSITIVE_INFINITY,
  }));
}

const EARLY_SECONDS = 0.03;
