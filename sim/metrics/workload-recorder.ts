// Workload objects over time: how many of the wanted pods were ready, what a rollout did to that, and what became of the pods.
// Counted from pods as they change, not from the status that controllers write: ready = condition Ready, not being deleted, not ended.
import type {
  DaemonSet,
  Deployment,
  KubernetesObject,
  PodDisruptionBudget,
  StatefulSet,
  Workload,
} from "../model/objects.ts";
import { compileLabelSelector } from "../model/selectors.ts";
import { Spans } from "./spans.ts";
import { TableBuilder } from "./table.ts";

export const WORKLOAD_KINDS = [
  "deployments",
  "replicaSets",
  "replicationControllers",
  "statefulSets",
  "daemonSets",
  "jobs",
] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

const KIND_NAMES: Readonly<Record<WorkloadKind, string>> = {
  deployments: "Deployment",
  replicaSets: "ReplicaSet",
  replicationControllers: "ReplicationController",
  statefulSets: "StatefulSet",
  daemonSets: "DaemonSet",
  jobs: "Job",
};

/** Numbers that start at 0; what a workload has from its beginning. */
const COUNTS = [
  "ready",
  "live",
  "belowDesiredMicros",
  "noneReadyMicros",
  "lostReplicaMicros",
  "unavailableMicros",
  "observedMicros",
  "rollouts",
  "rolloutsComplete",
  "rolloutMicros",
  "surgeMax",
  "unavailableMax",
  "revisions",
  "podsCreated",
  "podsFailed",
  "podsEvicted",
  "restarts",
] as const;

/** Numbers that are not measured until they are. */
const MEASURES = [
  "createdMicros",
  "deletedMicros",
  "desired",
  "leastReady",
  "firstFullMicros",
  "minAvailable",
] as const;

const NUMBERS = [...MEASURES, ...COUNTS] as const;

const ROLLOUT_NUMBERS = ["workload", "startedMicros", "endedMicros", "surgeMax", "unavailableMax"] as const;

interface Tracked {
  readonly kind: WorkloadKind;
  desired: number;
  ready: number;
  live: number;
  minAvailable: number;
  sinceMicros: number;
  /** Row of the rollout that goes on; -1 when there is none. */
  rollout: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
}

export class WorkloadRecorder {
  readonly table = new TableBuilder(NUMBERS, ["kind", "namespace", "name"]);
  /** When a workload was below its budget, by its row. */
  readonly unavailable = new Map<number, Spans>();
  readonly rollouts = new TableBuilder(ROLLOUT_NUMBERS, []);
  private readonly clock: () => number;
  private readonly tracked: (Tracked | null)[] = [];
  /** Row of the workload that stands above, by `Kind namespace/name` of whatever owns pods. */
  private readonly rows = new Map<string, number>();
  private readonly budgets = new Map<string, PodDisruptionBudget>();
  // what was there before its owner, as the objects of a start come kind by kind: pods, and ReplicaSets, by the owner's key
  private readonly orphans = new Map<string, number[]>();
  private readonly orphanSets = new Map<string, string[]>();
  private readonly adopt: (pod: number, workload: number) => void;

  /** @param adopt told of the workload of a pod whose owner came later than the pod */
  constructor(clock: () => number, adopt: (pod: number, workload: number) => void) {
    this.clock = clock;
    this.adopt = adopt;
  }

  /** The workload of a new pod, or -1: then it may be adopted later. */
  rowOfPod(pod: KubernetesObject, podRow: number): number {
    const row = this.rowOfOwner(pod);
    const owner = row < 0 ? controllerOf(pod) : undefined;
    if (owner !== undefined) push(this.orphans, keyOf(owner.kind, pod.metadata.namespace, owner.name), podRow);
    return row;
  }

  /** The row of the workload that a pod's controller belongs to, or -1. */
  rowOfOwner(pod: KubernetesObject): number {
    const owner = controllerOf(pod);
    return owner === undefined ? -1 : (this.rows.get(keyOf(owner.kind, pod.metadata.namespace, owner.name)) ?? -1);
  }

