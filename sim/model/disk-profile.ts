// What disks are like, as data: how long an fsync takes and how fast they write and read. Named ones are orders of magnitude of
// what clouds and vendors publish, not measurements of any one disk; who knows better says so in the scenario.
// Source of the orders: "typical fsync" of NVMe 0.1–1 ms, cloud SSD 1–5 ms, HDD 10–30 ms (rule of thumb).
import type { Distribution } from "../engine/distributions.ts";

export interface DiskProfile {
  /** Of one fdatasync of a small write, in microseconds. */
  readonly fsyncMicros: Distribution;
  readonly writeBytesPerSecond: number;
  readonly readBytesPerSecond: number;
}

/** Disks that can be named. */
export const DISK_NAMES = ["nvme", "ssd", "cloud", "hdd"] as const;
export type DiskName = (typeof DISK_NAMES)[number];

const MEBIBYTE = 1024 * 1024;
const logNormal = (mu: number, sigma: number): Distribution => ({ kind: "lognormal", mu, sigma });

/** fsync: a lognormal with the median and 99th percentile at its right, in milliseconds; then written and read per second. */
export const DISK_PROFILES: Readonly<Record<DiskName, DiskProfile>> = {
  nvme: profile(logNormal(5.991464547107982, 0.69183028488277), 1000, 2500), // 0.4 / 2
  ssd: profile(logNormal(7.313220387090301, 0.6621731247233515), 400, 500), // 1.5 / 7
  cloud: profile(logNormal(7.824046010856292, 0.6742826107039515), 125, 150), // 2.5 / 12
  hdd: profile(logNormal(9.392661928770137, 0.6918302848827703), 100, 140), // 12 / 60
};

function profile(fsyncMicros: Distribution, mebibytesWritten: number, mebibytesRead: number): DiskProfile {
  return {
    fsyncMicros,
    writeBytesPerSecond: mebibytesWritten * MEBIBYTE,
    readBytesPerSecond: mebibytesRead * MEBIBYTE,
  };
}
