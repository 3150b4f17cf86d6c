// A first-in first-out ring of payloads that grows and never shrinks: no allocation in steady state.

export class Fifo {
  /** Messages in it. */
  count = 0;
  // a power of two
  private slots: unknown[] = [undefined, undefined, undefined, undefined];
  private head = 0;

  push(payload: unknown): void {
    if (this.count === this.slots.length) this.grow();
    this.slots[(this.head + this.count) & (this.slots.length - 1)] = payload;
    this.count++;
  }

  /** Takes out the oldest; undefined when there is none. */
  shift(): unknown {
    if (this.count === 0) return undefined;
    const payload = this.slots[this.head];
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & (this.slots.length - 1);
    this.count--;
    return payload;
  }

  /** The oldest but `index`; undefined when there are no more. */
  at(index: number): unknown {
    return index < this.count ? this.slots[(this.head + index) & (this.slots.length - 1)] : undefined;
  }

  /** Forgets the newest until `count` are left. */
  truncate(count: number): void {
    while (this.count > count) {
      this.count--;
      this.slots[(this.head + this.count) & (this.slots.length - 1)] = undefined;
    }
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Array(old.length * 2).fill(undefined);
    for (let i = 0; i < old.length; i++) this.slots[i] = old[(this.head + i) & (old.length - 1)];
    this.head = 0;
  }
}
