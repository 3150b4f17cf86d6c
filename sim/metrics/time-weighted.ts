// A quantity that changes at events and holds in between: its mean over time, its maximum, and its quantiles over time.
// What lasts no time counts for nothing: of several values within one instant only the last one held.
import { NumberColumn } from "./column.ts";
import { weightedQuantiles } from "./quantiles.ts";

export class TimeWeighted {
  private readonly values = new NumberColumn();
  private readonly heldMicros = new NumberColumn();
  private current: number;
  private sinceMicros: number;
  private integral = 0;
  private highest: number;

  constructor(value: number, nowMicros: number) {
    this.current = value;
    this.sinceMicros = nowMicros;
    this.highest = value;
  }

  get value(): number {
    return this.current;
  }

  get max(): number {
    return this.highest;
  }

  set(value: number, nowMicros: number): void {
    if (value === this.current) return;
    this.close(nowMicros);
    this.current = value;
  }

  /** The mean from the start to `nowMicros`; NaN when no time has passed. */
  mean(startMicros: number, nowMicros: number): number {
    this.close(nowMicros);
    return nowMicros > startMicros ? this.integral / (nowMicros - startMicros) : Number.NaN;
  }

  quantiles(shares: readonly number[], nowMicros: number): number[] {
    this.close(nowMicros);
    return weightedQuantiles(this.values.freeze(), this.heldMicros.freeze(), shares);
  }

  private close(nowMicros: number): void {
    const heldMicros = nowMicros - this.sinceMicros;
    if (heldMicros > 0) {
      this.values.push(this.current);
      this.heldMicros.push(heldMicros);
      this.integral += this.current * heldMicros;
      if (this.current > this.highest) this.highest = this.current;
    }
    this.sinceMicros = nowMicros;
  }
}
