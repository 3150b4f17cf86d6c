// Opportunistic batching: when a pod is just like the one before it, and that one filled its node, the next best node of the
// earlier cycle is proposed and only that node is filtered. Works for consecutive pods, one per node.
// Source: KEP-5598 as it is in Kubernetes 1.36. Inert with the default configuration, whose default spread constraints
// keep pods from being signed.
import { type CycleState, isRejected } from "./framework.ts";
import type { NodeInfo } from "./node-info.ts";
import type { Profile } from "./profile.ts";
import type { Ranking } from "./ranking.ts";
import type { PodInfo } from "./shape.ts";

/** Results older than this are not used again. */
const MAX_AGE_MICROS = 500_000;

/** What one profile remembers between cycles. */
export class Batch {
  private readonly profile: Profile;
  private signature: string | null = null;
  private candidates: Ranking | (() => Ranking) | null = null;
  private createdMicros = 0;
  private lastCycle = -2;
  private lastNode = "";

  constructor(profile: Profile) {
    this.profile = profile;
  }

  /**
   * The node to try first, or null.
   *
   * @param state of the pod's cycle, after PreFilter
   * @param cycle number of the cycle, over all profiles
   */
  hint(state: CycleState, pod: PodInfo, signature: string | null, cycle: number, nowMicros: number): string | null {
    if (!this.usable(state, pod, signature, cycle, nowMicros)) {
      this.candidates = null;
      return null;
    }
    return (this.candidates as Ranking).pop().name;
  }

  /**
   * Might a hint be given? When not, what earlier cycles left is dropped, as asking for a hint would.
   *
   * @param fits tells whether the node that the last cycle took could take this pod as well
   */
  mayHint(signature: string, cycle: number, nowMicros: number, fits: (node: NodeInfo) => boolean): boolean {
    if (this.fresh(signature, cycle, nowMicros)) {
      const node = this.profile.snapshot.node(this.lastNode);
      if (node !== undefined && !fits(node)) return true;
    }
    this.candidates = null;
    return false;
  }

  /** Notes what a cycle that found a node came to. `others` are the scored nodes that were not chosen, or how to come by them. */
  store(
    signature: string | null,
    hinted: string | null,
    chosen: string,
    others: Ranking | (() => Ranking) | null,
    cycle: number,
    nowMicros: number,
  ): void {
    this.lastCycle = cycle;
    this.lastNode = chosen;
    if (hinted === chosen) return;
    this.signature = signature;
    this.candidates = signature === null ? null : others;
    this.createdMicros = nowMicros;
  }

  private fresh(signature: string | null, cycle: number, nowMicros: number): boolean {
    if (this.candidates === null) return false;
    // every cycle in between changes what the scores rest on, and so does a failed one, which is not stored
    if (cycle !== this.lastCycle + 1) return false;
    if (signature === null || signature !== this.signature) return false;
    return nowMicros - this.createdMicros <= MAX_AGE_MICROS;
  }

  private usable(state: CycleState, pod: PodInfo, signature: string | null, cycle: number, nowMicros: number): boolean {
    if (!this.fresh(signature, cycle, nowMicros)) return false;
    if (typeof this.candidates === "function") this.candidates = this.candidates();
    if (this.candidates === null || this.candidates.size === 0) return false;
    const node = this.profile.snapshot.node(this.lastNode);
    if (node === undefined) return false;
    // a node that can take another such pod may still be the best one: its score would have to be computed anew
    const said = this.profile.runFilterPlugins(state, pod, node);
    return said !== null && isRejected(said);
  }
}
