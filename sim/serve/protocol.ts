// What the page and the service say to each other, as data. Times are microseconds of virtual time; null = not measured.
import type { ColumnFormat } from "../metrics/column-format.ts";
import type { RunIdentity } from "../metrics/result.ts";
import type { FaultMark, LeaderSpan } from "../metrics/timeline.ts";
import type { FaultLayer } from "../model/fault-layers.ts";
import type { FileProblem } from "../model/problem.ts";

/** GET /api/state */
export interface ServeState {
  readonly version: string;
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly isScenario: boolean }[];
  readonly runs: readonly RunState[];
  readonly columns: readonly MetricColumn[];
  readonly limits: { readonly timeoutMillis: number; readonly memoryBytes: number };
}

/** A column of the summary. */
export interface MetricColumn {
  readonly name: string;
  readonly format: ColumnFormat;
  readonly doc: string;
  readonly better: "lower" | "higher" | "neutral";
  /** Compared first. */
  readonly isKey: boolean;
}

/** A mistake, with the line that `kubedrill validate` prints. */
export interface ShownProblem extends FileProblem {
  readonly text: string;
  /** In the text that was sent, rather than in a file that it names. */
  readonly isHere: boolean;
}

/** POST /api/check */
export interface CheckAnswer {
  readonly problems: readonly ShownProblem[];
  readonly variants: readonly VariantOutline[];
}

export interface VariantOutline {
  /** "" = the scenario has none. */
  readonly variant: string;
  readonly seed: string;
  readonly nodes: number;
  readonly pods: number;
  readonly durationMicros: number | null;
  readonly warnings: readonly string[];
}

export type RunPhase = "waiting" | "running" | "done" | "failed" | "cancelled";

export interface RunState {
  readonly id: string;
  /** Name of the file. */
  readonly file: string;
  readonly scenario: string;
  readonly variant: string;
  readonly seed: string;
  readonly phase: RunPhase;
  /** 0 … 1; 0 also while a run without a duration goes on. */
  readonly share: number;
  readonly nowMicros: number;
  readonly elapsedMillis: number;
  /** Why it failed, or "". */
  readonly message: string;
  readonly problems: readonly ShownProblem[];
  /** Of a run that is done: do all expectations hold, and does it mean anything? */
  readonly isMet: boolean | null;
}

/** GET /api/runs/ID */
export interface RunAnswer {
  readonly state: RunState;
  readonly identity: RunIdentity;
  readonly summary: Readonly<Record<string, number | null>>;
  readonly verdicts: readonly ShownVerdict[];
  readonly timeline: { readonly members: readonly string[]; readonly spans: readonly LeaderSpan[] } | null;
  readonly faults: readonly ShownFault[];
  readonly tables: readonly { readonly name: string; readonly doc: string; readonly rows: number }[];
}

export interface ShownVerdict {
  readonly text: string;
  readonly holds: boolean;
  /** What was measured, or why it does not hold. */
  readonly reason: string;
  readonly violatedMicros: number | null;
}

export type ShownFault = {
  readonly [Key in keyof FaultMark]: FaultMark[Key] extends number ? number | null : FaultMark[Key];
} & {
  /** What its targets are the names of; "" when that is not known. */
  readonly layer: FaultLayer | "";
};

/** GET /api/runs/ID/series */
export interface SeriesAnswer {
  readonly timesMicros: readonly number[];
  readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
}

/** GET /api/runs/ID/map: all nodes, and how they stood after each of their changes. */
export interface MapAnswer {
  readonly endMicros: number;
  readonly nodes: readonly MapNode[];
  /** Changes in order of node, then of time: those of node i stand from offsets[i] to before offsets[i + 1]. */
  readonly offsets: readonly number[];
  readonly atMicros: readonly number[];
  /** 1 present, 2 ready, 4 cordoned, 8 tainted by others than these two. */
  readonly flags: readonly number[];
  readonly pods: readonly number[];
  readonly cpuMilli: readonly number[];
  readonly memoryBytes: readonly number[];
  readonly gpus: readonly number[];
  /** Index into taintTexts. */
  readonly taints: readonly number[];
  readonly taintTexts: readonly string[];
}

export interface MapNode {
  readonly name: string;
  readonly zone: string;
  readonly pool: string;
  readonly rack: string;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly pods: number;
  readonly gpus: number;
}

/** GET /api/runs/ID/pods?at=&node=: pods on a node, or those that wait for one. */
export interface PodsAnswer {
  readonly total: number;
  readonly pods: readonly MapPod[];
}

export interface MapPod {
  readonly namespace: string;
  readonly name: string;
  readonly owner: string;
  readonly state: "waiting" | "starting" | "running" | "leaving";
  readonly sinceMicros: number;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly message: string;
}

/** POST /api/runs/ID/look: what kubectl would show at a moment. */
export interface LookAnswer {
  readonly nowMicros: number;
  readonly out: string;
  readonly err: string;
}
