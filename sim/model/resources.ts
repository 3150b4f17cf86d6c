// What a pod asks for, as kube-scheduler 1.36 adds it up: containers, init containers, sidecars, pod-level resources,
// overhead, and for a bound pod what an unfinished in-place resize still holds. Sums are exact; rounding comes last.
// Source: component-helpers resource.PodRequests and the scheduler's PodInfo, KEP-753, KEP-1287, KEP-2837.
import type { Container, ContainerStatus, Pod, PodSpec, ResourceList } from "./objects.ts";
import { parseQuantity, wholeUnits } from "./quantity.ts";

/** Amounts by resource. CPU in millicores, the rest in bytes or counts. */
export interface ResourceAmounts {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly ephemeralBytes: number;
  /** Extended resources, huge pages, attachable volumes; by resource name. */
  readonly scalar: ReadonlyMap<string, number>;
}

export interface PodRequestsOptions {
  /** Count what the pod's status says is allocated, for pods in the middle of an in-place resize; default true. */
  readonly useStatus?: boolean;
}

/** What scoring counts for a container that names no CPU request. */
export const DEFAULT_CPU_MILLI = 100;
/** What scoring counts for a container that names no memory request. */
export const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024;

/**
 * The requests of a pod as filters and node accounting see them.
 *
 * @throws QuantityError when a quantity is malformed or beyond 2^53; loaded manifests have been checked for that
 */
export function podRequests(pod: Pod, options: PodRequestsOptions = {}): ResourceAmounts {
  return rounded(totalOf(pod, options.useStatus ?? true, NO_DEFAULTS));
}

/**
 * CPU and memory as node accounting for scores sees them: containers that name none count as 100m and 200 MiB, but not
 * when the pod-level resources name some.
 *
 * @throws QuantityError as {@link podRequests}
 */
export function nonZeroRequests(
  pod: Pod,
  options: PodRequestsOptions = {},
): { readonly cpuMilli: number; readonly memoryBytes: number } {
  const useStatus = options.useStatus ?? true;
  let defaults = ALL_DEFAULTS;
  if (hasPodLevelRequests(pod)) {
    const explicit = totalOf(pod, useStatus, NO_DEFAULTS);
    defaults = new Map([...ALL_DEFAULTS].filter(([name]) => !explicit.has(name)));
  }
  const { cpuMilli, memoryBytes } = rounded(totalOf(pod, useStatus, defaults));
  return { cpuMilli, memoryBytes };
}

/**
 * What NodeResourcesFit counts for the pod that it scores: the sum over its containers, pod-level resources left out, and
 * 100m and 200 MiB for containers that name no CPU or memory. Differs from {@link podRequests} and
 * {@link nonZeroRequests} only for pods with pod-level resources.
 *
 * @throws QuantityError as {@link podRequests}
 */
export function scoringRequests(pod: Pod, options: PodRequestsOptions = {}): ResourceAmounts {
  const total = containersOf(pod, options.useStatus ?? true, ALL_DEFAULTS);
  add(total, amounts(pod.spec.overhead));
  return rounded(total);
}

/** Does the pod set requests for the pod as a whole? Only CPU, memory and huge pages can be. */
export function hasPodLevelRequests(pod: Pod): boolean {
  return Object.keys(pod.spec.resources?.requests ?? {}).some(isPodLevelResource);
}

/** The requests of a pod's containers and init containers together, as quantities; what the API server defaults from. */
export function aggregateContainerRequests(spec: PodSpec): Readonly<Record<string, string>> {
  const total = containersOf({ metadata: { name: "" }, spec }, false, NO_DEFAULTS);
  return Object.fromEntries([...total].map(([name, nanos]) => [name, exactText(nanos)]));
}

// in the largest of units, thousandths and billionths that is a whole number
function exactText(nanos: bigint): string {
  if (nanos % NANO === 0n) return `${nanos / NANO}`;
  return nanos % 1_000_000n === 0n ? `${nanos / 1_000_000n}m` : `${nanos}n`;
}

/** Resources that exist at pod level (KEP-2837). */
export function isPodLevelResource(name: string): boolean {
  return name === "cpu" || name === "memory" || name.startsWith("hugepages-");
}

/** Resources that are counted by name: extended resources, huge pages, attachable volume counts, prefixed native ones. */
export function isScalarResourceName(name: string): boolean {
  return name.includes("/") || name.startsWith("hugepages-") || name.startsWith("attachable-volumes-");
}

