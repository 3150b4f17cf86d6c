// Two runs, number by number.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareNumbers } from "../../../reports/page/compare-numbers.ts";
import { deltaText, metricText, wordsOf } from "../../../reports/page/format.ts";
import type { MetricColumn } from "../../../sim/serve/protocol.ts";

const column = (
  name: string,
  better: MetricColumn["better"],
  isKey = false,
  format: MetricColumn["format"] = "count",
) => ({ name, better, isKey, format, doc: "" }) satisfies MetricColumn;

test("which way is better decides the verdict; within one percent it is the same", () => {
  const columns = [column("low", "lower"), column("high", "higher"), column("any", "neutral")];
  const verdicts = (base: number, candidate: number) => {
    const of = (value: number) => ({ low: value, high: value, any: value });
    return compareNumbers(columns, of(base), of(candidate)).map(({ verdict }) => verdict);
  };
  assert.equal(verdicts(100, 120), ["worse", "better", "changed"]);
  assert.equal(verdicts(100, 80), ["better", "worse", "changed"]);
  assert.equal(verdicts(100, 100), ["equal", "equal", "equal"]);
  assert.equal(verdicts(1000, 1010), ["same", "same", "same"]);
  assert.equal(verdicts(0, 1), ["worse", "better", "changed"], "nothing to take a share of");
});

test("what people ask for stands first; what nobody has measured is left out; one side alone has no difference", () => {
  const rows = compareNumbers(
    [column("a", "lower"), column("b", "lower", true), column("c", "lower")],
    { a: 1, b: null, c: null },
    { a: 2, b: 3, c: null },
  );
  assert.equal(
    rows.map((row) => [row.column.name, row.delta, row.percent, row.verdict]),
    [
      ["b", null, null, "changed"],
      ["a", 1, 100, "worse"],
    ],
  );
});

test("numbers are written with their units", () => {
  assert.is(metricText(90_000_000, column("pending_p99_s", "lower", true, "seconds")), "1m30s");
  assert.is(metricText(5_600, column("api_mutating_p99_ms", "lower", true, "millis")), "5.6 ms");
  assert.is(metricText(12.5, column("alloc_cpu_pct", "neutral", true, "percent")), "12.5 %");
  assert.is(metricText(2048, column("etcd_db_b", "lower")), "2 KiB");
  assert.is(metricText(null, column("a", "lower")), "–");
  assert.is(deltaText(-90_000_000, column("pending_p99_s", "lower", true, "seconds")), "−1m30s");
  assert.is(deltaText(3, column("a", "lower")), "+3");
  assert.is(wordsOf("pods_never_scheduled"), "pods never scheduled");
  assert.is(wordsOf("pending_p99_s"), "pending p99");
});

test.run();
