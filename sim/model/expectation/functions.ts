// The functions that expectations can ask about objects: the one source for the parser, its messages and docs/EXPECT.md. What they
// compute is in sim/expect/functions.ts.
import type { ClusterObjects } from "../objects.ts";
import type { Unit } from "./syntax.ts";

/**
 * object: `f(kind/name)`. objectKey: `f(kind/name, key)`. objectOrKind: `f(kind/name)` or `f(kind, filters…)`. kind: `f(kind, filters…)`.
 * kindKey: `f(kind, key, filters…)`. filters: `f(filters…)`.
 */
export type FunctionForm = "object" | "objectKey" | "objectOrKind" | "kind" | "kindKey" | "filters";

export interface FunctionDeclaration {
  readonly name: string;
  readonly form: FunctionForm;
  readonly unit: Unit;
  /** Kinds that it can be asked about; empty: all. */
  readonly kinds: readonly (keyof ClusterObjects)[];
  readonly doc: string;
  readonly example: string;
  /** It is measured by what sends requests, not read off an object. */
  readonly isTraffic?: boolean;
}

const WORKLOADS: readonly (keyof ClusterObjects)[] = [
  "deployments",
  "replicaSets",
  "statefulSets",
  "daemonSets",
  "replicationControllers",
];

export const FUNCTIONS: readonly FunctionDeclaration[] = [
  {
    name: "replicas",
    form: "object",
    unit: "number",
    kinds: WORKLOADS,
    doc: "pods that it wants: spec.replicas, or of a DaemonSet the nodes that should run one",
    example: "replicas(deployment/web) == 5",
  },
  {
    name: "ready",
    form: "object",
    unit: "number",
    kinds: [...WORKLOADS, "pods", "nodes", "services", "jobs"],
    doc: "ready pods of a workload by its status, ready endpoints of a Service, 1 for a pod or node that is ready",
    example: "ready(deployment/web) >= 3",
  },
  {
    name: "available",
    form: "object",
    unit: "number",
    kinds: WORKLOADS,
    doc: "available pods by the status of the workload",
    example: "available(deployment/shop/web) >= 3",
  },
  {
    name: "unavailable",
    form: "object",
    unit: "number",
    kinds: WORKLOADS,
    doc: "replicas less available pods, at least 0",
    example: "unavailable(deployment/web) <= 1",
  },
  {
    name: "updated",
    form: "object",
    unit: "number",
    kinds: ["deployments", "statefulSets", "daemonSets"],
    doc: "pods of the newest template by the status of the workload",
    example: "updated(deployment/web) == replicas(deployment/web)",
  },
  {
    name: "rolledOut",
    form: "object",
    unit: "truth",
    kinds: ["deployments", "statefulSets", "daemonSets"],
    doc: "`kubectl rollout status` would be content: the newest template is observed, all pods are updated and available, no old ones are left",
    example: "rolledOut(deployment/web)",
  },
  {
    name: "active",
    form: "object",
    unit: "number",
    kinds: ["jobs", "cronJobs"],
    doc: "active pods of a Job, active Jobs of a CronJob",
    example: "active(job/report) <= 4",
  },
  {
    name: "succeeded",
    form: "object",
    unit: "number",
    kinds: ["jobs"],
    doc: "succeeded pods by the status of the Job",
    example: "succeeded(job/report) == 8",
  },
  {
    name: "failed",
    form: "object",
    unit: "number",
    kinds: ["jobs"],
    doc: "failed pods by the status of the Job",
    example: "failed(job/report) == 0",
  },
  {
    name: "disruptionsAllowed",
    form: "object",
    unit: "number",
    kinds: ["podDisruptionBudgets"],
    doc: "evictions that the budget allows now",
    example: "disruptionsAllowed(pdb/web) >= 1",
  },
  {
    name: "exists",
    form: "object",
    unit: "truth",
    kinds: [],
    doc: "the object is stored",
    example: "not exists(namespace/old)",
  },
  {
    name: "phase",
    form: "object",
    unit: "text",
    kinds: ["pods", "namespaces", "persistentVolumes", "persistentVolumeClaims"],
    doc: "status.phase; none when there is no such object",
    example: "phase(pod/db-0) == Running",
  },
  {
    name: "node",
    form: "object",
    unit: "text",
    kinds: ["pods"],
    doc: "the node that it is bound to, or none",
    example: "node(pod/db-0) != a-1",
  },
  {
    name: "holder",
    form: "object",
    unit: "text",
    kinds: ["leases"],
    doc: "who holds the Lease, or none",
    example: "holder(lease/kube-system/kube-scheduler) != none",
  },
  {
    name: "condition",
    form: "objectKey",
    unit: "text",
    kinds: [],
    doc: "status of a condition: True, False, Unknown, or none when the object has no such condition",
    example: "condition(node/a-1, Ready) == True",
  },
  {
    name: "reason",
    form: "objectKey",
    unit: "text",
    kinds: [],
    doc: "reason of a condition, or none",
    example: "reason(deployment/web, Progressing) == ProgressDeadlineExceeded",
  },
  {
    name: "tainted",
    form: "objectKey",
    unit: "truth",
    kinds: ["nodes"],
    doc: "the node has a taint of this key",
    example: "tainted(node/a-1, node.kubernetes.io/unreachable)",
  },
  {
    name: "label",
    form: "objectKey",
    unit: "text",
    kinds: [],
    doc: "value of a label, or none",
    example: "label(node/a-1, pool) == general",
  },
  {
    name: "annotation",
    form: "objectKey",
    unit: "text",
    kinds: [],
    doc: "value of an annotation, or none",
    example: "annotation(deployment/web, deployment.kubernetes.io/revision) == 2",
  },
  {
    name: "number",
    form: "objectKey",
    unit: "number",
    kinds: [],
    doc: "a field that is a number, by its path; 0 when there is none",
    example: "number(hpa/web, status.desiredReplicas) <= 10",
  },
  {
    name: "field",
    form: "objectKey",
    unit: "text",
    kinds: [],
    doc: "a field as text, by its path; none when there is none",
    example: "field(pod/db-0, status.reason) != Evicted",
  },
  {
    name: "count",
    form: "kind",
    unit: "number",
    kinds: [],
    doc: "objects that match all filters",
    example: "count(pods, app=web, phase=Running, node.zone=a) >= 1",
  },
  {
    name: "distinct",
    form: "kindKey",
    unit: "number",
    kinds: [],
    doc: "how many different values a field has among the objects that match",
    example: "distinct(pods, node.zone, app=web, ready=true) >= 2",
  },
  {
    name: "restarts",
    form: "objectOrKind",
    unit: "number",
    kinds: ["pods"],
    doc: "container restarts of a pod, or of all pods there are that match",
    example: "restarts(pods, app=web) == 0",
  },
  {
    name: "created",
    form: "kind",
    unit: "number",
    kinds: [],
    doc: "objects that were created since the run began and matched when they were",
    example: "created(pods, app=web) <= 10",
  },
  {
    name: "deleted",
    form: "kind",
    unit: "number",
    kinds: [],
    doc: "objects that were removed since the run began and matched when they were",
    example: "deleted(nodes) == 0",
  },
  {
    name: "events",
    form: "filters",
    unit: "number",
    kinds: ["events"],
    doc: "how often Events that match were recorded, repetitions counted",
    example: "events(reason=FailedScheduling) == 0",
  },
  {
    name: "availability",
    form: "object",
    unit: "share",
    kinds: ["services"],
    doc: "share of the requests to the Service that were answered, over the whole run so far",
    example: "availability(service/web) >= 99.9%",
    isTraffic: true,
  },
  {
    name: "requests",
    form: "object",
    unit: "number",
    kinds: ["services"],
    doc: "requests to the Service so far",
    example: "requests(service/web) > 1000",
    isTraffic: true,
  },
  {
    name: "failedRequests",
    form: "object",
    unit: "number",
    kinds: ["services"],
    doc: "requests to the Service that failed so far",
    example: "failedRequests(service/web) == 0",
    isTraffic: true,
  },
  {
    name: "failing",
    form: "object",
    unit: "share",
    kinds: ["services"],
    doc: "share of the requests to the Service that fail at this moment",
    example: "never failing(service/web) > 5%",
    isTraffic: true,
  },
  {
    name: "serving",
    form: "object",
    unit: "number",
    kinds: ["services"],
    doc: "endpoints of the Service that really answer at this moment, whatever the API believes",
    example: "always serving(service/web) >= 2",
    isTraffic: true,
  },
  {
    name: "belowMinAvailable",
    form: "object",
    unit: "duration",
    kinds: ["services"],
    doc: "time so far in which fewer endpoints of the Service answered than its `minAvailable` under `traffic`",
    example: "belowMinAvailable(service/web) < 30s",
    isTraffic: true,
  },
];

