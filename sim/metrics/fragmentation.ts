// How usable the free room is at the end of a run: room that no pod of the workload can use (fragmentation, after FGD), and
// room stranded on nodes where something else has run out. Evaluated once, over nodes and classes of equal requests.
// Source: Weng et al., "Beware of Fragmentation", USENIX ATC 2023, applied to each resource.
import type { NodeTable } from "./node-table.ts";
import type { PodTable } from "./pod-table.ts";
import { CPU, EPHEMERAL, GPU, MEMORY, PODS, RESOURCES } from "./resources.ts";

export interface Fragmentation {
  /** Free amounts on present nodes, by index into RESOURCES. */
  readonly free: readonly number[];
  /** Free amounts on nodes that have run out of another resource: less left than half of the pods ask for. */
  readonly stranded: readonly number[];
  /** Expected share of the free amount, in percent, that a pod drawn from the workload cannot use; NaN when nothing is free. */
  readonly fragPct: readonly number[];
}

interface PodClass {
  readonly requests: readonly number[];
  count: number;
}

/** More classes than this, by frequency, are left out: the rest is rare. */
const MAX_CLASSES = 256;

export function fragmentation(nodes: NodeTable, pods: PodTable): Fragmentation {
  const classes = podClasses(pods);
  const total = classes.reduce((sum, c) => sum + c.count, 0);
  const median = RESOURCES.map((_, r) => medianRequest(classes, r));
  const free = RESOURCES.map(() => 0);
  const stranded = RESOURCES.map(() => 0);
  // Σ over nodes and classes of count × free amount that the class cannot use; divided by the number of pods at the end
  const unusable = RESOURCES.map(() => 0);
  const left = RESOURCES.map(() => 0);
  for (let row = 0; row < nodes.rows; row++) {
    if (!Number.isNaN(nodes.numbers.removedMicros.get(row))) continue;
    for (const [r, name] of RESOURCES.entries()) {
      left[r] = Math.max(
        0,
        nodes.numbers[`allocatable_${name}`].get(row) - nodes.numbers[`requested_${name}`].get(row),
      );
      free[r] = free[r]! + left[r]!;
    }
    addStranded(stranded, left, median, nodes, row);
    for (const podClass of classes) {
      const fits = podClass.requests.every((amount, r) => amount <= left[r]!);
      for (let r = 0; r < RESOURCES.length; r++) {
        if (!fits || podClass.requests[r] === 0) unusable[r] = unusable[r]! + podClass.count * left[r]!;
      }
    }
  }
  const fragPct = unusable.map((sum, r) => (free[r]! > 0 && total > 0 ? (sum / total / free[r]!) * 100 : Number.NaN));
  return { free, stranded, fragPct };
}

function addStranded(
  stranded: number[],
  left: readonly number[],
  median: readonly number[],
  nodes: NodeTable,
  row: number,
): void {
  const exhausted = RESOURCES.map(
    (name, r) => nodes.numbers[`allocatable_${name}`].get(row) > 0 && median[r]! > 0 && left[r]! < median[r]!,
  );
  for (let r = 0; r < RESOURCES.length; r++) {
    if (exhausted.some((out, other) => out && other !== r)) stranded[r] = stranded[r]! + left[r]!;
  }
}

/** Pods of the run by equal requests, the most frequent first; ties in order of first appearance. */
function podClasses(pods: PodTable): PodClass[] {
  const byKey = new Map<string, PodClass>();
  const { cpuMilli, memoryBytes, ephemeralBytes, gpus } = pods.numbers;
  for (let row = 0; row < pods.rows; row++) {
    const requests: number[] = [];
    requests[CPU] = cpuMilli.get(row);
    requests[MEMORY] = memoryBytes.get(row);
    requests[EPHEMERAL] = ephemeralBytes.get(row);
    requests[PODS] = 1;
    requests[GPU] = gpus.get(row);
    const key = requests.join(" ");
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, { requests, count: 1 });
    else known.count++;
  }
  return [...byKey.values()].sort((a, b) => b.count - a.count).slice(0, MAX_CLASSES);
}

/** The median over the pods that ask for this resource at all; 0 when none does. */
function medianRequest(classes: readonly PodClass[], r: number): number {
  const asking = classes.filter((c) => c.requests[r]! > 0).sort((a, b) => a.requests[r]! - b.requests[r]!);
  const total = asking.reduce((sum, c) => sum + c.count, 0);
  let seen = 0;
  for (const podClass of asking) {
    seen += podClass.count;
    if (2 * seen >= total) return podClass.requests[r]!;
  }
  return 0;
}
