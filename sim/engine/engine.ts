// The discrete-event engine: virtual clock, event queue, handler table, random streams and digest of one run.
// Simulated processes register handlers at set-up and talk to the future only through schedule, after and at.
// Refuses the past, fractions of a microsecond, and promises: a handler runs to its end within its tick.
import { assert, fail } from "./assert.ts";
import { Digest } from "./digest.ts";
import { type EventHandle, EventQueue, MAX_KINDS } from "./event-queue.ts";
import { createStream, type RandomStream } from "./random.ts";
import { TICK_MAX, type Tick } from "./tick.ts";
import { TieShuffle } from "./tie-shuffle.ts";

export type { EventHandle } from "./event-queue.ts";

/** What an event calls: its two int32 arguments are indices or small numbers whose meaning the kind gives. */
export type EventHandler = (a: number, b: number) => void;

export interface EngineOptions {
  /** Seeds every random stream of the run. */
  readonly seed: string | number;
  /** Permutes events of equal tick by this seed: a result that changes shows a hidden race. Default: insertion order. */
  readonly shuffleTies?: string | number;
}

const CLOSURE_KIND = 0;
const NO_SLOT = -1;

/** Whose functions wait in the closure lane together, so that all of them can be taken back at once: see lifetime.ts. */
export interface ClosureOwner {
  /** How many of its functions wait. */
  waiting: number;
  /** The slots of the oldest and the newest of them; -1 = none. Kept by the engine. */
  firstSlot: number;
  lastSlot: number;
  /** The time of one of its functions has come. */
  fire(fn: () => void): void;
}

/** One simulated world's clock and future. */
export class Engine {
  /** Hash of every dispatched event, and of whatever else the run notes. */
  readonly digest = new Digest();
  private readonly queue: EventQueue | TieShuffle;
  private readonly seed: string | number;
  private readonly handlers: EventHandler[] = [];
  private readonly names: string[] = [];
  private readonly streams = new Map<string, RandomStream>();
  // the closure lane: functions by slot, whose they are, those of one owner as a list in the order in which they came; and free slots
  private readonly closures: ((() => void) | undefined)[] = [];
  private readonly owners: (ClosureOwner | null)[] = [];
  private readonly handles: EventHandle[] = [];
  private readonly before: number[] = [];
  private readonly behind: number[] = [];
  private readonly freeClosures: number[] = [];
  // [now, events processed]: in a typed array a double is stored without allocation
  private readonly counters = new Float64Array(2);
  private running = false;
  private stopped = false;

  constructor(options: EngineOptions) {
    this.seed = options.seed;
    this.queue =
      options.shuffleTies === undefined
        ? new EventQueue()
        : new TieShuffle(createStream(options.shuffleTies, "engine/shuffle-ties"));
    this.register("engine/closure", (slot) => this.runClosure(slot));
  }

  /** The current virtual time. */
  get now(): Tick {
    return this.counters[0]! as Tick;
  }

  /** Events dispatched since the start. */
  get eventsProcessed(): number {
    return this.counters[1]!;
  }

  /** Events scheduled and neither dispatched nor cancelled. */
  get pending(): number {
    return this.queue.size;
  }

  /** Time of the next event, or undefined when nothing is pending. Does not move the clock. */
  get nextTick(): Tick | undefined {
    const time = this.queue.peekTime();
    return time === Infinity ? undefined : (time as Tick);
  }

  /**
   * Adds a kind of event, at set-up only. Kinds are numbered in order of registration.
   *
   * @param name for people, unique; for example "node/pull-done"
   * @returns the kind to schedule with
   * @throws AssertionError when the name is taken, or a run has begun
   */
  register(name: string, handler: EventHandler): number {
    assert(this.counters[1] === 0 && !this.running, `register "${name}" at set-up, before the run`);
    assert(!this.names.includes(name), `event kind "${name}" is registered twice`);
    assert(this.names.length < MAX_KINDS, `more than ${MAX_KINDS} kinds of event`);
    this.names.push(name);
    this.queue.kinds = this.handlers.push(handler);
    return this.queue.kinds - 1;
  }

  /** The name under which a kind was registered. */
  kindName(kind: number): string {
    return this.names[kind] ?? fail(`no such kind of event: ${kind}`);
  }

  /**
   * Schedules an event. Events of equal tick run in the order in which they were scheduled. No allocation.
   *
   * @param at not before {@link now}
   * @param kind from {@link register}
   * @param a int32, passed to the handler; default 0
   * @param b int32, passed to the handler; default 0
   * @throws AssertionError when `at` is in the past, NaN or not an integer, the kind is unknown, or an argument is no int32
   */
  schedule(at: Tick, kind: number, a?: number, b?: number): EventHandle {
    // the queue checks everything: this must stay small, so that it is inlined and neither time nor handle are boxed
    return this.queue.push(at, kind, a, b);
  }

  /** Schedules an event `delayMicros` from now; otherwise as {@link schedule}. */
  after(delayMicros: number, kind: number, a?: number, b?: number): EventHandle {
    return this.queue.push(this.counters[0]! + delayMicros, kind, a, b);
  }

