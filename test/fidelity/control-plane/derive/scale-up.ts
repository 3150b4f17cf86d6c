// 01-scale-up and 15-throughput: how fast pods are created, bound and ready, and deleted again.
import { known, podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { perStep, seconds, statistics } from "../statistics.ts";
import { actionsOf, type Timeline } from "../timeline.ts";

export function deriveScaleUp(timeline: Timeline): Summary {
  const from = actionsOf(timeline, "create")[0]?.t ?? 0;
  const pods = podLives(timeline.events);
  const after = (at: readonly (number | null)[]) => known(at).map((t) => t - from);
  const created = after(pods.map((pod) => pod.created));
  const scheduled = after(pods.map((pod) => pod.scheduled));
  const ready = after(pods.map((pod) => pod.ready));
  const perNode = new Map<string, number>();
  for (const { node } of pods) if (node !== "") perNode.set(node, (perNode.get(node) ?? 0) + 1);
  const scale = actionsOf(timeline, "scale")[0];
  return {
    pods: pods.length,
    createdAfter: statistics(created),
    scheduledAfter: statistics(scheduled),
    readyAfter: statistics(ready),
    createToScheduled: between(pods.map((pod) => [pod.created, pod.scheduled])),
    scheduledToRunning: between(pods.map((pod) => [pod.scheduled, pod.running])),
    runningToReady: between(pods.map((pod) => [pod.running, pod.ready])),
    createRatePerSecond: rate(created),
    scheduleRatePerSecond: rate(scheduled),
    createdPerSecond: perStep(created, 1),
    scheduledPerSecond: perStep(scheduled, 1),
    readyPerSecond: perStep(ready, 1),
    podsPerNode: statistics([...perNode.values()]),
    ...(scale === undefined ? {} : { scaleDown: scaleDown(timeline, scale.t) }),
  };
}

function scaleDown(timeline: Timeline, from: number): Summary {
  const pods = podLives(timeline.events).filter((pod) => pod.deleted !== null);
  return {
    podsDeleted: pods.length,
    deletedAfter: statistics(known(pods.map((pod) => pod.deleted)).map((t) => t - from)),
    goneAfter: statistics(known(pods.map((pod) => pod.gone)).map((t) => t - from)),
  };
}

function between(pairs: readonly (readonly [number | null, number | null])[]) {
  const gaps: number[] = [];
  for (const [from, to] of pairs) if (from !== null && to !== null) gaps.push(to - from);
  return statistics(gaps);
}

function rate(times: readonly number[]): number | null {
  if (times.length < 2) return null;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const t of times) {
    if (t < first) first = t;
    if (t > last) last = t;
  }
  return seconds(times.length / (last - first));
}
