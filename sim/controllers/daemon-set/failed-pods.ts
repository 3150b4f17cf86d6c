// Back-off of nodes on which a DaemonSet's pods fail: 1 s, 2 s … 15 min between two deletions, per node and generation.
// Source: behaviour of client-go's flowcontrol.Backoff as the DaemonSet controller uses it.
import { MINUTE, SECOND } from "../../engine/tick.ts";

const BASE_MICROS = SECOND;
const MAX_MICROS = 15 * MINUTE;

interface Entry {
  pauseMicros: number;
  atMicros: number;
}

export class FailedPodsBackOff {
  private readonly entries = new Map<string, Entry>();

  /** How long the next deletion has to wait; 0 = it may be now, and that is noted. */
  next(key: string, nowMicros: number): number {
    const entry = this.entries.get(key);
    if (entry === undefined || nowMicros - entry.atMicros > 2 * MAX_MICROS) {
      this.entries.set(key, { pauseMicros: BASE_MICROS, atMicros: nowMicros });
      return 0;
    }
    const left = entry.atMicros + entry.pauseMicros - nowMicros;
    if (left > 0) return left;
    entry.pauseMicros = Math.min(2 * entry.pauseMicros, MAX_MICROS);
    entry.atMicros = nowMicros;
    return 0;
  }

  /** Forgets what is older than any pause. */
  tidyUp(nowMicros: number): void {
    for (const [key, { atMicros }] of this.entries) {
      if (nowMicros - atMicros > 2 * MAX_MICROS) this.entries.delete(key);
    }
  }
}
