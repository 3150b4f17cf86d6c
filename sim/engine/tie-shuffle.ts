// An event queue whose order among events of equal tick is random: a test instrument that shows hidden races.
// Events that were scheduled at different ticks keep their order, and an event still precedes those that it schedules.
import { fail } from "./assert.ts";
import { type EventHandle, EventQueue } from "./event-queue.ts";
import type { RandomStream } from "./random.ts";

interface Entry {
  readonly id: number;
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  inner: EventHandle;
  /** Position among the events that are due, or -1. */
  due: number;
}

// an id is carried through the inner queue in its two int32 arguments
const ID_WORD = 0x40000000;

/** Same contract as {@link EventQueue}, but ties are popped in the stream's order. Allocates. */
export class TieShuffle {
  removedKind = 0;
  removedA = 0;
  removedB = 0;
  private readonly inner = new EventQueue();
  private readonly random: RandomStream;
  private readonly entries = new Map<number, Entry>();
  private readonly due: Entry[] = [];
  private dueTime = 0;
  private nextId = 1;

  constructor(random: RandomStream) {
    this.random = random;
  }

  get size(): number {
    return this.entries.size;
  }

  get timeLow(): number {
    return this.inner.timeLow;
  }

  get timeHigh(): number {
    return this.inner.timeHigh;
  }

  get kinds(): number {
    return this.inner.kinds;
  }

  set kinds(count: number) {
    this.inner.kinds = count;
  }

  push(at: number, kind: number, a = 0, b = 0): EventHandle {
    const id = this.nextId++;
    const entry: Entry = { id, kind, a, b, inner: 0, due: -1 };
    if ((a | 0) !== a || (b | 0) !== b) fail(`event arguments must be 32-bit integers: ${a}, ${b}`);
    entry.inner = this.inner.push(at, kind, id % ID_WORD, Math.floor(id / ID_WORD));
    this.entries.set(id, entry);
    return id;
  }

  cancel(handle: EventHandle): boolean {
    const entry = this.entries.get(handle);
    if (entry === undefined) return false;
    if (entry.due >= 0) this.removeDue(entry);
    else this.inner.cancel(entry.inner);
    this.remove(entry);
    return true;
  }

  peekTime(): number {
    return this.due.length > 0 ? this.dueTime : this.inner.peekTime();
  }

  pop(limit: number): boolean {
    const time = this.peekTime();
    if (time > limit || time === Infinity) return false;
    this.dueTime = time;
    while (this.inner.pop(time)) {
      const entry = this.entries.get(this.inner.removedB * ID_WORD + this.inner.removedA)!;
      entry.due = this.due.push(entry) - 1;
    }
    const entry = this.due[this.random.int(this.due.length)]!;
    this.removeDue(entry);
    this.remove(entry);
    return true;
  }

  skipTo(time: number): void {
    if (this.due.length > 0 && time > this.dueTime) fail(`cannot skip to ${time}`);
    this.inner.skipTo(time);
  }

  private removeDue(entry: Entry): void {
    const last = this.due.pop()!;
    if (last === entry) return;
    this.due[entry.due] = last;
    last.due = entry.due;
  }

  private remove(entry: Entry): void {
    this.entries.delete(entry.id);
    this.removedKind = entry.kind;
    this.removedA = entry.a;
    this.removedB = entry.b;
  }
}
