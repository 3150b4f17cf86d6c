// The run's memory: told of every change of the API's objects and of what schedulers do, it keeps columns and running sums.
// It looks and never touches: no event is scheduled, no process is called, and nothing it holds is read by the simulation.
import { assert } from "../engine/assert.ts";
import type { TypicalPod } from "../model/gpu/typical-pods.ts";
import type {
  ClusterObjects,
  Condition,
  ControllerRevision,
  EventObject,
  Node,
  Pod,
  PodDisruptionBudget,
  Workload,
} from "../model/objects.ts";
import { ActionRecorder } from "./action-recorder.ts";
import { ApiRequests } from "./api-requests.ts";
import { AutoscalerRecorder } from "./autoscaler-recorder.ts";
import { ClusterTotals } from "./cluster-totals.ts";
import { EtcdRecorder } from "./etcd-recorder.ts";
import { EventLog, type EventType, NODE_NAME, POD_NAME, type SystemEvent } from "./event-log.ts";
import { EvictionRecorder } from "./eviction-recorder.ts";
import { FaultRecorder } from "./fault-recorder.ts";
import { GpuRecorder } from "./gpu-recorder.ts";
import { HeartbeatLoad } from "./heartbeat-load.ts";
import { isReady, NodeTable, type NodeUse } from "./node-table.ts";
import { PodObserver } from "./pod-observer.ts";
import { PodRequestsCache } from "./pod-requests.ts";
import { type CpuSpent, type PodState, PodTable } from "./pod-table.ts";
import { ControllerRecorder } from "./queue-stats.ts";
import { type Amounts, allocatableOf, RESOURCES } from "./resources.ts";
import { type AttemptFacts, SchedulingCounters } from "./scheduling-counters.ts";
import { ServiceRecorder } from "./service-recorder.ts";
import { TableBuilder } from "./table.ts";
import { TimeWeighted } from "./time-weighted.ts";
import { WorkloadRecorder } from "./workload-recorder.ts";

export { NODE_NAME, POD_NAME } from "./event-log.ts";
export type { NodeUse } from "./node-table.ts";
export type { CpuSpent } from "./pod-table.ts";
export type { QueueStats } from "./queue-stats.ts";

export interface RecorderOptions {
  readonly clock: () => number;
  /** Distance of the rows of the time series. */
  readonly stepMicros: number;
  /** Rows of the event log beyond which further ones are only counted. */
  readonly maxEvents: number;
  /** Do components write Event objects? Then what they tell here besides is left out of the log. Default: no. */
  readonly hasEventObjects?: boolean;
  /** Are every scheduling cycle and every change of what holds for a Service kept, for those who draw them? Default: no. */
  readonly recordsCourse?: boolean;
  /** Told of every event as it happens. */
  readonly onEvent?: (event: SeenEvent) => void;
  /** What fragments of GPUs are measured against; none: GPUs are not measured by milli. */
  readonly typicalPods?: readonly TypicalPod[] | undefined;
}

/** An event, for those who follow a run. */
export interface SeenEvent {
  readonly timeMicros: number;
  readonly type: EventType;
  readonly reason: string;
  readonly kind: string;
  /** namespace/name, or name. */
  readonly object: string;
  readonly message: string;
  /** Who tells; "" where nobody is named. */
  readonly component: string;
  /** How often it has been seen by now. */
  readonly count: number;
}

/** What a scheduling cycle tells besides. */
type CycleFacts = Pick<AttemptFacts, "outcome" | "feasibleCount" | "evaluatedCount"> & {
  readonly nodeName: string | null;
};

/** The store's commit callback, by shape. */
type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

const PREEMPTED = "Preempted";

const SERIES = [
  "timeMicros",
  "nodes",
  "nodesReady",
  "podsCreated",
  "podsScheduled",
  "podsPending",
  "podsStarting",
  "podsRunning",
  "podsSucceeded",
  "podsFailed",
  "podsDeleted",
  "queueActive",
  "queueBackoff",
  "queueUnschedulable",
  "queueGated",
  ...RESOURCES.map((r) => `requested_${r}` as const),
  ...RESOURCES.map((r) => `allocatable_${r}` as const),
] as const;

