// Times in which something was so: it begins, ends, and may begin again. Sums over any window are exact.
import { NumberColumn } from "./column.ts";

export class Spans {
  readonly from = new NumberColumn();
  readonly to = new NumberColumn();
  private sinceMicros = -1;

  /** It is so, or not, from now on. What lasts no time is no span. */
  set(isSo: boolean, nowMicros: number): void {
    if (isSo && this.sinceMicros < 0) this.sinceMicros = nowMicros;
    else if (!isSo) this.close(nowMicros);
  }

  /** A time that is known only now that it is over; after all that came before. */
  add(fromMicros: number, toMicros: number): void {
    this.from.push(fromMicros);
    this.to.push(toMicros);
  }

  /** Ends the open span, if there is one. */
  close(nowMicros: number): void {
    if (this.sinceMicros >= 0 && nowMicros > this.sinceMicros) {
      this.from.push(this.sinceMicros);
      this.to.push(nowMicros);
    }
    this.sinceMicros = -1;
  }

  /** How much of the window was so. The open span counts only once it is closed. */
  within(fromMicros: number, toMicros: number): number {
    let sum = 0;
    for (let i = 0; i < this.from.length; i++)
      sum += Math.max(0, Math.min(this.to.get(i), toMicros) - Math.max(this.from.get(i), fromMicros));
    return sum;
  }

  get total(): number {
    return this.within(0, Number.MAX_SAFE_INTEGER);
  }
}

/** How many of some ascending times lie in the window, both ends included. */
export function countWithin(times: NumberColumn, fromMicros: number, toMicros: number): number {
  return firstAbove(times, toMicros) - firstAbove(times, fromMicros - 1);
}

function firstAbove(times: NumberColumn, micros: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times.get(middle) <= micros) low = middle + 1;
    else high = middle;
  }
  return low;
}
