// 09-preemption: pods that make room for others, and pods that wait until there is room.
import { known, type PodLife, podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { seconds, short, statistics } from "../statistics.ts";
import { actionsOf, type Timeline } from "../timeline.ts";

export function derivePreemption(timeline: Timeline): Summary {
  return timeline.actions.some(({ action, name }) => action === "create" && name === "high")
    ? preemption(timeline)
    : waiting(timeline);
}

function owned(pods: readonly PodLife[], deployment: string): PodLife[] {
  return pods.filter((pod) => pod.owner.startsWith(`ReplicaSet/${deployment}-`));
}

function preemption(timeline: Timeline): Summary {
  const pods = podLives(timeline.events);
  const from = timeline.actions.find(({ action, name }) => action === "create" && name === "high")?.t ?? 0;
  const nonPreempting = timeline.actions.find(({ action, name }) => action === "create" && name === "nopre")?.t ?? 0;
  const added = actionsOf(timeline, "addNode")[0]?.t ?? Number.POSITIVE_INFINITY;
  const freed =
    timeline.actions.find(({ action, name }) => action === "delete" && name === "high")?.t ?? Number.POSITIVE_INFINITY;
  const high = owned(pods, "high");
  const low = owned(pods, "low");
  const victims = low.filter((pod) => pod.deleted !== null && pod.deleted >= from && pod.deleted < added);
  const replacements = low.filter((pod) => pod.created !== null && pod.created >= from);
  const pending = replacements.filter((pod) => pod.scheduled === null || pod.scheduled >= added);
  const between = (pod: PodLife, since: number, until: number) =>
    pod.scheduled !== null && pod.scheduled >= since && pod.scheduled < until;
  return {
    highPods: high.map((pod) => ({
      createdAfter: after(pod.created, from),
      nominatedAfter: after(pod.nominated, from),
      nominatedNode: pod.nominatedNode === "" ? null : pod.nominatedNode,
      scheduledAfter: after(pod.scheduled, from),
      node: pod.node === "" ? null : pod.node,
      readyAfter: after(pod.ready, from),
    })),
    victims: victims.map((pod) => ({
      node: pod.node,
      deleteAfter: after(pod.deleted, from),
      goneAfter: after(pod.gone, from),
    })),
    nominatedToScheduled: statistics(
      high
        .filter((pod) => pod.nominated !== null && pod.scheduled !== null)
        .map((pod) => pod.scheduled! - pod.nominated!),
    ),
    lastVictimGoneToScheduled: statistics(
      high.flatMap((pod) => {
        const gone = known(victims.filter((victim) => victim.node === pod.node).map((victim) => victim.gone));
        return gone.length === 0 || pod.scheduled === null ? [] : [pod.scheduled - Math.max(...gone)];
      }),
    ),
    replacementLowPods: {
      created: replacements.length,
      pendingUntilNodeAdded: pending.length,
      scheduledAfterNodeAdded: pending
        .filter((pod) => between(pod, added, freed))
        .map((pod) => short(pod.scheduled! - added)),
      scheduledAfterHighDeleted: pending
        .filter((pod) => between(pod, freed, Number.POSITIVE_INFINITY))
        .map((pod) => short(pod.scheduled! - freed)),
    },
    nonPreemptingPodVictims: low.filter(
      (pod) => pod.deleted !== null && pod.deleted >= nonPreempting && pod.deleted < from,
    ).length,
  };
}

function waiting(timeline: Timeline): Summary {
  const pods = podLives(timeline.events);
  const adds = actionsOf(timeline, "addNode");
  const label = actionsOf(timeline, "labelNode")[0]?.t ?? Number.POSITIVE_INFINITY;
  const scale = actionsOf(timeline, "scaleDownFill")[0]?.t ?? Number.POSITIVE_INFINITY;
  const pend = owned(pods, "pend");
  const failed = new Map<string, number>();
  for (const row of timeline.events) {
    if (row.k === "Event" && row.reason === "FailedScheduling" && row.obj !== undefined)
      failed.set(row.obj, Math.max(failed.get(row.obj) ?? 0, row.count ?? 1));
  }
  return {
    nodeAdds: adds.map(({ t }, i) => {
      const until = adds[i + 1]?.t ?? Number.POSITIVE_INFINITY;
      const node = timeline.events.find((row) => row.k === "Node" && row.e === "A" && row.t >= t && row.t < until);
      const rows = timeline.events.filter((row) => row.k === "Node" && row.n === node?.n && row.t >= t);
      const open = rows.find((row) => row.taints?.length === 0);
      const placed = pend
        .filter((pod) => pod.scheduled !== null && pod.scheduled >= t && pod.scheduled < until)
        .sort((a, b) => a.scheduled! - b.scheduled!);
      return {
        at: t,
        nodeCreatedAfter: node === undefined ? null : seconds(node.t - t),
        taintRemovedAfter: open === undefined ? null : seconds(open.t - t),
        podScheduledAfter: placed.map((pod) => seconds(pod.scheduled! - t)),
        waitedSincePodCreation: placed.map((pod) => Math.round((pod.scheduled! - pod.created!) * 10) / 10),
      };
    }),
    labelToScheduled: known(owned(pods, "needlabel").map((pod) => pod.scheduled))
      .filter((t) => t >= label)
      .sort((a, b) => a - b)
      .map((t) => seconds(t - label)),
    freedBy: {
      victimGoneAfter: known(owned(pods, "fill").map((pod) => pod.gone)).map((t) => seconds(t - scale)),
      pendingScheduledAfter: known(pend.map((pod) => pod.scheduled))
        .filter((t) => t >= scale)
        .map((t) => seconds(t - scale)),
    },
    failedSchedulingEventsPerPod: statistics([...failed.values()]),
  };
}

function after(t: number | null, from: number): number | null {
  return t === null ? null : seconds(t - from);
}
