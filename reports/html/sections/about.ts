// The end of a report: what the simulation leaves out, and what names its runs so that anybody can do them again.
import { escapeHtml } from "../escape.ts";
import { duration, readable } from "../numbers.ts";
import type { ReportData } from "../report-data.ts";
import { htmlTable, section } from "../table-html.ts";

const MOST_RUNS = 20;

export function notModelledSection({ notModelled }: ReportData): string {
  const seen = new Set<string>();
  const items = notModelled.records.flatMap((_, row) => {
    const [area, what] = [notModelled.text(row, "area"), notModelled.text(row, "what")];
    if (seen.has(area)) return [];
    seen.add(area);
    return [`<dt>${escapeHtml(area)}</dt><dd>${escapeHtml(what)}</dd>`];
  });
  if (items.length === 0) return "";
  return section("not-modelled", "What is not modelled", `<dl class="list">${items.join("\n")}</dl>`);
}

export function identitySection({ runs, variants }: ReportData): string {
  const [first] = runs;
  if (first === undefined) return "";
  const inputs = variants.map(({ scenario, runs: of }) => [
    scenario,
    { html: `<code>${escapeHtml(of[0]!.scenarioSha256)}</code>` },
    { html: `<code>${escapeHtml(of[0]!.configSha256)}</code>` },
  ]);
  const digests = runs
    .slice(0, MOST_RUNS)
    .map(({ digest, durationSeconds, events, runId, scenario, seed }) => [
      scenario,
      seed,
      { html: `<code>${escapeHtml(digest)}</code>` },
      { html: `<code>${escapeHtml(runId)}</code>` },
      duration(durationSeconds),
      readable(events),
    ]);
  const more =
    runs.length > MOST_RUNS ? `<p class="muted">and ${readable(runs.length - MOST_RUNS)} more: summary.csv</p>` : "";
  const versions = [...new Set(runs.map(({ toolVersion }) => toolVersion))].join(", ");
  return section(
    "identity",
    "Identity",
    `<p>kubedrill ${escapeHtml(versions)}, tables of version ${escapeHtml(first.schemaVersion)}. The same scenario and seed give the same bytes: <code>kubedrill run SCENARIO --seed ${escapeHtml(first.seed)}</code></p>
${htmlTable("What was run", [{ head: "scenario" }, { head: "SHA-256 of the scenario and its files" }, { head: "SHA-256 of the configuration" }], inputs.slice(0, MOST_RUNS))}
${htmlTable("Runs", [{ head: "scenario" }, { head: "seed" }, { head: "digest" }, { head: "run" }, { head: "virtual time", isNumber: true }, { head: "events", isNumber: true }], digests)}${more}`,
  );
}
