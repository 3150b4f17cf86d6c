// The disk of one member: how long an fsync takes, and what faults do to it. One queue: a write waits for the one before it.
// A stalled disk completes nothing until it is released; a full one refuses to write, which kills the member as in etcd.
import { assert } from "../engine/assert.ts";
import { sample } from "../engine/distributions.ts";
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import { DISK_PROFILES, type DiskName, type DiskProfile } from "../model/disk-profile.ts";

export type DiskModel = DiskName | DiskProfile;

/** Writes that a member has on their way to disk: at most one of each. */
export type DiskLane = "wal" | "backend";

interface Operation {
  readonly bytes: number;
  readonly syncs: number;
  startedAt: number;
  handle: EventHandle | null;
}

export class Disk {
  /** Added to every fsync while a fault holds; 0 for none. */
  extraMicros = 0;
  /** Multiplies every fsync. */
  factor = 1;
  /** Faults that fill it. */
  fullCount = 0;
  private stalls = 0;
  private readonly engine: Engine;
  private readonly profile: DiskProfile;
  private readonly random: RandomStream;
  private readonly kinds: Readonly<Record<DiskLane, number>>;
  private readonly slot: number;
  private readonly lanes: Record<DiskLane, Operation | null> = { wal: null, backend: null };

  /** @param kinds the events that tell that a write is done */
  constructor(
    engine: Engine,
    model: DiskModel,
    random: RandomStream,
    kinds: Readonly<Record<DiskLane, number>>,
    slot: number,
  ) {
    this.engine = engine;
    this.profile = typeof model === "string" ? DISK_PROFILES[model] : model;
    this.random = random;
    this.kinds = kinds;
    this.slot = slot;
  }

  /** Nothing more can be written. */
  get isFull(): boolean {
    return this.fullCount > 0;
  }

  get isStalled(): boolean {
    return this.stalls > 0;
  }

  /** Writes `bytes` and syncs `syncs` times; the lane's event tells when that is done. */
  begin(lane: DiskLane, bytes: number, syncs: number): void {
    const operation: Operation = { bytes, syncs, startedAt: this.engine.now, handle: null };
    this.lanes[lane] = operation;
    if (this.stalls === 0) this.schedule(lane, operation);
  }

  /** The lane's event has come. @returns how long the write took, in microseconds */
  end(lane: DiskLane): number {
    const operation = this.lanes[lane];
    assert(operation !== null, "a write that ends has begun");
    this.lanes[lane] = null;
    return this.engine.now - operation.startedAt;
  }

  /** The process is gone: nobody waits for its writes. */
  abandon(): void {
    for (const lane of ["wal", "backend"] as const) {
      const handle = this.lanes[lane]?.handle ?? null;
      if (handle !== null) this.engine.cancel(handle);
      this.lanes[lane] = null;
    }
  }

  /** Nothing is completed until as many releases. */
  stall(): void {
    this.stalls++;
    for (const lane of ["wal", "backend"] as const) {
      const operation = this.lanes[lane];
      if (operation === null || operation.handle === null) continue;
      this.engine.cancel(operation.handle);
      operation.handle = null;
    }
  }

  release(): void {
    if (this.stalls === 0) return;
    this.stalls--;
    if (this.stalls > 0) return;
    for (const lane of ["wal", "backend"] as const) {
      const operation = this.lanes[lane];
      if (operation !== null && operation.handle === null) this.schedule(lane, operation);
    }
  }

  /** Time to read `bytes`, in microseconds. */
  readMicros(bytes: number): number {
    return Math.round(((bytes * 1e6) / this.profile.readBytesPerSecond) * this.factor);
  }

  /** Time to write `bytes` and sync once, in microseconds, of a write that no fault interrupts. */
  writeMicros(bytes: number): number {
    const base = sample(this.profile.fsyncMicros, this.random) + (bytes * 1e6) / this.profile.writeBytesPerSecond;
    return Math.max(1, Math.round(base * this.factor + this.extraMicros));
  }

  private schedule(lane: DiskLane, operation: Operation): void {
    let micros = this.writeMicros(operation.bytes);
    for (let i = 1; i < operation.syncs; i++) micros += this.writeMicros(0);
    operation.handle = this.engine.after(micros, this.kinds[lane], this.slot);
  }
}
