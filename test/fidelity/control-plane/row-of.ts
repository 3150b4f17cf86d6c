// From an object of the API to the row that the recorder writes of it: the same fields, the same abbreviations.
import type { ApiKind } from "../../../sim/apiserver/client.ts";
import type {
  Condition,
  CronJob,
  DaemonSet,
  Deployment,
  EndpointSlice,
  EventObject,
  HorizontalPodAutoscaler,
  Job,
  KubernetesObject,
  Lease,
  Namespace,
  Node,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ResourceQuota,
  StatefulSet,
} from "../../../sim/model/objects.ts";
import { parseTimestampMicros } from "../../../sim/model/timestamp.ts";
import type { Row, RowEvent } from "./rows.ts";
import { seconds } from "./statistics.ts";

/** The kinds that are recorded, in the order in which their watches begin. */
export const RECORDED_KINDS = [
  "leases",
  "nodes",
  "events",
  "namespaces",
  "deployments",
  "replicaSets",
  "pods",
  "endpointSlices",
  "statefulSets",
  "daemonSets",
  "jobs",
  "cronJobs",
  "podDisruptionBudgets",
  "horizontalPodAutoscalers",
  "resourceQuotas",
] as const satisfies readonly ApiKind[];

export type RecordedKind = (typeof RECORDED_KINDS)[number];

const SHORT_CONDITIONS: Readonly<Record<string, string>> = {
  PodScheduled: "S",
  Initialized: "I",
  PodReadyToStartContainers: "RSC",
  ContainersReady: "CR",
  Ready: "R",
};

const REVISION = "deployment.kubernetes.io/revision";

/** Writes rows of one recording. */
export class RowWriter {
  private readonly zeroMicros: number;

  /** @param zeroMicros time 0 of the recording, in virtual time */
  constructor(zeroMicros: number) {
    this.zeroMicros = zeroMicros;
  }

  row(kind: RecordedKind, event: RowEvent, object: KubernetesObject, nowMicros: number): Row {
    return { ...this.fields(kind, object), e: event, t: seconds((nowMicros - this.zeroMicros) / 1e6) } as Row;
  }

  private fields(kind: RecordedKind, object: KubernetesObject): Partial<Row> {
    switch (kind) {
      case "pods":
        return { k: "Pod", ...this.named(object), ...this.pod(object as Pod) };
      case "nodes":
        return { k: "Node", ...this.named(object), ...this.node(object as Node) };
      case "deployments":
        return { k: "Deployment", ...this.named(object), ...deployment(object as Deployment) };
      case "replicaSets":
        return { k: "ReplicaSet", ...this.named(object), ...replicaSet(object as ReplicaSet) };
      case "statefulSets":
        return { k: "StatefulSet", ...this.named(object), ...statefulSet(object as StatefulSet) };
      case "daemonSets":
        return { k: "DaemonSet", ...this.named(object), ...daemonSet(object as DaemonSet) };
      case "jobs":
        return { k: "Job", ...this.named(object), ...this.job(object as Job) };
      case "cronJobs":
        return { k: "CronJob", ...this.named(object), ...this.cronJob(object as CronJob) };
      case "endpointSlices":
        return { k: "EndpointSlice", ...this.named(object), ...endpointSlice(object as EndpointSlice) };
      case "podDisruptionBudgets":
        return { k: "PDB", ...this.named(object), ...budget(object as PodDisruptionBudget) };
      case "horizontalPodAutoscalers":
        return { k: "HPA", ...this.named(object), ...this.autoscaler(object as HorizontalPodAutoscaler) };
      case "leases":
        return { k: "Lease", ...this.named(object), ...this.lease(object as Lease) };
      case "events":
        return { k: "Event", ...eventObject(object as EventObject) };
      case "resourceQuotas":
        return { k: "ResourceQuota", ...this.named(object), ...quota(object as ResourceQuota) };
      case "namespaces":
        return { k: "Namespace", ...this.named(object), ...namespace(object as Namespace) };
    }
  }

  private time(text: string | null | undefined): number | undefined {
    const micros = text == null ? undefined : parseTimestampMicros(text);
    return micros === undefined ? undefined : seconds((micros - this.zeroMicros) / 1e6);
  }

  private named({ metadata }: KubernetesObject): Partial<Row> {
    const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
    return {
      n: metadata.name,
      ...(metadata.namespace === undefined ? {} : { ns: metadata.namespace }),
      ...(owner === undefined ? {} : { own: `${owner.kind}/${owner.name}` }),
      ...(metadata.deletionTimestamp == null
        ? {}
        : { del: this.time(metadata.deletionTimestamp), grace: metadata.deletionGracePeriodSeconds ?? 0 }),
      ...(metadata.finalizers == null || metadata.finalizers.length === 0
        ? {}
        : { fin: metadata.finalizers.join(",") }),
    };
  }