  changed(
    kind: WorkloadKind,
    type: "ADDED" | "MODIFIED" | "DELETED",
    object: Workload,
    before: Workload | undefined,
  ): void {
    const name = keyOf(KIND_NAMES[kind], object.metadata.namespace, object.metadata.name);
    if (type === "ADDED") this.added(kind, name, object);
    else if (type === "DELETED") this.deleted(name);
    else this.modified(name, object, before);
  }

  /** A revision of a StatefulSet or DaemonSet was made. */
  revised(revision: KubernetesObject): void {
    this.bump(this.rowOfOwner(revision), "revisions");
  }

  budgetChanged(
    type: "ADDED" | "MODIFIED" | "DELETED",
    budget: PodDisruptionBudget,
    before: PodDisruptionBudget | undefined,
  ): void {
    const isSameDemand =
      budget.status?.desiredHealthy === before?.status?.desiredHealthy &&
      budget.spec?.selector === before?.spec?.selector;
    if (type === "MODIFIED" && isSameDemand) return;
    const key = keyOf("", budget.metadata.namespace, budget.metadata.name);
    if (type === "DELETED") this.budgets.delete(key);
    else this.budgets.set(key, budget);
    const matcher = compileLabelSelector(budget.spec?.selector);
    for (const [row, tracked] of this.tracked.entries()) {
      if (tracked === null || tracked.namespace !== (budget.metadata.namespace ?? "default")) continue;
      if (matcher.matches(tracked.labels)) this.budgeted(row, tracked);
    }
  }

  podCreated(row: number, isLive: boolean): void {
    if (row < 0) return;
    this.bump(row, "podsCreated");
    if (isLive) this.count(row, 0, 1);
  }

  /** Pods of the workload became ready or live, or ceased to be: +1 or -1 each. */
  count(row: number, ready: number, live: number): void {
    if (row < 0) return;
    const tracked = this.tracked[row];
    if (tracked == null) return;
    this.settle(row, tracked);
    tracked.ready += ready;
    tracked.live += live;
    this.observe(row, tracked);
  }

  bump(row: number, name: "podsFailed" | "podsEvicted" | "restarts" | "revisions" | "podsCreated", by = 1): void {
    if (row < 0) return;
    const column = this.table.numbers[name];
    column.set(row, column.get(row) + by);
  }

  finish(): void {
    for (const [row, tracked] of this.tracked.entries()) if (tracked !== null) this.settle(row, tracked);
  }

  private added(kind: WorkloadKind, name: string, object: Workload): void {
    const owner = controllerOf(object);
    const above = this.rowOfOwner(object);
    if (kind === "replicaSets" && owner !== undefined) {
      // pods of the set belong to the Deployment
      if (above >= 0) this.setOf(name, above);
      else push(this.orphanSets, keyOf(owner.kind, object.metadata.namespace, owner.name), name);
      return;
    }
    const row = this.table.add();
    this.rows.set(name, row);
    const { numbers, texts } = this.table;
    for (const column of COUNTS) numbers[column].set(row, 0);
    numbers.createdMicros.set(row, this.clock());
    texts.kind.set(row, KIND_NAMES[kind]);
    texts.namespace.set(row, object.metadata.namespace ?? "default");
    texts.name.set(row, object.metadata.name);
    const tracked: Tracked = {
      kind,
      desired: desiredOf(kind, object),
      ready: 0,
      live: 0,
      minAvailable: Number.NaN,
      sinceMicros: this.clock(),
      rollout: -1,
      labels: object.spec?.template?.metadata?.labels ?? {},
      namespace: object.metadata.namespace ?? "default",
    };
    this.tracked[row] = tracked;
    numbers.desired.set(row, tracked.desired);
    this.budgeted(row, tracked);
    this.adoptPods(name, row);
    for (const set of this.orphanSets.get(name) ?? []) this.setOf(set, row);
    this.orphanSets.delete(name);
  }

