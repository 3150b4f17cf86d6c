// Growing pauses between attempts, as client-go has them: for reflectors (which begin anew every two minutes, also amid an outage) and for
// work queues that try an item again. Source: behaviour of apimachinery's wait.Backoff with DelayWithReset.
import type { RandomStream } from "../engine/random.ts";

export interface BackOffOptions {
  readonly initialMicros: number;
  readonly factor: number;
  readonly maxMicros: number;
  /** A pause is prolonged by up to this share of itself; needs a stream. */
  readonly jitter?: number;
  /** So long after they began the pauses begin anew, with the next one that is asked for: whether all was well since or not. */
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
  private beganMicros: number;

  /** @param nowMicros when it is made: from then on the time until it begins anew counts */
  constructor(options: BackOffOptions, stream?: RandomStream, nowMicros = 0) {
    this.options = options;
    this.stream = stream;
    this.beganMicros = nowMicros;
  }

  /** Length of the pause before the next attempt, in whole microseconds. */
  next(nowMicros: number): number {
    const { initialMicros, factor, maxMicros, jitter = 0, resetMicros = Number.POSITIVE_INFINITY } = this.options;
    if (nowMicros - this.beganMicros > resetMicros) {
      this.beganMicros = nowMicros;
      this.pauseMicros = 0;
    }
    this.pauseMicros = this.pauseMicros === 0 ? initialMicros : Math.min(maxMicros, this.pauseMicros * factor);
    const share = this.stream === undefined || jitter === 0 ? 0 : jitter * this.stream.nextDouble();
    return Math.round(this.pauseMicros * (1 + share));
  }
}