  private pod({ metadata, spec, status }: Pod): Partial<Row> {
    const conditions: Record<string, string> = {};
    for (const { type, status: value, reason } of status?.conditions ?? []) {
      conditions[SHORT_CONDITIONS[type] ?? type] = stateOf(value, reason);
    }
    const container = status?.containerStatuses?.[0];
    const hash = metadata.labels?.["pod-template-hash"] ?? metadata.labels?.["controller-revision-hash"];
    const index = metadata.annotations?.["batch.kubernetes.io/job-completion-index"];
    return {
      uid: metadata.uid ?? "",
      ph: status?.phase ?? "Pending",
      c: conditions,
      ...(spec.nodeName === undefined || spec.nodeName === "" ? {} : { node: spec.nodeName }),
      ...(status?.nominatedNodeName === undefined || status.nominatedNodeName === ""
        ? {}
        : { nom: status.nominatedNodeName }),
      ...(spec.priority == null || spec.priority === 0 ? {} : { prio: spec.priority }),
      ...(hash === undefined ? {} : { hash }),
      ...(index === undefined ? {} : { idx: index }),
      ...(container === undefined ? {} : { cs: containerState(container.state) }),
      ...((container?.restartCount ?? 0) === 0 ? {} : { rc: container?.restartCount ?? 0 }),
    };
  }

