// `kubectl describe` of deployments, replica sets, stateful sets, daemon sets and jobs.
import type { DaemonSet, Deployment, Job, Pod, ReplicaSet, StatefulSet, Workload } from "../../model/objects.ts";
import { jobDuration, selectorText } from "../workloads.ts";
import { describeTemplate } from "./pod.ts";
import type { Describer, DescribeScene } from "./scene.ts";
import { type DescribeWriter, labelLines, longTime } from "./writer.ts";

export const describeDeployment: Describer<Deployment> = (deployment, scene, out) => {
  const { metadata, spec, status = {} } = deployment;
  out.field(0, "Name", metadata.name);
  out.field(0, "Namespace", metadata.namespace ?? "default");
  out.field(0, "CreationTimestamp", longTime(metadata.creationTimestamp));
  out.list(0, "Labels", labelLines(metadata.labels));
  out.list(0, "Annotations", labelLines(metadata.annotations, ": "));
  out.field(0, "Selector", selectorText(spec?.selector));
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, unavailableReplicas = 0 } = status;
  out.field(
    0,
    "Replicas",
    `${spec?.replicas ?? 1} desired | ${updatedReplicas} updated | ${replicas} total | ${availableReplicas} available | ${unavailableReplicas} unavailable`,
  );
  const type = spec?.strategy?.type ?? "RollingUpdate";
  out.field(0, "StrategyType", type);
  out.field(0, "MinReadySeconds", String(spec?.minReadySeconds ?? 0));
  if (type === "RollingUpdate") {
    const { maxSurge = "25%", maxUnavailable = "25%" } = spec?.strategy?.rollingUpdate ?? {};
    out.field(0, "RollingUpdateStrategy", `${maxUnavailable} max unavailable, ${maxSurge} max surge`);
  }
  out.line(0, "Pod Template:");
  describeTemplate(spec?.template, out);
  describeConditions(status.conditions, out);
  const revision = metadata.annotations?.[REVISION];
  const sets = (scene.list("replicaSets") as readonly ReplicaSet[]).filter((set) => isOwned(set, deployment));
  // the newest is the one with the deployment's own revision
  const current = sets.find((set) => set.metadata.annotations?.[REVISION] === revision);
  const old = sets.filter((set) => set !== current);
  out.field(0, "OldReplicaSets", setTexts(old));
  out.field(0, "NewReplicaSet", setTexts(current === undefined ? [] : [current]));
};

const REVISION = "deployment.kubernetes.io/revision";

function setTexts(sets: readonly ReplicaSet[]): string {
  const texts = sets.map(
    ({ metadata, spec, status }) =>
      `${metadata.name} (${status?.replicas ?? 0}/${spec?.replicas ?? 1} replicas created)`,
  );
  return texts.join(", ") || "<none>";
}

export const describeReplicaSet: Describer<ReplicaSet> = (set, scene, out) => {
  head(set, out);
  const owner = set.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner !== undefined) out.field(0, "Controlled By", `${owner.kind}/${owner.name}`);
  out.field(0, "Replicas", `${set.status?.replicas ?? 0} current / ${set.spec?.replicas ?? 1} desired`);
  describePods(set, scene, out);
  out.line(0, "Pod Template:");
  describeTemplate(set.spec?.template, out);
  describeConditions(set.status?.conditions, out);
};

export const describeStatefulSet: Describer<StatefulSet> = (set, scene, out) => {
  const { metadata, spec, status } = set;
  out.field(0, "Name", metadata.name);
  out.field(0, "Namespace", metadata.namespace ?? "default");
  out.field(0, "CreationTimestamp", longTime(metadata.creationTimestamp));
  out.field(0, "Selector", selectorText(spec?.selector));
  out.list(0, "Labels", labelLines(metadata.labels));
  out.list(0, "Annotations", labelLines(metadata.annotations, ": "));
  out.field(0, "Replicas", `${spec?.replicas ?? 1} desired | ${status?.replicas ?? 0} total`);
  out.field(0, "Update Strategy", spec?.updateStrategy?.type ?? "RollingUpdate");
  const { partition } = spec?.updateStrategy?.rollingUpdate ?? {};
  if (partition != null) out.field(1, "Partition", String(partition));
  describePods(set, scene, out);
  out.line(0, "Pod Template:");
  describeTemplate(spec?.template, out);
  const claims = spec?.volumeClaimTemplates ?? [];
  if (claims.length === 0) return void out.field(0, "Volume Claims", "<none>");
  out.line(0, "Volume Claims:");
  for (const claim of claims) {
    out.field(1, "Name", claim.metadata.name);
    out.field(1, "StorageClass", claim.spec.storageClassName ?? "");
    out.field(1, "Labels", labelLines(claim.metadata.labels).join(",") || "<none>");
    out.field(1, "Annotations", labelLines(claim.metadata.annotations, ": ").join(",") || "<none>");
    out.field(1, "Capacity", String(claim.spec.resources?.requests?.storage ?? "<default>"));
    out.field(1, "Access Modes", `[${(claim.spec.accessModes ?? []).join(" ")}]`);
  }
};

