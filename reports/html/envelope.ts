// A series over many runs as a band: nothing is kept of a run but its extremes and last value in each of some stretches of time.
import type { Envelope } from "./report-data.ts";

export class EnvelopeBuilder {
  private readonly endSeconds: number;
  private readonly buckets: number;
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  /** Of each run that is over: what held at the end of each stretch. */
  private readonly lasts: Float64Array[] = [];
  private current: Float64Array;
  private isEmpty = true;

  constructor(endSeconds: number, buckets: number) {
    this.endSeconds = endSeconds > 0 ? endSeconds : 1;
    this.buckets = buckets;
    this.low = new Float64Array(buckets).fill(Number.NaN);
    this.high = new Float64Array(buckets).fill(Number.NaN);
    this.current = new Float64Array(buckets).fill(Number.NaN);
  }

  add(seconds: number, value: number): void {
    if (Number.isNaN(value)) return;
    const bucket = Math.min(this.buckets - 1, Math.max(0, Math.floor((seconds / this.endSeconds) * this.buckets)));
    if (!(value >= this.low[bucket]!)) this.low[bucket] = value;
    if (!(value <= this.high[bucket]!)) this.high[bucket] = value;
    this.current[bucket] = value;
    this.isEmpty = false;
  }

  endRun(): void {
    if (this.isEmpty) return;
    this.lasts.push(this.current);
    this.current = new Float64Array(this.buckets).fill(Number.NaN);
    this.isEmpty = true;
  }

  finish(): Envelope | undefined {
    this.endRun();
    if (this.lasts.length === 0) return undefined;
    const median = Array.from({ length: this.buckets }, (_, i) => {
      const values = this.lasts.map((last) => last[i]!).filter((value) => !Number.isNaN(value));
      return values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
    });
    const { endSeconds, high, lasts, low } = this;
    return { runs: lasts.length, endSeconds, low: Array.from(low), median, high: Array.from(high) };
  }
}
