// How long a pod runs belongs to the pod: drawn from (seed, uid), so that it is the same wherever and whenever it is placed,
// in every variant that has this pod (common random numbers).
import { type Distribution, sample } from "../engine/distributions.ts";
import { createStream } from "../engine/random.ts";

/** Microseconds of running time. */
export function drawLifetimeMicros(distribution: Distribution, seed: string | number, uid: string): number {
  if (distribution.kind === "constant") return Math.max(0, Math.round(distribution.value));
  return Math.max(0, Math.round(sample(distribution, createStream(seed, `pod/${uid}/lifetime`))));
}
