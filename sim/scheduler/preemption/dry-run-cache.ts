// Outcomes of dry runs that still hold: where filtering reads the node alone, the victims for a pod's shape stay the same
// until the node changes. A full cluster is then dry-run once, and afterwards only where pods came or went.
import type { PreemptionCandidate, Status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo, PodShape } from "../shape.ts";

/** What a dry run on one node came to: a candidate, or why preemption does not help there. */
export type DryRunOutcome = PreemptionCandidate | Status;

interface Entry {
  readonly generation: number;
  readonly outcome: DryRunOutcome;
  /** Pods that had not started then: their place among the others changes when they do, without a change of the node. */
  readonly unstarted: readonly PodInfo[];
}

/** Shapes that are kept; the least recently used goes first. */
const MAX_SHAPES = 16;

export class DryRunCache {
  // per shape, by slot
  private readonly byShape = new Map<PodShape, (Entry | undefined)[]>();
  private readonly revision: () => number;
  private filledAt = -1;

  /** @param revision moves when something else than the nodes changes that dry runs read: disruption budgets */
  constructor(revision: () => number) {
    this.revision = revision;
  }

  /** The outcomes for pods of this shape. Use it within one attempt only. */
  open(shape: PodShape): ShapeOutcomes {
    const revision = this.revision();
    if (revision !== this.filledAt) {
      this.byShape.clear();
      this.filledAt = revision;
    }
    let entries = this.byShape.get(shape);
    if (entries === undefined) {
      entries = [];
      if (this.byShape.size >= MAX_SHAPES) {
        const [oldest] = this.byShape.keys();
        if (oldest !== undefined) this.byShape.delete(oldest);
      }
    } else {
      this.byShape.delete(shape);
    }
    this.byShape.set(shape, entries);
    return new ShapeOutcomes(entries);
  }
}

export class ShapeOutcomes {
  private readonly entries: (Entry | undefined)[];

  constructor(entries: (Entry | undefined)[]) {
    this.entries = entries;
  }

  get(node: NodeInfo): DryRunOutcome | null {
    const entry = this.entries[node.slot];
    if (entry === undefined || entry.generation !== node.generation) return null;
    for (const pod of entry.unstarted) if (!Number.isNaN(pod.startTimeMicros)) return null;
    return entry.outcome;
  }

  /** @param lower the pods that the dry run chose from */
  set(node: NodeInfo, outcome: DryRunOutcome, lower: readonly PodInfo[]): void {
    while (this.entries.length < node.slot) this.entries.push(undefined);
    const unstarted = lower.filter((pod) => Number.isNaN(pod.startTimeMicros));
    this.entries[node.slot] = { generation: node.generation, outcome, unstarted };
  }
}
