// 14-quota-namespace-gc: what quotas and limits refuse, how a namespace goes, and what becomes of dependents.
import { known, type PodLife, podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { seconds, short, statistics } from "../statistics.ts";
import { actionsOf, type Timeline } from "../timeline.ts";

export function deriveQuotaAndDeletion(timeline: Timeline): Summary {
  const pods = podLives(timeline.events);
  const creates = actionsOf(timeline, "create");
  const over = creates.find(({ name, kind }) => kind === "Deployment" && name === "over")?.t ?? 0;
  const scaleDown = actionsOf(timeline, "scaleDown")[0]?.t ?? 0;
  const owned = (ns: string, prefix: string) =>
    pods.filter((pod) => pod.ns === ns && pod.owner.startsWith(`ReplicaSet/${prefix}-`));
  return {
    quotaRejections: creates.filter(({ ns, code }) => ns === "quota" && code === 403).length,
    limitRangeRejections: creates
      .filter(({ ns }) => ns === "lim")
      .map(({ name, code, error }) => [name, code, error ?? null]),
    failedCreateEventTimes: timeline.events
      .filter(
        (row) =>
          row.k === "Event" && row.reason === "FailedCreate" && row.ns === "quota" && row.obj?.includes("/over-"),
      )
      .map((row) => short(row.t - over)),
    overPodsCreatedAfter: known(owned("quota", "over").map((pod) => pod.created)).map((t) => short(t - over)),
    cpubigCreatedAfterScaleDown: known(owned("quota", "cpubig").map((pod) => pod.created)).map((t) =>
      short(t - scaleDown),
    ),
    namespaceDeletion: namespaceDeletion(timeline, pods),
    gc: Object.fromEntries(
      ["Background", "Foreground", "Orphan"].map((policy) => [policy, collection(timeline, pods, policy)]),
    ),
  };
}

function namespaceDeletion(timeline: Timeline, pods: readonly PodLife[]): Summary {
  const from =
    timeline.actions.find(({ action, kind }) => action === "delete" && kind === "Namespace")?.t ??
    Number.POSITIVE_INFINITY;
  const own = pods.filter((pod) => pod.ns === "doomed");
  const rows = timeline.events.filter((row) => row.k === "Namespace" && row.n === "doomed" && row.t >= from);
  const terminating = rows.find((row) => row.ph === "Terminating");
  const gone = rows.find((row) => row.e === "D");
  return {
    pods: own.length,
    terminatingAfter: terminating === undefined ? null : seconds(terminating.t - from),
    podsDeleteSetAfter: statistics(known(own.map((pod) => pod.deleted)).map((t) => t - from)),
    podsGoneAfter: statistics(known(own.map((pod) => pod.gone)).map((t) => t - from)),
    namespaceGoneAfter: gone === undefined ? null : seconds(gone.t - from),
    createDuringTermination: timeline.actions
      .filter(({ action, ns, t }) => action === "create" && ns === "doomed" && t > from)
      .map(({ code, error }) => [code, error ?? null]),
  };
}

function collection(timeline: Timeline, pods: readonly PodLife[], policy: string): Summary {
  const name = `gc${policy.toLowerCase()}`;
  const from =
    timeline.actions.find((action) => action.action === "delete" && action.name === name)?.t ??
    Number.POSITIVE_INFINITY;
  const gone = (kind: string) =>
    timeline.events
      .filter((row) => row.k === kind && row.e === "D" && (row.n === name || row.n?.startsWith(`${name}-`) === true))
      .map((row) => seconds(row.t - from));
  const own = pods.filter((pod) => pod.name.startsWith(`${name}-`));
  return {
    deploymentGoneAfter: gone("Deployment"),
    replicaSetGoneAfter: gone("ReplicaSet"),
    podsDeleteSetAfter: statistics(known(own.map((pod) => pod.deleted)).map((t) => t - from)),
    podsGoneAfter: statistics(known(own.map((pod) => pod.gone)).map((t) => t - from)),
    podsLeft: own.filter((pod) => pod.gone === null).length,
  };
}
