// The future event list: a monotone timing wheel with 7 levels of 256 slots. An event lies at the level and slot of the
// highest byte in which its time differs from the wheel's, so a time has exactly one slot, and first-in-first-out slots
// give the total order (tick, insertion) with no comparator. Push and cancel are O(1); an event moves at most 7 times.
// Refuses times before the wheel's. After Varghese and Lauck (1987) and radix heaps (Ahuja et al. 1990).
import { fail } from "./assert.ts";

/** Identifies one scheduled event for cancelling; never reused, and never 0. */
export type EventHandle = number;

const LEVELS = 7;
const SLOTS = LEVELS << 8;
const TWO_32 = 4294967296;
const INVERSE_TWO_32 = 1 / TWO_32;

// One Int32Array holds everything, addressed by word; links are addresses, so list heads and records look the same.
// First the occupancy: a bit per slot, a bit per word of those, a bit per level.
const SLOT_BITS = 0; // 8 words a level
const WORD_BITS = 56; // 1 word a level
const LEVEL_BITS = 63;
// then two words per slot, the list heads: NEXT is the first record, PREVIOUS the last one, or the head itself
const HEADS = 64;
// then records of 8 words, half a cache line
const RECORDS = HEADS + (SLOTS << 1);
const RECORD_SHIFT = 3;
const NEXT = 0; // in a free record: the next free one, or 0
const PREVIOUS = 1;
const KIND = 2;
const A = 3;
const B = 4;
const TIME_LOW = 5;
const TIME_HIGH = 6;
const GENERATION = 7; // grows when the record is freed, so that stale handles differ
const FREE = -1; // in PREVIOUS of a free record

// a handle is generation × 2^28 + the record's address, below 2^53
const ADDRESSES = 1 << 28;
const INVERSE_ADDRESSES = 1 / ADDRESSES;
const MAX_GENERATION = (1 << 25) - 1;

/** Kinds of events are 0 … MAX_KINDS - 1. */
export const MAX_KINDS = 2048;

/** Monotone priority queue of events with an integer time, a kind and two int32 arguments. */
export class EventQueue {
  /** Number of events in the queue. */
  size = 0;
  /** The fields of the event that was popped or cancelled last. */
  removedKind = 0;
  removedA = 0;
  removedB = 0;
  /** The wheel's time as low and high 32-bit words, both signed: that of the last popped event, or a pop's limit. */
  timeLow = 0;
  timeHigh = 0;

  // Invariants: no event is earlier than the wheel's time. Events that equal it in all but the lowest byte are at level 0,
  // where the slot is the time. A bit is set if and only if its list has a record, except for the slot of the wheel's
  // time, whose bit may be set although it is empty: pop leaves it to advance to clear that.
  private slab: Int32Array;
  private freeHead = 0;
  private unusedFrom = RECORDS; // records from here on were never used

  /** Kinds below this are accepted. */
  kinds = MAX_KINDS;

  /** @param capacity events that fit before the slab is doubled for the first time */
  constructor(capacity = 2048) {
    this.slab = new Int32Array(RECORDS + (capacity << RECORD_SHIFT));
    for (let head = HEADS; head < RECORDS; head += 2) {
      this.slab[head + NEXT] = head;
      this.slab[head + PREVIOUS] = head;
    }
  }

  /** Number of events that fit without growing. */
  get capacity(): number {
    return (this.slab.length - RECORDS) >> RECORD_SHIFT;
  }

  /**
   * Adds an event.
   *
   * @param at an integer, not before the wheel's time, below 2^53
   * @param a an int32; undefined is 0
   * @param b an int32; undefined is 0
   * @returns a handle for {@link cancel}
   * @throws AssertionError when `at` is in the past, NaN or no integer, or an argument is no int32
   */
  push(at: number, kind: number, a: number | undefined, b: number | undefined): EventHandle {
    // this outer half is small enough to be inlined: times and handles, which are no small integers, stay unboxed
    const high = (at * INVERSE_TWO_32) | 0;
    const low = at | 0;
    if (high * TWO_32 + (low >>> 0) !== at) failTime(at);
    const record = this.insert(high, low, kind, a, b);
    return this.slab[record + GENERATION]! * ADDRESSES + record;
  }

