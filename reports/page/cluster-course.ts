// The cluster at any moment of a run, from the changes of its nodes. Pure: the page's map and lists are made from it.

import type { MapAnswer, ShownFault } from "../../sim/serve/protocol.ts";
import type { MapNode as DrawnNode, NodeState } from "../html/cluster-map.ts";

const [PRESENT, READY, CORDONED, TAINTED] = [1, 2, 4, 8];

/** What the colour of a cell may mean; in the order of a node's shares. */
export const MEASURES = ["CPU requested", "memory requested", "pods", "GPUs requested"] as const;

export interface NodeStanding extends DrawnNode {
  readonly isTainted: boolean;
  /** A fault that names it is under way. */
  readonly isFaulted: boolean;
  readonly taints: string;
  readonly pods: number;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly gpus: number;
}

interface FaultSpan {
  readonly from: number;
  readonly to: number;
}

export class ClusterCourse {
  readonly endMicros: number;
  readonly answer: MapAnswer;
  /** When something happens to a fault or to the condition of a node, in order. */
  readonly moments: readonly number[];
  private readonly faultsOf: ReadonlyMap<string, readonly FaultSpan[]>;

  constructor(answer: MapAnswer, faults: readonly ShownFault[]) {
    this.answer = answer;
    this.endMicros = answer.endMicros;
    this.faultsOf = faultsByNode(answer, faults);
    this.moments = momentsOf(answer, faults);
  }

  /** Of all nodes that ever were, in their order. */
  at(micros: number): readonly NodeStanding[] {
    return this.answer.nodes.map((_, index) => this.nodeAt(index, micros));
  }

  nodeAt(index: number, micros: number): NodeStanding {
    const { answer } = this;
    const node = answer.nodes[index]!;
    const row = lastBefore(answer.atMicros, answer.offsets[index]!, answer.offsets[index + 1]!, micros);
    const flags = row < 0 ? 0 : answer.flags[row]!;
    const amount = (values: readonly number[]) => (row < 0 ? 0 : values[row]!);
    const [cpuMilli, memoryBytes] = [amount(answer.cpuMilli), amount(answer.memoryBytes)];
    const [pods, gpus] = [amount(answer.pods), amount(answer.gpus)];
    const spans = this.faultsOf.get(node.name) ?? [];
    return {
      ...{ name: node.name, zone: node.zone, pool: node.pool, cpuMilli, memoryBytes, pods, gpus },
      state: stateOf(flags),
      shares: [
        share(cpuMilli, node.cpuMilli),
        share(memoryBytes, node.memoryBytes),
        share(pods, node.pods),
        share(gpus, node.gpus),
      ],
      isTainted: (flags & TAINTED) !== 0,
      isFaulted: spans.some(({ from, to }) => from <= micros && micros < to),
      taints: row < 0 ? "" : (answer.taintTexts[answer.taints[row]!] ?? ""),
    };
  }

  /** The next moment at which something happens, or the one before; the ends otherwise. */
  step(micros: number, direction: 1 | -1): number {
    if (direction === 1) return this.moments.find((moment) => moment > micros) ?? this.endMicros;
    return this.moments.findLast((moment) => moment < micros) ?? 0;
  }

  /** Only measures that some node has. */
  get measures(): readonly number[] {
    const has = (pick: (node: MapAnswer["nodes"][number]) => number) =>
      this.answer.nodes.some((node) => pick(node) > 0);
    const there = [has((n) => n.cpuMilli), has((n) => n.memoryBytes), has((n) => n.pods), has((n) => n.gpus)];
    return there.flatMap((is, i) => (is ? [i] : []));
  }
}

function stateOf(flags: number): NodeState {
  if ((flags & PRESENT) === 0) return "gone";
  if ((flags & READY) === 0) return "down";
  return (flags & CORDONED) === 0 ? "ready" : "cordoned";
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : Number.NaN;
}

/** The last index from `from` to before `to` whose time is not after the moment; -1 when there is none. */
function lastBefore(times: readonly number[], from: number, to: number, micros: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= micros) low = middle + 1;
    else high = middle;
  }
  return low === from ? -1 : low - 1;
}

// targets are names of nodes, or of what nodes stand in
function faultsByNode({ endMicros, nodes }: MapAnswer, faults: readonly ShownFault[]): Map<string, FaultSpan[]> {
  const spans = new Map<string, FaultSpan[]>();
  const isHit = (node: MapAnswer["nodes"][number], layer: ShownFault["layer"], targets: ReadonlySet<string>) => {
    if (layer === "nodes" || layer === "machines") return targets.has(node.name);
    if (layer === "zones") return targets.has(node.zone);
    return layer === "racks" && targets.has(node.rack);
  };
  for (const { injectedMicros, layer, recoveredMicros, targets } of faults) {
    if (injectedMicros === null) continue;
    const span = { from: injectedMicros, to: recoveredMicros ?? endMicros + 1 };
    const names = new Set(targets.split(" "));
    for (const node of nodes) {
      if (isHit(node, layer, names)) spans.set(node.name, [...(spans.get(node.name) ?? []), span]);
    }
  }
  return spans;
}

function momentsOf({ atMicros, flags, offsets, nodes, endMicros }: MapAnswer, faults: readonly ShownFault[]): number[] {
  const moments = new Set<number>();
  for (const { injectedMicros, recoveredMicros } of faults) {
    if (injectedMicros !== null) moments.add(injectedMicros);
    if (recoveredMicros !== null) moments.add(recoveredMicros);
  }
  for (let node = 0; node < nodes.length; node++) {
    for (let row = offsets[node]! + 1; row < offsets[node + 1]!; row++)
      if (flags[row] !== flags[row - 1]) moments.add(atMicros[row]!);
  }
  return [...moments].filter((moment) => moment >= 0 && moment <= endMicros).sort((a, b) => a - b);
}
