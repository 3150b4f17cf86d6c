// A rhythm that goes on without being executed: moments that follow each other at a jittered period, worked out only when somebody asks.
// The draws are those that executing would have made, in the same order. After a very long sleep most of them are skipped: then the
// phase is that of the mean period.

/** Steps beyond which no draw is made for each. */
const MAX_STEPS = 20_000;
const KEPT_STEPS = 100;

export interface Beats {
  /** How many moments have passed. */
  readonly count: number;
  /** The last of them; NaN when there was none. */
  readonly lastMicros: number;
}

export class Rhythm {
  /** The next moment. */
  nextMicros: number;
  private readonly meanMicros: number;
  private readonly gapMicros: (atMicros: number) => number;

  /**
   * @param nextMicros the first moment
   * @param meanMicros mean distance of two moments
   * @param gapMicros draws the distance from a moment to the next one
   */
  constructor(nextMicros: number, meanMicros: number, gapMicros: (atMicros: number) => number) {
    this.nextMicros = nextMicros;
    this.meanMicros = meanMicros;
    this.gapMicros = gapMicros;
  }

  /** Moves on past all moments at or before `untilMicros`. */
  advance(untilMicros: number): Beats {
    let count = 0;
    let lastMicros = Number.NaN;
    const steps = Math.floor((untilMicros - this.nextMicros) / this.meanMicros);
    if (steps > MAX_STEPS) {
      const skipped = steps - KEPT_STEPS;
      this.nextMicros += Math.round(skipped * this.meanMicros);
      count = skipped;
    }
    while (this.nextMicros <= untilMicros) {
      lastMicros = this.nextMicros;
      this.nextMicros += this.gapMicros(lastMicros);
      count++;
    }
    return { count, lastMicros };
  }
}