  /** Schedules a function: for rare things such as faults and scenario steps. Allocates; otherwise as {@link schedule}. */
  at(at: Tick, fn: () => void): EventHandle {
    const slot = this.freeClosures.pop() ?? this.closures.length;
    const handle = this.schedule(at, CLOSURE_KIND, slot, 0);
    this.closures[slot] = fn;
    this.owners[slot] = null;
    return handle;
  }

  /** As {@link at}, for an owner who is asked to carry it out and may take back all that waits: {@link cancelAll}. */
  atFor(owner: ClosureOwner, at: Tick, fn: () => void): EventHandle {
    const slot = this.freeClosures.pop() ?? this.closures.length;
    const handle = this.schedule(at, CLOSURE_KIND, slot, 0);
    const { lastSlot } = owner;
    this.closures[slot] = fn;
    this.owners[slot] = owner;
    this.handles[slot] = handle;
    this.before[slot] = lastSlot;
    this.behind[slot] = NO_SLOT;
    if (lastSlot === NO_SLOT) owner.firstSlot = slot;
    else this.behind[lastSlot] = slot;
    owner.lastSlot = slot;
    owner.waiting++;
    return handle;
  }

  /** Takes back whatever waits for an owner. */
  cancelAll(owner: ClosureOwner): void {
    while (owner.firstSlot !== NO_SLOT) this.cancel(this.handles[owner.firstSlot]!);
  }

  /**
   * Takes an event back.
   *
   * @returns false when it was dispatched or cancelled already
   */
  cancel(handle: EventHandle): boolean {
    if (!this.queue.cancel(handle)) return false;
    if (this.queue.removedKind === CLOSURE_KIND) this.freeClosure(this.queue.removedA);
    return true;
  }

  /**
   * Dispatches events in order until none is left up to and including `until`, or {@link stop} is called. With `until`
   * and without a stop the clock ends at `until`.
   *
   * @throws whatever a handler throws; the engine can then be continued behind that event
   */
  run(until?: Tick): void {
    assert(!this.running, "run inside of a handler");
    assert(until === undefined || until >= this.now, `cannot run until ${until}: it is before now, ${this.now}`);
    const limit = until ?? TICK_MAX;
    this.running = true;
    this.stopped = false;
    try {
      let more = true;
      while (more && !this.stopped) more = this.dispatch(limit);
    } finally {
      this.running = false;
    }
    if (until !== undefined && !this.stopped) {
      this.queue.skipTo(until);
      this.counters[0] = until;
    }
  }

  /**
   * Dispatches the next event.
   *
   * @returns false when nothing is pending
   */
  step(): boolean {
    assert(!this.running, "step inside of a handler");
    this.running = true;
    try {
      return this.dispatch(TICK_MAX);
    } finally {
      this.running = false;
    }
  }

  /** Makes {@link run} return after the current handler. */
  stop(): void {
    this.stopped = true;
  }

  /**
   * The random stream of one purpose, as {@link createStream}; the same object for the same path.
   *
   * @param path component, identity and purpose, for example "node/worker-17/pull"
   */
  stream(path: string): RandomStream {
    let stream = this.streams.get(path);
    if (stream === undefined) {
      stream = createStream(this.seed, path);
      this.streams.set(path, stream);
    }
    return stream;
  }

  private dispatch(limit: number): boolean {
    const queue = this.queue;
    if (!queue.pop(limit)) return false;
    const kind = queue.removedKind;
    const a = queue.removedA;
    const b = queue.removedB;
    this.counters[0] = queue.timeHigh * 4294967296 + (queue.timeLow >>> 0);
    this.counters[1]!++;
    this.digest.event(queue.timeHigh, queue.timeLow, kind, a, b);
    call(this.handlers[kind]!, a, b);
    return true;
  }

  private runClosure(slot: number): void {
    const fn = this.closures[slot] ?? fail(`closure lane: slot ${slot} is empty`);
    const owner = this.owners[slot]!;
    this.freeClosure(slot);
    if (owner === null) fn();
    else owner.fire(fn);
  }

  private freeClosure(slot: number): void {
    this.closures[slot] = undefined;
    this.freeClosures.push(slot);
    const owner = this.owners[slot]!;
    if (owner === null) return;
    this.owners[slot] = null;
    const before = this.before[slot]!;
    const behind = this.behind[slot]!;
    if (before === NO_SLOT) owner.firstSlot = behind;
    else this.behind[before] = behind;
    if (behind === NO_SLOT) owner.lastSlot = before;
    else this.before[behind] = before;
    owner.waiting--;
  }
}

// The one place where handlers are called. Having called different ones, it is left alone by V8, which would otherwise inline a
// handler that is alone or first into the loop of run, and then has no budget left to inline schedule in that handler.
function call(handler: EventHandler, a: number, b: number): void {
  handler(a, b);
}

for (let i = 0; i < 1000; i++) {
  call(() => undefined, 0, 0);
  call(() => undefined, 0, 0);
}
