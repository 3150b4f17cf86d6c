// What was expected and what came of it, comparisons, and objectives with their error budgets.
import { escapeHtml } from "../escape.ts";
import { metricText } from "../metric-text.ts";
import { duration, plain, readable } from "../numbers.ts";
import type { Expectation, ReportData, Rows, RunDetail, Variant } from "../report-data.ts";
import { badge, htmlTable, section } from "../table-html.ts";

const MOST_ROWS = 200;

export function verdictsSection(data: ReportData): string {
  const parts = [comparison(data.compare)];
  const isOne = data.runs.length === 1;
  if (data.runs.length > 0) parts.push(isOne ? ofOneRun(data.runs[0]!.expectations) : ofManyRuns(data.variants));
  if (isOne) parts.push(objectives(data.details[0]));
  const html = parts.filter((part) => part !== "").join("\n");
  return html === "" ? "" : section("verdicts", "Verdicts", html);
}

function ofOneRun(expectations: readonly Expectation[]): string {
  if (expectations.length === 0) return '<p class="muted">The scenario expects nothing.</p>';
  const rows = expectations.map((expectation) => [
    { html: `<code>${escapeHtml(expectation.text)}</code>` },
    { html: expectation.holds ? badge("good", "holds") : badge("bad", "violated") },
    actualText(expectation),
    Number.isNaN(expectation.violatedSeconds) ? "" : duration(expectation.violatedSeconds),
    expectation.note,
  ]);
  const columns = [
    { head: "expectation" },
    { head: "verdict" },
    { head: "actual" },
    { head: "first violated at" },
    { head: "note" },
  ];
  return htmlTable("Expectations of the scenario", columns, rows);
}

function actualText({ actual, unit }: Expectation): string {
  const value = Number(actual);
  if (actual === "") return "";
  if (unit === "seconds") return duration(value);
  if (unit === "share") return `${Number((value * 100).toFixed(4))} %`;
  return unit === "bytes" ? `${readable(value)} B` : readable(value);
}

/** One row per variant and expectation: in how many runs it held, and where it was violated first. */
function ofManyRuns(variants: readonly Variant[]): string {
  const rows = variants.flatMap(({ scenario, runs }) => {
    const texts = [...new Set(runs.flatMap(({ expectations }) => expectations.map(({ text }) => text)))];
    return texts.map((text) => {
      const judged = runs.flatMap((run) =>
        run.expectations.filter((one) => one.text === text).map((one) => ({ run, one })),
      );
      const violated = judged.filter(({ one }) => !one.holds);
      const [example] = violated;
      const at =
        example === undefined || Number.isNaN(example.one.violatedSeconds)
          ? ""
          : ` at ${duration(example.one.violatedSeconds)}`;
      return [
        scenario,
        { html: `<code>${escapeHtml(text)}</code>` },
        {
          html:
            violated.length === 0 ? badge("good", "holds") : badge("bad", `violated in ${readable(violated.length)}`),
        },
        `${readable(judged.length - violated.length)} of ${readable(judged.length)}`,
        example === undefined ? "" : `seed ${example.run.seed}${at}`,
      ];
    });
  });
  if (rows.length === 0) return '<p class="muted">The scenarios expect nothing.</p>';
  const columns = [
    { head: "scenario" },
    { head: "expectation" },
    { head: "verdict" },
    { head: "runs in which it holds", isNumber: true },
    { head: "first violation" },
  ];
  const more =
    rows.length > MOST_ROWS ? `<p class="muted">and ${rows.length - MOST_ROWS} more in expectations.csv</p>` : "";
  return htmlTable("Expectations over all runs", columns, rows.slice(0, MOST_ROWS)) + more;
}

const KINDS: Readonly<Record<string, "good" | "bad" | "warn">> = { better: "good", same: "good", worse: "bad" };

