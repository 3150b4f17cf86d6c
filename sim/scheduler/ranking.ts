// Scored nodes from best to worst, taken one at a time. Ties are broken in one of three ways:
// heap   as Kubernetes 1.36 does without extenders: the root of a binary heap built in the order of discovery;
// first  the node that was added first;
// seeded uniformly among the best, from a named random stream;
// shuffled the first in a random order of the nodes that stays as it is: by the nodes' tie keys.
import { assert } from "../engine/assert.ts";
import type { RandomStream } from "../engine/random.ts";
import type { NodeInfo } from "./node-info.ts";

export type TieBreak = "heap" | "first" | "seeded" | "shuffled";

/** The nodes that one scheduling cycle scored; `pop` takes the best that is left. */
export class Ranking {
  private readonly nodes: NodeInfo[];
  private readonly totals: number[];
  private readonly tieBreak: TieBreak;
  private readonly stream: RandomStream | null;

  /** @param nodes in the order of discovery, with their totals */
  constructor(nodes: readonly NodeInfo[], totals: ArrayLike<number>, tieBreak: TieBreak, stream: RandomStream | null) {
    this.nodes = nodes.slice();
    this.totals = Array.from(totals);
    this.tieBreak = tieBreak;
    this.stream = stream;
    assert(tieBreak !== "seeded" || stream !== null, "seeded tie-breaking has a random stream");
    if (tieBreak === "heap") for (let i = (nodes.length >> 1) - 1; i >= 0; i--) this.siftDown(i, nodes.length);
  }

  get size(): number {
    return this.nodes.length;
  }

  /** @throws AssertionError when nothing is left */
  pop(): NodeInfo {
    assert(this.nodes.length > 0, "a node is left");
    const last = this.nodes.length - 1;
    if (this.tieBreak === "heap") {
      this.swap(0, last);
      this.siftDown(0, last);
    } else {
      this.swap(this.bestIndex(), last);
    }
    this.totals.pop();
    return this.nodes.pop() as NodeInfo;
  }

  private bestIndex(): number {
    const { nodes, totals } = this;
    let best = 0;
    let ties = 1;
    for (let i = 1; i < nodes.length; i++) {
      const total = totals[i] as number;
      const most = totals[best] as number;
      if (total < most) continue;
      if (total > most) {
        best = i;
        ties = 1;
      } else {
        ties++;
        if ((nodes[i] as NodeInfo).tieKey < (nodes[best] as NodeInfo).tieKey) best = i;
      }
    }
    if (this.tieBreak !== "seeded" || ties === 1) return best;
    // slots, not positions: the draw must not depend on where the search began
    const tied = nodes.map((node, i) => ({ slot: node.slot, i })).filter(({ i }) => totals[i] === totals[best]);
    tied.sort((a, b) => a.slot - b.slot);
    return (tied[(this.stream as RandomStream).int(ties)] as { i: number }).i;
  }

  private siftDown(from: number, end: number): void {
    const totals = this.totals;
    for (let i = from; ; ) {
      let child = 2 * i + 1;
      if (child >= end) return;
      if (child + 1 < end && (totals[child + 1] as number) > (totals[child] as number)) child++;
      if ((totals[child] as number) <= (totals[i] as number)) return;
      this.swap(i, child);
      i = child;
    }
  }

  private swap(i: number, j: number): void {
    const { nodes, totals } = this;
    const node = nodes[i] as NodeInfo;
    nodes[i] = nodes[j] as NodeInfo;
    nodes[j] = node;
    const total = totals[i] as number;
    totals[i] = totals[j] as number;
    totals[j] = total;
  }
}