/** Fields that filters know beside labels, by kind; "" for all kinds. Anything else is the key of a label. */
export const FILTER_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "": {
    name: "metadata.name",
    namespace: "metadata.namespace",
    deleting: "true while it waits for its deletion",
    owner: "its controller, such as replicaset/web-5d8",
  },
  pods: {
    phase: "status.phase",
    node: "the node that it is bound to",
    "node.KEY": "label KEY of that node; node.zone, node.pool and node.ready are short for what they say",
    ready: "true, false",
    scheduled: "true, false",
    reason: "status.reason, such as Evicted or NodeLost",
    waiting: "reason for which a container waits, such as CrashLoopBackOff",
  },
  nodes: {
    ready: "True, False, Unknown",
    zone: "topology.kubernetes.io/zone",
    pool: "the node pool that it was made from",
    schedulable: "true, false (cordoned)",
    taint: "key of a taint",
  },
  namespaces: { phase: "status.phase" },
  persistentVolumes: { phase: "status.phase" },
  persistentVolumeClaims: { phase: "status.phase" },
  events: {
    reason: "such as FailedScheduling",
    type: "Normal, Warning",
    object: "kind/name of what it is about, such as pod/web-1",
    kind: "kind of what it is about",
    source: "the component that recorded it",
    message: "its text",
  },
};
