// Each experiment of Litmus' hub as faults and actions, or why it has none.
import { SECOND } from "../../engine/tick.ts";
import type { Draft } from "../draft.ts";
import type { Mapping } from "../flatten.ts";
import {
  addAction,
  addAfterwards,
  addFault,
  changed,
  deletePods,
  fillMemory,
  hangPods,
  killContainers,
  leftOut,
  nodeArgument,
  strikeNodes,
  worsenNetwork,
} from "./effects.ts";
import { tidied, wholeOf } from "./selectors.ts";
import { ALL_PODS, lengthOf, type NodeTarget, type PodTarget, type Strike } from "./strike.ts";

export interface LitmusTarget {
  readonly namespace: string;
  readonly selector: string;
  /** deployment, statefulset … */
  readonly kind: string;
  readonly names: readonly string[];
}

export function applyLitmus(draft: Draft, strike: Strike, name: string, env: Mapping, target: LitmusTarget): void {
  const experiment = EXPERIMENTS[name];
  if (experiment === undefined) leftOut(draft, strike, WHY_NOT[name] ?? "not an experiment that is known");
  else experiment(draft, strike, env, target);
}

type Experiment = (draft: Draft, strike: Strike, env: Mapping, target: LitmusTarget) => void;

const list = (text: unknown): readonly string[] =>
  String(text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** Pods of the application, as many as PODS_AFFECTED_PERC says; 0 and nothing mean one. */
function podsOf(env: Mapping, { namespace, selector }: LitmusTarget): PodTarget {
  const pods = list(env["TARGET_PODS"]).map((name) => `${namespace}/${name}`);
  const percent = wholeOf(env["PODS_AFFECTED_PERC"], 0, 0);
  const amount =
    pods.length > 0 || percent >= 100
      ? { count: null, share: null }
      : percent > 0
        ? { count: null, share: percent / 100 }
        : { count: 1, share: null };
  return { ...ALL_PODS, namespace, selector, pods, ...amount };
}

function nodesOf(env: Mapping): NodeTarget {
  const nodes = [...list(env["TARGET_NODE"]), ...list(env["TARGET_NODES"])];
  const selector = tidied(env["NODE_LABEL"]);
  const percent = wholeOf(env["NODES_AFFECTED_PERC"], 0, 0);
  const amount =
    nodes.length > 0
      ? { count: null, share: null }
      : percent > 0
        ? { count: null, share: Math.min(1, percent / 100) }
        : { count: 1, share: null };
  return { nodes, selector, ...amount };
}

/** Again and again while the chaos lasts, as CHAOS_INTERVAL says. */
function repeated(strike: Strike, env: Mapping): Strike {
  const interval = wholeOf(env["CHAOS_INTERVAL"], 0, 0) * SECOND;
  const { timing, forMicros } = strike;
  if (!(interval > 0) || forMicros === null || interval >= forMicros) return { ...strike, forMicros: 0 };
  return {
    ...strike,
    timing: { atMicros: timing.atMicros, everyMicros: interval, untilMicros: timing.atMicros + forMicros },
    forMicros: 0,
  };
}

const podDelete: Experiment = (draft, strike, env, target) =>
  deletePods(draft, repeated(strike, env), podsOf(env, target), String(env["FORCE"] ?? "true") === "false" ? null : 0);

const network =
  (kind: string, field: string, value: (env: Mapping) => string): Experiment =>
  (draft, strike, env, target) =>
    worsenNetwork(draft, strike, podsOf(env, target), kind, { [field]: value(env) });

const nodes =
  (kind: string, note: string, more: (env: Mapping) => Mapping = () => ({})): Experiment =>
  (draft, strike, env) => {
    if (note !== "") changed(draft, strike, note);
    strikeNodes(draft, strike, kind, nodesOf(env), more(env));
  };

const memory: Experiment = (draft, strike, env, target) =>
  fillMemory(draft, { ...strike, forMicros: 0 }, podsOf(env, target));

const dns: Experiment = (draft, strike) => {
  changed(draft, strike, "the cluster's DNS answers nobody, whoever is selected (dnsOutage)");
  addFault(draft, strike, "dnsOutage", lengthOf(strike));
};

const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  "pod-delete": podDelete,
  "k8-pod-delete": podDelete,
  "container-kill": (draft, strike, env, target) =>
    killContainers(draft, repeated(strike, env), podsOf(env, target), list(env["TARGET_CONTAINER"])),
  "pod-memory-hog": memory,
  "pod-memory-hog-exec": memory,
  "pod-dns-error": dns,
  "pod-dns-spoof": dns,
  "pod-network-latency": network("networkDelay", "delay", (env) => `${Number(env["NETWORK_LATENCY"] ?? 2000)}ms`),
  "pod-network-loss": network(
    "networkLoss",
    "loss",
    (env) => `${Number(env["NETWORK_PACKET_LOSS_PERCENTAGE"] ?? 100)}%`,
  ),
  "pod-network-corruption": network(
    "networkLoss",
    "loss",
    (env) => `${Number(env["NETWORK_PACKET_CORRUPTION_PERCENTAGE"] ?? 100)}%`,
  ),
  "pod-network-duplication": network(
    "networkDuplicate",
    "duplicate",
    (env) => `${Number(env["NETWORK_PACKET_DUPLICATION_PERCENTAGE"] ?? 100)}%`,
  ),
  "pod-network-partition": (draft, strike, env, target) =>
    hangPods(draft, strike, { ...podsOf(env, target), count: null, share: null }, "cut off by a network policy"),
  "pod-autoscaler": (draft, strike, env, target) => {
    const kind = target.kind.toLowerCase() === "statefulset" ? "StatefulSet" : "Deployment";
    const name = target.names[0] ?? /=([^,]+)/.exec(target.selector)?.[1] ?? "";
    if (target.names.length === 0)
      changed(draft, strike, `the workload is taken to be called ${name}, as its label says`);
    const { namespace } = target;
    draft.workloadTargets.push({ kind, namespace, name, replicas: 1 });
    const replicas = replicasOf(draft, kind, namespace, name);
    const object = `${kind.toLowerCase()}/${namespace}/${name}`;
    addAction(draft, strike, "scale", { object, replicas: wholeOf(env["REPLICA_COUNT"], 0, 5) });
    addAfterwards(draft, strike, "scale", { object, replicas });
  },
  "node-drain": (draft, strike, env) => {
    const node = nodeArgument(draft, nodesOf(env));
    addAction(draft, strike, "drain", {
      ...node,
      ignoreDaemonsets: true,
      deleteEmptydirData: true,
      force: true,
      timeout: "180s",
    });
    addAfterwards(draft, strike, "uncordon", node);
  },
  "node-taint": (draft, strike, env) => {
    const node = nodeArgument(draft, nodesOf(env));
    const taints = list(env["TAINTS"]);
    if (taints.length === 0) return leftOut(draft, strike, "TAINTS says no taint");
    addAction(draft, strike, "taint", { ...node, taints });
    addAfterwards(draft, strike, "taint", {
      ...node,
      taints: taints.map((taint) => `${taint.replace(/=[^:]*/, "")}-`),
    });
    return undefined;
  },
  "node-restart": (draft, strike, env) => addFault(draft, strike, "nodeReboot", { ...restart(env), graceful: false }),
  "node-poweroff": nodes("nodeCrash", ""),
  "kubelet-service-kill": nodes("kubeletStop", ""),
  "docker-service-kill": nodes("runtimeHang", "the runtime hangs, rather than being restarted by systemd"),
  "node-cpu-hog": nodes("nodeSlow", "everything on the node takes ten times as long (nodeSlow)", () => ({
    factor: 10,
  })),
  "node-memory-hog": nodes("memoryLeak", "a process takes 100 MiB more each second (memoryLeak)", () => ({
    perSecond: "100Mi",
  })),
  "ec2-terminate-by-id": nodes("nodeCrash", "instances are any nodes"),
  "ec2-terminate-by-tag": nodes("nodeCrash", "instances are any nodes"),
  "ec2-stop-by-id": nodes("nodeCrash", "instances are any nodes"),
  "gcp-vm-instance-stop": nodes("nodeCrash", "instances are any nodes"),
  "azure-instance-stop": nodes("nodeCrash", "instances are any nodes"),
};

