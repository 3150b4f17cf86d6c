// Writes that are left out while those who would make them doze, counted by their mean distance: cheap to ask at any time, however many doze.
// Whole numbers throughout, so that the order of beginning and ending adds no error.

/** Rates are writes in so many microseconds. */
const UNIT_MICROS = 1e11;

interface Rate {
  perUnit: number;
  /** Writes times {@link UNIT_MICROS}, since they were last taken. */
  owed: number;
}

export class LeftOutWrites {
  private readonly rates = new Map<string, Rate>();
  private atMicros = 0;

  /** Somebody dozes who would write. @returns to be called when he dozes no more */
  begin(kind: string, meanMicros: number, nowMicros: number): (nowMicros: number) => void {
    this.advance(nowMicros);
    const perUnit = Math.round(UNIT_MICROS / meanMicros);
    const rate = this.rates.get(kind) ?? { perUnit: 0, owed: 0 };
    this.rates.set(kind, rate);
    rate.perUnit += perUnit;
    return (endMicros) => {
      this.advance(endMicros);
      rate.perUnit -= perUnit;
    };
  }

  /** How many of each kind were left out since the last time. What is not a whole one is kept for the next time. */
  take(nowMicros: number): ReadonlyMap<string, number> {
    this.advance(nowMicros);
    const taken = new Map<string, number>();
    for (const [kind, rate] of this.rates) {
      const count = Math.floor(rate.owed / UNIT_MICROS);
      rate.owed -= count * UNIT_MICROS;
      if (count > 0) taken.set(kind, count);
    }
    return taken;
  }

  private advance(nowMicros: number): void {
    const passed = nowMicros - this.atMicros;
    this.atMicros = nowMicros;
    for (const rate of this.rates.values()) rate.owed += rate.perUnit * passed;
  }
}