/** Is this an init container that keeps running beside the containers (a sidecar, KEP-753)? */
export function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}

// amounts in nanos by resource name
type Amounts = Map<string, bigint>;
type ReadonlyAmounts = ReadonlyMap<string, bigint>;

const NANO = 1_000_000_000n;
const NO_DEFAULTS: ReadonlyAmounts = new Map();
const ALL_DEFAULTS: ReadonlyAmounts = new Map([
  ["cpu", (BigInt(DEFAULT_CPU_MILLI) * NANO) / 1000n],
  ["memory", BigInt(DEFAULT_MEMORY_BYTES) * NANO],
]);

function totalOf(pod: Pod, useStatus: boolean, defaults: ReadonlyAmounts): Amounts {
  const total = containersOf(pod, useStatus, defaults);
  if (hasPodLevelRequests(pod)) {
    for (const [name, amount] of podLevel(pod, useStatus)) if (isPodLevelResource(name)) total.set(name, amount);
  }
  add(total, amounts(pod.spec.overhead));
  return total;
}

function containersOf(pod: Pod, useStatus: boolean, defaults: ReadonlyAmounts): Amounts {
  const requests = (container: Container, statuses: readonly ContainerStatus[] | null | undefined): Amounts => {
    const status = useStatus ? statuses?.find((s) => s.name === container.name) : undefined;
    const own = status?.resources == null ? amounts(container.resources?.requests) : held(pod, container, status);
    for (const [name, amount] of defaults) if (!own.has(name)) own.set(name, amount);
    return own;
  };
  const total: Amounts = new Map();
  for (const container of pod.spec.containers) add(total, requests(container, pod.status?.containerStatuses));

  // init containers run one after the other, each beside the sidecars started before it: the highest point counts
  const sidecars: Amounts = new Map();
  const highest: Amounts = new Map();
  for (const container of pod.spec.initContainers ?? []) {
    if (isSidecar(container)) {
      const own = requests(container, pod.status?.initContainerStatuses);
      add(total, own);
      add(sidecars, own);
      raise(highest, sidecars);
    } else {
      const own = requests(container, null);
      add(own, sidecars);
      raise(highest, own);
    }
  }
  raise(total, highest);
  return total;
}

// of what is asked, what runs and what the kubelet has promised, the most; an infeasible wish does not count
function held(pod: Pod, container: Container, status: ContainerStatus): Amounts {
  const most = amounts(status.resources?.requests);
  raise(most, amounts(status.allocatedResources));
  if (!isResizeInfeasible(pod)) raise(most, amounts(container.resources?.requests));
  return most;
}

function podLevel(pod: Pod, useStatus: boolean): Amounts {
  if (!useStatus || pod.status?.resources == null) return amounts(pod.spec.resources?.requests);
  const most = amounts(pod.status.resources.requests);
  raise(most, amounts(pod.status.allocatedResources));
  if (!isResizeInfeasible(pod)) raise(most, amounts(pod.spec.resources?.requests));
  return most;
}

function isResizeInfeasible(pod: Pod): boolean {
  return pod.status?.conditions?.find((c) => c.type === "PodResizePending")?.reason === "Infeasible";
}

function amounts(list: ResourceList | null | undefined): Amounts {
  const result: Amounts = new Map();
  for (const [name, quantity] of Object.entries(list ?? {})) result.set(name, parseQuantity(quantity));
  return result;
}

function add(into: Amounts, other: ReadonlyAmounts): void {
  for (const [name, amount] of other) into.set(name, (into.get(name) ?? 0n) + amount);
}

function raise(into: Amounts, other: ReadonlyAmounts): void {
  for (const [name, amount] of other) {
    const present = into.get(name);
    if (present === undefined || amount > present) into.set(name, amount);
  }
}

function rounded(total: ReadonlyAmounts): ResourceAmounts {
  let cpuMilli = 0;
  let memoryBytes = 0;
  let ephemeralBytes = 0;
  const scalar = new Map<string, number>();
  for (const [name, nanos] of total) {
    if (name === "cpu") cpuMilli = wholeUnits(nanos, 1_000_000n, name);
    else if (name === "memory") memoryBytes = wholeUnits(nanos, NANO, name);
    else if (name === "ephemeral-storage") ephemeralBytes = wholeUnits(nanos, NANO, name);
    else if (isScalarResourceName(name)) scalar.set(name, wholeUnits(nanos, NANO, name));
  }
  return { cpuMilli, memoryBytes, ephemeralBytes, scalar };
}
