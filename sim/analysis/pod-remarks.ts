// What keeps a pod from running, from being ready, or from staying, beside the scheduler: read from what the API server stores at one
// moment, as a person with kubectl would put it together. Says nothing about pods with which all is well.
import type {
  ContainerStatus,
  EventObject,
  KubernetesObject,
  Node,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  Taint,
  Workload,
} from "../model/objects.ts";
import { compileLabelSelector } from "../model/selectors.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import { humanDuration } from "../printers/age.ts";
import { eventsOf } from "../printers/describe/scene.ts";
import type { ListObjects } from "../printers/get.ts";
import { nodeStatus } from "../printers/nodes.ts";

interface Scene {
  readonly list: ListObjects;
  readonly nowMicros: number;
}

/** Whole sentences, the most immediate cause first. */
export function podRemarks(pod: Pod, scene: Scene): string[] {
  return [
    ...leaving(pod, scene),
    ...containers(pod),
    ...readiness(pod, scene),
    ...node(pod, scene),
    ...budgets(pod, scene),
  ];
}

/** How far a workload is, and what its controllers could not create. */
export function workloadRemarks(kind: string, workload: Workload, scene: Scene): string[] {
  const pods = podsOf(workload, scene);
  const ready = pods.filter((pod) => isTrue(pod, "Ready")).length;
  const desired = workload.spec?.replicas;
  const { name, namespace = "default" } = workload.metadata;
  const remarks = [
    `${kind} ${namespace}/${name} has ${pods.length} pods, ${ready} of them ready${desired == null ? "" : `; ${desired} are wanted`}.`,
  ];
  const owners: [string, KubernetesObject][] = [[kind, workload]];
  for (const set of setsOf(workload, scene)) owners.push(["ReplicaSet", set]);
  for (const [ownerKind, owner] of owners) {
    const failed = eventsOf(owner, ownerKind, scene).filter(({ reason }) => reason === "FailedCreate");
    const last = failed.at(-1);
    if (last !== undefined) remarks.push(`Pods could not be created: ${last.message.trim()}${times(last)}`);
  }
  return remarks;
}

/** Pods that belong to it, those of its ReplicaSets included. */
export function podsOf(workload: Workload, scene: Scene): Pod[] {
  const owners = new Set([workload.metadata.uid, ...setsOf(workload, scene).map(({ metadata }) => metadata.uid)]);
  return (scene.list("pods") as readonly Pod[]).filter((pod) =>
    pod.metadata.ownerReferences?.some(({ controller, uid }) => controller === true && owners.has(uid)),
  );
}

function setsOf(workload: Workload, { list }: Scene): ReplicaSet[] {
  return (list("replicaSets") as readonly ReplicaSet[]).filter((set) =>
    set.metadata.ownerReferences?.some(
      ({ controller, uid }) => controller === true && uid !== undefined && uid === workload.metadata.uid,
    ),
  );
}

function leaving({ metadata, status }: Pod, { nowMicros }: Scene): string[] {
  const remarks: string[] = [];
  const disruption = status?.conditions?.find(({ type, status: is }) => type === "DisruptionTarget" && is === "True");
  if (disruption !== undefined)
    remarks.push(`It has to leave (${disruption.reason ?? "DisruptionTarget"}): ${disruption.message ?? ""}`.trim());
  if (status?.reason === "Evicted") remarks.push(`Its kubelet evicted it: ${status.message ?? ""}`.trim());
  const deletion = metadata.deletionTimestamp == null ? undefined : parseTimestampMicros(metadata.deletionTimestamp);
  if (deletion === undefined) return remarks;
  // the timestamp is when the grace period ends
  const left = deletion - nowMicros;
  remarks.push(
    left > 0
      ? `It is being deleted and has ${humanDuration(left)} left to stop.`
      : `It is being deleted; its grace period ended ${humanDuration(-left)} ago.`,
  );
  const { finalizers = [] } = metadata;
  if (finalizers.length > 0)
    remarks.push(`Its object stays until these finalizers are gone: ${finalizers.join(", ")}.`);
  return remarks;
}

