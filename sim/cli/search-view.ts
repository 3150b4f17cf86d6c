// The answer of a search: for people, as CSV, or as JSON.
import { recordsOf } from "../../reports/columns/batch-tables.ts";
import { findingsTable } from "../../reports/columns/findings-table.ts";
import { renderRecords } from "../../reports/csv.ts";
import { SCHEMA_VERSION, TOOL_VERSION } from "../metrics/result.ts";
import type { SearchExecution } from "./execute-search.ts";
import { bold, green, red, renderTable } from "./table.ts";

export async function searchView(execution: SearchExecution, format: "table" | "json" | "csv"): Promise<string> {
  if (format === "csv") return new TextDecoder().decode(await renderRecords(recordsOf(findingsTable, execution.rows)));
  return format === "json" ? asJson(execution) : asText(execution);
}

// neither time nor workers: the same for the same search
function asJson({ choices, plan, result, rows }: SearchExecution): string {
  const document = {
    schemaVersion: SCHEMA_VERSION,
    toolVersion: TOOL_VERSION,
    scenario: plan.variant === "" ? plan.name : `${plan.name}[${plan.variant}]`,
    scenarioSha256: plan.sha256,
    seed: plan.seed,
    kinds: choices,
    runs: result.runs,
    shrinkRuns: result.shrinkRuns,
    violatingRuns: result.violating,
    voidRuns: result.voidRuns,
    voidReasons: result.voidReasons,
    expectations: plan.expectations.map(({ text }, i) => ({
      text,
      nearestMargin: Number(result.margins[i]!.toFixed(6)),
      findings: rows.filter(({ expectation }) => expectation === text).length,
    })),
    findings: rows.map(({ isMinimal, isReplayed, violatedMicros, ...row }) => ({
      finding: row.finding,
      expectation: row.expectation,
      kinds: row.kinds,
      schedule: row.schedule,
      violatedSeconds: Number.isNaN(violatedMicros) ? null : violatedMicros / 1e6,
      note: row.note,
      foundRun: row.foundRun,
      shrinkRuns: row.shrinkRuns,
      minimal: isMinimal,
      file: row.file,
      replayed: isReplayed,
    })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

function asText({ choices, folder, plan, result, rows, seconds }: SearchExecution): string {
  const { runs, shrinkRuns, violating, voidRuns } = result;
  const answer =
    rows.length === 0
      ? green(`No violation found in ${runs} runs.`)
      : red(`${rows.length} distinct violation${rows.length === 1 ? "" : "s"} found.`);
  const lines = [bold(answer), ""];
  for (const row of rows) {
    const when = Number.isNaN(row.violatedMicros) ? "at the end" : `at ${(row.violatedMicros / 1e6).toFixed(1)} s`;
    lines.push(`${bold(`${row.finding}.`)} ${red(row.expectation)}, ${when}${row.note === "" ? "" : `: ${row.note}`}`);
    for (const entry of row.schedule) lines.push(`     ${entry}`);
    const small = row.isMinimal
      ? `made small in ${row.shrinkRuns} runs`
      : `not yet as small as can be after ${row.shrinkRuns} runs`;
    lines.push(`   run ${row.foundRun}, ${small}; ${row.file}${row.isReplayed ? "" : red(" does not replay it")}`, "");
  }
  const table = plan.expectations.map(({ text }, i) => {
    const found = rows.filter(({ expectation }) => expectation === text).length;
    return [text, found === 0 ? "" : String(found), result.margins[i]!.toFixed(3)];
  });
  lines.push(renderTable(table, { head: ["EXPECTATION", "FOUND", "NEAREST"], align: ["left", "right", "right"] }), "");
  lines.push(
    `${runs} runs explored ${choices} kinds of faults and actions, ${violating} violated something, ${shrinkRuns} more made findings small: ${seconds.toFixed(1)} s.`,
    "NEAREST: how near the runs that hold came to failing, 1 = not at all, 0 = at the limit.",
  );
  if (voidRuns > 0) lines.push(`${voidRuns} runs meant nothing: ${result.voidReasons.slice(0, 3).join("; ")}`);
  if (rows.length > 0) lines.push(`Scenarios that replay them, and findings.csv, are in ${folder}.`);
  return `${lines.join("\n")}\n`;
}
