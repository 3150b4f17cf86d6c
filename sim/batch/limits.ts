// What one run of a batch may take, and how often it is tried again when its worker dies. None of it changes a result: a run that keeps
// within its limits gives the same bytes whatever they are.

export interface RunLimits {
  /** Wall time of one run; null = none. */
  readonly timeoutMillis: number | null;
  /** For the heap of a worker, and as much again for its buffers; null = what Node gives a thread. */
  readonly memoryBytes: number | null;
  /** How often a run is begun again whose worker died. A run that fails by itself would fail again. */
  readonly retries: number;
}

export const NO_LIMITS: RunLimits = { timeoutMillis: null, memoryBytes: null, retries: 2 };

/** A run that took more memory than it may. */
export class RunMemoryError extends Error {
  override readonly name = "RunMemoryError";
}

/** A run that took longer than it may. */
export class RunTimeoutError extends Error {
  override readonly name = "RunTimeoutError";
}