  /** A ReplicaSet belongs to a Deployment, and with it its pods. */
  private setOf(set: string, deployment: number): void {
    this.rows.set(set, deployment);
    this.bump(deployment, "revisions");
    this.adoptPods(set, deployment);
  }

  private adoptPods(owner: string, workload: number): void {
    const pods = this.orphans.get(owner);
    if (pods === undefined) return;
    this.orphans.delete(owner);
    for (const pod of pods) this.adopt(pod, workload);
  }

  private deleted(name: string): void {
    const row = this.rows.get(name);
    if (row === undefined) return;
    this.rows.delete(name);
    const tracked = this.tracked[row];
    if (tracked == null || keyOf(KIND_NAMES[tracked.kind], tracked.namespace, this.table.texts.name.get(row)) !== name)
      return;
    this.settle(row, tracked);
    this.table.numbers.deletedMicros.set(row, this.clock());
    this.tracked[row] = null;
  }

  private modified(name: string, object: Workload, before: Workload | undefined): void {
    const row = this.rows.get(name);
    const tracked = row === undefined ? null : this.tracked[row];
    if (row === undefined || tracked == null || object.metadata.name !== this.table.texts.name.get(row)) return;
    const desired = desiredOf(tracked.kind, object);
    if (desired !== tracked.desired && !(Number.isNaN(desired) && Number.isNaN(tracked.desired))) {
      this.settle(row, tracked);
      tracked.desired = desired;
      this.table.numbers.desired.set(row, desired);
      this.observe(row, tracked);
    }
    const template = object.spec?.template;
    const old = before?.spec?.template;
    if (template !== old && before !== undefined && !isSame(template, old)) this.rolloutBegins(row, tracked);
    if (tracked.rollout >= 0 && isRolledOut(tracked.kind, object)) this.rolloutEnds(row, tracked);
  }

  private rolloutBegins(row: number, tracked: Tracked): void {
    if (tracked.kind !== "deployments" && tracked.kind !== "statefulSets" && tracked.kind !== "daemonSets") return;
    const now = this.clock();
    // a rollout that another one overtakes is not complete
    if (tracked.rollout >= 0)
      this.add(row, "rolloutMicros", now - this.rollouts.numbers.startedMicros.get(tracked.rollout));
    this.add(row, "rollouts", 1);
    tracked.rollout = this.rollouts.add();
    const { numbers } = this.rollouts;
    numbers.workload.set(tracked.rollout, row);
    numbers.startedMicros.set(tracked.rollout, now);
    numbers.surgeMax.set(tracked.rollout, 0);
    numbers.unavailableMax.set(tracked.rollout, 0);
    this.observe(row, tracked);
  }

  private rolloutEnds(row: number, tracked: Tracked): void {
    const now = this.clock();
    this.rollouts.numbers.endedMicros.set(tracked.rollout, now);
    this.add(row, "rolloutsComplete", 1);
    this.add(row, "rolloutMicros", now - this.rollouts.numbers.startedMicros.get(tracked.rollout));
    tracked.rollout = -1;
  }

  private budgeted(row: number, tracked: Tracked): void {
    let least = Number.NaN;
    for (const budget of this.budgets.values()) {
      if ((budget.metadata.namespace ?? "default") !== tracked.namespace) continue;
      if (!compileLabelSelector(budget.spec?.selector).matches(tracked.labels)) continue;
      const healthy = budget.status?.desiredHealthy;
      if (healthy !== undefined && !(healthy <= least)) least = healthy;
    }
    this.settle(row, tracked);
    tracked.minAvailable = least;
    this.table.numbers.minAvailable.set(row, least);
  }

