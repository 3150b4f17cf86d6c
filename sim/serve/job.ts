// What goes to the worker threads of the service and what comes back. Tables travel as buffers that are moved.
import type { ReportPart } from "../batch/task.ts";
import type { RunIdentity, Verdict } from "../metrics/result.ts";
import type { Table } from "../metrics/table.ts";
import type { Timeline } from "../metrics/timeline.ts";
import type { CheckAnswer, LookAnswer, ShownProblem } from "./protocol.ts";

/** A scenario as it stands in the editor. */
export interface Source {
  readonly text: string;
  /** Name of the file, relative to the root. */
  readonly name: string;
  /** Absolute: the file's folder, and the served folder beyond which nothing is read. */
  readonly folder: string;
  readonly root: string;
}

export interface RunJob {
  readonly source: Source;
  readonly variant: string;
  /** "" = the scenario's own. */
  readonly seed: string;
  readonly memoryBytes: number;
}

/** What is kept of a run. */
export interface Outcome {
  readonly identity: RunIdentity;
  readonly summary: Readonly<Record<string, number>>;
  readonly verdicts: readonly Verdict[];
  readonly timeline: Timeline | null;
  readonly parts: readonly ReportPart[];
  /** The HTML report, as `kubedrill run` writes it. */
  readonly report: Uint8Array;
  /** Rows of each part. */
  readonly rows: Readonly<Record<string, number>>;
  /** Of nodes that have one, by their names. */
  readonly racks: Readonly<Record<string, string>>;
  readonly tables: Readonly<Record<"pods" | "nodes" | "nodeCourse" | "timeseries", Table>>;
}

export type RunMessage =
  | { readonly kind: "started"; readonly scenario: string; readonly variant: string; readonly seed: string }
  | { readonly kind: "progress"; readonly share: number; readonly nowMicros: number }
  | { readonly kind: "problems"; readonly problems: readonly ShownProblem[] }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "done"; readonly outcome: Outcome };

/** Of the thread that checks, and of the one that looks at moments of runs. */
export type AskMessage =
  | { readonly kind: "check"; readonly source: Source }
  | {
      readonly kind: "look";
      readonly job: RunJob;
      /** Of the scenario and its files, as the run had them. */
      readonly sha256: string;
      readonly atMicros: number | null;
      readonly words: readonly string[];
    };

export type AskAnswer =
  | { readonly ok: true; readonly value: CheckAnswer | LookAnswer }
  | { readonly ok: false; readonly message: string };
