// Nodes of one zone that wait for their NoExecute taint, let through at the zone's rate. A node that got it stays known, so that it is
// not queued again, until it is forgotten. Source: behaviour of the node lifecycle controller's rate-limited queue, 1.36.
import { SECOND } from "../../engine/tick.ts";

export class TaintQueue {
  private readonly waiting: string[] = [];
  private readonly known = new Set<string>();
  private rate: number;
  // a bucket of one token: full at first, and again 1/rate after each one that was taken
  private fullAtMicros = 0;

  /** @param rate nodes per second; 0 = never */
  constructor(rate: number) {
    this.rate = rate;
  }

  /** @returns false when the node waits already or has had its turn */
  add(node: string): boolean {
    if (this.known.has(node)) return false;
    this.known.add(node);
    this.waiting.push(node);
    return true;
  }

  forget(node: string): void {
    if (!this.known.delete(node)) return;
    const at = this.waiting.indexOf(node);
    if (at >= 0) this.waiting.splice(at, 1);
  }

  /** Is a node waiting that can go at some time? */
  get nextMicros(): number {
    return this.waiting.length === 0 || this.rate <= 0 ? Number.POSITIVE_INFINITY : this.fullAtMicros;
  }

  /** The next node if it may go now; it is through, unless it is put back. */
  take(nowMicros: number): string | undefined {
    if (this.waiting.length === 0 || !this.accept(nowMicros)) return undefined;
    return this.waiting.shift();
  }

  /** The node's turn has failed: it comes again first. */
  putBack(node: string): void {
    if (this.known.has(node) && !this.waiting.includes(node)) this.waiting.unshift(node);
  }

  /** A new rate begins with a full bucket only if the old one was full: nobody gains a turn by the change. */
  setRate(rate: number, nowMicros: number): void {
    if (rate === this.rate) return;
    const wasFull = this.accept(nowMicros);
    this.rate = rate;
    this.fullAtMicros = nowMicros;
    if (!wasFull) this.accept(nowMicros);
  }

  private accept(nowMicros: number): boolean {
    if (this.rate <= 0 || nowMicros < this.fullAtMicros) return false;
    this.fullAtMicros = nowMicros + Math.ceil(SECOND / this.rate);
    return true;
  }
}
