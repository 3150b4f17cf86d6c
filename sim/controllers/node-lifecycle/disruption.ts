// The states of the zones and what they mean for the rates of tainting. When no zone has a ready node left, the fault is rather the
// control plane's own: then nobody is given up and what was begun is taken back (master disruption mode).
// Source: behaviour of the node lifecycle controller of kube-controller-manager 1.36.
import type { ControllerFlags } from "../../model/controller-flags.ts";
import { TaintQueue } from "./taint-queue.ts";
import { evictionRate, stateOf, type ZoneCount, type ZoneState } from "./zones.ts";

/** What the change of the zones' states asks for. */
export type Turn = "none" | "entersMasterDisruption" | "leavesMasterDisruption";

export class ZoneStates {
  /** By zone, in order of first sight. */
  readonly queues = new Map<string, TaintQueue>();
  private readonly states = new Map<string, ZoneState>();
  private readonly flags: ControllerFlags;

  constructor(flags: ControllerFlags) {
    this.flags = flags;
  }

  stateOf(zone: string): ZoneState | undefined {
    return this.states.get(zone);
  }

  /** A zone begins with the first node in it. */
  ensure(zone: string): TaintQueue {
    let queue = this.queues.get(zone);
    if (queue === undefined) {
      queue = new TaintQueue(this.flags.nodeEvictionRate);
      this.queues.set(zone, queue);
      this.states.set(zone, "Initial");
    }
    return queue;
  }

  /** Takes over what a pass over all nodes has found. */
  update(counts: ReadonlyMap<string, ZoneCount>, nowMicros: number): Turn {
    const { flags, queues, states } = this;
    const found = new Map<string, ZoneState>();
    for (const [zone, count] of counts) {
      found.set(zone, stateOf(count, flags));
      this.ensure(zone);
      if (!states.has(zone)) states.set(zone, "Initial");
    }
    for (const zone of [...states.keys()]) if (!counts.has(zone)) states.delete(zone);
    const isFull = (state: ZoneState) => state === "FullDisruption";
    const isLost = [...found.values()].every(isFull);
    const wasLost = [...states.values()].every(isFull);
    if (isLost && wasLost) return "none";
    if (isLost) {
      for (const queue of queues.values()) queue.setRate(0, nowMicros);
      for (const zone of [...states.keys()]) states.set(zone, "FullDisruption");
      return "entersMasterDisruption";
    }
    for (const [zone, state] of found) {
      if (!wasLost && states.get(zone) === state) continue;
      queues.get(zone)?.setRate(evictionRate(state, counts.get(zone) as ZoneCount, flags), nowMicros);
      states.set(zone, state);
    }
    return wasLost ? "leavesMasterDisruption" : "none";
  }
}
