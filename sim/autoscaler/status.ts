// The ConfigMap in which the autoscaler says how things stand: read and written anew after each pass.
// Source: the status format of cluster-autoscaler since 1.30.
import { ApiError } from "../apiserver/client.ts";
import { ask, type Steps } from "../engine/steps.ts";
import type { DataObject } from "../model/objects.ts";
import { timestampAt } from "../model/timestamp.ts";
import type { NodeGroup } from "./cloud-provider.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { ClusterView } from "./cluster-view.ts";
import { type AutoscalerContext, STATUS_NAME, STATUS_NAMESPACE } from "./context.ts";

const UPDATED = "cluster-autoscaler.kubernetes.io/last-updated";

/** @param candidates nodes of each group that may go */
export function* writeStatus(
  { client, engine }: AutoscalerContext,
  view: ClusterView,
  state: ClusterState,
  candidates: ReadonlyMap<NodeGroup, number>,
): Steps {
  const time = timestampAt(engine.now);
  const text = statusText(time, view, state, candidates);
  const key = `${STATUS_NAMESPACE}/${STATUS_NAME}`;
  const known = yield* ask<DataObject | ApiError>((done) => client.get("configMaps", key, done));
  const data = { status: text };
  if (!(known instanceof ApiError)) {
    const annotations = { ...known.metadata.annotations, [UPDATED]: time };
    yield* ask((done) =>
      client.update("configMaps", { ...known, metadata: { ...known.metadata, annotations }, data }, done),
    );
  } else if (known.reason === "NotFound") {
    const metadata = { name: STATUS_NAME, namespace: STATUS_NAMESPACE, annotations: { [UPDATED]: time } };
    yield* ask((done) => client.create("configMaps", { apiVersion: "v1", kind: "ConfigMap", metadata, data }, done));
  }
}

function statusText(
  time: string,
  { groups }: ClusterView,
  state: ClusterState,
  candidates: ReadonlyMap<NodeGroup, number>,
): string {
  const { notStarted, ready, registered, unready } = state.total;
  let all = 0;
  for (const count of candidates.values()) all += count;
  const lines = [
    `time: ${time}`,
    "autoscalerStatus: Running",
    "clusterWide:",
    ...health("  ", state.isHealthy, { registered, ready, notStarted, unready, unregistered: 0 }),
    `  scaleUp: { status: ${groups.some(({ group }) => state.isScalingUp(group!)) ? "InProgress" : "NoActivity"} }`,
    `  scaleDown: { status: ${all > 0 ? "CandidatesPresent" : "NoCandidates"}, candidates: ${all} }`,
    "nodeGroups:",
  ];
  for (const { group } of groups) {
    const { id, max, min } = group!.plan;
    const r = state.readiness(group!);
    const count = candidates.get(group!) ?? 0;
    lines.push(
      `- name: ${id}`,
      ...health("  ", state.isGroupHealthy(group!), {
        registered: r.registered,
        ready: r.ready,
        notStarted: r.notStarted.length,
        unready: r.unready,
        unregistered: r.unregistered.length,
        longUnregistered: r.longUnregistered.length,
        cloudProviderTarget: group!.target,
        minSize: min,
        maxSize: max,
      }),
      `  scaleUp: { status: ${scaleUpStatus(group!, state)} }`,
      `  scaleDown: { status: ${count > 0 ? "CandidatesPresent" : "NoCandidates"}, candidates: ${count} }`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function health(indent: string, isHealthy: boolean, counts: Readonly<Record<string, number>>): readonly string[] {
  const values = Object.entries(counts).map(([name, count]) => `${name}: ${count}`);
  return [`${indent}health: { status: ${isHealthy ? "Healthy" : "Unhealthy"}, ${values.join(", ")} }`];
}

function scaleUpStatus(group: NodeGroup, state: ClusterState): string {
  if (state.isScalingUp(group)) return "InProgress";
  if (!state.isGroupHealthy(group)) return "Unhealthy";
  return state.isBackedOff(group) ? "Backoff" : "NoActivity";
}
