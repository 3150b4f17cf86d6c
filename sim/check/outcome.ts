// What a checked seed comes to. Plain data: it travels between threads.
import type { Style } from "./style.ts";

/** Something that must never be seen, seen. */
export interface Violation {
  /** Name of the invariant. */
  readonly invariant: string;
  /** What was seen, in one line. */
  readonly detail: string;
  /** Virtual time. */
  readonly atMicros: number;
}

/** How to run a seed other than as it was drawn. */
export interface SeedOptions {
  /** Default: drawn. */
  readonly style?: Style;
  /** Positions of the faults that are kept. Default: all. */
  readonly faults?: readonly number[];
  /** Operations of the workload after which clients stop. Default: as drawn. */
  readonly operations?: number;
}

export interface SeedOutcome {
  readonly seed: number;
  readonly style: Style;
  readonly members: number;
  readonly violation: Violation | null;
  /** How often each of SOMETIMES was reached. */
  readonly reached: readonly number[];
  readonly simulatedMicros: number;
  readonly events: number;
  readonly operations: number;
  readonly faults: number;
  /** Of all events: equal digests mean equal runs. */
  readonly digest: string;
}