export class Recorder {
  readonly pods = new PodTable();
  readonly nodes: NodeTable;
  readonly scheduling = new SchedulingCounters();
  readonly series = new TableBuilder(SERIES, []);
  readonly events = new EventLog();
  /** `pod` is a row of the pods. */
  readonly cycles = new TableBuilder(
    ["startedMicros", "endedMicros", "pod", "feasible", "evaluated"],
    ["node", "outcome"],
  );
  readonly totals: ClusterTotals;
  readonly queueLength: TimeWeighted;
  readonly etcd: EtcdRecorder;
  readonly faults: FaultRecorder;
  readonly actions: ActionRecorder;
  readonly autoscaler: AutoscalerRecorder;
  readonly services: ServiceRecorder;
  readonly workloads: WorkloadRecorder;
  readonly evictions: EvictionRecorder;
  readonly controllers = new ControllerRecorder();
  readonly api: ApiRequests;
  readonly heartbeats: HeartbeatLoad;
  /** null where no pod asks for GPUs. */
  readonly gpus: GpuRecorder | null;
  eventsDropped = 0;
  /** Pods in each state now. */
  readonly counts: Record<PodState, number> = {
    pending: 0,
    gated: 0,
    starting: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    deleted: 0,
  };
  podsScheduled = 0;
  private readonly options: RecorderOptions;
  private readonly requests = new PodRequestsCache();
  // rows of pods that hold room on a node → row of that node, or -1 when it is not known
  private readonly holding = new Map<number, number>();
  private readonly queue = { active: 0, backoff: 0, unschedulable: 0, gated: 0 };
  private nextStepMicros: number;
  private readonly podObserver: PodObserver;
  // rows of the log, by key of the API's Event
  private readonly eventRows = new Map<string, number>();

  constructor(options: RecorderOptions) {
    assert(options.stepMicros > 0, "the time series has a step");
    this.options = options;
    this.nextStepMicros = options.clock();
    this.nodes = new NodeTable(options.recordsCourse);
    this.totals = new ClusterTotals(options.clock());
    this.queueLength = new TimeWeighted(0, options.clock());
    const typical = options.typicalPods ?? [];
    this.gpus = typical.length > 0 ? new GpuRecorder(typical, options.clock) : null;
    this.workloads = new WorkloadRecorder(options.clock, (pod, workload) => this.podObserver.adopted(pod, workload));
    this.evictions = new EvictionRecorder(options.clock);
    this.api = new ApiRequests(options.clock, options.stepMicros);
    this.podObserver = new PodObserver(this.pods, this.workloads, this.evictions, options.clock);
    const event: SystemEvent = (...facts) => this.component(...facts);
    this.etcd = new EtcdRecorder(options.clock, event, options.stepMicros);
    this.heartbeats = new HeartbeatLoad(this.api, this.etcd);
    this.faults = new FaultRecorder(options.clock, this.etcd, event);
    this.actions = new ActionRecorder(options.clock, event);
    this.autoscaler = new AutoscalerRecorder(options.clock);
    this.services = new ServiceRecorder(options.clock, options.stepMicros, options.recordsCourse);
  }

  /** A change of the API's objects, at the moment it is made. */
  changed(kind: keyof ClusterObjects, type: ChangeType, object: unknown, before: unknown): void {
    if (this.faults.areUnnoticed && (kind === "pods" || kind === "nodes") && wasReady(before) && hasFailed(object))
      this.faults.unready();
    switch (kind) {
      case "pods":
        return this.podChanged(type, object as Pod, before as Pod | undefined);
      case "nodes":
        return this.nodeChanged(type, object as Node, before as Node | undefined);
      case "events":
        return this.eventChanged(type, object as EventObject);
      case "deployments":
      case "replicaSets":
      case "replicationControllers":
      case "statefulSets":
      case "daemonSets":
      case "jobs":
        return this.workloads.changed(kind, type, object as Workload, before as Workload | undefined);
      case "controllerRevisions":
        return type === "ADDED" ? this.workloads.revised(object as ControllerRevision) : undefined;
      case "podDisruptionBudgets":
        return this.workloads.budgetChanged(
          type,
          object as PodDisruptionBudget,
          before as PodDisruptionBudget | undefined,
        );
    }
  }

  attempt(uid: string, profile: string, facts: AttemptFacts, attempts: number, message: string): void {
    this.scheduling.attempt(profile, facts);
    const row = this.pods.row(uid);
    if (row < 0) return;
    this.pods.numbers.attempts.set(row, attempts);
    this.pods.texts.message.set(row, message);
    this.pods.texts.rejectors.set(row, [...facts.rejectors].sort().join(" "));
  }

  /** A pod that no node was found for. */
  unplaced(pod: Pod): void {
    this.gpus?.unschedulable(pod.metadata.uid ?? "", pod, this.requests.of(pod));
  }

