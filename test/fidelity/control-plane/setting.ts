// The cluster of a recording as a plan: nodes, control plane and flags as its meta.json says.
import type { Distribution } from "../../../sim/engine/distributions.ts";
import { MILLISECOND, SECOND } from "../../../sim/engine/tick.ts";
import { FIRST_HEARTBEAT_ANNOTATION } from "../../../sim/model/annotations.ts";
import { type ControllerFlags, DEFAULT_CONTROLLER_FLAGS } from "../../../sim/model/controller-flags.ts";
import { HOLLOW_KUBELET_CONFIGURATION } from "../../../sim/model/kubelet-configuration.ts";
import type { Namespace, Node, PriorityClass } from "../../../sim/model/objects.ts";
import { noObjects } from "../../../sim/model/objects.ts";
import { etcdPlan } from "../../../sim/scenario/control-plane.ts";
import type { LateNodes, Plan } from "../../../sim/scenario/plan.ts";
import { makePlan } from "../../plans.ts";
import type { Meta, Recording } from "./recordings.ts";
import type { NodeRow, Row } from "./rows.ts";

const ELECTION = { leaseDurationMicros: 15 * SECOND, renewDeadlineMicros: 10 * SECOND, retryPeriodMicros: 2 * SECOND };
/** Of the recorded machine, under the API server and all other processes. */
const CORES = 2;
/** What its requests take with nothing else to do, as those of the load generator before a failure: 3 to 8 ms with the rest of what they need. */
const REQUEST_LATENCY_MICROS: Distribution = { kind: "uniform", min: 2 * MILLISECOND, max: 6 * MILLISECOND };
const SHARED_CLUSTERS: ReadonlySet<string> = new Set(["02-rolling-update", "07-daemonset"]);
const LONG_AGO_SECONDS = 60;
/** Timestamps are cut to the second: by so much in the mean. */
const CUT_SECONDS = 0.5;
const SANDBOX_SECONDS = 0.3;
const DEFAULT_START_SECONDS = 0.2;
/** The user of the load generator: an ordinary one. */
export const LOAD_USER = "loadgen";
/** Clusters that were old when their recordings began are so old here. */
const LEAST_LEAD_SECONDS = 40;
/** Of the others the recorder started the components so long before the first node had registered. */
const LEAST_HEAD_START_SECONDS = 0.25;
const HEAD_START_SPREAD_SECONDS = 1.3;
const PRIORITIES: Readonly<Record<string, Partial<PriorityClass>>> = {
  low: { value: 100 },
  high: { value: 1000 },
  "high-nopreempt": { value: 1000, preemptionPolicy: "Never" },
};
/** ConfigMaps that every namespace of the recorded build has. */
const BUILT_IN_CONFIG_MAPS = ["kube-root-ca.crt", "openshift-service-ca.crt"];

/**
 * Time 0 of the recording in virtual time: how old the cluster is. It decides in which phase to the script ticks and leases of the components
 * stand, and how long ago their reflectors' back-offs began.
 *
 * @param phase in [0, 1): what the recording does not say of it
 */
export function zeroMicros({ meta, timeline }: Recording, phase: number): number {
  const second = meta.params.startWallClockSecondOfMinute;
  // CronJobs follow the wall clock, and some only every second minute
  if (typeof second === "number") return Math.round((120 + second) * SECOND);
  const first = timeline.events.find((row) => row.k === "Node" && row.e === "L")?.readySince ?? 0;
  const lead =
    first < -LONG_AGO_SECONDS
      ? LEAST_LEAD_SECONDS + 10 * phase
      : LEAST_HEAD_START_SECONDS + HEAD_START_SPREAD_SECONDS * phase - first;
  return Math.round(lead * SECOND);
}

export function planOf({ meta, timeline }: Recording, zero: number): Plan {
  const first = timeline.events.filter((row) => row.k === "Node" && row.e === "L");
  const names = new Set<string>();
  const nodes: Node[] = [];
  for (const row of first) {
    if (row.n === undefined || names.has(row.n)) continue;
    names.add(row.n);
    nodes.push(withImages(nodeOf(meta, row.n, row.zone ?? ""), imagesOn(row.n, meta, timeline.nodes)));
  }
  nodes.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const joined = registration(meta, first[0]?.readySince ?? 0);
  const renewals = firstRenewals(timeline.events);
  for (const [i, node] of nodes.entries()) {
    const guess = joined === null ? undefined : joined.first + (joined.spread * i) / nodes.length;
    const at = renewals.get(node.metadata.name) ?? guess;
    if (at !== undefined) nodes[i] = withAnnotation(node, FIRST_HEARTBEAT_ANNOTATION, (zero / SECOND + at).toFixed(3));
  }
  const namespaces = namespacesOf(timeline.events);
  const configMaps = namespaces.flatMap(({ metadata }) =>
    BUILT_IN_CONFIG_MAPS.map((name) => ({ metadata: { name, namespace: metadata.name } })),
  );
  const priorityClasses = Object.entries(PRIORITIES).map(
    ([name, parts]): PriorityClass => ({ metadata: { name }, value: 0, ...parts }),
  );
  const clusterRoles = [
    { metadata: { name: LOAD_USER }, rules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }] },
  ];
  const clusterRoleBindings = [
    {
      metadata: { name: LOAD_USER },
      subjects: [{ kind: "User", name: LOAD_USER }],
      roleRef: { kind: "ClusterRole", name: LOAD_USER },
    },
  ];
  const objects = { ...noObjects(), clusterRoles, clusterRoleBindings, namespaces, nodes, configMaps, priorityClasses };
  const base = makePlan();
  return makePlan({
    name: meta.recording,
    durationMicros: zero + Math.round(meta.durationSeconds * SECOND),
    objects,
    declared: objects,
    controllerManagers: {
      ...base.controllerManagers,
      replicas: meta.cluster.controllerManagers,
      flags: controllerFlags(meta),
    },
    kubelet: HOLLOW_KUBELET_CONFIGURATION,
    lateNodes: lateNodes(meta, nodes, zero),
    apiServers: { ...base.apiServers, cpuCores: CORES, requestLatencyMicros: REQUEST_LATENCY_MICROS },
    // all processes ran on one machine
    etcd: { ...etcdPlan({ members: meta.cluster.etcdMembers, version: "3.5" }) },
    scheduler: {
      ...base.scheduler,
      replicas: meta.cluster.schedulers,
      ...schedulerRate(meta),
      election: flagsOf(meta.flags.sched0 ?? []).get("leader-elect") === "false" ? null : ELECTION,
      cycleLatencyMicros: { kind: "uniform", min: 500, max: 2 * MILLISECOND },
      bindLatencyMicros: { kind: "uniform", min: MILLISECOND, max: 3 * MILLISECOND },
    },
  });
}

