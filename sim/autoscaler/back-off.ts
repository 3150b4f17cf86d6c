// How long a node group is left alone after a scale-up of it has failed: 5 min, doubled at each failure that comes after the last back-off
// is over, at most 30 min; forgotten after a success, or 3 h after the last failure. Source: behaviour of utils/backoff, 1.36.
import type { AutoscalerFlags } from "../model/autoscaler-plan.ts";

interface Entry {
  durationMicros: number;
  untilMicros: number;
  failedMicros: number;
}

export class NodeGroupBackoff {
  private readonly flags: AutoscalerFlags;
  private readonly entries = new Map<string, Entry>();

  constructor(flags: AutoscalerFlags) {
    this.flags = flags;
  }

  /** @returns until when */
  backOff(group: string, nowMicros: number): number {
    const { initialNodeGroupBackoffDurationMicros, maxNodeGroupBackoffDurationMicros } = this.flags;
    const known = this.entries.get(group);
    let durationMicros = known?.durationMicros ?? initialNodeGroupBackoffDurationMicros;
    // what fails at the same time fails once
    if (known !== undefined && known.untilMicros < nowMicros)
      durationMicros = Math.min(2 * known.durationMicros, maxNodeGroupBackoffDurationMicros);
    const untilMicros = nowMicros + durationMicros;
    this.entries.set(group, { durationMicros, untilMicros, failedMicros: nowMicros });
    return untilMicros;
  }

  isBackedOff(group: string, nowMicros: number): boolean {
    const entry = this.entries.get(group);
    return entry !== undefined && entry.untilMicros > nowMicros;
  }

  forget(group: string): void {
    this.entries.delete(group);
  }

  forgetStale(nowMicros: number): void {
    for (const [group, { failedMicros }] of this.entries)
      if (failedMicros + this.flags.nodeGroupBackoffResetTimeoutMicros < nowMicros) this.entries.delete(group);
  }
}
