// What a one-way link between two hosts does to messages, as data, and the profiles that hosts get when nothing else is said.
// Sources of the numbers: docs/NETWORK.md.

import { assert } from "../engine/assert.ts";
import { type Distribution, distributionError, meanOf } from "../engine/distributions.ts";

/** One direction of a link. */
export interface LinkProfile {
  /** Time on the way, in microseconds. */
  readonly latencyMicros: Distribution;
  /** Added to the latency of every message, in microseconds; negative results count as 0. Default: none. */
  readonly jitterMicros?: Distribution;
  /** Ratio of packets that get lost. Default 0. */
  readonly loss?: number;
  /** Ratio of packets that arrive twice: seen by datagrams only, TCP discards the second. Default 0. */
  readonly duplicate?: number;
  /** What the link carries; messages queue for it in order. Default: no limit. */
  readonly bandwidthBytesPerSecond?: number;
}

/** Between processes of one machine: loopback. */
export const SAME_HOST: LinkProfile = { latencyMicros: { kind: "constant", value: 20 } };

/** Between machines of one zone: 10 Gbit/s. */
export const SAME_ZONE: LinkProfile = {
  latencyMicros: { kind: "uniform", min: 80, max: 160 },
  bandwidthBytesPerSecond: 1_250_000_000,
};

/** Between zones of one region. */
export const CROSS_ZONE: LinkProfile = {
  latencyMicros: { kind: "uniform", min: 400, max: 700 },
  bandwidthBytesPerSecond: 1_250_000_000,
};

/** @throws AssertionError when a number of the profile has no meaning */
export function checkProfile(profile: LinkProfile): void {
  const latencyError = distributionError(profile.latencyMicros);
  assert(latencyError === undefined, `latency of a link: ${latencyError}`);
  assert(meanOf(profile.latencyMicros) >= 0, "latency of a link is negative");
  if (profile.jitterMicros !== undefined) {
    const jitterError = distributionError(profile.jitterMicros);
    assert(jitterError === undefined, `jitter of a link: ${jitterError}`);
  }
  checkRatio("loss", profile.loss ?? 0);
  checkRatio("duplicate", profile.duplicate ?? 0);
  const bandwidth = profile.bandwidthBytesPerSecond ?? 1;
  assert(bandwidth > 0, `bandwidth of a link: ${bandwidth} bytes per second`);
}

/** @throws AssertionError unless `ratio` is in 0 … 1 */
export function checkRatio(name: string, ratio: number): void {
  assert(ratio >= 0 && ratio <= 1, `${name} of a link is ${ratio}, not a ratio in 0 … 1`);
}
