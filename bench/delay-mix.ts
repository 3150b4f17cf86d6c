// Delays as a cluster has them: 45 % none (a message within a tick), 35 % 0.2–2 ms (requests), 15 % 10 s (heartbeats and
// leases), 5 % 1–5 min (resyncs and back-offs). Drawn once, so that no generator is measured.
import { createStream } from "../sim/engine/random.ts";
import { MINUTE, SECOND } from "../sim/engine/tick.ts";

/** How many delays there are: a power of two, larger than what caches hold back. */
export const DELAYS = 1 << 20;

/** The delays in microseconds. */
export function kubernetesDelays(): Int32Array {
  const stream = createStream("bench", "delays");
  return Int32Array.from({ length: DELAYS }, () => {
    const share = stream.int(100);
    if (share < 45) return 0;
    if (share < 80) return 200 + stream.int(1801);
    if (share < 95) return 10 * SECOND;
    return MINUTE + stream.int(4 * MINUTE + 1);
  });
}
