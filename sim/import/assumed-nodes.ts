// Nodes that the input does not have: those that its pods are bound to, and a pool for all others. Machines are what the user says or an
// ordinary size, made larger where a pod would not go onto one; how many follows from what the pods ask for, with a quarter to spare.
import { withDefaults } from "../model/defaults.ts";
import { expandWorkloads } from "../model/expand.ts";
import { knownKind } from "../model/kinds.ts";
import {
  type ClusterObjects,
  type KubernetesObject,
  type Labels,
  type Node,
  noObjects,
  type Pod,
} from "../model/objects.ts";
import { milliValue, quantityError, value } from "../model/quantity.ts";
import { podRequests } from "../model/resources.ts";
import { parseSelector } from "../model/selector-text.ts";
import type { Draft } from "./draft.ts";
import type { ObjectLists } from "./kubernetes/import-objects.ts";

const MEBI = 1024 * 1024;
const GIBI = 1024 * MEBI;
const ORDINARY = { cpuMilli: 8000, memoryBytes: 32 * GIBI, ephemeralBytes: 100 * GIBI };
const SPARE = 1.25;
const FEWEST = 3;

interface Size {
  cpuMilli: number;
  memoryBytes: number;
  ephemeralBytes: number;
  pods: number;
  scalar: Map<string, number>;
}

/** Adds the nodes that are missing to the draft's objects and pools, and says so. */
export function assumeNodes(draft: Draft, objects: ObjectLists): void {
  const known = new Set((objects.get("nodes") ?? []).map(({ metadata }) => metadata.name));
  const bound = new Map<string, Pod[]>();
  for (const pod of (objects.get("pods") ?? []) as readonly Pod[]) {
    const { nodeName } = pod.spec;
    if (!nodeName || known.has(nodeName)) continue;
    const list = bound.get(nodeName);
    if (list === undefined) bound.set(nodeName, [pod]);
    else list.push(pod);
  }
  if (bound.size > 0) {
    const nodes = [...bound].map(([name, own]) => nodeOf(name, machineFor(draft, own, own)));
    objects.set("nodes", [...(objects.get("nodes") ?? []), ...nodes]);
    draft.remarks.assumed(
      "nodes that pods are bound to and the input does not have",
      `made with ${draft.options.machine["cpu"] === undefined ? "an ordinary size" : "--machine"}, larger where their pods ask for more`,
      `Node ${nodes[0]!.metadata.name}`,
      null,
      nodes.length,
    );
    return;
  }
  if (draft.options.nodes === null && (known.size > 0 || draft.nodePools.length > 0 || draft.hasOtherNodes)) return;
  if (draft.nodePools.length > 0 && draft.isTrace) return;
  addPool(draft, podsOf(withLater(draft, objects)));
}

function addPool(draft: Draft, pods: readonly Pod[]): void {
  const { nodes, zones } = draft.options;
  const largest = pods.length === 0 ? [] : pods;
  const size = machineFor(draft, largest, []);
  const sum = sumOf(pods);
  const fill = (need: number, has: number) => (need === 0 ? 0 : Math.ceil((need * SPARE) / Math.max(has, 1)));
  const count =
    nodes ??
    Math.max(
      FEWEST,
      fill(sum.cpuMilli, size.cpuMilli),
      fill(sum.memoryBytes, size.memoryBytes),
      fill(sum.ephemeralBytes, size.ephemeralBytes),
      fill(sum.pods, size.pods),
      ...[...sum.scalar].map(([name, need]) => fill(need, size.scalar.get(name) ?? 1)),
    );
  const labels = selectedLabels(draft.nodeSelectors);
  draft.nodePools.push({
    name: "assumed",
    count,
    zones: [...zones],
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    machine: poolMachine(size),
  });
  if (nodes === null)
    draft.remarks.assumed(
      "nodes",
      `the input has none: ${count} of ${size.cpuMilli / 1000} CPUs and ${Math.round(size.memoryBytes / GIBI)} GiB, for what its pods ask for with a quarter to spare; --nodes and --machine say otherwise`,
      "",
      null,
      count,
    );
}

/** Labels by which experiments select nodes. */
function selectedLabels(selectors: readonly string[]): Labels {
  const labels: Record<string, string> = {};
  for (const text of selectors) {
    const parsed = parseSelector(text);
    if ("expected" in parsed) continue;
    Object.assign(labels, parsed.matchLabels);
    for (const { key, operator, values } of parsed.matchExpressions ?? [])
      if (operator === "In" || operator === "Exists") labels[key] ??= values?.[0] ?? "";
  }
  return labels;
}

