// The grammar of `expect`, and verdicts.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluateExpectation, METRICS, type MetricValues, parseExpectation } from "../../sim/scenario/expectation.ts";
import type { Expectation } from "../../sim/scenario/plan.ts";

function parsed(text: string): Expectation {
  const result = parseExpectation(text);
  if ("expected" in result) throw new Error(`${text}: ${result.expected}`);
  return result;
}

test("metrics, aggregates, comparisons, values", () => {
  assert.equal(parsed("scheduled == all"), {
    text: "scheduled == all",
    metric: "scheduled",
    aggregate: null,
    comparison: "==",
    value: "created",
  });
  assert.equal(parsed(" pending==0 "), {
    text: "pending==0",
    metric: "pending",
    aggregate: null,
    comparison: "==",
    value: 0,
  });
  assert.equal(parsed("p99(pendingSeconds) < 30s").value, 30_000_000);
  assert.is(parsed("p99.9( pendingSeconds )<=1h").aggregate, "p99.9");
  assert.is(parsed("mean(cpuRequested) >= 60%").value, 0.6);
  assert.is(parsed("max(memoryRequested) < 0.95").value, 0.95);
  assert.is(parsed("finished != scheduled").value, "scheduled");
  for (const comparison of ["==", "!=", "<", "<=", ">", ">="])
    assert.is(parsed(`preempted ${comparison} 3`).comparison, comparison);
});

test("refuses the rest, with a hint", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /a metric, a comparison/],
    ["pending", /a metric, a comparison/],
    ["pending = 0", /a metric, a comparison/],
    ["pending == ", /a metric, a comparison/],
    ["pendng == 0", /did you mean pending/],
    ["zzzzzzzz == 0", /one of created/],
    ["pendingSeconds < 3s", /an aggregate of pendingSeconds/],
    ["p99(pending) < 3", /single number/],
    ["p999(pendingSeconds) < 3s", /p50, p99/],
    ["median(pendingSeconds) < 3s", /p50, p99/],
    ["p99(pendingSeconds) < 30", /a duration/],
    ["pending == 1.5", /whole number/],
    ["pending == many", /whole number/],
    ["pending == pendingSeconds", /whole number/],
    ["mean(cpuRequested) > half", /a share/],
    ["mean(cpuRequested) > -1%", /a share/],
  ];
  for (const [text, wanted] of cases) {
    const result = parseExpectation(text);
    assert.ok("expected" in result, text);
    assert.match(result.expected, wanted, text);
  }
});

const values: MetricValues = {
  value: (metric) => ({ created: 10, scheduled: 9, pending: 1 })[metric],
  aggregate: (metric, aggregate) => (metric === "pendingSeconds" && aggregate === "p99" ? 30_000_000 : undefined),
};

test("verdicts", () => {
  const holds = (text: string) => evaluateExpectation(parsed(text), values).holds;
  assert.is(holds("scheduled == all"), false);
  assert.is(holds("scheduled != all"), true);
  assert.is(holds("scheduled < all"), true);
  assert.is(holds("scheduled >= 9"), true);
  assert.is(holds("scheduled > 9"), false);
  assert.is(holds("pending <= 0"), false);
  assert.is(holds("p99(pendingSeconds) <= 30s"), true);
  assert.is(holds("p99(pendingSeconds) < 30s"), false);
});

test("what was not measured does not hold, and its value stays empty", () => {
  const verdict = evaluateExpectation(parsed("mean(cpuRequested) >= 0%"), values);
  assert.equal([verdict.holds, verdict.actual, verdict.unit], [false, undefined, "share"]);
  assert.is(evaluateExpectation(parsed("scheduled != finished"), values).holds, false);
});

test("metrics have distinct names and say what they are", () => {
  assert.is(new Set(METRICS.map((m) => m.name)).size, METRICS.length);
  for (const metric of METRICS) assert.ok(metric.what.length > 10, metric.name);
});

test.run();