  /**
   * Removes an event, whose fields are then in `removedKind`, `removedA` and `removedB`.
   *
   * @returns false when it was popped or cancelled already, or the handle never existed
   */
  cancel(handle: EventHandle): boolean {
    const generation = (handle * INVERSE_ADDRESSES) | 0;
    const record = (handle - generation * ADDRESSES) | 0;
    return generation * ADDRESSES + record === handle && this.remove(generation, record);
  }

  /** The earliest time in the queue, or Infinity. Does not advance the wheel: earlier events may still be pushed. */
  peekTime(): number {
    const slab = this.slab;
    const current = HEADS + ((this.timeLow & 255) << 1);
    if (slab[current + NEXT] !== current) return this.timeHigh * TWO_32 + (this.timeLow >>> 0);
    this.clearBit(slab, this.timeLow & 255);
    if (slab[LEVEL_BITS] === 0) return Infinity;
    const level = lowestBit(slab[LEVEL_BITS]!);
    const slot = firstSlot(slab, level);
    const head = HEADS + (slot << 1);
    let earliest = Infinity;
    for (let record = slab[head + NEXT]!; record !== head; record = slab[record + NEXT]!) {
      const time = slab[record + TIME_HIGH]! * TWO_32 + (slab[record + TIME_LOW]! >>> 0);
      if (level === 0) return time;
      if (time < earliest) earliest = time;
    }
    return earliest;
  }

  /**
   * Removes the earliest event, first in first out among equals, into `removedKind`, `removedA` and `removedB`, and
   * advances the wheel's time to it.
   *
   * @param limit an integer, not before the wheel's time; later events stay in the queue
   * @returns false when there is no event up to `limit`; the wheel's time may then have advanced up to `limit`
   */
  pop(limit: number): boolean {
    let head = HEADS + ((this.timeLow & 255) << 1);
    let record = this.slab[head + NEXT]!;
    if (record === head) {
      if (!this.advance(limit)) return false;
      head = HEADS + ((this.timeLow & 255) << 1);
      record = this.slab[head + NEXT]!;
    }
    const slab = this.slab;
    const next = slab[record + NEXT]!;
    slab[head + NEXT] = next;
    slab[next + PREVIOUS] = head;
    this.release(slab, record);
    return true;
  }

  /**
   * Moves the wheel's time forward, at a cost that does not grow with the number of events.
   *
   * @param time an integer, neither before the wheel's time nor after the earliest event
   * @throws AssertionError when an event would be left behind
   */
  skipTo(time: number): void {
    const slab = this.slab;
    const high = (time * INVERSE_TWO_32) | 0;
    const low = time | 0;
    if (high * TWO_32 + (low >>> 0) !== time || time < this.timeHigh * TWO_32 + (this.timeLow >>> 0)) {
      fail(`cannot skip to ${time}`);
    }
    const current = HEADS + ((this.timeLow & 255) << 1);
    if (slab[current + NEXT] !== current) {
      if (time > this.timeHigh * TWO_32 + (this.timeLow >>> 0)) fail(`cannot skip to ${time}: events are due`);
      return;
    }
    this.clearBit(slab, this.timeLow & 255);
    this.timeLow = low;
    this.timeHigh = high;
    if (slab[LEVEL_BITS] === 0) return;
    // only the first slot can hold the new time, as it holds the earliest event; its records belong to lower levels now
    const level = lowestBit(slab[LEVEL_BITS]!);
    const slot = firstSlot(slab, level);
    const byte = level < 4 ? low >>> (level << 3) : high >>> ((level - 4) << 3);
    if (level > 0 && (slot & 255) === (byte & 255)) {
      this.moveDown(slab, slot);
      if (this.peekTime() < time) fail(`cannot skip to ${time}: an event is earlier`);
    } else {
      const record = slab[HEADS + (slot << 1) + NEXT]!;
      if (slab[record + TIME_HIGH]! * TWO_32 + (slab[record + TIME_LOW]! >>> 0) < time) {
        fail(`cannot skip to ${time}: an event is earlier`);
      }
    }
  }

