// A sliding window of the MsgApp that a follower has not acknowledged, limited by messages and by bytes of payload.
// A ring that grows to what was in flight at once, and never beyond the limit.
import { assert } from "../engine/assert.ts";

export class Inflights {
  private readonly maxMessages: number;
  /** 0 means no limit. */
  private readonly maxBytes: number;
  private lastIndexes: number[] = [];
  private sizes: number[] = [];
  private start = 0;
  private bytes = 0;
  /** Messages in flight. */
  count = 0;

  constructor(maxMessages: number, maxBytes: number) {
    this.maxMessages = maxMessages;
    this.maxBytes = maxBytes;
  }

  /** May no more be sent? The byte limit may be passed by the last message: one always fits. */
  isFull(): boolean {
    return this.count === this.maxMessages || (this.maxBytes !== 0 && this.bytes >= this.maxBytes);
  }

  /** A message was sent whose last entry is at `lastIndex`. */
  add(lastIndex: number, bytes: number): void {
    assert(!this.isFull(), "inflights: more than the limit in flight");
    if (this.count === this.lastIndexes.length) this.grow();
    const place = (this.start + this.count) % this.lastIndexes.length;
    this.lastIndexes[place] = lastIndex;
    this.sizes[place] = bytes;
    this.count++;
    this.bytes += bytes;
  }

  /** Everything up to `index` was acknowledged. */
  freeUpTo(index: number): void {
    while (this.count > 0 && this.lastIndexes[this.start]! <= index) {
      this.bytes -= this.sizes[this.start]!;
      this.start = (this.start + 1) % this.lastIndexes.length;
      this.count--;
    }
  }

  reset(): void {
    this.start = 0;
    this.count = 0;
    this.bytes = 0;
  }

  private grow(): void {
    const capacity = Math.max(4, this.lastIndexes.length * 2);
    const lastIndexes = new Array<number>(capacity).fill(0);
    const sizes = new Array<number>(capacity).fill(0);
    for (let i = 0; i < this.count; i++) {
      const place = (this.start + i) % this.lastIndexes.length;
      lastIndexes[i] = this.lastIndexes[place]!;
      sizes[i] = this.sizes[place]!;
    }
    this.lastIndexes = lastIndexes;
    this.sizes = sizes;
    this.start = 0;
  }
}
