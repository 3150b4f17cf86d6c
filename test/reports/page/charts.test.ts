// Which bands and lines the page draws of a run.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bandsOf, seriesOf } from "../../../reports/page/charts.ts";
import type { ShownFault } from "../../../sim/serve/protocol.ts";

const fault = (id: string, from: number | null, to: number | null, targets = "n-1") =>
  ({ id, kind: "nodeCrash", targets, injectedMicros: from, recoveredMicros: to }) as ShownFault;

test("a fault is a band from its injection to its recovery, or to the end", () => {
  assert.equal(bandsOf([fault("a", 1e6, 3e6), fault("b", 5e6, null), fault("never", null, null)], 9e6), [
    { from: 1, to: 3, label: "a: nodeCrash of n-1" },
    { from: 5, to: 9, label: "b: nodeCrash of n-1" },
  ]);
});

test("many faults that overlap are one band, and say how many they are", () => {
  const many = Array.from({ length: 9 }, (_, i) =>
    fault(`f${i}`, (i < 7 ? i : i * 10) * 1e6, (i < 7 ? i + 2 : i * 10 + 1) * 1e6, ""),
  );
  const bands = bandsOf(many, 100e6);
  assert.equal(
    bands.map(({ from, to }) => [from, to]),
    [
      [0, 8],
      [70, 71],
      [80, 81],
    ],
  );
  assert.match(bands[0]!.label, /^7 faults, such as f0: nodeCrash; f1/);
  assert.is(bandsOf(many.slice(0, 8), 100e6).length, 8, "a few are shown one by one");
});

test("a line that has nothing to tell is left out; what was not measured is a gap", () => {
  const answer = { timesMicros: [0, 1e6], columns: { flat: [0, null], some: [null, 2000] } };
  assert.is(seriesOf(answer, "flat", "flat", 1, 1), null);
  assert.is(seriesOf(answer, "nowhere", "", 1, 1), null);
  assert.equal(seriesOf(answer, "some", "CPU", 2, 1000), {
    name: "CPU",
    slot: 2,
    times: [0, 1],
    values: [Number.NaN, 2],
  });
});

test.run();