  /** A scheduling cycle has come to its end. */
  cycle(uid: string, startedMicros: number, { evaluatedCount, feasibleCount, nodeName, outcome }: CycleFacts): void {
    if (this.options.recordsCourse !== true) return;
    const { numbers, texts } = this.cycles;
    const row = this.cycles.add();
    numbers.startedMicros.set(row, startedMicros);
    numbers.endedMicros.set(row, this.options.clock());
    numbers.pod.set(row, this.pods.row(uid));
    numbers.feasible.set(row, feasibleCount);
    numbers.evaluated.set(row, evaluatedCount);
    texts.node.set(row, nodeName ?? "");
    texts.outcome.set(row, outcome);
  }

  bindFailed(profile: string): void {
    this.scheduling.profile(profile).bindFailures++;
  }

  /** A pod of this profile makes room for itself by others' leaving. */
  preempts(profile: string): void {
    this.scheduling.profile(profile).preemptions++;
  }

  /** A pod that has to leave for one of this profile; counted once, however many pods want its room. */
  victim(uid: string, profile: string): void {
    const row = this.pods.row(uid);
    if (row >= 0 && this.pods.texts.cause.get(row) === PREEMPTED) return;
    this.scheduling.profile(profile).victims++;
    this.cause(uid, PREEMPTED);
  }

  /** How long the pod has waited in back-off and behind gates so far. */
  waited(uid: string, backoffMicros: number, gatedMicros: number): void {
    const row = this.pods.row(uid);
    if (row < 0) return;
    this.pods.numbers.backoffMicros.set(row, backoffMicros);
    this.pods.numbers.gatedMicros.set(row, gatedMicros);
  }

  /** A waiting pod is held by this PreEnqueue plugin now; "" = by none any longer. */
  gated(uid: string, plugin: string): void {
    const row = this.pods.row(uid);
    if (row < 0) return;
    const state = this.pods.texts.state.get(row);
    if (plugin !== "" && state === "pending") {
      this.enter(row, "gated");
      this.pods.texts.rejectors.set(row, plugin);
    } else if (plugin === "" && state === "gated") {
      this.enter(row, "pending");
      this.pods.texts.rejectors.set(row, "");
    }
  }

  /** Why a pod is about to be deleted or has ended, for example "Preempted". The first word on it stands. */
  cause(uid: string, cause: string): void {
    const row = this.pods.row(uid);
    if (row >= 0 && this.pods.texts.cause.get(row) === "") this.pods.texts.cause.set(row, cause);
  }

  queueLengths(active: number, backoff: number, unschedulable: number, gated: number): void {
    this.advance();
    this.queue.active = active;
    this.queue.backoff = backoff;
    this.queue.unschedulable = unschedulable;
    this.queue.gated = gated;
    this.queueLength.set(active + backoff + unschedulable, this.options.clock());
  }

  /** What `kubectl get events` would show about a pod. The message may hold POD_NAME and NODE_NAME in place of the names. */
  podEvent(type: EventType, reason: string, uid: string, nodeName: string, message: string): void {
    if (this.options.hasEventObjects === true || !this.hasRoom()) return;
    const row = this.pods.row(uid);
    this.events.record(this.options.clock(), type, reason, row, nodeName, message);
    if (this.options.onEvent === undefined) return;
    const { namespace, name } = this.pods.texts;
    const object = row < 0 ? uid : `${namespace.get(row)}/${name.get(row)}`;
    this.tell(type, reason, "Pod", object, message.replaceAll(POD_NAME, object).replaceAll(NODE_NAME, nodeName));
  }

  /** The same about a node. */
  nodeEvent(type: EventType, reason: string, nodeName: string, message: string): void {
    if (this.options.hasEventObjects === true || !this.hasRoom()) return;
    this.events.record(this.options.clock(), type, reason, -1, nodeName, message);
    this.tell(type, reason, "Node", nodeName, message.replaceAll(NODE_NAME, nodeName));
  }

  /** CPU that a container has used, or was kept from. @param uid of its pod */
  cpuSpent(uid: string, spent: CpuSpent): void {
    const row = this.pods.row(uid);
    if (row >= 0) this.pods.spent(row, spent);
  }

  /** What was used on a node since it was told of last. */
  nodeUse(name: string, use: NodeUse): void {
    this.nodes.used(name, use);
  }

  /** Completes series and integrals at the end of a run. */
  finish(): void {
    const now = this.options.clock();
    this.advance();
    this.row(now);
    this.nodes.finish(now);
    this.workloads.finish();
    this.etcd.finish();
    this.faults.finish();
    this.services.finish();
    this.api.steps.finish();
  }