function namespacesOf(events: readonly Row[]): Namespace[] {
  const names = new Set(["default"]);
  for (const row of events) if (row.k === "Namespace" && row.e === "L" && row.del === undefined) names.add(row.n ?? "");
  return [...names].map((name) => ({
    metadata: { name },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  }));
}

function nodeOf(meta: Meta, name: string, zone: string): Node {
  const capacity = meta.cluster.nodeCapacity;
  return {
    metadata: { name, labels: { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone } },
    spec: {},
    status: { capacity, allocatable: capacity },
  };
}

/**
 * When nodes joined, in seconds of the recording: one after the other within so many seconds, so that their heartbeats go on close to each
 * other. null: so long ago that they have drifted apart.
 */
function registration(meta: Meta, readySince: number): { readonly first: number; readonly spread: number } | null {
  if (readySince < -LONG_AGO_SECONDS) return null;
  const flags = meta.flags.hollow ?? [];
  const spread = Number(flags[flags.indexOf("--spread") + 1] ?? 0);
  return { first: readySince + CUT_SECONDS, spread };
}

/** When nodes had last renewed their leases as the recording began, in its seconds, where it has leases of nodes. */
function firstRenewals(events: readonly Row[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const row of events) {
    if (row.k === "Lease" && row.e === "L" && row.ns === "kube-node-lease" && row.renew !== undefined)
      found.set(row.n ?? "", found.get(row.n ?? "") ?? row.renew);
  }
  return found;
}

function withAnnotation(node: Node, key: string, value: string): Node {
  const { metadata } = node;
  return { ...node, metadata: { ...metadata, annotations: { ...metadata.annotations, [key]: value } } };
}

function withImages(node: Node, names: readonly string[]): Node {
  return names.length === 0 ? node : { ...node, status: { ...node.status, images: [{ names, sizeBytes: 1 }] } };
}

/**
 * Where several recordings share a cluster, nodes have images of earlier ones: those whose first container on the node started sooner than
 * a pull takes.
 */
function imagesOn(node: string, meta: Meta, rows: readonly NodeRow[]): string[] {
  if (!SHARED_CLUSTERS.has(meta.scenario)) return [];
  const namespace = meta.actions.find(({ action }) => action === "create")?.ns;
  const own = rows.filter((row) => row.node === node && row.ns === namespace);
  const seen = own.find(({ ev }) => ev === "seen");
  const started = own.find(({ ev, pod }) => ev === "started" && pod === seen?.pod);
  const text = Object.values(meta.manifests).join("\n");
  const pull = Number(/example\/pull: '([\d.]+)'/.exec(text)?.[1] ?? 1);
  const start = Number(/example\/start: '([\d.]+)'/.exec(text)?.[1] ?? DEFAULT_START_SECONDS);
  const image = /image: (\S+)/.exec(text)?.[1];
  if (seen === undefined || started === undefined || image === undefined) return [];
  return started.t - seen.t < SANDBOX_SECONDS + start + pull / 2 ? [image] : [];
}

function lateNodes(meta: Meta, nodes: readonly Node[], zero: number): LateNodes[] {
  const adds = meta.actions.filter(({ action }) => action === "addNode");
  return adds.map(({ t, request }, i) => {
    const zone = /zone=([^&]*)/.exec(request ?? "")?.[1] ?? "";
    const name = `node-${String(nodes.length + i).padStart(4, "0")}`;
    return {
      pool: `added-${i}`,
      nodes: [nodeOf(meta, name, zone)],
      bootMicros: { kind: "constant", value: zero + Math.round(t * SECOND) },
      daemonPods: [[]],
    };
  });
}

function controllerFlags(meta: Meta): ControllerFlags {
  const given = flagsOf(meta.flags.kcm0 ?? []);
  return {
    ...DEFAULT_CONTROLLER_FLAGS,
    ...(given.has("kube-api-qps") ? { kubeApiQps: Number(given.get("kube-api-qps")) } : {}),
    ...(given.has("kube-api-burst") ? { kubeApiBurst: Number(given.get("kube-api-burst")) } : {}),
    leaderElect: given.get("leader-elect") !== "false",
  };
}

function schedulerRate(meta: Meta) {
  const given = flagsOf(meta.flags.sched0 ?? []);
  const qps = given.get("kube-api-qps");
  return qps === undefined
    ? {}
    : { clientRate: { qps: Number(qps), burst: Number(given.get("kube-api-burst") ?? qps) } };
}

/** The last one of a name counts. */
export function flagsOf(commandLine: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (const part of commandLine) {
    const match = /^--([^=]+)=(.*)$/.exec(part);
    if (match !== null) flags.set(match[1]!, match[2]!);
  }
  return flags;
}
