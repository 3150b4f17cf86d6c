// NodeResourcesFit: the pod's requests and one more pod must fit into what the node has left. Scores by LeastAllocated
// (default), MostAllocated or RequestedToCapacityRatio over the configured resources.
import type { NodeResourcesFitArgs } from "../../model/scheduler-plugin-args.ts";
import { leastAllocated, mostAllocated, type ResourceScorer, requestedToCapacityRatio } from "../arithmetic.ts";
import { type PluginFactory, type Status, status } from "../framework.ts";
import type { NodeInfo } from "../node-info.ts";
import { PerShape } from "../per-shape.ts";
import { ResourceAmounts } from "../resource-columns.ts";
import type { PodShape } from "../shape.ts";

const NAME = "NodeResourcesFit";

const PODS = 1;
const CPU = 2;
const MEMORY = 4;
const EPHEMERAL = 8;
/** Some resource is asked for in a larger amount than the node has in all: removing pods cannot help. */
const UNRESOLVABLE = 16;
const FIRST_SCALAR = 32;
const FIXED_REASONS = ["Too many pods", "Insufficient cpu", "Insufficient memory", "Insufficient ephemeral-storage"];

/** What a shape asks for, with named resources in the order in which reasons list them. */
interface Demand {
  readonly nothing: boolean;
  readonly scalars: readonly (readonly [name: string, amount: number])[];
  /** By the set of lacking resources. */
  readonly statuses: Map<number, Status>;
}

export const nodeResourcesFit: PluginFactory = (rawArgs, _handle) => {
  const args = rawArgs as unknown as NodeResourcesFitArgs;
  const ignores = ignoredResources(args);
  const { scorer, amounts } = scoringStrategy(args);
  const demands = new PerShape((shape) => demandOf(shape, ignores));
  const go = { status: null };
  return {
    name: NAME,
    filtersByNodeAlone: true,
    preFilter: () => go,
    filter(_state, pod, node) {
      const demand = demands.get(pod.shape);
      const lacking = lackingResources(pod.shape, demand, node);
      return lacking === 0 ? null : lackingStatus(demand, lacking);
    },
    preScore: () => null,
    score(_state, pod, node) {
      amounts.read(pod.shape, node);
      return scorer(amounts.after, amounts.allocatable, amounts.weights);
    },
    signPod: (pod) => signRequests(pod.shape),
  };
};

/** The resources as they are written: pods that come to the same sums by other containers are not the same. */
export function signRequests(shape: PodShape): string {
  const { containers, initContainers, overhead, resources } = shape.exemplar.spec;
  const parts = [
    ...(initContainers ?? []).map((c) => [c.restartPolicy, c.resources]),
    ...containers.map((c) => c.resources),
  ];
  return JSON.stringify([parts, initContainers?.length ?? 0, overhead, resources]);
}

/** Extended resources that are left to somebody else to check. */
export function ignoredResources(args: NodeResourcesFitArgs): (name: string) => boolean {
  const names = new Set(args.ignoredResources ?? []);
  const groups = new Set(args.ignoredResourceGroups ?? []);
  if (names.size === 0 && groups.size === 0) return () => false;
  return (name) => isExtendedResource(name) && (names.has(name) || groups.has(name.slice(0, name.indexOf("/"))));
}

/** Resources outside the kubernetes.io domain, by their name. */
export function isExtendedResource(name: string): boolean {
  return name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.");
}

/** The configured scorer and the amounts that it reads. */
export function scoringStrategy(args: NodeResourcesFitArgs): { scorer: ResourceScorer; amounts: ResourceAmounts } {
  const strategy = args.scoringStrategy;
  const amounts = new ResourceAmounts(strategy.resources, true);
  if (strategy.type === "MostAllocated") return { scorer: mostAllocated, amounts };
  if (strategy.type === "RequestedToCapacityRatio") {
    return { scorer: requestedToCapacityRatio(strategy.shape), amounts };
  }
  return { scorer: leastAllocated, amounts };
}

function demandOf(shape: PodShape, ignores: (name: string) => boolean): Demand {
  const r = shape.requests;
  // the scheduler walks named resources in random order; here they are sorted by name
  const scalars = [...r.scalar]
    .filter(([name, amount]) => amount > 0 && !ignores(name))
    .sort((a, b) => (a[0] < b[0] ? -1 : 1));
  const nothing = r.cpuMilli === 0 && r.memoryBytes === 0 && r.ephemeralBytes === 0 && r.scalar.size === 0;
  return { nothing, scalars, statuses: new Map() };
}

/** 0 when the pod fits, else the set of what the node lacks. Sums, not bit operations: there may be more than 32 resources. */
function lackingResources(shape: PodShape, demand: Demand, node: NodeInfo): number {
  let lacking = node.pods.length + 1 > node.allocatablePods ? PODS : 0;
  if (demand.nothing) return lacking;
  let unresolvable = false;
  const { cpuMilli, memoryBytes, ephemeralBytes } = shape.requests;
  if (cpuMilli > 0 && cpuMilli > node.allocatableCpuMilli - node.requestedCpuMilli) {
    lacking += CPU;
    unresolvable = cpuMilli > node.allocatableCpuMilli;
  }
  if (memoryBytes > 0 && memoryBytes > node.allocatableMemoryBytes - node.requestedMemoryBytes) {
    lacking += MEMORY;
    if (memoryBytes > node.allocatableMemoryBytes) unresolvable = true;
  }
  if (ephemeralBytes > 0 && ephemeralBytes > node.allocatableEphemeralBytes - node.requestedEphemeralBytes) {
    lacking += EPHEMERAL;
    if (ephemeralBytes > node.allocatableEphemeralBytes) unresolvable = true;
  }
  let bit = FIRST_SCALAR;
  for (const [name, amount] of demand.scalars) {
    const allocatable = node.allocatableScalar.get(name) ?? 0;
    if (amount > allocatable - (node.requestedScalar.get(name) ?? 0)) {
      lacking += bit;
      if (amount > allocatable) unresolvable = true;
    }
    bit *= 2;
  }
  return unresolvable ? lacking + UNRESOLVABLE : lacking;
}

function lackingStatus(demand: Demand, lacking: number): Status {
  const known = demand.statuses.get(lacking);
  if (known !== undefined) return known;
  const reasons = FIXED_REASONS.filter((_, i) => (lacking & (1 << i)) !== 0);
  let bit = FIRST_SCALAR;
  for (const [name] of demand.scalars) {
    if (Math.floor(lacking / bit) % 2 === 1) reasons.push(`Insufficient ${name}`);
    bit *= 2;
  }
  const code = (lacking & UNRESOLVABLE) !== 0 ? "UnschedulableAndUnresolvable" : "Unschedulable";
  const made = status(code, NAME, ...reasons);
  demand.statuses.set(lacking, made);
  return made;
}
