// 07-daemonset: a rolling update, with a lost node where there is one, and a node that joins.
import { isAvailable, known, podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { isReady, type Row } from "../rows.ts";
import { seconds, short, statistics } from "../statistics.ts";
import { actionsOf, type Timeline } from "../timeline.ts";
import { inNamespace } from "./rollout.ts";

export function deriveDaemonSet(recorded: Timeline): Summary {
  const timeline = inNamespace(recorded);
  const create = actionsOf(timeline, "create")[0]?.t ?? 0;
  const update = actionsOf(timeline, "updateTemplate")[0]?.t ?? 0;
  const add = actionsOf(timeline, "addNode")[0]?.t ?? Number.POSITIVE_INFINITY;
  const sets = timeline.events.filter((row) => row.k === "DaemonSet");
  const pods = podLives(timeline.events);
  const initial = pods.filter((pod) => pod.created !== null && pod.created < update);
  const rolled = pods.filter((pod) => pod.created !== null && pod.created >= update && pod.created < add);
  const deleted = pods.filter((pod) => pod.deleted !== null && pod.deleted >= update && pod.deleted < add);
  const added = pods.filter((pod) => pod.created !== null && pod.created >= add);
  const during = sets.filter((row) => row.t >= update && row.t < add);
  // until then the status still speaks of the old template
  const seen = during.findIndex((row) => (row.upd ?? 0) < (row.des ?? 0));
  const done = during.find((row, i) => i > seen && seen >= 0 && row.upd === row.des && row.avl === row.des);
  const end = done?.t ?? add;
  const list = (times: readonly (number | null)[]) =>
    known(times)
      .filter((t) => t < add)
      .map((t) => short(t - update))
      .sort((a, b) => a - b);
  return {
    nodes: sets.findLast((row) => row.t < add)?.des ?? null,
    rolloutDuration: done === undefined ? null : seconds(done.t - update),
    statusMaxUnavailable: Math.max(0, ...during.map((row) => row.unav ?? 0)),
    ...extremes(
      pods.flatMap((pod) => pod.rows),
      update,
      end,
      sets.findLast((row) => row.t < add)?.des ?? 0,
    ),
    createTimes: list(rolled.map((pod) => pod.created)),
    deleteTimes: list(deleted.map((pod) => pod.deleted)),
    readyTimes: list(rolled.map((pod) => pod.rows.find((row) => isReady(row))?.t ?? null)),
    initialReadyAfter: statistics(
      known(initial.map((pod) => pod.ready))
        .filter((t) => t < update)
        .map((t) => t - create),
    ),
    ...(Number.isFinite(add)
      ? {
          addedNode: {
            podCreatedAfter: added.map((pod) => short(pod.created! - add)),
            podReadyAfter: known(added.map((pod) => pod.ready)).map((t) => short(t - add)),
          },
        }
      : {}),
  };
}

function extremes(unsorted: readonly Row[], from: number, until: number, desired: number): Summary {
  const rows = [...unsorted].sort((a, b) => a.t - b.t);
  const latest = new Map<string, Row>();
  const live = (row: Row) => row.e !== "D" && row.del === undefined;
  let count = 0;
  let available = 0;
  let maxSurgeSeen = 0;
  let maxNotReadySeen = 0;
  for (const row of rows) {
    const key = `${row.n}/${row.uid}`;
    const before = latest.get(key);
    if (before !== undefined && live(before)) count--;
    if (before !== undefined && live(before) && isAvailable(before)) available--;
    latest.set(key, row);
    if (live(row)) count++;
    if (live(row) && isAvailable(row)) available++;
    if (row.t < from || row.t > until) continue;
    maxSurgeSeen = Math.max(maxSurgeSeen, count - desired);
    maxNotReadySeen = Math.max(maxNotReadySeen, desired - available);
  }
  return { maxSurgeSeen, maxNotReadySeen };
}
