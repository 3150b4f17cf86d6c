// How each node stood at every moment of a run: one row for each change of what it holds or of its condition, in order of time.
// Changes of one instant are one row. Kept only where somebody wants to look at the cluster over time.
import { TableBuilder } from "./table.ts";

/** A node after a change. Amounts are what its pods ask for. */
export interface NodeStanding {
  /** 1 = it exists. */
  readonly present: number;
  readonly ready: number;
  readonly cordoned: number;
  readonly pods: number;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly gpus: number;
  readonly taints: string;
}

const STANDING = ["present", "ready", "cordoned", "pods", "cpuMilli", "memoryBytes", "gpus"] as const;

export class NodeCourse extends TableBuilder<"node" | "atMicros" | (typeof STANDING)[number], "taints"> {
  /** By row of the node: its last row here. */
  private readonly last: number[] = [];

  constructor() {
    super(["node", "atMicros", ...STANDING], ["taints"]);
  }

  /** @param node row of the table of nodes */
  keep(node: number, atMicros: number, standing: NodeStanding): void {
    const last = this.last[node];
    if (last !== undefined && this.stands(last, standing)) return;
    const isSameInstant = last !== undefined && this.numbers.atMicros.get(last) === atMicros;
    const row = isSameInstant ? last : this.add();
    this.last[node] = row;
    this.numbers.node.set(row, node);
    this.numbers.atMicros.set(row, atMicros);
    for (const name of STANDING) this.numbers[name].set(row, standing[name]);
    this.texts.taints.set(row, standing.taints);
  }

  private stands(row: number, standing: NodeStanding): boolean {
    if (this.texts.taints.get(row) !== standing.taints) return false;
    return STANDING.every((name) => this.numbers[name].get(row) === standing[name]);
  }
}