  private node({ metadata, spec, status }: Node): Partial<Row> {
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    return {
      ready: ready === undefined ? "" : `${ready.status}:${ready.reason ?? ""}`,
      readySince: this.time(ready?.lastTransitionTime) ?? 0,
      taints: (spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`),
      zone: metadata.labels?.["topology.kubernetes.io/zone"] ?? "",
      ...(spec?.unschedulable === true ? { unsched: true } : {}),
    };
  }

  private job({ metadata, status }: Job): Partial<Row> {
    const uncounted = status?.uncountedTerminatedPods;
    return {
      own: ownerOf(metadata.ownerReferences) ?? "",
      act: status?.active ?? 0,
      suc: status?.succeeded ?? 0,
      fail: status?.failed ?? 0,
      c: conditionsOf(status?.conditions),
      ...(status?.ready == null ? {} : { rdy: status.ready }),
      ...(status?.terminating == null ? {} : { trm: status.terminating }),
      ...(uncounted == null ? {} : { unc: `${uncounted.succeeded?.length ?? 0}/${uncounted.failed?.length ?? 0}` }),
      ...(status?.completedIndexes === undefined ? {} : { cidx: status.completedIndexes }),
      ...(status?.failedIndexes == null ? {} : { fidx: status.failedIndexes }),
      ...(status?.startTime == null ? {} : { start: this.time(status.startTime) }),
      ...(status?.completionTime == null ? {} : { comp: this.time(status.completionTime) }),
    };
  }

  private cronJob({ status }: CronJob): Partial<Row> {
    return {
      act: status?.active?.length ?? 0,
      ...(status?.lastScheduleTime == null ? {} : { lastSched: this.time(status.lastScheduleTime) }),
      ...(status?.lastSuccessfulTime == null ? {} : { lastSucc: this.time(status.lastSuccessfulTime) }),
    };
  }

  private autoscaler({ status }: HorizontalPodAutoscaler): Partial<Row> {
    const metric = status?.currentMetrics?.[0] as
      | { readonly resource?: { readonly current?: { readonly averageUtilization?: number | null } } }
      | undefined;
    const util = metric?.resource?.current?.averageUtilization;
    return {
      cur: status?.currentReplicas ?? 0,
      des: status?.desiredReplicas ?? 0,
      c: conditionsOf(status?.conditions),
      ...(util == null ? {} : { util }),
      ...(status?.lastScaleTime == null ? {} : { lastScale: this.time(status.lastScaleTime) }),
    };
  }

  private lease({ metadata, spec }: Lease): Partial<Row> {
    const renew = this.time(spec?.renewTime);
    return {
      ...(renew === undefined ? {} : { renew }),
      // the holder of a node's lease is always the node
      ...(metadata.namespace === "kube-node-lease"
        ? {}
        : { holder: spec?.holderIdentity ?? "", tr: spec?.leaseTransitions ?? 0 }),
    };
  }
}

function ownerOf(references: KubernetesObject["metadata"]["ownerReferences"]): string | undefined {
  const owner = references?.find((reference) => reference.controller === true);
  return owner === undefined ? undefined : `${owner.kind}/${owner.name}`;
}

function stateOf(status: string, reason: string | undefined): string {
  return reason === undefined || reason === "" ? status.slice(0, 1) : `${status.slice(0, 1)}:${reason}`;
}

function conditionsOf(conditions: readonly Condition[] | null | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { type, status, reason } of conditions ?? []) found[type] = stateOf(status, reason);
  return found;
}

function containerState(state: NonNullable<NonNullable<Pod["status"]>["containerStatuses"]>[number]["state"]): string {
  if (state?.running != null) return "R";
  if (state?.terminated != null) return `T:${state.terminated.exitCode}`;
  return `W:${state?.waiting?.reason ?? ""}`;
}

function deployment({ metadata, spec, status }: Deployment): Partial<Row> {
  return {
    spec: spec?.replicas ?? 1,
    gen: metadata.generation ?? 0,
    obs: status?.observedGeneration ?? 0,
    rep: status?.replicas ?? 0,
    upd: status?.updatedReplicas ?? 0,
    rdy: status?.readyReplicas ?? 0,
    avl: status?.availableReplicas ?? 0,
    unav: status?.unavailableReplicas ?? 0,
    ...(status?.terminatingReplicas == null ? {} : { trm: status.terminatingReplicas }),
    c: conditionsOf(status?.conditions),
    rev: metadata.annotations?.[REVISION] ?? "",
  };
}

function replicaSet({ metadata, spec, status }: ReplicaSet): Partial<Row> {
  const conditions = (status?.conditions ?? []).map((each) => `${each.type}=${stateOf(each.status, each.reason)}`);
  return {
    spec: spec?.replicas ?? 1,
    rep: status?.replicas ?? 0,
    lab: status?.fullyLabeledReplicas ?? 0,
    rdy: status?.readyReplicas ?? 0,
    avl: status?.availableReplicas ?? 0,
    ...(status?.terminatingReplicas == null ? {} : { trm: status.terminatingReplicas }),
    ...(conditions.length === 0 ? {} : { c: conditions.join(",") }),
    rev: metadata.annotations?.[REVISION] ?? "",
  };
}

function statefulSet({ spec, status }: StatefulSet): Partial<Row> {
  return {
    spec: spec?.replicas ?? 1,
    rep: status?.replicas ?? 0,
    rdy: status?.readyReplicas ?? 0,
    avl: status?.availableReplicas ?? 0,
    cur: status?.currentReplicas ?? 0,
    upd: status?.updatedReplicas ?? 0,
    crev: status?.currentRevision ?? "",
    urev: status?.updateRevision ?? "",
  };
}

function daemonSet({ status }: DaemonSet): Partial<Row> {
  return {
    des: status?.desiredNumberScheduled ?? 0,
    cur: status?.currentNumberScheduled ?? 0,
    upd: status?.updatedNumberScheduled ?? 0,
    rdy: status?.numberReady ?? 0,
    avl: status?.numberAvailable ?? 0,
    unav: status?.numberUnavailable ?? 0,
    mis: status?.numberMisscheduled ?? 0,
  };
}

/** As many names of endpoints that are not ready as the recorder writes. */
const MAX_NAMES = 12;

function endpointSlice({ metadata, endpoints }: EndpointSlice): Partial<Row> {
  const notReady = endpoints
    .filter(({ conditions }) => conditions?.ready === false)
    .map(({ targetRef }) => targetRef?.name ?? "");
  return {
    svc: metadata.labels?.["kubernetes.io/service-name"] ?? "",
    tot: endpoints.length,
    rdy: endpoints.filter(({ conditions }) => conditions?.ready !== false).length,
    srv: endpoints.filter(({ conditions }) => conditions?.serving !== false).length,
    trm: endpoints.filter(({ conditions }) => conditions?.terminating === true).length,
    ...(notReady.length === 0 ? {} : { notReady: notReady.slice(0, MAX_NAMES) }),
  };
}

function budget({ status }: PodDisruptionBudget): Partial<Row> {
  return {
    allowed: status?.disruptionsAllowed ?? 0,
    cur: status?.currentHealthy ?? 0,
    des: status?.desiredHealthy ?? 0,
    exp: status?.expectedPods ?? 0,
    disrupted: Object.keys(status?.disruptedPods ?? {}).length,
  };
}

function eventObject(event: EventObject): Partial<Row> {
  const { involvedObject, reason, message, type, source, reportingComponent, count } = event;
  return {
    ns: event.metadata.namespace ?? "default",
    obj: `${involvedObject.kind}/${involvedObject.name}`,
    reason,
    msg: message.slice(0, 240),
    type,
    src: reportingComponent ?? source?.component ?? "",
    ...((count ?? 1) > 1 ? { count: count ?? 1 } : {}),
  };
}

function quota({ status }: ResourceQuota): Partial<Row> {
  const texts = (list: Readonly<Record<string, unknown>> | null | undefined) =>
    Object.fromEntries(Object.entries(list ?? {}).map(([key, value]) => [key, String(value)]));
  return { hard: texts(status?.hard), used: texts(status?.used) };
}

function namespace({ status }: Namespace): Partial<Row> {
  const conditions = conditionsOf(status?.conditions);
  return {
    ph: status?.phase ?? "Active",
    ...(Object.keys(conditions).length === 0 ? {} : { c: conditions }),
  };
}