  /** What happens to a part of the control plane, to a machine, a fault or an action: things that have no Event objects. */
  component(...[type, reason, kind, name, message]: Parameters<SystemEvent>): void {
    if (!this.hasRoom()) return;
    this.events.recordOf(this.options.clock(), type, reason, kind, name, message);
    this.tell(type, reason, kind, name, message);
  }

  private eventChanged(type: ChangeType, event: EventObject): void {
    const key = `${event.metadata.namespace ?? "default"}/${event.metadata.name}`;
    if (type === "DELETED") {
      this.eventRows.delete(key);
      return;
    }
    const now = this.options.clock();
    let row = this.eventRows.get(key);
    if (type === "MODIFIED" && row !== undefined) this.events.recur(row, now, event.count ?? 1);
    else {
      if (!this.hasRoom()) return;
      const { kind, uid = "" } = event.involvedObject;
      row = this.events.recordObject(now, event, kind === "Pod" ? this.pods.row(uid) : -1);
      this.eventRows.set(key, row);
    }
    if (this.options.onEvent === undefined) return;
    const { kind = "", namespace = "", name = "" } = event.involvedObject;
    const object = kind === "Node" || namespace === "" ? name : `${namespace}/${name}`;
    const component = event.source?.component || event.reportingComponent || "";
    this.tell(event.type, event.reason, kind, object, event.message, component, event.count ?? 1);
  }

  private tell(
    type: EventType,
    reason: string,
    kind: string,
    object: string,
    message: string,
    component = "",
    count = 1,
  ): void {
    const timeMicros = this.options.clock();
    this.options.onEvent?.({ timeMicros, type, reason, kind, object, message, component, count });
  }

  private hasRoom(): boolean {
    if (this.events.rows < this.options.maxEvents) return true;
    this.eventsDropped++;
    return false;
  }

  private podChanged(type: ChangeType, pod: Pod, before: Pod | undefined): void {
    this.advance();
    const now = this.options.clock();
    const { numbers } = this.pods;
    let row = this.pods.row(pod.metadata.uid ?? "");
    if (type === "ADDED") {
      row = this.pods.created(pod, this.requests.of(pod), now);
      this.counts.pending++;
      if (pod.spec.nodeName) numbers.boundAtStart.set(row, 1);
      this.podObserver.created(row, pod);
    }
    assert(row >= 0, `pod ${pod.metadata.name} was created before it changed`);
    if (type === "DELETED") {
      numbers.deletedMicros.set(row, now);
      this.release(row, pod, now);
      this.podObserver.deleted(row);
      const state = this.pods.texts.state.get(row) as PodState;
      if (state !== "succeeded" && state !== "failed") this.enter(row, "deleted");
      return;
    }
    if (pod.spec.nodeName && !before?.spec.nodeName) this.bound(row, pod, now);
    if (pod.metadata.deletionTimestamp != null && before?.metadata.deletionTimestamp == null)
      numbers.deletionMicros.set(row, now);
    const phase = pod.status?.phase;
    if (phase !== before?.status?.phase) this.phase(row, pod, phase, now);
    if (type === "MODIFIED") this.podObserver.changed(row, pod, before);
  }

  private bound(row: number, pod: Pod, now: number): void {
    if (this.pods.numbers.boundAtStart.get(row) === 0) {
      this.pods.numbers.scheduledMicros.set(row, now);
      this.podsScheduled++;
    }
    const nodeName = pod.spec.nodeName ?? "";
    this.pods.texts.node.set(row, nodeName);
    this.enter(row, "starting");
    const phase = pod.status?.phase;
    if (phase === "Succeeded" || phase === "Failed") return;
    const requests = this.requests.of(pod);
    const nodeRow = this.nodes.row(nodeName);
    if (nodeRow >= 0) this.nodes.account(nodeRow, requests, 1, now);
    this.totals.account(requests, 1, now);
    this.gpus?.bound(pod.metadata.uid ?? "", pod, requests);
    this.holding.set(row, nodeRow);
  }

  private phase(row: number, pod: Pod, phase: string | undefined, now: number): void {
    const { numbers } = this.pods;
    if (phase === "Running") {
      if (Number.isNaN(numbers.runningMicros.get(row)) && numbers.boundAtStart.get(row) === 0)
        numbers.runningMicros.set(row, now);
      this.enter(row, "running");
    } else if (phase === "Succeeded" || phase === "Failed") {
      numbers.finishedMicros.set(row, now);
      this.enter(row, phase === "Succeeded" ? "succeeded" : "failed");
      this.release(row, pod, now);
    }
  }

