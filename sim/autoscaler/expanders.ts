// Which of several node groups grows: each expander keeps the best of what the one before it left, and chance decides among the rest.
// Source: FAQ "What are Expanders?", proposals/pricing.md and the expanders of cluster-autoscaler 1.36. Priorities stand on the groups
// instead of in a ConfigMap.
import { exp } from "../engine/math.ts";
import type { RandomStream } from "../engine/random.ts";
import type { ExpanderName } from "../model/autoscaler-plan.ts";
import type { PodInfo } from "../scheduler/shape.ts";
import type { NodeGroup } from "./cloud-provider.ts";

export interface ExpansionOption {
  readonly group: NodeGroup;
  readonly nodes: number;
  readonly pods: readonly PodInfo[];
  /** Of one new node. */
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly gpus: number;
}

const GIB = 1024 * 1024 * 1024;
/** Per hour, in millionths: what pods would cost by themselves. */
const CPU_PRICE = 33_174;
const MEMORY_PRICE_PER_GIB = 4_446;
const GPU_PRICE = 700_000;
/** Nodes of a cluster up to which machines of so many cores are preferred. */
const PREFERRED_CORES = [
  [2, 1],
  [6, 2],
  [20, 4],
  [60, 8],
  [200, 16],
] as const;
const MOST_CORES = 32;
const GPU_UNFITNESS = 1000;

/** @param clusterNodes nodes of the cluster now */
export function choose(
  options: readonly ExpansionOption[],
  expanders: readonly ExpanderName[],
  clusterNodes: number,
  stream: RandomStream,
): ExpansionOption | null {
  let left = options;
  for (const name of expanders) {
    if (left.length < 2 || name === "random") break;
    left = lowest(left, scoreOf(name, clusterNodes));
  }
  if (left.length === 0) return null;
  return left[left.length === 1 ? 0 : stream.int(left.length)]!;
}

/** The lower the better; options of equal score are equally good. */
function scoreOf(name: Exclude<ExpanderName, "random">, clusterNodes: number): (option: ExpansionOption) => number {
  switch (name) {
    case "most-pods":
      return ({ pods }) => -pods.length;
    case "least-nodes":
      return ({ nodes }) => nodes;
    case "least-waste":
      return waste;
    case "priority":
      return ({ group }) => -group.plan.priority;
    case "price":
      return (option) => price(option, clusterNodes);
  }
}

function waste({ cpuMilli, memoryBytes, nodes, pods }: ExpansionOption): number {
  const [cpu, memory] = requestsOf(pods);
  const share = (asked: number, there: number) => (there > 0 ? (there - asked) / there : 0);
  return share(cpu, cpuMilli * nodes) + share(memory, memoryBytes * nodes);
}

function price(option: ExpansionOption, clusterNodes: number): number {
  const { cpuMilli, gpus, group, nodes, pods } = option;
  const { priceMicrosPerHour } = group.plan;
  // a group without a price is taken when no other is left
  if (priceMicrosPerHour === null) return Number.MAX_VALUE;
  const [cpu, memory, podGpus] = requestsOf(pods);
  const podPrice = priceOf(cpu, memory, podGpus);
  // keeps small differences of small amounts from deciding
  const stabilization = priceOf(500, 500 * 1024 * 1024, 0);
  const priceScore = (priceMicrosPerHour * nodes + stabilization) / (podPrice + stabilization);
  const preferred = (PREFERRED_CORES.find(([most]) => clusterNodes <= most)?.[1] ?? MOST_CORES) * 1000;
  const unfitness = gpus > 0 ? GPU_UNFITNESS : Math.max(preferred / cpuMilli, cpuMilli / preferred);
  // the more nodes are added at once, the less their size matters
  const suppressed = (unfitness - 1) * (1 - tanh((nodes - 1) / 15)) + 1;
  return suppressed * priceScore;
}

function priceOf(cpuMilli: number, memoryBytes: number, gpus: number): number {
  return (cpuMilli / 1000) * CPU_PRICE + (memoryBytes / GIB) * MEMORY_PRICE_PER_GIB + gpus * GPU_PRICE;
}

function requestsOf(pods: readonly PodInfo[]): readonly [cpuMilli: number, memoryBytes: number, gpus: number] {
  let [cpu, memory, gpus] = [0, 0, 0];
  for (const { shape } of pods) {
    cpu += shape.requests.cpuMilli;
    memory += shape.requests.memoryBytes;
    gpus += shape.requests.scalar.get("nvidia.com/gpu") ?? 0;
  }
  return [cpu, memory, gpus];
}

function tanh(x: number): number {
  if (x > 20) return 1;
  const e = exp(2 * x);
  return (e - 1) / (e + 1);
}

function lowest(options: readonly ExpansionOption[], score: (option: ExpansionOption) => number): ExpansionOption[] {
  const scores = options.map(score);
  const best = scores.reduce((a, b) => Math.min(a, b));
  return options.filter((_, i) => scores[i] === best);
}
