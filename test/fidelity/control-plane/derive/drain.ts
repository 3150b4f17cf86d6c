// 05-drain-pdb: what kubectl drain printed, and what the disruption budgets allowed meanwhile.
import { known, podLives } from "../pods.ts";
import type { Summary } from "../recordings.ts";
import { seconds, short } from "../statistics.ts";
import { actionsOf, type Timeline } from "../timeline.ts";

export function deriveDrain(timeline: Timeline): Summary {
  const drains: Record<string, unknown> = {};
  const pods = podLives(timeline.events);
  const starts = actionsOf(timeline, "kubectl drain");
  for (const start of starts) {
    const node = start.node ?? "";
    const done = actionsOf(timeline, "drainDone").find((action) => action.node === node);
    const printed = timeline.drain.filter((line) => line.node === node);
    const evicted = known(
      pods.filter((pod) => pod.node === node && (pod.deleted ?? 0) >= start.t).map((pod) => pod.deleted),
    ).sort((a, b) => a - b);
    const refused = printed.filter(({ line }) => line.startsWith("error when evicting"));
    drains[node] = {
      startedAt: start.t,
      duration: done === undefined ? null : seconds(done.t - start.t),
      rc: done?.rc ?? null,
      podsEvicted: evicted.length,
      evictedAfter: evicted.map((t) => short(t - start.t)),
      rejected429: refused.length,
      rejected429Times: refused.map(({ t }) => short(t - start.t)),
    };
  }
  const from = starts[0]?.t ?? 0;
  const budgets: Record<string, unknown> = {};
  for (const row of timeline.events) {
    if (row.k !== "PDB" || row.n === undefined || Object.hasOwn(budgets, row.n)) continue;
    const rows = timeline.events.filter((other) => other.k === "PDB" && other.n === row.n && other.t >= from);
    budgets[row.n] = {
      minAllowed: Math.min(
        ...timeline.events.filter((other) => other.k === "PDB" && other.n === row.n).map((other) => other.allowed ?? 0),
      ),
      minCurrentHealthy: rows.length === 0 ? null : Math.min(...rows.map((other) => other.cur ?? 0)),
      desiredHealthy: rows.at(-1)?.des ?? null,
    };
  }
  return { drains, pdb: budgets };
}
