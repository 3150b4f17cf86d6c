// Tolerances, directions, verdicts, and pairs of runs put together to rows.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRuns, type RunSet } from "../../../sim/analysis/compare/compare.ts";
import { directionOf, fits, KEY_METRICS } from "../../../sim/analysis/compare/direction.ts";
import { allowedOf, parseTolerances, type Tolerance, toleranceOf } from "../../../sim/analysis/compare/tolerance.ts";
import { verdictOf } from "../../../sim/analysis/compare/verdict.ts";
import { SUMMARY_COLUMNS } from "../../../sim/metrics/summary.ts";

const NAMES = SUMMARY_COLUMNS.map(({ name }) => name);

function parsed(text: string): readonly Tolerance[] {
  const result = parseTolerances(text, NAMES);
  assert.not("problem" in result, JSON.stringify(result));
  return result as readonly Tolerance[];
}

test("a pattern's star stands for any text", () => {
  assert.ok(fits("pending_*", "pending_p99_s") && fits("*", "x") && fits("a*b*c", "abbc") && fits("a*a", "aa"));
  assert.not(fits("pending_*", "ending_p99_s"));
  assert.not(fits("a*a", "a"));
  assert.not(fits("pending", "pending_p99_s"));
});

test("every metric that has a direction, or is compared by default, is a column of the summary", () => {
  for (const metric of KEY_METRICS.filter((name) => !NAMES.includes(name))) assert.unreachable(metric);
  assert.is(directionOf("pending_p99_s"), "lower");
  assert.is(directionOf("evictions_api"), "lower");
  assert.is(directionOf("pods_scheduled"), "higher");
  assert.is(directionOf("alloc_cpu_mean_pct"), "neutral");
  assert.is(directionOf("pods_created"), "neutral");
});

test("tolerances: a share of the baseline, an amount in the column's unit, or the larger of both; the last that fits counts", () => {
  const list = parsed("5%,pending_*:10%,pending_p99_s:0.5,victims:5%+2");
  assert.is(toleranceOf(list, "evictions").text, "5%");
  assert.is(toleranceOf(list, "pending_p50_s").share, 0.1);
  const pending = toleranceOf(list, "pending_p99_s");
  assert.is(allowedOf(pending, "seconds", 1e9), 500_000);
  const victims = toleranceOf(list, "victims");
  assert.is(allowedOf(victims, "count", 10), 2);
  assert.is(allowedOf(victims, "count", 1000), 50);
  assert.is(allowedOf(victims, "count", -1000), 50);
  assert.is(toleranceOf([], "victims").text, "1%");
});

test("tolerances that cannot be meant are refused with what was meant", () => {
  const problem = (text: string) => (parseTolerances(text, NAMES) as { problem: string }).problem;
  assert.match(problem("pending_s_p99:5%"), "did you mean pending_p99_s?");
  assert.match(problem("victms:5%"), "did you mean victims?");
  assert.match(problem("victims:-5%"), "expected METRIC:5%");
  assert.match(problem("victims:5%:2"), "expected METRIC:5%");
  assert.match(problem("victims"), "expected METRIC:5%");
  assert.match(problem("2"), "in the unit of one column");
});

test("a verdict needs the whole interval on one side of the tolerance", () => {
  const of = (low: number, high: number, direction: "lower" | "higher" | "neutral" = "lower") =>
    verdictOf({ low, high }, 1, direction);
  assert.is(of(1.1, 5), "worse");
  assert.is(of(1.1, 5, "higher"), "better");
  assert.is(of(1.1, 5, "neutral"), "changed");
  assert.is(of(-5, -1.1), "better");
  assert.is(of(-5, -1.1, "higher"), "worse");
  assert.is(of(-1, 1), "same");
  // it excludes 0, but not the border
  assert.is(of(0.5, 5), "undecided");
  assert.is(of(1, 5), "undecided");
  assert.is(of(-5, 5), "undecided");
  assert.is(verdictOf(undefined, 1, "lower"), "undecided");
  assert.is(verdictOf({ low: 0, high: 0 }, 0, "lower"), "same");
});

function runs(scenario: string, values: Readonly<Record<string, number>>, metric = "pending_p99_s"): RunSet {
  const bySeed = new Map(Object.entries(values).map(([seed, value]) => [seed, { [metric]: value, victims: 0 }]));
  return { scenario, scenarioSha256: "", bySeed };
}

test("pairs are of equal seed, whatever the order, and seeds of one side alone do not count", () => {
  const before = runs("old", { a: 100, b: 200, c: 300, d: 4 });
  const after = runs("new", { c: 310, b: 210, a: 110, e: 9999 });
  const options = { metrics: ["pending_p99_s", "victims", "pods_created"], tolerances: parsed("pending_p99_s:4%") };
  const { rows, seeds } = compareRuns(before, after, options);
  assert.equal(seeds, ["a", "b", "c"]);
  // pods_created was measured by neither
  assert.equal(
    rows.map(({ metric, verdict }) => [metric, verdict]),
    [
      ["victims", "same"],
      ["pending_p99_s", "worse"],
    ].sort((a, b) => NAMES.indexOf(a[0]!) - NAMES.indexOf(b[0]!)),
  );
  const row = rows.find(({ metric }) => metric === "pending_p99_s")!;
  assert.is(row.delta, 10);
  assert.is(row.allowed, 8);
  // what is common to the pairs does not widen the interval
  assert.equal([row.ciLow, row.ciHigh, row.seeds], [10, 10, 3]);
});

test("a number that one side has lost is undecided, not left out", () => {
  const { rows } = compareRuns(runs("old", { a: 1, b: 2 }), runs("new", { a: Number.NaN, b: Number.NaN }), {
    metrics: ["pending_p99_s"],
    tolerances: [],
  });
  assert.is(rows.length, 1);
  assert.equal([rows[0]!.verdict, rows[0]!.seeds], ["undecided", 0]);
});

test.run();
