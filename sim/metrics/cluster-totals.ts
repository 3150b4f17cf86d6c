// Sums over the whole cluster, kept current at every change at a cost that does not grow with the number of nodes:
// what ready, schedulable nodes can give, what pods ask for, and the share of the one in the other over time.
import { type Amounts, RESOURCES } from "./resources.ts";
import { TimeWeighted } from "./time-weighted.ts";

export class ClusterTotals {
  /** By index into RESOURCES. */
  readonly allocatable: number[] = RESOURCES.map(() => 0);
  readonly requested: number[] = RESOURCES.map(() => 0);
  readonly peakRequested: number[] = RESOURCES.map(() => 0);
  /** Percent requested of allocatable; NaN while nothing is allocatable. */
  readonly allocPct: readonly TimeWeighted[];
  /** Resources outside of RESOURCES by name: [allocatable, requested, peak requested]. */
  readonly other = new Map<string, [number, number, number]>();
  nodes = 0;
  nodesReady = 0;

  constructor(nowMicros: number) {
    this.allocPct = RESOURCES.map(() => new TimeWeighted(0, nowMicros));
  }

  account(requests: Amounts, sign: 1 | -1, nowMicros: number): void {
    for (let r = 0; r < RESOURCES.length; r++) {
      const amount = requests.fixed[r]!;
      if (amount === 0) continue;
      const requested = this.requested[r]! + sign * amount;
      this.requested[r] = requested;
      if (requested > this.peakRequested[r]!) this.peakRequested[r] = requested;
      this.allocPct[r]!.set(percent(requested, this.allocatable[r]!), nowMicros);
    }
    for (const [name, amount] of requests.other) {
      const entry = this.otherEntry(name);
      entry[1] += sign * amount;
      if (entry[1] > entry[2]) entry[2] = entry[1];
    }
  }

  capacity(amounts: Amounts, sign: 1 | -1, nowMicros: number): void {
    this.nodesReady += sign;
    for (let r = 0; r < RESOURCES.length; r++) {
      if (amounts.fixed[r] === 0) continue;
      this.allocatable[r] = this.allocatable[r]! + sign * amounts.fixed[r]!;
      this.allocPct[r]!.set(percent(this.requested[r]!, this.allocatable[r]!), nowMicros);
    }
    for (const [name, amount] of amounts.other) this.otherEntry(name)[0] += sign * amount;
  }

  private otherEntry(name: string): [number, number, number] {
    let entry = this.other.get(name);
    if (entry === undefined) {
      entry = [0, 0, 0];
      this.other.set(name, entry);
    }
    return entry;
  }
}

/** part of whole in percent; 0 of 0 is 0, something of nothing NaN. */
export function percent(part: number, whole: number): number {
  if (whole > 0) return (part / whole) * 100;
  return part === 0 ? 0 : Number.NaN;
}
