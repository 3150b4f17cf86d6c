// The harness against itself: the numbers of a recording's summary.json come out of its own events, and comparisons notice what is altered.
import { existsSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compareFacts } from "./control-plane/compare.ts";
import { factsOf } from "./control-plane/facts.ts";
import { mergePatch } from "./control-plane/merge-patch.ts";
import { withoutRandom } from "./control-plane/names.ts";
import { readRecording, recordingNames } from "./control-plane/recordings.ts";
import type { Row } from "./control-plane/rows.ts";
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

test("a recorded value holds when it is among those of the seeds, give or take a tenth or half a second", () => {
  const facts = (kind: "exact" | "seconds" | "count", value: number) => new Map([["x", { kind, value }]]);
  const isHeld = (
    kind: "exact" | "seconds" | "count",
    recorded: number,
    simulated: readonly number[],
    isSaturated = false,
  ) =>
    compareFacts(
      facts(kind, recorded),
      [],
      simulated.map((value) => facts(kind, value)),
      { isSaturated },
    )[0]!.isHeld;
  assert.ok(isHeld("exact", 3, [2, 4]));
  assert.not(isHeld("exact", 3, [4, 5]));
  assert.ok(isHeld("seconds", 1, [1.5]));
  assert.not(isHeld("seconds", 1, [1.51]));
  assert.ok(isHeld("seconds", 1, [2.9], true));
  assert.ok(isHeld("seconds", 100, [110]));
  assert.not(isHeld("seconds", 100, [111]));
  assert.not(isHeld("count", 0, [1]));
});

test("what most seeds have and no recording has is a difference", () => {
  const fact = { kind: "count" as const, value: 1 };
  const seeds = [new Map([["text x", fact]]), new Map([["text x", fact]]), new Map()];
  const found = compareFacts(new Map(), [], seeds, { isSaturated: false });
  assert.equal(
    found.map(({ path, isHeld }) => [path, isHeld]),
    [["text x", false]],
  );
  assert.equal(compareFacts(new Map(), [new Map([["text x", fact]])], seeds, { isSaturated: false }), []);
});

test("patches merge as the API server merges them", () => {
  const before = {
    spec: { replicas: 2, template: { containers: [{ name: "c", image: "i", env: [{ name: "REV", value: "1" }] }] } },
  };
  assert.equal(
    mergePatch(before, { spec: { template: { containers: [{ name: "c", env: [{ name: "REV", value: "2" }] }] } } }),
    {
      spec: { replicas: 2, template: { containers: [{ name: "c", image: "i", env: [{ name: "REV", value: "2" }] }] } },
    },
  );
  assert.equal(mergePatch(before, { spec: { replicas: null } }), { spec: { template: before.spec.template } });
});

test("drawn names are made alike", () => {
  assert.is(withoutRandom("Created pod: web-7d5656bd6b-wtt9h"), "Created pod: web-*");
  assert.is(withoutRandom("ReplicaSet/web-fb67cddf9"), "ReplicaSet/web-*");
  assert.is(withoutRandom("Job/failing-29920404"), "Job/failing#");
  assert.is(withoutRandom("fail-par3-b5"), "fail-par3-b5");
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

  test("a number of a summary that was altered is reported", () => {
    const recording = readRecording(RECORDINGS, "03-node-failure/tol30-crash-r24-n9");
    const { summary } = recording;
    const restore = summary.restore as Readonly<Record<string, Readonly<Record<string, number>>>>;
    const altered: readonly (readonly [string, Record<string, unknown>])[] = [
      ["podsEvicted", { podsEvicted: 4 }],
      ["firstEvictionAfter", { firstEvictionAfter: 77.104 }],
      ["evictionsPerMinute.1", { evictionsPerMinute: [0, 2] }],
      [
        "endpoints.web.minReady",
        { endpoints: { web: { ...(summary.endpoints as { web: object }).web, minReady: 22 } } },
      ],
      [
        "restore.nodeReadyAfterRestore.max",
        { restore: { ...restore, nodeReadyAfterRestore: { ...restore.nodeReadyAfterRestore, max: 0.213 } } },
      ],
      ["replacements", { replacements: null }],
    ];
    for (const [path, change] of altered) {
      const found = contradictions({ ...recording, summary: { ...summary, ...change } });
      assert.equal(
        found.map((each) => each.path),
        [path],
      );
    }
  });

  test("a number of an event that was altered is reported", () => {
    const recording = readRecording(RECORDINGS, "02-rolling-update/r10-surge25-unav25-ready5");
    const { timeline } = recording;
    const ns = timeline.actions[0]!.ns;
    const gone = new Set(timeline.events.filter((row) => row.e === "D").map((row) => row.n));
    const lastOf = (kind: string) =>
      timeline.events.findLastIndex(
        (row) => row.k === kind && row.ns === ns && !(row.n !== undefined && gone.has(row.n)),
      );
    const changes: readonly (readonly [string, Partial<Row>, RegExp])[] = [
      ["Deployment", { avl: 9 }, /^final Deployment .* avl$/],
      ["Deployment", { rev: "3" }, /^final Deployment .* rev$/],
      ["EndpointSlice", { rdy: 9 }, /^final EndpointSlices of web rdy$/],
      ["Pod", { ph: "Failed" }, /^final Pod of /],
      ["Event", { reason: "SuccessfulCreate" }, /^steps .*SuccessfulDelete/],
    ];
    const original = factsOf(timeline);
    assert.equal(
      compareFacts(original, [], [original], { isSaturated: false }).filter(({ isHeld }) => !isHeld),
      [],
    );
    for (const [kind, change, path] of changes) {
      const events = [...timeline.events];
      const at = lastOf(kind);
      events[at] = { ...events[at]!, ...change };
      const found = compareFacts(factsOf({ ...timeline, events }), [], [original], { isSaturated: false });
      const missed = found.filter(({ isHeld }) => !isHeld).map((each) => each.path);
      assert.ok(
        missed.some((each) => path.test(each)),
        `${kind} ${JSON.stringify(change)}: ${missed.join("; ")}`,
      );
    }
  });

  test("an instant that was altered is reported by its duration, and by the order of steps", () => {
    const { timeline } = readRecording(RECORDINGS, "06-statefulset/orderedready-r5");
    const original = factsOf(timeline);
    // db-3 is created two seconds before its predecessor is ready
    const events = timeline.events.map((row) =>
      row.k === "Pod" && row.n === "db-3" && row.e === "A" ? { ...row, t: row.t - 2 } : row,
    );
    const found = compareFacts(factsOf({ ...timeline, events }), [], [original], { isSaturated: false });
    const missed = found.filter(({ isHeld }) => !isHeld).map((each) => each.path);
    assert.ok(missed.includes("summary create.created.3.1"), missed.join("; "));
  });
} else {
  console.log("skipped: 4 (no ../shared)");
}

test.run();
