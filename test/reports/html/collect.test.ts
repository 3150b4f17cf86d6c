// What a report keeps of a folder: heads of all runs, details of the runs that matter, bands over all of them, and tables that are cut with a word
// about it; what an earlier command left in the folder is none of its business.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { chooseDetails } from "../../../reports/html/choose-details.ts";
import { EnvelopeBuilder } from "../../../reports/html/envelope.ts";
import { RowKeeper } from "../../../reports/html/row-keeper.ts";
import { encode } from "../../../reports/html/sections/tables.ts";
import { collect, type TestRun } from "./folder.ts";

const runs = (count: number, scenario = "shop"): TestRun[] =>
  Array.from({ length: count }, (_, i) => ({ scenario, seed: String(i + 1) }));

test("of many runs the first of each variant is shown in detail, and the first that failed", () => {
  const all = [...runs(20, "shop[a]"), ...runs(20, "shop[b]")];
  const { details, runs: heads } = collect({
    summary: all.map((run) => [run, { pods_created: 1 }]),
    expectations: all.map((run) => [
      run,
      { expectation: "x", holds: String(run.scenario === "shop[a]" || run.seed !== "7"), violated_s: "" },
    ]),
  });
  assert.is(heads.length, 40);
  assert.equal(
    details.map(({ head }) => `${head.scenario} ${head.seed}`),
    ["shop[a] 1", "shop[b] 1", "shop[b] 7"],
  );
});

test("where there is no room for all, what failed comes before what went well", () => {
  const all = Array.from({ length: 9 }, (_, i) => runs(2, `v${i}`)).flat();
  const { runs: heads } = collect({
    summary: all.map((run) => [run, { pods_created: 1 }]),
    expectations: all.map((run) => [
      run,
      { expectation: "x", holds: String(run.scenario !== "v8" || run.seed === "1") },
    ]),
  });
  const chosen = chooseDetails(heads, 3).map(({ scenario, seed }) => `${scenario} ${seed}`);
  assert.equal(chosen, ["v0 1", "v1 1", "v8 2"]);
  assert.is(chooseDetails(heads.slice(0, 3), 3).length, 3, "few runs are all shown");
});

test("a void run counts as one that failed", () => {
  const all = [{ seed: "1" }, { seed: "2", isValid: false }, { seed: "3" }];
  const { details } = collect({ summary: all.map((run) => [run, {}]) }, { details: 2, rows: 10 });
  assert.equal(
    details.map(({ head }) => head.seed),
    ["1", "2"],
  );
});

test("a long series of a run stays whole; of other runs only the band is kept", () => {
  const [one, two, three] = runs(3);
  const series = (run: TestRun, top: number) =>
    [0, 50, 100].map((time, i) => [run, { time_s: time, pods_running: i === 1 ? top : 1, pods_pending: 0 }] as const);
  const { details, variants } = collect(
    {
      summary: [one!, two!, three!].map((run) => [run, {}]),
      timeseries: [...series(one!, 5), ...series(two!, 50), ...series(three!, 9)],
    },
    { details: 1, rows: 2 },
  );
  assert.equal([...details[0]!.timeseries.pods_running!], [1, 5, 1]);
  const band = variants[0]!.envelopes.get("pods_running")!;
  assert.is(band.runs, 3);
  assert.equal([Math.max(...band.high.filter((v) => v > 0)), band.median.filter((v) => v > 0)], [50, [1, 9, 1]]);
});

test("tables are cut to so many rows, those that stand out first, in the file's order, and say so", () => {
  const [run] = runs(1);
  const events = Array.from(
    { length: 50 },
    (_, i) => [run!, { time_s: i, type: i % 20 === 19 ? "Warning" : "Normal", component: "kubelet" }] as const,
  );
  const { tables } = collect({ summary: [[run!, {}]], events }, { details: 1, rows: 5 });
  const table = tables.find(({ name }) => name === "events")!;
  assert.equal([table.total, table.rows.records.length], [50, 5]);
  assert.equal(table.rows.numbers("time_s"), [0, 1, 2, 19, 39]);
  assert.is(table.note, "those that stand out, then the first ones");
});

test("what an earlier batch left in the folder is not shown", () => {
  const statistics = [
    [null, { scenario: "shop", scenario_sha256: "sha-shop", metric: "cost", n: 9, mean: 1 }],
    [null, { scenario: "old", scenario_sha256: "sha-old", metric: "cost", n: 2, mean: 1 }],
  ] as const;
  const one = collect({ summary: [[{ seed: "1" }, {}]], statistics });
  assert.is(one.statistics.records.length, 0);
  const many = collect({ summary: runs(9).map((run) => [run, {}]), statistics });
  assert.equal(
    many.statistics.records.map((_, row) => many.statistics.text(row, "scenario")),
    ["shop"],
  );
});

test("rows that are kept are never more than asked for", () => {
  const keeper = new RowKeeper(3, ([cell]) => cell === "!");
  for (const cell of ["a", "!", "b", "!", "!", "!", "c"]) keeper.add([cell, String(keeper.total)]);
  assert.equal(
    keeper.kept().map(([, place]) => place),
    ["1", "3", "4"],
  );
  assert.is(keeper.total, 7);
});

test("a band has the smallest and largest of any run, and the median of what runs ended their stretches with", () => {
  const builder = new EnvelopeBuilder(10, 2);
  for (const values of [
    [1, 8, 2, 3],
    [4, 4, 4, 4],
    [0, 2, 9, 9],
  ]) {
    for (const [i, value] of values.entries()) builder.add(i * 3, value);
    builder.endRun();
  }
  builder.add(11, Number.NaN);
  const band = builder.finish()!;
  assert.equal([band.low, band.high, band.median, band.runs], [[0, 2], [8, 9], [4, 4], 3]);
  assert.is(new EnvelopeBuilder(10, 2).finish(), undefined);
});

test("columns are stored as numbers where that loses nothing, otherwise each text once", () => {
  assert.equal(encode(["1", "", "2.5"]), { numbers: [1, null, 2.5] });
  assert.equal(encode(["a", "b", "a"]), { texts: ["a", "b"], codes: [0, 1, 0] });
  assert.equal(encode(["12345678901234567", "1"]), { texts: ["12345678901234567", "1"], codes: [0, 1] });
  assert.equal(encode(["", ""]), { texts: [""], codes: [0, 0] });
  assert.equal(encode(["0123e4"]), { texts: ["0123e4"], codes: [0] });
});

test.run();