/** Of a workload of the input, or one that will be made. */
function replicasOf(draft: Draft, kind: string, namespace: string, name: string): number {
  const { deployments, statefulSets } = draft.manifests.result().objects;
  const found = (kind === "StatefulSet" ? statefulSets : deployments).find(
    ({ metadata }) => metadata.name === name && (metadata.namespace ?? "default") === namespace,
  );
  return found?.spec?.replicas ?? 1;
}

function restart(env: Mapping): Mapping {
  const { nodes: names } = nodesOf(env);
  return names.length === 0 ? { count: 1 } : names.length === 1 ? { node: names[0] } : { nodes: names };
}

const CPU = "pods use what the annotation kubedrill.io/cpu-use says, all the time";
const DISK = "disks of pods are not written to";
const HTTP = "requests are flows: single ones are not delayed or changed";
const CLOUD_DISK = "disks are not taken from machines";
const WHY_NOT: Readonly<Record<string, string>> = {
  "pod-cpu-hog": CPU,
  "pod-cpu-hog-exec": CPU,
  "pod-io-stress": DISK,
  "disk-fill": DISK,
  "node-io-stress": DISK,
  "pod-http-latency": HTTP,
  "pod-http-status-code": HTTP,
  "pod-http-modify-body": HTTP,
  "pod-http-modify-header": HTTP,
  "pod-http-reset-peer": HTTP,
  "pod-network-rate-limit": "what single pods send and receive is not limited",
  "ebs-loss-by-id": CLOUD_DISK,
  "ebs-loss-by-tag": CLOUD_DISK,
  "gcp-vm-disk-loss": CLOUD_DISK,
  "azure-disk-loss": CLOUD_DISK,
};
