// The harness against itself: the numbers of a recording's summary.json come out of its own events, and comparisons notice what is altered.
import { existsSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readRecording, recordingNames } from "./control-plane/recordings.ts";
import { contradictions } from "./control-plane/self-check.ts";
import { perStep, statistics } from "./control-plane/statistics.ts";

const RECORDINGS = "../shared/reference/control-plane";

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
  test("no recording contradicts itself: its summary is what its events say", () => {
    const found = recordingNames(RECORDINGS)
      .filter((name) => !name.startsWith("15-"))
      .flatMap((name) =>
        contradictions(readRecording(RECORDINGS, name)).map(
          ({ path, written, derived }) => `${name} ${path}: ${written}, ${derived}`,
        ),
      );
    assert.equal(found, []);
  });
} else {
  console.log("skipped: 1 (no ../shared)");
}

test.run();