  /** Adds up the time since the last change. */
  private settle(row: number, tracked: Tracked): void {
    const now = this.clock();
    const heldMicros = now - tracked.sinceMicros;
    tracked.sinceMicros = now;
    if (heldMicros <= 0 || Number.isNaN(tracked.desired)) return;
    this.add(row, "observedMicros", heldMicros);
    const missing = tracked.desired - tracked.ready;
    if (missing > 0) {
      this.add(row, "belowDesiredMicros", heldMicros);
      this.add(row, "lostReplicaMicros", heldMicros * missing);
      if (tracked.ready === 0) this.add(row, "noneReadyMicros", heldMicros);
    }
    if (tracked.ready < tracked.minAvailable) {
      this.add(row, "unavailableMicros", heldMicros);
      const spans = this.unavailable.get(row) ?? new Spans();
      this.unavailable.set(row, spans);
      spans.add(now - heldMicros, now);
    }
  }

  /** Takes note of extremes, after a change. */
  private observe(row: number, tracked: Tracked): void {
    const { desired, live, ready, rollout } = tracked;
    const { numbers } = this.table;
    numbers.ready.set(row, ready);
    numbers.live.set(row, live);
    if (ready >= desired && Number.isNaN(numbers.firstFullMicros.get(row)))
      numbers.firstFullMicros.set(row, this.clock());
    if (!Number.isNaN(numbers.firstFullMicros.get(row)) && !(numbers.leastReady.get(row) <= ready))
      numbers.leastReady.set(row, ready);
    if (rollout < 0) return;
    atLeast(this.rollouts.numbers.surgeMax, rollout, live - desired);
    atLeast(this.rollouts.numbers.unavailableMax, rollout, desired - ready);
    atLeast(numbers.surgeMax, row, live - desired);
    atLeast(numbers.unavailableMax, row, desired - ready);
  }

  private add(row: number, name: (typeof COUNTS)[number], value: number): void {
    const column = this.table.numbers[name];
    column.set(row, column.get(row) + value);
  }
}

interface Settable {
  get(row: number): number;
  set(row: number, value: number): void;
}

function atLeast(column: Settable, row: number, value: number): void {
  if (value > column.get(row)) column.set(row, value);
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function controllerOf(object: KubernetesObject) {
  const owners = object.metadata.ownerReferences;
  if (owners === undefined) return undefined;
  for (const owner of owners) if (owner.controller === true) return owner;
  return undefined;
}

function keyOf(kind: string, namespace: string | undefined, name: string): string {
  return `${kind} ${namespace ?? "default"}/${name}`;
}

/** NaN for what wants no number of ready pods. */
function desiredOf(kind: WorkloadKind, object: Workload): number {
  if (kind === "jobs") return Number.NaN;
  if (kind === "daemonSets") return (object as DaemonSet).status?.desiredNumberScheduled ?? Number.NaN;
  return object.spec?.replicas ?? 1;
}

/** Templates are compared by content once per change of a template only. */
function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** As `kubectl rollout status` judges it. */
function isRolledOut(kind: WorkloadKind, object: Workload): boolean {
  const generation = object.metadata.generation ?? 0;
  if (kind === "deployments") {
    const { spec, status = {} } = object as Deployment;
    const replicas = spec?.replicas ?? 1;
    const { observedGeneration = 0, replicas: all = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
    return (
      observedGeneration >= generation &&
      updatedReplicas >= replicas &&
      all <= updatedReplicas &&
      availableReplicas >= replicas
    );
  }
  if (kind === "statefulSets") {
    const { spec, status = {} } = object as StatefulSet;
    if ((status.observedGeneration ?? 0) < generation) return false;
    const replicas = spec?.replicas ?? 1;
    const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    if ((status.readyReplicas ?? 0) < replicas) return false;
    if (partition > 0) return (status.updatedReplicas ?? 0) >= replicas - partition;
    return status.updateRevision === status.currentRevision;
  }
  const { status = {} } = object as DaemonSet;
  const { desiredNumberScheduled: desired = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = status;
  return (
    (status.observedGeneration ?? 0) >= generation && updatedNumberScheduled >= desired && numberAvailable >= desired
  );
}
