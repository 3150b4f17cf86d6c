// 06-statefulset: which pod is created, ready, deleted and gone when, in each phase.
import { podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { isReady } from "../rows.ts";
import { short } from "../statistics.ts";
import { actionsOf, type Timeline } from "../timeline.ts";

export function deriveStatefulSet(timeline: Timeline): Summary {
  const steps = timeline.actions.filter(
    ({ kind, action }) => kind === "StatefulSet" || action === "killNode" || action === "restoreNode",
  );
  const summary: Record<string, unknown> = {};
  for (const [i, step] of steps.entries()) {
    const until = steps[i + 1]?.t ?? Number.POSITIVE_INFINITY;
    summary[step.action] = phase(timeline, step.t, until, step.kind === "StatefulSet");
  }
  summary.forcedDeletes = actionsOf(timeline, "delete").map(({ name, t }) => ({ pod: name, t }));
  return summary;
}

function phase(timeline: Timeline, from: number, until: number, hasDuration: boolean): Summary {
  const pods = podLives(timeline.events).filter((pod) => pod.owner.startsWith("StatefulSet/"));
  const list = (times: readonly (readonly [string, number | null])[]) =>
    times
      .filter(([, t]) => t !== null && t >= from && t < until)
      .map(([name, t]) => [name, short(t! - from)] as const)
      .sort((a, b) => a[1] - b[1]);
  const created = list(pods.map((pod) => [pod.name, pod.created]));
  const deleted = list(pods.map((pod) => [pod.name, pod.deleted]));
  const gone = list(pods.map((pod) => [pod.name, pod.gone]));
  const ready = list(pods.map((pod) => [pod.name, pod.rows.find((row) => isReady(row))?.t ?? null]));
  const ends = [...created, ...ready, ...deleted, ...gone].map(([, t]) => t);
  return {
    at: from,
    created,
    ready,
    deleted,
    gone,
    ...(hasDuration ? { duration: ends.length === 0 ? null : Math.max(...ends) } : {}),
  };
}
