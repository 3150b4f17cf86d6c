// The disk of one member: how long an fsync takes, and what faults do to it. One queue: a write waits for the one before it.
// A stalled disk completes nothing until it is released; a full one refuses to write, which kills the member as in etcd.
import { type Distribution, sample } from "../engine/distributions.ts";
import type { RandomStream } from "../engine/random.ts";

/** Named after what it is like; `fsyncMicros` is the time of one fdatasync of a small write. */
export interface DiskProfile {
  readonly fsyncMicros: Distribution;
  readonly writeBytesPerSecond: number;
  readonly readBytesPerSecond: number;
}

export type DiskModel = keyof typeof DISKS | DiskProfile;

const logNormal = (mu: number, sigma: number): Distribution => ({ kind: "lognormal", mu, sigma });

/**
 * Source: "typical fsync" of NVMe 0.1–1 ms, cloud SSD 1–5 ms, HDD 10–30 ms (rule of thumb); `ssd` is the virtio disk of the
 * recordings (p50 0.55 ms, p99 8 ms). Medians are e^mu.
 */
export const DISKS = {
  nvme: { fsyncMicros: logNormal(5.52, 0.5), writeBytesPerSecond: 1.5e9, readBytesPerSecond: 2.5e9 },
  ssd: { fsyncMicros: logNormal(6.4, 0.75), writeBytesPerSecond: 4e8, readBytesPerSecond: 5e8 },
  cloud: { fsyncMicros: logNormal(7.6, 0.5), writeBytesPerSecond: 1.5e8, readBytesPerSecond: 1.5e8 },
  hdd: { fsyncMicros: logNormal(9.62, 0.35), writeBytesPerSecond: 1.2e8, readBytesPerSecond: 1.4e8 },
} as const satisfies Record<string, DiskProfile>;

export class Disk {
  private readonly profile: DiskProfile;
  private readonly random: RandomStream;
  /** Added to every fsync while a fault holds; 0 for none. */
  extraMicros = 0;
  /** Multiplies every fsync. */
  factor = 1;
  isStalled = false;
  isFull = false;

  constructor(model: DiskModel, random: RandomStream) {
    this.profile = typeof model === "string" ? DISKS[model] : model;
    this.random = random;
  }

  /** Time to write and sync `bytes` once, in microseconds; a whole number, at least 1. Not to be asked of a stalled disk. */
  syncMicros(bytes: number): number {
    const base = sample(this.profile.fsyncMicros, this.random) + (bytes * 1e6) / this.profile.writeBytesPerSecond;
    return Math.max(1, Math.round(base * this.factor + this.extraMicros));
  }

  /** Time to read `bytes`, in microseconds. */
  readMicros(bytes: number): number {
    return Math.round(((bytes * 1e6) / this.profile.readBytesPerSecond) * this.factor);
  }
}
