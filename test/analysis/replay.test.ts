// Replays: the order of attempts, how often a pod is tried, and the short rows of a trace.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AttemptQueue, replay, replayTrace, schedulerOf } from "../../sim/analysis/replay.ts";
import { createStream } from "../../sim/engine/random.ts";
import type { Node, Pod } from "../../sim/model/objects.ts";
import { type ReferenceCase, readReferenceCase } from "../../sim/scenario/reference-case.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { node, pod } from "../scheduler/cluster.ts";

function caseOf(nodes: readonly Node[], pending: readonly Pod[], parts: Record<string, unknown> = {}): ReferenceCase {
  const { case: read, problems } = readReferenceCase({
    name: "c",
    tieBreak: "lowestIndex",
    objects: { nodes },
    pending,
    ...parts,
  });
  assert.equal(problems, []);
  return read;
}

function queueOf(names: readonly string[], preemptionRetry: "immediate" | "end") {
  const snapshot = Snapshot.of({ nodes: [node("n")] });
  const queue = new AttemptQueue({ pending: names.map((name) => pod(name)), preemptionRetry }, snapshot);
  const tried: string[] = [];
  return { snapshot, queue, tried };
}

test("a pod that was nominated is tried again at once, or after all others; four times at most", () => {
  for (const [retry, expected] of [
    ["immediate", "a1 a2 a3 a4 b1"],
    ["end", "a1 b1 a2 a3 a4"],
  ] as const) {
    const { queue, tried } = queueOf(["a", "b"], retry);
    for (let next = queue.next(); next !== undefined; next = queue.next()) {
      const { name } = next.pod.pod.metadata;
      tried.push(`${name}${next.attempt}`);
      queue.done(next, [], name === "a" ? "n" : null, false);
    }
    assert.is(tried.join(" "), expected);
  }
});

test("a nomination that is taken back is followed by another attempt, as a new one is", () => {
  const { queue } = queueOf(["a"], "immediate");
  const first = queue.next()!;
  queue.done(first, [], null, false);
  assert.is(queue.next(), undefined);
});

test("victims leave before the next attempt, and placed pods start one second apart", () => {
  const { queue, snapshot } = queueOf(["a", "b"], "immediate");
  const victim = snapshot.info(pod("old", { node: "n" }));
  snapshot.addPod(victim);
  const a = queue.next()!;
  queue.done(a, [victim], "n", false);
  assert.equal(snapshot.node("n")?.pods, []);
  const again = queue.next()!;
  assert.equal([again.pod, again.attempt], [a.pod, 2]);
  queue.done(again, [], null, true);
  const b = queue.next()!;
  queue.done(b, [], null, true);
  assert.equal([a.pod.startTimeMicros, b.pod.startTimeMicros], [0, 1_000_000]);
});

test("a trace: node, total, nodes with that total and feasible nodes, per pod", () => {
  const nodes = [node("a"), node("b"), node("small", {}, { cpu: "1", memory: "1Gi" })];
  const pending = [
    pod("one", { cpu: "3" }),
    pod("two", { cpu: "3" }),
    pod("three", { cpu: "3" }),
    pod("tiny", { cpu: "1" }),
  ];
  const rows = replayTrace(caseOf(nodes, pending));
  assert.equal(
    rows.map(([at, , ties, feasible]) => [at, ties, feasible]),
    [
      [0, 2, 2],
      [1, 1, 1],
      [-1, 0, 0],
      // small has the same share of CPU left, but less memory
      [0, 2, 3],
    ],
  );
  assert.ok(rows[0]![1] > 0);
  assert.is(rows[1]![1], -1, "the only feasible node is not scored");
  assert.equal(rows[2], [-1, 0, 0, 0]);
});

test("options stand in for what a case cannot say", () => {
  const nodes = Array.from({ length: 8 }, (_, i) => node(`n${i}`));
  const read = caseOf(nodes, [pod("p")]);
  const chosen = (seed: number) =>
    replay(read, { tieBreak: "seeded", stream: createStream(seed, "ties") }).decisions[0]?.chosen;
  assert.is(chosen(1), chosen(1));
  assert.ok(new Set(Array.from({ length: 20 }, (_, seed) => chosen(seed))).size > 3);
  assert.is(schedulerOf(read, { plain: true }).tieBreak, "first");
});

test("a pod of a scheduler that is not there is written down and passed over", () => {
  const { decisions } = replay(caseOf([node("n")], [pod("p", { spec: { schedulerName: "mine" } }), pod("q")]));
  assert.equal(
    decisions.map((d) => [d.pod, d.error ?? null, d.chosen]),
    [
      ["default/p", 'no profile has the scheduler name "mine"', null],
      ["default/q", null, "n"],
    ],
  );
});

test.run();
