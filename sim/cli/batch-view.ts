// What `batch` and `merge` print when they are done: each run while they are few, otherwise what the seeds say together.

import { nameOf } from "../batch/manifest.ts";
import { DEFAULT_METRICS } from "../batch/until-rule.ts";
import { formatNumber } from "../metrics/column-format.ts";
import type { BatchExecution, PartExecution } from "./execute-batch.ts";
import { writtenText } from "./file-formats.ts";
import { isMet, METRIC_HEADS, remarksOf, summaryView } from "./summary-view.ts";
import { red, renderTable } from "./table.ts";

/** More runs than this are not shown one by one. */
const MOST_ROWS = 40;
const MOST_REMARKS = 20;

/** The view as text, with a final newline. */
export function batchView(execution: BatchExecution): string {
  const { runs, failures, folder, files } = execution;
  const lines: string[] = [];
  if (runs.length <= MOST_ROWS && failures.length === 0 && runs.length > 0) return summaryView(execution);
  lines.push(variantTable(execution));
  const remarks = runs.flatMap((run) => remarksOf(run, true));
  lines.push(...remarks.slice(0, MOST_REMARKS));
  if (remarks.length > MOST_REMARKS) lines.push(`… and ${remarks.length - MOST_REMARKS} more: see summary.csv`);
  lines.push(...failureLines(execution));
  lines.push(writtenText(folder, files));
  return `${lines.join("\n")}\n`;
}

export function partView({ part, runs, failures }: PartExecution): string {
  const failed = failures.length === 0 ? "" : `, of which ${failures.length} failed`;
  return `${runs} runs${failed} in ${part}\nkubedrill merge puts the parts together.\n`;
}

/** Does everything hold? Otherwise the exit code says so. */
export function isBatchMet({ runs, failures }: BatchExecution): boolean {
  return failures.length === 0 && isMet(runs);
}

/** One row per variant: how many runs, how many of them are fine, and the mean of each number ± how sure it is. */
function variantTable({ manifest, runs, statistics }: BatchExecution): string {
  const rows = manifest.plans.map((plan) => {
    const name = nameOf(plan);
    const own = runs.filter(({ identity }) => identity.scenario === name && identity.scenarioSha256 === plan.sha256);
    const bad = own.filter((run) => !isMet([run])).length;
    const cells = DEFAULT_METRICS.map((metric) => {
      const row = statistics.find(
        (s) => s.scenarioSha256 === plan.sha256 && s.scenario === name && s.metric === metric,
      );
      if (row === undefined) return "-";
      const format = row.format === "count" ? "real" : row.format;
      const reach = Math.max(row.ciHigh - row.mean, row.mean - row.ciLow);
      const mean = short(formatNumber(row.mean, format));
      return Number.isNaN(reach) || reach === 0 ? mean : `${mean} ±${short(formatNumber(reach, format))}`;
    });
    return [name, String(own.length), bad === 0 ? "0" : red(String(bad)), ...cells];
  });
  const head = ["scenario", "runs", "not ok", ...METRIC_HEADS];
  return renderTable(rows, { head, align: ["left", "right", "right", ...DEFAULT_METRICS.map(() => "right" as const)] });
}

function failureLines({ manifest, failures }: BatchExecution): string[] {
  const counts = new Map<string, number>();
  for (const { message } of failures) counts.set(message, (counts.get(message) ?? 0) + 1);
  if (counts.size === 0) return [];
  const lines = [...counts].map(([message, count]) => red(`${count} runs failed: ${message}`));
  const total = manifest.plans.length * (manifest.seeds?.length ?? 1);
  return [...lines.slice(0, MOST_REMARKS), `${failures.length} of ${total} runs have no outcome: see failures.csv`];
}

function short(text: string): string {
  return text.replace(/(\.\d{2})\d+$/, "$1");
}
