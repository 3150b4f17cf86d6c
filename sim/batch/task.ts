// What goes to a worker thread and what comes back: plain data both ways, large parts as buffers that are moved.
import type { RunIdentity, Verdict } from "../metrics/result.ts";
import type { Timeline } from "../metrics/timeline.ts";
import type { Plan } from "../scenario/plan.ts";

/** Sent once to every worker when it starts. */
export interface WorkerSetup {
  readonly plans: readonly Plan[];
  /** Of all runs: see SimulateOptions. */
  readonly shuffleTies?: string | undefined;
}

/** One run: which plan, and with which seed. */
export interface RunTask {
  readonly planIndex: number;
  readonly seed: string;
}

/** A task as a worker thread gets it. */
export interface WorkerTask extends RunTask {
  /** Where the worker writes what came out, under which key; null: it comes back. */
  readonly store: { readonly file: string; readonly key: string } | null;
  /** Of buffers; the heap is limited by the thread. null = no limit. */
  readonly memoryBytes: number | null;
}

/** The lines that a run adds to one report. */
export interface ReportPart {
  readonly report: string;
  readonly bytes: Uint8Array;
}

export interface RunOutcome {
  readonly identity: RunIdentity;
  readonly summary: Readonly<Record<string, number>>;
  readonly verdicts: readonly Verdict[];
  /** Only of runs that are shown one by one. */
  readonly timeline: Timeline | null;
  /** Empty when the worker has written them. */
  readonly parts: readonly ReportPart[];
}

/** Errors travel as data: a thread pool drops their fields, and a stack trace is for developers. */
export type TaskAnswer =
  | { readonly ok: true; readonly outcome: RunOutcome }
  | { readonly ok: false; readonly message: string; readonly errorName: string };