export const describeDaemonSet: Describer<DaemonSet> = (set, scene, out) => {
  const { spec, status = {} } = set;
  head(set, out, labelLines(spec?.template?.spec.nodeSelector).join(",") || "<none>");
  const { desiredNumberScheduled = 0, currentNumberScheduled = 0, updatedNumberScheduled = 0 } = status;
  const { numberAvailable = 0, numberMisscheduled = 0 } = status;
  out.field(0, "Desired Number of Nodes Scheduled", String(desiredNumberScheduled));
  out.field(0, "Current Number of Nodes Scheduled", String(currentNumberScheduled));
  out.field(0, "Number of Nodes Scheduled with Up-to-date Pods", String(updatedNumberScheduled));
  out.field(0, "Number of Nodes Scheduled with Available Pods", String(numberAvailable));
  out.field(0, "Number of Nodes Misscheduled", String(numberMisscheduled));
  describePods(set, scene, out);
  out.line(0, "Pod Template:");
  describeTemplate(spec?.template, out);
};

export const describeJob: Describer<Job> = (job, { nowMicros }, out) => {
  const { metadata, spec, status = {} } = job;
  out.field(0, "Name", metadata.name);
  out.field(0, "Namespace", metadata.namespace ?? "default");
  out.field(0, "Selector", selectorText(spec?.selector));
  out.list(0, "Labels", labelLines(metadata.labels));
  out.list(0, "Annotations", labelLines(metadata.annotations, ": "));
  const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner !== undefined) out.field(0, "Controlled By", `${owner.kind}/${owner.name}`);
  out.field(0, "Parallelism", String(spec?.parallelism ?? 1));
  out.field(0, "Completions", String(spec?.completions ?? "<unset>"));
  out.field(0, "Completion Mode", spec?.completionMode ?? "NonIndexed");
  out.field(0, "Suspend", String(spec?.suspend ?? false));
  out.field(0, "Backoff Limit", String(spec?.backoffLimit ?? 6));
  if (spec?.ttlSecondsAfterFinished != null)
    out.field(0, "TTL Seconds After Finished", String(spec.ttlSecondsAfterFinished));
  if (status.startTime != null) out.field(0, "Start Time", longTime(status.startTime));
  if (status.completionTime != null) {
    out.field(0, "Completed At", longTime(status.completionTime));
    out.field(0, "Duration", jobDuration(job, nowMicros));
  }
  if (spec?.activeDeadlineSeconds != null) out.field(0, "Active Deadline Seconds", `${spec.activeDeadlineSeconds}s`);
  const ready = status.ready == null ? "" : ` (${status.ready} Ready)`;
  out.field(
    0,
    "Pods Statuses",
    `${status.active ?? 0} Active${ready} / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`,
  );
  if (spec?.completionMode === "Indexed") out.field(0, "Completed Indexes", status.completedIndexes || "<none>");
  out.line(0, "Pod Template:");
  describeTemplate(spec?.template, out);
};

function head({ metadata, spec }: Workload, out: DescribeWriter, nodeSelector?: string): void {
  out.field(0, "Name", metadata.name);
  out.field(0, "Namespace", metadata.namespace ?? "default");
  out.field(0, "Selector", selectorText(spec?.selector));
  if (nodeSelector !== undefined) out.field(0, "Node-Selector", nodeSelector);
  out.list(0, "Labels", labelLines(metadata.labels));
  out.list(0, "Annotations", labelLines(metadata.annotations, ": "));
}

function describePods(owner: Workload, scene: DescribeScene, out: DescribeWriter): void {
  const counts = { Running: 0, Pending: 0, Succeeded: 0, Failed: 0 };
  for (const pod of scene.list("pods") as readonly Pod[]) {
    if (!isOwned(pod, owner)) continue;
    const phase = (pod.status?.phase ?? "Pending") as keyof typeof counts;
    if (phase in counts) counts[phase]++;
  }
  const { Running, Pending, Succeeded, Failed } = counts;
  out.field(0, "Pods Status", `${Running} Running / ${Pending} Waiting / ${Succeeded} Succeeded / ${Failed} Failed`);
}

function isOwned(object: Pod | ReplicaSet, owner: Workload): boolean {
  return (
    object.metadata.ownerReferences?.some((of) => of.controller === true && of.uid === owner.metadata.uid) === true
  );
}

function describeConditions(
  conditions:
    | readonly { readonly type: string; readonly status: string; readonly reason?: string }[]
    | null
    | undefined,
  out: DescribeWriter,
): void {
  if (conditions == null || conditions.length === 0) return;
  out.line(0, "Conditions:");
  out.line(1, "Type\tStatus\tReason");
  out.line(1, "----\t------\t------");
  for (const { type, status, reason = "" } of conditions) out.line(1, `${type} \t${status}\t${reason}`);
}
