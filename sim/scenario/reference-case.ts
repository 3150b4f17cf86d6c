// Reads a reference case: a cluster, pending pods in queue order, a scheduler configuration, and what kube-scheduler did with
// each of them, as one JSON document. Unknown fields are mistakes: nothing of a case may be passed over in silence.
import { checkObject } from "../model/check-objects.ts";
import { type ClusterObjects, type KubernetesObject, noObjects, type Pod } from "../model/objects.ts";
import type { Problem } from "../model/problem.ts";
import { readSchedulerConfiguration } from "../model/read-scheduler-configuration.ts";
import { Reader } from "../model/reader.ts";
import type { SchedulerConfiguration } from "../model/scheduler-configuration.ts";

export interface ReferenceCase {
  readonly name: string;
  readonly family: string;
  readonly kubernetesVersion: string;
  readonly configuration: SchedulerConfiguration;
  /** `first` is what a document calls `lowestIndex`. */
  readonly tieBreak: "first" | "heap";
  /** When a pod that has preempted is tried again: at once, or after all others. */
  readonly preemptionRetry: "immediate" | "end";
  readonly opportunisticBatching: boolean;
  readonly objects: ClusterObjects;
  readonly pending: readonly Pod[];
  /** The scheduler's node list as indexes into the nodes; null where the document has none. */
  readonly nodeOrder: readonly number[] | null;
  /** One entry per attempt, as in the document; null in trace documents. */
  readonly expected: readonly unknown[] | null;
  /** Per pending pod: chosen node's index, total, nodes with that total, feasible nodes; null except in trace documents. */
  readonly expectedTrace: readonly (readonly number[])[] | null;
}

export interface ReferenceCaseResult {
  /** Not to be used when there are problems. */
  readonly case: ReferenceCase;
  readonly problems: readonly Problem[];
}

const FIELDS = [
  "name",
  "family",
  "kubernetesVersion",
  "schedulerConfiguration",
  "percentageOfNodesToScore",
  "tieBreak",
  "preemptionRetry",
  "opportunisticBatching",
  "objects",
  "pending",
  "nodeOrder",
  "expected",
  "expectedTrace",
];
/** Kinds of objects that a case may hold. */
export const REFERENCE_CASE_KINDS = [
  "nodes",
  "pods",
  "services",
  "replicationControllers",
  "replicaSets",
  "statefulSets",
  "persistentVolumes",
  "persistentVolumeClaims",
  "storageClasses",
  "csiNodes",
  "csiDrivers",
  "csiStorageCapacities",
  "podDisruptionBudgets",
  "namespaces",
  "priorityClasses",
] as const satisfies readonly (keyof ClusterObjects)[];

/** Does this look like a reference case, and not like a manifest or a scenario? */
export function isReferenceCase(document: unknown): boolean {
  if (typeof document !== "object" || document === null) return false;
  return ["objects", "pending", "tieBreak"].every((field) => Object.hasOwn(document, field));
}

/** Reads and checks a document. Never throws. */
export function readReferenceCase(document: unknown): ReferenceCaseResult {
  const problems: Problem[] = [];
  const root = new Reader(document, problems);
  root.mapping(true);
  root.only(FIELDS);
  const tieBreak = root.field("tieBreak");
  if (!tieBreak.present) tieBreak.expected("lowestIndex or heap");
  const configuration = readConfiguration(root.field("schedulerConfiguration"), problems);
  const percentage = root.field("percentageOfNodesToScore").integer(0, 100);
  const objects = root.field("objects");
  const pending = root.field("pending");
  refuseTwins(objects.field("nodes").items());
  refuseTwins([...objects.field("pods").items(), ...pending.items()]);
  return {
    case: {
      name: root.field("name").requiredText() ?? "",
      family: root.field("family").text() ?? "",
      kubernetesVersion: root.field("kubernetesVersion").text() ?? "",
      configuration:
        percentage === undefined ? configuration : { ...configuration, percentageOfNodesToScore: percentage },
      tieBreak: tieBreak.choice(["lowestIndex", "heap"]) === "heap" ? "heap" : "first",
      preemptionRetry: root.field("preemptionRetry").choice(["immediate", "end"]) ?? "immediate",
      opportunisticBatching: root.field("opportunisticBatching").boolean() ?? false,
      objects: readObjects(objects),
      pending: pending.items().map((item) => readObject("pods", item) as Pod),
      nodeOrder: root.field("nodeOrder").present ? readIndexes(root.field("nodeOrder")) : null,
      expected: root.field("expected").present
        ? root
            .field("expected")
            .items()
            .map((item) => item.value)
        : null,
      expectedTrace: root.field("expectedTrace").present ? root.field("expectedTrace").items().map(readIndexes) : null,
    },
    problems,
  };
}

function readConfiguration(field: Reader, problems: Problem[]): SchedulerConfiguration {
  const document = field.present
    ? field.value
    : { apiVersion: "kubescheduler.config.k8s.io/v1", kind: "KubeSchedulerConfiguration" };
  const result = readSchedulerConfiguration(document);
  for (const problem of result.problems) problems.push({ ...problem, path: [...field.path, ...problem.path] });
  return result.configuration;
}

function readObjects(field: Reader): ClusterObjects {
  field.mapping(true);
  field.only(REFERENCE_CASE_KINDS);
  const objects = noObjects();
  for (const kind of REFERENCE_CASE_KINDS) {
    const items = field.field(kind).items();
    objects[kind] = items.map((item) => readObject(kind, item)) as never;
  }
  return objects;
}

function readObject(kind: (typeof REFERENCE_CASE_KINDS)[number], item: Reader): unknown {
  if (!item.mapping(true)) return item.value;
  const name = item.field("metadata").field("name");
  // elsewhere a pod may wait for a name to be generated
  if (kind === "pods" && !name.present) name.requiredText();
  else checkObject(kind, item);
  return item.value;
}

function refuseTwins(items: readonly Reader[]): void {
  const seen = new Set<string>();
  for (const item of items) {
    const { namespace, name } = (item.value as KubernetesObject | null)?.metadata ?? {};
    const key = `${namespace ?? "default"}/${name}`;
    if (seen.has(key)) item.field("metadata").field("name").expected("a name that no other object of its kind has");
    seen.add(key);
  }
}

function readIndexes(field: Reader): number[] {
  return field.items().map((item) => item.integer(-1, Number.MAX_SAFE_INTEGER) ?? -1);
}