/** A machine that takes each of `single`, and all of `together`. */
function machineFor(draft: Draft, single: readonly Pod[], together: readonly Pod[]): Size {
  const size = machineOf(draft);
  const all = sumOf(together);
  for (const need of [...single.map((pod) => sumOf([pod])), all]) {
    while (size.cpuMilli < need.cpuMilli) size.cpuMilli *= 2;
    while (size.memoryBytes < need.memoryBytes) size.memoryBytes *= 2;
    while (size.ephemeralBytes < need.ephemeralBytes) size.ephemeralBytes *= 2;
    while (size.pods < need.pods) size.pods *= 2;
    for (const [name, amount] of need.scalar) {
      let has = size.scalar.get(name) ?? 8;
      while (has < amount) has *= 2;
      size.scalar.set(name, has);
    }
  }
  return size;
}

function machineOf({ options: { machine } }: Draft): Size {
  const of = (name: string, otherwise: number) => {
    const said = machine[name] as string | undefined;
    return said === undefined || quantityError(said) !== undefined ? otherwise : value(said);
  };
  const cpu = machine["cpu"] as string | undefined;
  const extended = (machine["extended"] ?? {}) as Readonly<Record<string, string>>;
  const scalar = new Map(Object.entries(extended).map(([name, amount]) => [name, value(amount)] as const));
  if (machine["gpu"] !== undefined) scalar.set("nvidia.com/gpu", Number(machine["gpu"]));
  return {
    cpuMilli: cpu === undefined || quantityError(cpu) !== undefined ? ORDINARY.cpuMilli : milliValue(cpu),
    memoryBytes: of("memory", ORDINARY.memoryBytes),
    ephemeralBytes: of("ephemeralStorage", ORDINARY.ephemeralBytes),
    pods: Number(machine["pods"] ?? 110),
    scalar,
  };
}

function sumOf(pods: readonly Pod[]): Size {
  const sum: Size = { cpuMilli: 0, memoryBytes: 0, ephemeralBytes: 0, pods: pods.length, scalar: new Map() };
  for (const pod of pods) {
    const { cpuMilli, memoryBytes, ephemeralBytes, scalar } = podRequests(pod);
    sum.cpuMilli += cpuMilli;
    sum.memoryBytes += memoryBytes;
    sum.ephemeralBytes += ephemeralBytes;
    for (const [name, amount] of scalar) sum.scalar.set(name, (sum.scalar.get(name) ?? 0) + amount);
  }
  return sum;
}

/** Objects by list, as large as they ever get. */
function withLater({ later }: Draft, objects: ObjectLists): ObjectLists {
  if (later.length === 0) return objects;
  const all: ObjectLists = new Map(objects);
  for (const object of later) {
    const list = knownKind(object.apiVersion ?? "", object.kind ?? "")?.list;
    if (list === undefined) continue;
    const isSame = ({ metadata }: KubernetesObject) =>
      metadata.name === object.metadata.name && metadata.namespace === object.metadata.namespace;
    const before = (all.get(list) ?? []).find(isSame);
    if (before !== undefined && replicasOf(before) >= replicasOf(object)) continue;
    all.set(list, [...(all.get(list) ?? []).filter((other) => !isSame(other)), object]);
  }
  return all;
}

function replicasOf(object: KubernetesObject): number {
  return (object as { readonly spec?: { readonly replicas?: number } }).spec?.replicas ?? 1;
}

/** All pods, those that controllers will make included; mistakes are found elsewhere. */
function podsOf(objects: ObjectLists): readonly Pod[] {
  const complete = { ...noObjects(), ...Object.fromEntries(objects) } as ClusterObjects;
  try {
    return expandWorkloads(
      withDefaults(complete, () => undefined),
      () => undefined,
    ).objects.pods;
  } catch {
    return (objects.get("pods") ?? []) as readonly Pod[];
  }
}

const cpuText = (milli: number) => (milli % 1000 === 0 ? milli / 1000 : `${milli}m`);
const bytesText = (bytes: number) => (bytes % GIBI === 0 ? `${bytes / GIBI}Gi` : `${Math.ceil(bytes / MEBI)}Mi`);

function poolMachine({ cpuMilli, memoryBytes, ephemeralBytes, pods, scalar }: Size): unknown {
  return {
    cpu: cpuText(cpuMilli),
    memory: bytesText(memoryBytes),
    pods,
    ephemeralStorage: bytesText(ephemeralBytes),
    ...(scalar.size === 0 ? {} : { extended: Object.fromEntries(scalar) }),
  };
}

function nodeOf(name: string, { cpuMilli, memoryBytes, ephemeralBytes, pods, scalar }: Size): Node {
  const allocatable = {
    cpu: String(cpuText(cpuMilli)),
    memory: bytesText(memoryBytes),
    "ephemeral-storage": bytesText(ephemeralBytes),
    pods: String(pods),
    ...Object.fromEntries([...scalar].map(([resource, amount]) => [resource, String(amount)])),
  };
  const node: KubernetesObject & Pick<Node, "status"> = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name } },
    status: { allocatable, capacity: allocatable },
  };
  return node;
}
