// What a bench is: a file <name>.bench.ts that exports `run`, and the table that it gives back.

export interface BenchOptions {
  /** Only shows that the bench works, in a second or two: its numbers mean nothing and no target is judged. */
  readonly smoke: boolean;
  /** Only rows whose name contains this, where a bench can leave rows out. */
  readonly only: string;
}

export type Cell = string | number;

export interface BenchTable {
  readonly title: string;
  /** Units are part of a column's name. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What was isolated, dropped or sampled; printed under the table. */
  readonly notes?: readonly string[];
  /** Targets that were missed, in words; in a smoke run only what must hold at any speed. */
  readonly missed: readonly string[];
}

export interface BenchModule {
  run(options: BenchOptions): Promise<readonly BenchTable[]>;
}
