// The drawing of who led when: every character of a small case, any width, both sets of characters, and the list of faults.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { timelineView } from "../../sim/cli/timeline-view.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import type { FaultMark, Timeline } from "../../sim/metrics/timeline.ts";

const span = (member: string, from: number, to: number) => ({
  member,
  fromMicros: from * SECOND,
  toMicros: to * SECOND,
});
const fault = (id: string, parts: Partial<FaultMark> = {}): FaultMark => ({
  id,
  kind: "etcdLeaderFailure",
  targets: "etcd-0",
  outcome: "recovered",
  injectedMicros: 10 * SECOND,
  detectedMicros: 11.2 * SECOND,
  recoveredMicros: 30 * SECOND,
  restoredMicros: 32 * SECOND,
  leaderlessMicros: 1.5 * SECOND,
  noQuorumMicros: 0,
  stalledMicros: 0,
  leaderChanges: 1,
  requestsFailed: 12,
  lostWrites: Number.NaN,
  ...parts,
});
const timeline: Timeline = {
  endMicros: 40 * SECOND,
  members: ["etcd-0", "etcd-1"],
  spans: [span("etcd-0", 0, 10), span("", 10, 11.5), span("etcd-1", 11.5, 40)],
  faults: [fault("lost")],
};

test("each character is a share of the time", () => {
  const lines = timelineView(timeline, { width: 52, unicode: false });
  assert.equal(lines.slice(0, 6), [
    "etcd: who led when (one character is 1s)",
    `etcd-0     ${"#".repeat(10)}${".".repeat(30)}`,
    `etcd-1     ${".".repeat(11)}+${"#".repeat(28)}`,
    `no leader  ${" ".repeat(10)}xx`,
    `faults     ${" ".repeat(10)}1${"-".repeat(20)}`,
    `           0s${" ".repeat(17)}20s${" ".repeat(15)}40s`,
  ]);
  const list = lines.slice(6).join("\n");
  assert.match(list, /1 +lost \(etcdLeaderFailure\) +10s +etcd-0 +lasted 20s/);
  assert.match(list, /noticed after 1\.2s, no leader 1\.5s, 1 leader change, 12 requests failed/);
});

test("other characters where the terminal has them", () => {
  const text = timelineView(timeline, { width: 52, unicode: true }).slice(0, 6).join("\n");
  for (const glyph of "█▒·×─1") assert.ok(text.includes(glyph), glyph);
});

test("what did not happen, never ended, or lost writes", () => {
  const rows = timelineView(
    {
      ...timeline,
      faults: [
        fault("a", { outcome: "no target", targets: "", recoveredMicros: Number.NaN }),
        fault("b", { outcome: "active", recoveredMicros: Number.NaN, leaderlessMicros: 0, detectedMicros: Number.NaN }),
        fault("etcdLeaderFailure", { lostWrites: 1, requestsFailed: 1, leaderChanges: 2, noQuorumMicros: 2 * SECOND }),
        ...Array.from({ length: 40 }, () => fault("more")),
      ],
    },
    { width: 80, unicode: false },
  ).join("\n");
  assert.match(rows, /1 +a \(etcdLeaderFailure\) +10s +- +no target +-/);
  assert.match(rows, /2 +b \(etcdLeaderFailure\) +10s +etcd-0 +until the end +1 leader change, 12 requests failed/);
  assert.match(rows, /3 +etcdLeaderFailure +10s .*no quorum 2s, 2 leader changes, 1 request failed, 1 write lost/);
  assert.match(rows, /and 23 more in faults\.csv$/);
});

test("any run at any width: lines that fit, and one mark per cell that a member led", () => {
  const anySpan = fc
    .tuple(fc.constantFrom("etcd-0", "etcd-1", ""), fc.nat(1000), fc.nat(1000))
    .map(([member, a, b]) => span(member, Math.min(a, b), Math.max(a, b)));
  fc.assert(
    fc.property(fc.array(anySpan), fc.integer({ min: 1, max: 400 }), fc.boolean(), (spans, width, unicode) => {
      const lines = timelineView({ ...timeline, endMicros: 1000 * SECOND, spans }, { width, unicode });
      for (const line of lines.slice(1, 5)) assert.ok(line.length <= Math.max(width, 32), line);
      const row = lines[1]!.slice(11);
      const led = spans.some((s) => s.member === "etcd-0" && s.toMicros > s.fromMicros);
      assert.is(/[#+█▒]/.test(row), led);
    }),
    { seed: 5, numRuns: 200 },
  );
});

test("nothing to draw", () => {
  assert.equal(timelineView(null, { width: 80, unicode: true }), []);
});

test.run();
