// The harness against itself: the numbers of a recording's summary.json come out of its own events, and comparisons notice what is altered.
import { existsSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { deriveSummary } from "./control-plane/derive.ts";
import { flatten } from "./control-plane/flatten.ts";
import { readRecording, recordingNames } from "./control-plane/recordings.ts";
import { perStep, statistics } from "./control-plane/statistics.ts";

const RECORDINGS = "../shared/reference/control-plane";
/** Rounding to hundredths, of times that were rounded to milliseconds before. */
const ROUNDING = 0.0101;

const test = suite("fidelity of the control plane");

test("statistics are nearest ranks, as the recordings have them", () => {
  assert.equal(statistics([]), null);
  assert.equal(statistics([2, 1]), { min: 1, p50: 2, p90: 2, p99: 2, max: 2, n: 2 });
  const hundred = Array.from({ length: 500 }, (_, i) => i);
  assert.equal(statistics(hundred), { min: 0, p50: 250, p90: 449, p99: 494, max: 499, n: 500 });
});

test("events are counted per whole step, from 0 on", () => {
  assert.equal(perStep([0.5, 2.1, 2.9], 1), [1, 0, 2]);
});

if (existsSync(RECORDINGS)) {
  test("what is derived from the events of a recording is its summary", () => {
    const out: string[] = [];
    let compared = 0;
    for (const name of recordingNames(RECORDINGS).filter((each) => !each.startsWith("15-"))) {
      const { summary, timeline } = readRecording(RECORDINGS, name);
      const derived = flatten(deriveSummary(timeline));
      for (const [path, expected] of flatten(summary)) {
        // texts of errors are not among the events
        if (path.includes(".errors")) continue;
        compared++;
        const found = derived.get(path) ?? null;
        const isNear =
          typeof expected === "number" && typeof found === "number" && Math.abs(expected - found) <= ROUNDING;
        if (expected !== found && !isNear) out.push(`${name} ${path}: ${expected}, derived ${found}`);
      }
    }
    assert.ok(compared > 5000, `${compared} numbers compared`);
    // one recording counts two updates of pods more than its events show
    assert.equal(out, ["12-apiserver-restart/kill9-120s-no-leader-election podNotReadyUpdates: 52, derived 50"]);
  });
} else {
  console.log("skipped: 1 (no ../shared)");
}

test.run();
