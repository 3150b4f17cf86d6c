// 13-hpa: what the autoscaler wanted and said, and when.
import type { Summary } from "../recordings.ts";
import { condition, type Row } from "../rows.ts";
import { short } from "../statistics.ts";
import { actionsOf, type Timeline } from "../timeline.ts";

export function deriveAutoscaling(timeline: Timeline): Summary {
  const rows = timeline.events.filter((row) => row.k === "HPA");
  const from = rows[0]?.t ?? 0;
  const wanted: [number, number][] = [];
  for (const row of timeline.events) {
    if (row.k !== "Deployment") continue;
    if (wanted.at(-1)?.[1] !== row.spec) wanted.push([short(row.t - from), row.spec ?? 0]);
  }
  const states: unknown[][] = [];
  for (const row of rows) {
    const state = stateOf(row);
    const last = states.at(-1)?.slice(1);
    if (JSON.stringify(last) !== JSON.stringify(state)) states.push([short(row.t - from), ...state]);
  }
  return {
    desiredReplicaChangesAfterHpaCreate: wanted,
    loadSteps: actionsOf(timeline, "setTotalLoadMilli").map(({ t, milli }) => [short(t - from), milli]),
    hpaStatusChanges: states,
  };
}

function stateOf(row: Row): unknown[] {
  const or = (text: string) => (text === "" ? null : text);
  return [
    row.cur ?? 0,
    row.des ?? 0,
    row.util ?? null,
    or(condition(row, "ScalingLimited")),
    or(condition(row, "AbleToScale")),
  ];
}