  // One function for checks and linking, too large to be inlined: V8 has a budget per caller, and must spend it on push
  private insert(high: number, low: number, kind: number, a = 0, b = 0): number {
    const record = this.freeHead === 0 ? this.fresh() : this.freeHead;
    const slab = this.slab;
    if (kind >>> 0 !== kind || kind >= this.kinds) fail(`no such kind of event: ${kind}`);
    if ((a | 0) !== a || (b | 0) !== b) fail(`event arguments must be 32-bit integers: ${a}, ${b}`);
    if (high < this.timeHigh || (high === this.timeHigh && low >>> 0 < this.timeLow >>> 0)) this.failPast(high, low);
    if (high >= 1 << 21) failTime(high * TWO_32 + (low >>> 0));
    this.freeHead = slab[record + NEXT]!;
    this.size++;
    slab[record + KIND] = kind;
    slab[record + A] = a;
    slab[record + B] = b;
    slab[record + TIME_LOW] = low;
    slab[record + TIME_HIGH] = high;
    // the same as in link; no branch depends on the delay, as processors could not predict it
    let slot: number;
    if (high === this.timeHigh) {
      const shift = (31 - Math.clz32((low ^ this.timeLow) | 1)) & ~7;
      slot = (shift << 5) | ((low >>> shift) & 255);
    } else {
      const shift = (31 - Math.clz32(high ^ this.timeHigh)) & ~7;
      slot = ((shift + 32) << 5) | ((high >>> shift) & 255);
    }
    const head = HEADS + (slot << 1);
    const tail = slab[head + PREVIOUS]!;
    slab[record + NEXT] = head;
    slab[record + PREVIOUS] = tail;
    slab[tail + NEXT] = record;
    slab[head + PREVIOUS] = record;
    slab[SLOT_BITS + (slot >>> 5)]! |= 1 << slot; // shifts count modulo 32
    slab[WORD_BITS + (slot >>> 8)]! |= 1 << ((slot >>> 5) & 7);
    slab[LEVEL_BITS]! |= 1 << (slot >>> 8);
    return record;
  }

  // appends a record to the slot of its time, as insert does
  private link(slab: Int32Array, record: number, high: number, low: number): void {
    let slot: number;
    if (high === this.timeHigh) {
      const shift = (31 - Math.clz32((low ^ this.timeLow) | 1)) & ~7;
      slot = (shift << 5) | ((low >>> shift) & 255);
    } else {
      const shift = (31 - Math.clz32(high ^ this.timeHigh)) & ~7;
      slot = ((shift + 32) << 5) | ((high >>> shift) & 255);
    }
    const head = HEADS + (slot << 1);
    const tail = slab[head + PREVIOUS]!;
    slab[record + NEXT] = head;
    slab[record + PREVIOUS] = tail;
    slab[tail + NEXT] = record;
    slab[head + PREVIOUS] = record;
    slab[SLOT_BITS + (slot >>> 5)]! |= 1 << slot;
    slab[WORD_BITS + (slot >>> 8)]! |= 1 << ((slot >>> 5) & 7);
    slab[LEVEL_BITS]! |= 1 << (slot >>> 8);
  }

  // links all records of a slot anew. They fall into lists that are empty, or hold later events of other times, and go
  // in list order: first in, first out survives among equals
  private moveDown(slab: Int32Array, slot: number): void {
    const head = HEADS + (slot << 1);
    let record = slab[head + NEXT]!;
    slab[head + NEXT] = head;
    slab[head + PREVIOUS] = head;
    this.clearBit(slab, slot);
    while (record !== head) {
      const next = slab[record + NEXT]!;
      this.link(slab, record, slab[record + TIME_HIGH]!, slab[record + TIME_LOW]!);
      record = next;
    }
  }

  // a handle's two parts as integers, so that nothing is boxed on the way here
  private remove(generation: number, record: number): boolean {
    const slab = this.slab;
    if (record < RECORDS || record >= this.unusedFrom || ((record - RECORDS) & 7) !== 0) return false;
    if (slab[record + GENERATION] !== generation || slab[record + PREVIOUS] === FREE) return false;
    const next = slab[record + NEXT]!;
    const previous = slab[record + PREVIOUS]!;
    slab[next + PREVIOUS] = previous;
    slab[previous + NEXT] = next;
    // both neighbours are the head only when the list is now empty
    if (next === previous && next < RECORDS) this.clearBit(slab, (next - HEADS) >> 1);
    this.release(slab, record);
    return true;
  }

