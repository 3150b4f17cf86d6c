// The answer about a run that is done: who it was, its numbers, verdicts, faults and tables.
import { REPORTS } from "../../reports/columns/registry.ts";
import { directionOf, KEY_METRICS } from "../analysis/compare/direction.ts";
import { formatDuration } from "../engine/tick.ts";
import { FAULT_DECLARATIONS } from "../faults/registry-names.ts";
import type { Verdict } from "../metrics/result.ts";
import { SUMMARY_COLUMNS } from "../metrics/summary.ts";
import type { FaultMark } from "../metrics/timeline.ts";
import type { Outcome } from "./job.ts";
import type { MetricColumn, RunAnswer, RunState, ShownFault, ShownVerdict } from "./protocol.ts";

export function runAnswer(state: RunState, outcome: Outcome): RunAnswer {
  const { identity, summary, timeline, verdicts } = outcome;
  return {
    state,
    identity,
    summary: Object.fromEntries(Object.entries(summary).map(([name, value]) => [name, measured(value)])),
    verdicts: verdicts.map(shownVerdict),
    timeline: timeline === null ? null : { members: timeline.members, spans: timeline.spans },
    faults: (timeline?.faults ?? []).map(shownFault),
    tables: REPORTS.map(({ name, doc }) => ({ name, doc, rows: outcome.rows[name] ?? 0 })),
  };
}

export function metricColumns(): readonly MetricColumn[] {
  return SUMMARY_COLUMNS.map(({ doc, format, name }) => ({
    ...{ name, format, doc },
    better: directionOf(name),
    isKey: KEY_METRICS.includes(name),
  }));
}

function shownVerdict(verdict: Verdict): ShownVerdict {
  const { holds, text, violatedMicros } = verdict;
  return { text, holds, reason: reasonOf(verdict), violatedMicros: violatedMicros ?? null };
}

function shownFault(mark: FaultMark): ShownFault {
  const shown = Object.entries(mark).map(([key, value]) => [key, typeof value === "number" ? measured(value) : value]);
  const layer = FAULT_DECLARATIONS.find(({ name }) => name === mark.kind)?.layer ?? "";
  return { ...(Object.fromEntries(shown) as Omit<ShownFault, "layer">), layer };
}

// as `kubedrill run` says it
function reasonOf({ actual, holds, note, unit, violatedMicros }: Verdict): string {
  // what holds over a stretch of time is about no number
  if (note === "" && holds && actual === undefined) return "";
  if (note === "" || actual !== undefined) {
    if (actual === undefined) return "not measured";
    if (unit === "duration") return formatDuration(Math.round(actual));
    return unit === "share" ? `${(actual * 100).toFixed(2)}%` : String(actual);
  }
  return violatedMicros === undefined ? note : `first violated at ${formatDuration(violatedMicros)}: ${note}`;
}

function measured(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
