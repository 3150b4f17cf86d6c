// Statistics as the recordings have them: `{min,p50,p90,p99,max,n}` in seconds, rounded to milliseconds.

export interface Statistics {
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  readonly n: number;
}

/** null of nothing. */
export function statistics(values: readonly number[]): Statistics | null {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  if (n === 0) return null;
  const at = (share: number) => seconds(sorted[Math.floor(share * (n - 1) + 0.5)]!);
  return { min: at(0), p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1), n };
}

/** Rounded to milliseconds. */
export function seconds(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Rounded to hundredths, as lists of times are. */
export function short(value: number): number {
  return Math.round(value * 100) / 100;
}

/** How many fall into each whole step from 0 on. */
export function perStep(values: readonly number[], step: number): number[] {
  const counts: number[] = [];
  for (const value of values) {
    const at = Math.max(0, Math.floor(value / step));
    while (counts.length <= at) counts.push(0);
    counts[at]!++;
  }
  return counts;
}