  private clearBit(slab: Int32Array, slot: number): void {
    const word = slot >>> 5;
    const level = slot >>> 8;
    const slotBits = slab[SLOT_BITS + word]! & ~(1 << slot);
    slab[SLOT_BITS + word] = slotBits;
    // the bit of a word says whether the word is 0, and so on upward, without a branch
    const wordBits = (slab[WORD_BITS + level]! & ~(1 << (word & 7))) | (isNonZero(slotBits) << (word & 7));
    slab[WORD_BITS + level] = wordBits;
    slab[LEVEL_BITS] = (slab[LEVEL_BITS]! & ~(1 << level)) | (isNonZero(wordBits) << level);
  }

  private release(slab: Int32Array, record: number): void {
    this.removedKind = slab[record + KIND]!;
    this.removedA = slab[record + A]!;
    this.removedB = slab[record + B]!;
    this.size--;
    slab[record + PREVIOUS] = FREE;
    const generation = slab[record + GENERATION]! + 1;
    slab[record + GENERATION] = generation;
    // a record whose generations are used up is retired, so that no handle ever repeats
    if (generation === MAX_GENERATION) return;
    slab[record + NEXT] = this.freeHead;
    this.freeHead = record;
  }

  // moves the wheel's time to the earliest event, and that event to level 0; the slot of the present time is empty
  private advance(limit: number): boolean {
    const slab = this.slab;
    this.clearBit(slab, this.timeLow & 255);
    for (;;) {
      const levelBits = slab[LEVEL_BITS]!;
      if (levelBits === 0) return false;
      const level = lowestBit(levelBits);
      const slot = firstSlot(slab, level);
      if (level === 0) {
        const low = (this.timeLow & ~255) | slot;
        if (this.timeHigh * TWO_32 + (low >>> 0) > limit) return false;
        this.timeLow = low;
        return true;
      }
      const head = HEADS + (slot << 1);
      const record = slab[head + NEXT]!;
      const isAlone = slab[record + NEXT] === head;
      let low = slab[record + TIME_LOW]!;
      let high = slab[record + TIME_HIGH]!;
      if (!isAlone) {
        // the start of the slot: records move by the bytes below, and later turns find the earliest of them
        if (level < 4) low &= -1 << (level << 3);
        else {
          low = 0;
          high &= -1 << ((level - 4) << 3);
        }
      }
      if (high * TWO_32 + (low >>> 0) > limit) return false;
      this.timeLow = low;
      this.timeHigh = high;
      this.moveDown(slab, slot);
      if (isAlone) return true;
    }
  }

  private failPast(high: number, low: number): never {
    const now = this.timeHigh * TWO_32 + (this.timeLow >>> 0);
    fail(`event at ${high * TWO_32 + (low >>> 0)} is in the past, now is ${now}`);
  }

  private fresh(): number {
    const record = this.unusedFrom;
    if (record >= ADDRESSES) fail(`more than ${(ADDRESSES - RECORDS) >> RECORD_SHIFT} pending events`);
    this.unusedFrom += 1 << RECORD_SHIFT;
    if (record >= this.slab.length) {
      const doubled = new Int32Array(RECORDS + ((this.capacity * 2) << RECORD_SHIFT));
      doubled.set(this.slab);
      this.slab = doubled;
    }
    return record;
  }
}

// the lowest occupied slot of an occupied level: slots below the wheel's time are empty, as time is monotone
function firstSlot(slab: Int32Array, level: number): number {
  const word = (level << 3) | lowestBit(slab[WORD_BITS + level]!);
  return (word << 5) | lowestBit(slab[SLOT_BITS + word]!);
}

// position of the lowest set bit of a word that is not 0
function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

// 1 unless the word is 0
function isNonZero(word: number): number {
  return (word | -word) >>> 31;
}

function failTime(at: number): never {
  fail(`not a point in time: ${at}`);
}