  private release(row: number, pod: Pod, now: number): void {
    const nodeRow = this.holding.get(row);
    if (nodeRow === undefined) return;
    this.holding.delete(row);
    const requests = this.requests.of(pod);
    if (nodeRow >= 0) this.nodes.account(nodeRow, requests, -1, now);
    this.totals.account(requests, -1, now);
    this.gpus?.released(pod.metadata.uid ?? "", this.pods.texts.node.get(row), requests);
  }

  private enter(row: number, state: PodState): void {
    const column = this.pods.texts.state;
    this.counts[column.get(row) as PodState]--;
    this.counts[state]++;
    column.set(row, state);
  }

  private nodeChanged(type: ChangeType, node: Node, before: Node | undefined): void {
    if (type === "MODIFIED" && before !== undefined && isHeartbeat(node, before)) return;
    this.advance();
    const now = this.options.clock();
    const name = node.metadata.name;
    if (type === "ADDED") {
      this.totals.nodes++;
      const row = this.nodes.added(node, now);
      this.gpus?.nodeSet(node);
      if (this.nodes.numbers.schedulable.get(row) === 1) this.totals.capacity(this.allocatable(row, node), 1, now);
      return;
    }
    const row = this.nodes.row(name);
    assert(row >= 0, `node ${name} was added before it changed`);
    if (this.nodes.numbers.schedulable.get(row) === 1) this.totals.capacity(this.allocatable(row), -1, now);
    if (type === "DELETED") {
      this.totals.nodes--;
      this.nodes.removed(name, now);
      this.gpus?.nodeRemoved(name);
      this.allocatables.delete(row);
      return;
    }
    this.nodes.describe(row, node, now);
    this.gpus?.nodeSet(node);
    const after = this.allocatable(row, node);
    if (this.nodes.numbers.schedulable.get(row) === 1) this.totals.capacity(after, 1, now);
  }

  private readonly allocatables = new Map<number, Amounts>();

  private allocatable(row: number, node?: Node): Amounts {
    if (node !== undefined) this.allocatables.set(row, allocatableOf(node));
    return this.allocatables.get(row) as Amounts;
  }

  /** Writes the rows of all steps that have ended before now: the state that held at the end of the step's instant. */
  private advance(): void {
    const now = this.options.clock();
    while (this.nextStepMicros < now) {
      this.row(this.nextStepMicros);
      this.nextStepMicros += this.options.stepMicros;
    }
  }

  private row(timeMicros: number): void {
    const row = this.series.add();
    const { numbers } = this.series;
    const { counts, totals, queue } = this;
    numbers.timeMicros.set(row, timeMicros);
    numbers.nodes.set(row, totals.nodes);
    numbers.nodesReady.set(row, totals.nodesReady);
    numbers.podsCreated.set(row, this.pods.rows);
    numbers.podsScheduled.set(row, this.podsScheduled);
    numbers.podsPending.set(row, counts.pending + counts.gated);
    numbers.podsStarting.set(row, counts.starting);
    numbers.podsRunning.set(row, counts.running);
    numbers.podsSucceeded.set(row, counts.succeeded);
    numbers.podsFailed.set(row, counts.failed);
    numbers.podsDeleted.set(row, counts.deleted);
    numbers.queueActive.set(row, queue.active);
    numbers.queueBackoff.set(row, queue.backoff);
    numbers.queueUnschedulable.set(row, queue.unschedulable);
    numbers.queueGated.set(row, queue.gated);
    for (const [r, name] of RESOURCES.entries()) {
      numbers[`requested_${name}`].set(row, totals.requested[r]!);
      numbers[`allocatable_${name}`].set(row, totals.allocatable[r]!);
    }
  }
}

/** A status that says nothing new to the tables: parts of an object that did not change stay the same ones. */
function isHeartbeat(node: Node, before: Node): boolean {
  return (
    node.spec === before.spec &&
    node.metadata.labels === before.metadata.labels &&
    node.status?.allocatable === before.status?.allocatable &&
    isReady(node) === isReady(before)
  );
}

/** Not ready, and neither finished nor asked to go. */
function hasFailed(object: unknown): boolean {
  const { metadata, status } = (object ?? {}) as Partial<Pod>;
  return !wasReady(object) && metadata?.deletionTimestamp == null && status?.phase !== "Succeeded";
}

function wasReady(object: unknown): boolean {
  const { status } = (object ?? {}) as { readonly status?: { readonly conditions?: readonly Condition[] | null } };
  return status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
}