function containers({ status }: Pod): string[] {
  const all: [string, ContainerStatus][] = [
    ...(status?.initContainerStatuses ?? []).map((of): [string, ContainerStatus] => ["Init container", of]),
    ...(status?.containerStatuses ?? []).map((of): [string, ContainerStatus] => ["Container", of]),
  ];
  const remarks: string[] = [];
  for (const [what, { lastState, name, restartCount = 0, state }] of all) {
    const last = lastState?.terminated;
    const reason = state?.waiting?.reason ?? "";
    const why = last == null ? "" : ` (last exit code ${last.exitCode}${last.reason ? `, ${last.reason}` : ""})`;
    if (reason === "CrashLoopBackOff")
      remarks.push(`${what} ${name} crashes: ${restartCount} restarts, in back-off now${why}.`);
    else if (reason !== "" && reason !== "PodInitializing" && reason !== "ContainerCreating") {
      const message = state?.waiting?.message ?? "";
      remarks.push(`${what} ${name} does not start, ${reason}${message === "" ? "" : `: ${message}`}`);
    } else if (reason === "ContainerCreating") remarks.push(`${what} ${name} is being created.`);
    const { terminated } = state ?? {};
    if (terminated != null && terminated.exitCode !== 0)
      remarks.push(
        `${what} ${name} has failed with exit code ${terminated.exitCode} (${terminated.reason ?? "Error"}).`,
      );
    else if (state?.running != null && restartCount > 0)
      remarks.push(`${what} ${name} was restarted ${restartCount} times${why}.`);
  }
  return remarks;
}

function readiness(pod: Pod, scene: Scene): string[] {
  if (pod.status?.phase !== "Running" || isTrue(pod, "Ready")) return [];
  const condition = pod.status.conditions?.find(({ type }) => type === "Ready");
  const remarks = [`It runs and is not ready${condition?.reason ? ` (${condition.reason})` : ""}.`];
  const probe = eventsOf(pod, "Pod", scene)
    .filter(({ reason }) => reason === "Unhealthy")
    .at(-1);
  if (probe !== undefined) remarks.push(`Its probe fails: ${probe.message.trim()}${times(probe)}`);
  for (const { conditionType } of pod.spec.readinessGates ?? [])
    if (!isTrue(pod, conditionType)) remarks.push(`Its readiness gate ${conditionType} is not open.`);
  return remarks;
}

function node(pod: Pod, { list, nowMicros }: Scene): string[] {
  const { nodeName, tolerations = [] } = pod.spec;
  if (!nodeName || pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") return [];
  const found = (list("nodes") as readonly Node[]).find(({ metadata }) => metadata.name === nodeName);
  if (found === undefined) return [`Its node ${nodeName} does not exist any more.`];
  const remarks: string[] = [];
  if (nodeStatus(found).startsWith("NotReady")) {
    const reason = found.status?.conditions?.find(({ type }) => type === "Ready")?.reason ?? "";
    remarks.push(
      `Its node ${nodeName} is not ready${reason === "" ? "" : ` (${reason})`}: what the pod's status says may be old.`,
    );
  }
  for (const taint of found.spec?.taints ?? []) {
    if (taint.effect !== "NoExecute") continue;
    const fitting = (tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    const text = `taint ${taint.key}:NoExecute of its node`;
    if (fitting.length === 0) remarks.push(`It does not tolerate the ${text}: it is to be evicted at once.`);
    const seconds = fitting.map(({ tolerationSeconds }) => tolerationSeconds).filter((of) => of != null);
    if (fitting.length === 0 || seconds.length < fitting.length) continue;
    const added = parseTimestampMicros(taint.timeAdded ?? "") ?? nowMicros;
    const left = added + Math.min(...(seconds as number[])) * 1_000_000 - nowMicros;
    const when = left > 0 ? `it will be evicted in ${humanDuration(left)}` : "its time is over, it is to be evicted";
    remarks.push(`It tolerates the ${text} for ${Math.min(...(seconds as number[]))}s only: ${when}.`);
  }
  return remarks;
}

function tolerates(
  { effect = "", key = "", operator = "Equal", value = "" }: NonNullable<Pod["spec"]["tolerations"]>[number],
  taint: Taint,
): boolean {
  if (effect !== "" && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  return operator === "Exists" || value === (taint.value ?? "");
}

function budgets(pod: Pod, { list }: Scene): string[] {
  const remarks: string[] = [];
  for (const { metadata, spec, status } of list("podDisruptionBudgets") as readonly PodDisruptionBudget[]) {
    if ((metadata.namespace ?? "default") !== (pod.metadata.namespace ?? "default")) continue;
    if (!compileLabelSelector(spec?.selector).matches(pod.metadata.labels ?? {})) continue;
    const { currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0 } = status ?? {};
    if (disruptionsAllowed === 0)
      remarks.push(
        `PodDisruptionBudget ${metadata.name} allows no disruption (${currentHealthy} healthy, ${desiredHealthy} wanted): a drain of its node waits for it.`,
      );
  }
  return remarks;
}

function isTrue(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === type && condition.status === "True") === true;
}

function times({ count = 1 }: EventObject): string {
  return count > 1 ? ` (${count} times)` : "";
}
