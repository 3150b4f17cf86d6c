// The future event list: a monotone timing wheel with 7 levels of 256 slots. An event lies at the level and slot of the
// highest byte in which its time differs from the last popped time, so a time has exactly one slot and FIFO slots give
// the total order (tick, insertion) with no comparator. Schedule and cancel are O(1), a pop moves an event at most 7 times.
// Refuses times before the last popped one. Design after Varghese and Lauck (1987) and radix heaps (Ahuja et al. 1990).
import { fail } from "./assert.ts";

/** Identifies one scheduled event for cancelling; never reused, and never 0. */
export type EventHandle = number;

const LEVELS = 7;
const SLOTS = LEVELS << 8;
const TWO_32 = 4294967296;
const INVERSE_TWO_32 = 1 / TWO_32;

// a record is 8 words, half a cache line; the first SLOTS records are the list heads of the slots
const SHIFT = 3;
const NEXT = 0; // in a free record: the next free one
const PREVIOUS = 1;
const KIND = 2;
const A = 3;
const B = 4;
const TIME_LOW = 5;
const TIME_HIGH = 6;
const GENERATION = 7; // grows when the record is freed, so that stale handles differ
const FREE = -1; // in PREVIOUS of a free record

// a handle is generation × 2^25 + record, below 2^53
const RECORD_BITS = 25;
const MAX_RECORDS = 1 << RECORD_BITS;
const MAX_GENERATION = (1 << 28) - 1;

/** Monotone priority queue of events with an integer time, a kind and two int32 arguments. */
export class EventQueue {
  /** Number of events in the queue. */
  size = 0;
  /** The fields of the event that was popped or cancelled last. */
  removedKind = 0;
  removedA = 0;
  removedB = 0;
  /** Last popped time as low and high 32-bit words, both signed. Invariant: no queued event is earlier. */
  lastLow = 0;
  lastHigh = 0;

  private slab: Int32Array;
  private freeHead = 0; // 0 is a list head, so it can say "none"
  private unusedFrom = SLOTS; // records from here on were never used
  // occupancy: a bit per slot (8 words a level), a bit per word, a bit per level. Invariant: bit set iff list not empty
  private readonly slotBits = new Int32Array(LEVELS << 3);
  private readonly wordBits = new Int32Array(LEVELS);
  private levelBits = 0;

  /** @param capacity events that fit before the slab is doubled for the first time */
  constructor(capacity = 2048) {
    this.slab = new Int32Array((SLOTS + capacity) << SHIFT);
    for (let slot = 0; slot < SLOTS; slot++) {
      this.slab[(slot << SHIFT) + NEXT] = slot;
      this.slab[(slot << SHIFT) + PREVIOUS] = slot;
    }
  }

  /** Number of events that fit without growing. */
  get capacity(): number {
    return (this.slab.length >> SHIFT) - SLOTS;
  }

  /**
   * Adds an event.
   *
   * @param at an integer, not before the last popped time, below 2^53
   * @returns a handle for {@link cancel}
   * @throws AssertionError when `at` is in the past, NaN or no integer, or an argument is no int32
   */
  push(at: number, kind: number, a: number, b: number): EventHandle {
    // this outer half is small enough to be inlined: times and handles stay unboxed in the caller
    const high = (at * INVERSE_TWO_32) | 0;
    const low = at | 0;
    if (high * TWO_32 + (low >>> 0) !== at || high < 0 || high >= 1 << 21) fail(`not a point in time: ${at}`);
    const record = this.insert(high, low, kind, a, b);
    return this.slab[(record << SHIFT) + GENERATION]! * MAX_RECORDS + record;
  }

  /**
   * Removes an event.
   *
   * @returns false when it was popped or cancelled already, or the handle never existed
   */
  cancel(handle: EventHandle): boolean {
    const record = handle & (MAX_RECORDS - 1);
    const generation = Math.floor(handle / MAX_RECORDS);
    const slab = this.slab;
    const at = record << SHIFT;
    if (record < SLOTS || record >= this.unusedFrom || slab[at + GENERATION] !== generation) return false;
    if (handle !== generation * MAX_RECORDS + record) return false;
    // a free record has a generation that no handle was given for yet, but guess-work must not corrupt the list
    if (slab[at + PREVIOUS] === FREE) return false;
    this.removedKind = slab[at + KIND]!;
    this.removedA = slab[at + A]!;
    this.removedB = slab[at + B]!;
    this.unlink(slab, at);
    this.release(slab, record);
    return true;
  }

  /** The earliest time in the queue, or Infinity. Does not advance the wheel: earlier events may still be pushed. */
  peekTime(): number {
    if (this.levelBits === 0) return Infinity;
    const level = 31 - Math.clz32(this.levelBits & -this.levelBits);
    const slot = this.firstSlot(level);
    if (level === 0) return this.lastHigh * TWO_32 + (((this.lastLow & ~255) | slot) >>> 0);
    return this.earliestIn((level << 8) | slot);
  }

  /**
   * Removes the earliest event, first in first out among equals, into `removedKind`, `removedA`, `removedB`, `lastLow`
   * and `lastHigh`.
   *
   * @param limit an event later than this stays in the queue
   * @returns false when there is no event up to `limit`
   */
  pop(limit: number): boolean {
    if ((this.levelBits & 1) === 0 && !this.descend(limit)) return false;
    const slot = this.firstSlot(0);
    const low = (this.lastLow & ~255) | slot;
    // level 0 holds times that share all higher bytes with the last one, so the slot is the time
    if (this.lastHigh * TWO_32 + (low >>> 0) > limit) return false;
    this.lastLow = low;
    const slab = this.slab;
    const record = slab[(slot << SHIFT) + NEXT]!;
    const at = record << SHIFT;
    this.removedKind = slab[at + KIND]!;
    this.removedA = slab[at + A]!;
    this.removedB = slab[at + B]!;
    this.unlink(slab, at);
    this.release(slab, record);
    return true;
  }