function comparison(compare: Rows): string {
  if (compare.records.length === 0) return "";
  const pairs = compare.records.map(
    (_, row) => `${compare.text(row, "candidate_scenario")} against ${compare.text(row, "baseline_scenario")}`,
  );
  const isOnePair = new Set(pairs).size === 1;
  const order = ["worse", "changed", "undecided", "better", "same"];
  const rows = compare.records
    .map((_, row) => {
      const [metric, verdict] = [compare.text(row, "metric"), compare.text(row, "verdict")];
      const number = (name: string) => metricText(metric, compare.number(row, name));
      const percent = compare.number(row, "delta_pct");
      return {
        verdict,
        cells: [
          metric,
          { html: badge(KINDS[verdict] ?? "warn", verdict) },
          number("baseline"),
          number("candidate"),
          `${number("delta")}${Number.isNaN(percent) ? "" : ` (${percent > 0 ? "+" : ""}${readable(Number(percent.toPrecision(3)))} %)`}`,
          `${number("ci95_low")} … ${number("ci95_high")}`,
          { html: interval(compare, row, KINDS[verdict] ?? "warn") },
          compare.text(row, "tolerance"),
          pairs[row]!,
        ],
      };
    })
    .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  const columns = [
    { head: "metric" },
    { head: "verdict" },
    { head: "baseline", isNumber: true },
    { head: "candidate", isNumber: true },
    { head: "difference", isNumber: true },
    { head: "95 % interval", isNumber: true },
    { head: "interval and tolerance" },
    { head: "tolerance", isNumber: true },
    { head: "candidate against baseline" },
  ];
  const cells = rows.map((row) => row.cells);
  if (!isOnePair) return htmlTable("Candidate against baseline, worse first", columns, cells);
  return htmlTable(
    `${pairs[0]}, worse first`,
    columns.slice(0, -1),
    cells.map((row) => row.slice(0, -1)),
  );
}

/** The interval of the difference around 0, with the tolerance as a shade, each row on its own scale; the numbers stand beside it. */
function interval(compare: Rows, row: number, kind: string): string {
  const [low, high, delta] = ["ci95_low", "ci95_high", "delta"].map((name) => compare.number(row, name)) as [
    number,
    number,
    number,
  ];
  const allowed = compare.number(row, "tolerance_abs") || 0;
  if (Number.isNaN(low) || Number.isNaN(high)) return "";
  const most = Math.max(Math.abs(low), Math.abs(high), allowed) * 1.1 || 1;
  const x = (value: number) => plain(64 + (value / most) * 60, 1);
  return `<svg class="${kind}" width="128" height="18" viewBox="0 0 128 18" aria-hidden="true"><rect class="within" x="${x(-allowed)}" width="${plain((allowed / most) * 120, 1)}" y="2" height="14"/><line class="grid" x1="64" x2="64" y1="1" y2="17"/><line class="reach" x1="${x(low)}" x2="${x(high)}" y1="9" y2="9"/><line class="at" x1="${x(delta)}" x2="${x(delta)}" y1="9" y2="9"/></svg>`;
}

function objectives(detail: RunDetail | undefined): string {
  const slo = detail?.tables.get("slo");
  if (slo === undefined || slo.records.length === 0) return "";
  const rows = slo.records.map((_, row) => {
    const used = slo.number(row, "budget_used_pct");
    const burn = slo.number(row, "burn_rate_1h");
    const [windows, violations] = [slo.number(row, "slo_total_windows"), slo.number(row, "slo_violations")];
    const kind = used > 100 ? "bad" : used > 80 ? "warn" : "good";
    return {
      used,
      cells: [
        slo.text(row, "slo"),
        slo.text(row, "subject"),
        `${readable(slo.number(row, "objective_pct"))} %`,
        Number.isNaN(used) ? "–" : { html: `${badge(kind, `${readable(used)} %`)}` },
        Number.isNaN(violations) ? "–" : `${readable(violations)} of ${readable(windows)}`,
        Number.isNaN(burn) ? "–" : readable(burn),
      ],
    };
  });
  const columns = [
    { head: "objective" },
    { head: "of" },
    { head: "target", isNumber: true },
    { head: "error budget used" },
    { head: "five-minute windows missed", isNumber: true },
    { head: "worst burn rate in 1h", isNumber: true },
  ];
  const sorted = rows.sort((a, b) => (b.used || 0) - (a.used || 0));
  const more = sorted.length > MOST_ROWS ? `<p class="muted">and ${sorted.length - MOST_ROWS} more in slo.csv</p>` : "";
  return (
    htmlTable(
      "Service level objectives, the most used budget first",
      columns,
      sorted.slice(0, MOST_ROWS).map(({ cells }) => cells),
    ) + more
  );
}
