// Growing pauses between attempts, as client-go has them: for reflectors (which begin again after a quiet time) and for work
// queues that try an item again.
import type { RandomStream } from "../engine/random.ts";

export interface BackOffOptions {
  readonly initialMicros: number;
  readonly factor: number;
  readonly maxMicros: number;
  /** A pause is prolonged by up to this share of itself; needs a stream. */
  readonly jitter?: number;
  /** After so long without an attempt the pauses begin anew. */
  readonly resetMicros?: number;
}

/** How a reflector waits before it lists or watches again. */
export const REFLECTOR_BACK_OFF: BackOffOptions = {
  initialMicros: 800_000,
  factor: 2,
  maxMicros: 30_000_000,
  jitter: 1,
  resetMicros: 120_000_000,
};

/** How a controller's work queue waits before an item's turn comes again. */
export const WORK_QUEUE_BACK_OFF: BackOffOptions = { initialMicros: 5000, factor: 2, maxMicros: 1_000_000_000 };

export class BackOff {
  private readonly options: BackOffOptions;
  private readonly stream: RandomStream | undefined;
  private pauseMicros = 0;
  private lastMicros = Number.NEGATIVE_INFINITY;

  constructor(options: BackOffOptions, stream?: RandomStream) {
    this.options = options;
    this.stream = stream;
  }

  /** Length of the pause before the next attempt, in whole microseconds. */
  next(nowMicros: number): number {
    const { initialMicros, factor, maxMicros, jitter = 0, resetMicros = Number.POSITIVE_INFINITY } = this.options;
    const isQuiet = nowMicros - this.lastMicros > resetMicros;
    this.pauseMicros =
      this.pauseMicros === 0 || isQuiet ? initialMicros : Math.min(maxMicros, this.pauseMicros * factor);
    this.lastMicros = nowMicros;
    const share = this.stream === undefined || jitter === 0 ? 0 : jitter * this.stream.nextDouble();
    return Math.round(this.pauseMicros * (1 + share));
  }
}