  private insert(high: number, low: number, kind: number, a: number, b: number): number {
    let record = this.freeHead;
    if (record === 0) record = this.fresh();
    const slab = this.slab;
    const at = record << SHIFT;
    if ((a | 0) !== a || (b | 0) !== b) fail(`event arguments must be 32-bit integers: ${a}, ${b}`);
    if (high < this.lastHigh || (high === this.lastHigh && low >>> 0 < this.lastLow >>> 0)) {
      fail(`event at ${high * TWO_32 + (low >>> 0)} is in the past`);
    }
    this.freeHead = slab[at + NEXT]!;
    slab[at + KIND] = kind;
    slab[at + A] = a;
    slab[at + B] = b;
    slab[at + TIME_LOW] = low;
    slab[at + TIME_HIGH] = high;
    this.link(slab, record, high, low);
    this.size++;
    return record;
  }

  // appends a record to the slot of its time
  private link(slab: Int32Array, record: number, high: number, low: number): void {
    let slot: number;
    const difference = low ^ this.lastLow;
    if (high === this.lastHigh) {
      const shift = difference === 0 ? 0 : (31 - Math.clz32(difference)) & ~7;
      slot = (shift << 5) | ((low >>> shift) & 255);
    } else {
      const shift = (31 - Math.clz32(high ^ this.lastHigh)) & ~7;
      slot = ((shift + 32) << 5) | ((high >>> shift) & 255);
    }
    const head = slot << SHIFT;
    const tail = slab[head + PREVIOUS]!;
    const at = record << SHIFT;
    slab[at + NEXT] = slot;
    slab[at + PREVIOUS] = tail;
    slab[(tail << SHIFT) + NEXT] = record;
    slab[head + PREVIOUS] = record;
    if (tail === slot) this.mark(slot);
  }

  private mark(slot: number): void {
    this.slotBits[slot >>> 5]! |= 1 << slot; // shifts count modulo 32
    this.wordBits[slot >>> 8]! |= 1 << ((slot >>> 5) & 7);
    this.levelBits |= 1 << (slot >>> 8);
  }

  private unmark(slot: number): void {
    const word = slot >>> 5;
    const level = slot >>> 8;
    this.slotBits[word]! &= ~(1 << slot);
    if (this.slotBits[word] !== 0) return;
    this.wordBits[level]! &= ~(1 << (word & 7));
    if (this.wordBits[level] === 0) this.levelBits &= ~(1 << level);
  }

  private unlink(slab: Int32Array, at: number): void {
    const next = slab[at + NEXT]!;
    const previous = slab[at + PREVIOUS]!;
    slab[(next << SHIFT) + PREVIOUS] = previous;
    slab[(previous << SHIFT) + NEXT] = next;
    // both neighbours are the list head only when the list is now empty
    if (next === previous && next < SLOTS) this.unmark(next);
  }

  private release(slab: Int32Array, record: number): void {
    const at = record << SHIFT;
    this.size--;
    slab[at + PREVIOUS] = FREE;
    const generation = slab[at + GENERATION]! + 1;
    slab[at + GENERATION] = generation;
    // a record whose generations are used up is retired, so that no handle ever repeats
    if (generation === MAX_GENERATION) return;
    slab[at + NEXT] = this.freeHead;
    this.freeHead = record;
  }

  // the lowest occupied slot of an occupied level: slots below the last time's are empty, as time is monotone
  private firstSlot(level: number): number {
    const wordBits = this.wordBits[level]!;
    const word = 31 - Math.clz32(wordBits & -wordBits);
    const bits = this.slotBits[(level << 3) | word]!;
    return (word << 5) | (31 - Math.clz32(bits & -bits));
  }

  // fills the empty level 0 from the first slot of the lowest occupied level, and advances the last time to its minimum
  private descend(limit: number): boolean {
    if (this.levelBits === 0) return false;
    const level = 31 - Math.clz32(this.levelBits & -this.levelBits);
    const slot = (level << 8) | this.firstSlot(level);
    const earliest = this.earliestIn(slot);
    if (earliest > limit) return false;
    this.lastHigh = (earliest * INVERSE_TWO_32) | 0;
    this.lastLow = earliest | 0;
    const slab = this.slab;
    const head = slot << SHIFT;
    let record = slab[head + NEXT]!;
    slab[head + NEXT] = slot;
    slab[head + PREVIOUS] = slot;
    this.unmark(slot);
    // in list order, into lower levels that are all empty: FIFO among equals survives
    while (record !== slot) {
      const at = record << SHIFT;
      const next = slab[at + NEXT]!;
      this.link(slab, record, slab[at + TIME_HIGH]!, slab[at + TIME_LOW]!);
      record = next;
    }
    return true;
  }

  private earliestIn(slot: number): number {
    const slab = this.slab;
    let earliest = Infinity;
    for (let record = slab[(slot << SHIFT) + NEXT]!; record !== slot; ) {
      const at = record << SHIFT;
      const time = slab[at + TIME_HIGH]! * TWO_32 + (slab[at + TIME_LOW]! >>> 0);
      if (time < earliest) earliest = time;
      record = slab[at + NEXT]!;
    }
    return earliest;
  }

  private fresh(): number {
    const record = this.unusedFrom++;
    if (record >= MAX_RECORDS) fail(`more than ${MAX_RECORDS - SLOTS} pending events`);
    if ((record << SHIFT) >= this.slab.length) {
      const doubled = new Int32Array((SLOTS + this.capacity * 2) << SHIFT);
      doubled.set(this.slab);
      this.slab = doubled;
    }
    return record;
  }
}
