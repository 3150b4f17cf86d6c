// What a pod shape makes of one node by itself: does it lack resources, and how do the scores that need no other node come
// out. The defaults (LeastAllocated and balance over CPU and memory) are computed from the columns; other strategies ask the plugin.
import { balancedAllocation, evennessOfTwo, leastRequested, usedFraction } from "../arithmetic.ts";
import { type Status, status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import type { NodeTable, ScalarColumn } from "./node-table.ts";
import type { ShapeRules } from "./rules.ts";
import type { StaticClass } from "./static-class.ts";

/** In a mask of lacking resources: some request exceeds what the node has in all, so no eviction would help. */
const UNRESOLVABLE = 1 << 30;

export class NodeLocal {
  private readonly table: NodeTable;
  private readonly rules: ShapeRules;
  private readonly statics: StaticClass;
  // requests other than CPU, memory and ephemeral storage
  private readonly scalarNames: readonly string[];
  private readonly scalarRequests: readonly number[];
  private readonly scalarColumns: ScalarColumn[];
  private readonly requestsNothing: boolean;

  constructor(table: NodeTable, rules: ShapeRules, statics: StaticClass) {
    this.table = table;
    this.rules = rules;
    this.statics = statics;
    const r = rules.shape.requests;
    const scalars = [...r.scalar].filter(([, amount]) => amount > 0);
    this.scalarNames = scalars.map(([name]) => name);
    this.scalarRequests = scalars.map(([, amount]) => amount);
    this.scalarColumns = this.scalarNames.map((name) => table.scalar(name));
    this.requestsNothing = r.cpuMilli === 0 && r.memoryBytes === 0 && r.ephemeralBytes === 0 && r.scalar.size === 0;
  }

  /**
   * Bits of what the node lacks, 0 when the pod fits: 1 pods, 2 CPU, 4 memory, 8 ephemeral storage, then one per extended
   * resource; bit 30: unresolvable. Nominated pods of equal or higher priority count as if they were there.
   */
  lacking(slot: number): number {
    return this.table.nominatedCount[slot] === 0 ? this.lackingBeside(slot) : this.lackingWithNominated(slot);
  }

  /** The rejection that a mask of lacking resources stands for. */
  statusOf(mask: number): Status {
    const reasons: string[] = [];
    if (mask & 1) reasons.push("Too many pods");
    if (mask & 2) reasons.push("Insufficient cpu");
    if (mask & 4) reasons.push("Insufficient memory");
    if (mask & 8) reasons.push("Insufficient ephemeral-storage");
    // extended resources by name: upstream walks a map, in random order
    const lacking = this.scalarNames.filter((_, i) => (mask & (16 << i)) !== 0).sort();
    for (const name of lacking) reasons.push(`Insufficient ${name}`);
    const code = (mask & UNRESOLVABLE) !== 0 ? "UnschedulableAndUnresolvable" : "Unschedulable";
    return status(code, "NodeResourcesFit", ...reasons);
  }

  private lackingBeside(
    slot: number,
    extraPods = 0,
    extraCpu = 0,
    extraMemory = 0,
    extraEphemeral = 0,
    extraScalar?: ReadonlyMap<string, number>,
  ): number {
    const { table } = this;
    const r = this.rules.shape.requests;
    let mask = 0;
    if ((table.podCount[slot] as number) + extraPods + 1 > (table.podsAllocatable[slot] as number)) mask = 1;
    if (this.requestsNothing) return mask;
    const cpu = table.cpuAllocatable[slot] as number;
    if (r.cpuMilli > 0 && r.cpuMilli > cpu - (table.cpuRequested[slot] as number) - extraCpu)
      mask |= r.cpuMilli > cpu ? 2 | UNRESOLVABLE : 2;
    const memory = table.memoryAllocatable[slot] as number;
    if (r.memoryBytes > 0 && r.memoryBytes > memory - (table.memoryRequested[slot] as number) - extraMemory) {
      mask |= r.memoryBytes > memory ? 4 | UNRESOLVABLE : 4;
    }
    if (r.ephemeralBytes > 0) {
      const ephemeral = table.ephemeralAllocatable[slot] as number;
      if (r.ephemeralBytes > ephemeral - (table.ephemeralRequested[slot] as number) - extraEphemeral) {
        mask |= r.ephemeralBytes > ephemeral ? 8 | UNRESOLVABLE : 8;
      }
    }
    for (let i = 0; i < this.scalarColumns.length; i++) {
      const column = this.scalarColumns[i] as ScalarColumn;
      const want = this.scalarRequests[i] as number;
      if (this.rules.profile.ignoresFitResource(column.name)) continue;
      const has = column.allocatable[slot] as number;
      const extra = extraScalar?.get(column.name) ?? 0;
      if (want > has - (column.requested[slot] as number) - extra)
        mask |= want > has ? (16 << i) | UNRESOLVABLE : 16 << i;
    }
    return mask;
  }

  /** As `lacking`, with the nominated pods of equal or higher priority counted as if they were there. */
  private lackingWithNominated(slot: number): number {
    const node = this.table.snapshot.nodeAt(slot) as NodeInfo;
    let pods = 0;
    let cpu = 0;
    let memory = 0;
    let ephemeral = 0;
    const scalar = new Map<string, number>();
    for (const pod of this.table.snapshot.nominated.get(node.name) ?? []) {
      if (pod.shape.priority < this.rules.shape.priority) continue;
      const r = pod.shape.requests;
      pods++;
      cpu += r.cpuMilli;
      memory += r.memoryBytes;
      ephemeral += r.ephemeralBytes;
      for (const [name, amount] of r.scalar) scalar.set(name, (scalar.get(name) ?? 0) + amount);
    }
    return this.lackingBeside(slot, pods, cpu, memory, ephemeral, scalar);
  }

  /** Sum of the weighted scores that depend on this node alone: resources, balance, images. */
  score(slot: number): number {
    const { profile } = this.rules;
    let score = 0;
    if (profile.fitWeight > 0) {
      score +=
        profile.fitWeight * (profile.fitIsDefault ? this.leastAllocated(slot) : this.rules.fitScore(this.nodeAt(slot)));
    }
    if (profile.balancedWeight > 0) score += profile.balancedWeight * this.balanced(slot);
    if (profile.gpuWeight > 0 && !profile.normalizesGpu)
      score += profile.gpuWeight * this.rules.gpuScore(this.nodeAt(slot));
    if (profile.imageWeight > 0) score += profile.imageWeight * (this.statics.imageScore[slot] as number);
    return score;
  }

  /** LeastAllocated over CPU and memory, each with weight 1; pods that request nothing count with the default requests. */
  private leastAllocated(slot: number): number {
    const { table } = this;
    const { shape } = this.rules;
    const cpu = table.cpuAllocatable[slot] as number;
    const memory = table.memoryAllocatable[slot] as number;
    if (cpu <= 0 || memory <= 0) return this.rules.fitScore(this.nodeAt(slot));
    const cpuScore = leastRequested((table.cpuNonZero[slot] as number) + shape.scoringCpuMilli, cpu);
    const memoryScore = leastRequested((table.memoryNonZero[slot] as number) + shape.scoringMemoryBytes, memory);
    return (cpuScore + memoryScore) >> 1;
  }

  /** Balanced allocation over CPU and memory: how much more even the node's use becomes with the pod, around 50. */
  private balanced(slot: number): number {
    const { table } = this;
    const { profile, shape } = this.rules;
    const cpu = table.cpuAllocatable[slot] as number;
    const memory = table.memoryAllocatable[slot] as number;
    if (!profile.balancedIsDefault || cpu <= 0 || memory <= 0) return this.rules.balancedScore(this.nodeAt(slot));
    const r = shape.requests;
    if (r.cpuMilli === 0 && r.memoryBytes === 0) return 0;
    const cpuUsed = table.cpuRequested[slot] as number;
    const memoryUsed = table.memoryRequested[slot] as number;
    const withPod = evennessOfTwo(
      usedFraction(cpuUsed + r.cpuMilli, cpu),
      usedFraction(memoryUsed + r.memoryBytes, memory),
    );
    const without = evennessOfTwo(usedFraction(cpuUsed, cpu), usedFraction(memoryUsed, memory));
    return balancedAllocation(withPod, without);
  }

  private nodeAt(slot: number): NodeInfo {
    return this.table.snapshot.nodeAt(slot) as NodeInfo;
  }
}
