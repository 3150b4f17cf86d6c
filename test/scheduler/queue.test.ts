// The scheduling queue, rule by rule: order, back-off windows, hints, events in flight, gates, flushing.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SECOND } from "../../sim/engine/tick.ts";
import {
  ADD,
  DELETE,
  type HintRegistration,
  type HintTable,
  UPDATE_NODE_LABEL,
  UPDATE_POD_LABEL,
} from "../../sim/scheduler/cluster-event.ts";
import { status } from "../../sim/scheduler/framework.ts";
import { SchedulingQueue, type SchedulingQueueOptions } from "../../sim/scheduler/queue.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { infoOf } from "./builders.ts";

const NODE_ADDED = { resource: "Node", action: ADD } as const;
const POD_DELETED = { resource: "AssignedPod", action: DELETE } as const;
const FIT = new Set(["Fit"]);

function setUp(options: Partial<SchedulingQueueOptions> = {}, hints: HintTable = new Map()) {
  const snapshot = new Snapshot();
  const gates = new Set<string>();
  const queue = new SchedulingQueue({
    snapshot,
    less: (a, b) => a.shape.priority > b.shape.priority,
    preEnqueue: (pod) => (gates.has(pod.key) ? status("UnschedulableAndUnresolvable", "Gate", "held") : null),
    hintsFor: () => hints,
    ...options,
  });
  const pod = (name: string, priority = 0) => infoOf(snapshot.shapes, name, { priority });
  const popName = (now: number) => queue.pop(now)?.info.pod.metadata.name;
  return { queue, pod, popName, gates };
}

/** Pops the pod and gives it back as rejected by Fit, at one instant. */
function fail(queue: SchedulingQueue, now: number, rejectors: ReadonlySet<string> = FIT): string {
  const pod = queue.pop(now);
  assert.ok(pod, "a pod was there to be popped");
  queue.giveBack(pod!, rejectors, now);
  return pod!.place;
}

test("pops by priority, then by time, then by arrival", () => {
  const { queue, pod, popName } = setUp();
  queue.add(pod("late"), 20);
  queue.add(pod("a"), 10);
  queue.add(pod("b"), 10);
  queue.add(pod("urgent", 5), 30);
  assert.equal(
    [popName(30), popName(30), popName(30), popName(30), popName(30)],
    ["urgent", "a", "b", "late", undefined],
  );
});

test("a rejected pod waits for an event; a failed attempt goes to back-off without one", () => {
  const { queue, pod } = setUp();
  queue.add(pod("rejected"), 0);
  assert.is(fail(queue, 0), "unschedulable");
  queue.add(pod("erred"), 0);
  assert.is(fail(queue, 0, new Set()), "errorBackoff");
  assert.equal([queue.activeCount, queue.backoffCount, queue.unschedulableCount], [0, 1, 1]);
});

test("back-off doubles from 1 s to 10 s and ends with the second in which it expires", () => {
  const { queue, pod } = setUp(
    { popFromBackoff: false },
    new Map([["Fit", [{ resource: "AssignedPod", actions: DELETE }]]]),
  );
  queue.add(pod("p"), 0);
  let now = 300_000;
  const ends: number[] = [];
  for (let attempt = 0; attempt < 6; attempt++) {
    assert.is(fail(queue, now), "unschedulable");
    assert.is(queue.move(POD_DELETED, undefined, undefined, now), 1);
    assert.is(queue.backoffCount, 1);
    const flush = queue.nextBackoffFlushMicros();
    assert.is(queue.flushBackoff(flush - 1), 0);
    assert.is(queue.flushBackoff(flush), 1);
    ends.push(flush - now);
    now = flush + 300_000;
  }
  // 1, 2, 4, 8, 10, 10 seconds after 0.3 s into a second: the window they fall into is over 0.7 s later
  assert.equal(
    ends,
    [1.7, 2.7, 4.7, 8.7, 10.7, 10.7].map((s) => Math.round(s * SECOND)),
  );
});

test("an idle scheduler takes pods out of back-off early, but not those that failed with an error", () => {
  const { queue, pod, popName } = setUp({}, new Map([["Fit", [{ resource: "AssignedPod", actions: DELETE }]]]));
  queue.add(pod("rejected"), 0);
  fail(queue, 0);
  queue.move(POD_DELETED, undefined, undefined, 0);
  queue.add(pod("erred"), 0);
  fail(queue, 0, new Set());
  assert.ok(queue.hasNext);
  queue.add(pod("fresh"), 0);
  assert.equal([popName(0), popName(0), popName(0)], ["fresh", "rejected", undefined]);
  assert.not.ok(queue.hasNext);
});

test("an event moves only pods whose rejecting plugin registered for it and whose hint agrees", () => {
  const hints: HintTable = new Map<string, readonly HintRegistration[]>([
    ["Fit", [{ resource: "AssignedPod", actions: DELETE }]],
    [
      "Affinity",
      [
        {
          resource: "Node",
          actions: ADD | UPDATE_NODE_LABEL,
          hint: (waiting, _before, after) => after === waiting.key,
        },
      ],
    ],
    ["Taints", []],
  ]);
  const { queue, pod } = setUp({}, hints);
  for (const [name, plugin] of [
    ["fit", "Fit"],
    ["affinity", "Affinity"],
    ["other", "Affinity"],
    ["taints", "Taints"],
    ["custom", "Mine"],
  ] as const) {
    queue.add(pod(name), 0);
    fail(queue, 0, new Set([plugin]));
  }
  const later = 60 * SECOND;
  // plugins that registered nothing at all are asked on every event
  assert.is(queue.move(NODE_ADDED, undefined, "default/affinity", later), 2);
  assert.equal([queue.get("default/affinity")?.place, queue.get("default/custom")?.place], ["active", "active"]);
  assert.is(queue.move(POD_DELETED, "x", undefined, later), 1);
  assert.is(queue.get("default/fit")?.place, "active");
  assert.equal(
    [queue.get("default/other")?.place, queue.get("default/taints")?.place],
    ["unschedulable", "unschedulable"],
  );
});

test("events during an attempt are not lost", () => {
  const hints: HintTable = new Map([["Fit", [{ resource: "AssignedPod", actions: DELETE }]]]);
  const { queue, pod } = setUp({}, hints);
  queue.add(pod("p"), 0);
  queue.add(pod("q"), 0);
  const p = queue.pop(0)!;
  queue.move(NODE_ADDED, undefined, "n", 1);
  queue.move(POD_DELETED, "x", undefined, 2);
  queue.giveBack(p, FIT, 3);
  assert.is(p.place, "backoff", "the deletion came while it was tried");
  const q = queue.pop(4)!;
  queue.giveBack(q, FIT, 5);
  assert.is(q.place, "unschedulable", "for the next pod it is the past");
});

test("gated pods are not tried until the gate opens; an update asks again", () => {
  const { queue, pod, gates, popName } = setUp();
  const held = pod("held");
  gates.add(held.key);
  assert.is(queue.add(held, 0).place, "gated");
  assert.equal([queue.gatedCount, queue.hasNext], [1, false]);
  queue.update(held, held, [], 5 * SECOND);
  assert.is(queue.gatedCount, 1);
  gates.clear();
  queue.update(held, held, [], 9 * SECOND);
  assert.equal([queue.gatedCount, queue.get(held.key)?.waitedAtGate(20 * SECOND)], [0, 9 * SECOND]);
  assert.is(popName(9 * SECOND), "held");
});

test("a pod's own change brings it back only when its rejector asked for such changes", () => {
  const hints: HintTable = new Map<string, readonly HintRegistration[]>([
    ["Fit", []],
    ["Labels", [{ resource: "UnscheduledPod", actions: UPDATE_POD_LABEL }]],
  ]);
  const { queue, pod } = setUp({}, hints);
  const change = [{ resource: "UnscheduledPod", action: UPDATE_POD_LABEL }] as const;
  for (const [name, plugin] of [
    ["a", "Fit"],
    ["b", "Labels"],
  ] as const) {
    const info = pod(name);
    queue.add(info, 0);
    fail(queue, 0, new Set([plugin]));
    queue.update(info, info, change, 60 * SECOND);
  }
  assert.equal([queue.get("default/a")?.place, queue.get("default/b")?.place], ["unschedulable", "active"]);
});

test("after five minutes without an event a pod is tried all the same", () => {
  const { queue, pod } = setUp({}, new Map([["Fit", []]]));
  queue.add(pod("p"), 0);
  fail(queue, 7 * SECOND);
  assert.is(queue.oldestUnschedulableMicros(), 7 * SECOND);
  assert.is(queue.flushUnschedulable(307 * SECOND), 0, "not more than five minutes yet");
  assert.is(queue.flushUnschedulable(307 * SECOND + 1), 1);
  assert.is(queue.get("default/p")?.place, "active");
});

test("activate ignores back-off; remove takes a pod out of wherever it stands", () => {
  const { queue, pod, popName } = setUp();
  for (const name of ["a", "b", "c"]) queue.add(pod(name), 0);
  fail(queue, 0);
  fail(queue, 0, new Set());
  assert.ok(queue.activate("default/b", 0));
  assert.not.ok(queue.activate("default/nobody", 0));
  queue.remove("default/a", 0);
  queue.remove("default/c", 0);
  queue.remove("default/nobody", 0);
  assert.equal([popName(0), popName(0)], ["b", undefined]);
  assert.equal([queue.activeCount, queue.backoffCount, queue.unschedulableCount, queue.gatedCount], [0, 0, 0, 0]);
});

test("time in back-off adds up over attempts", () => {
  const { queue, pod } = setUp({ popFromBackoff: false });
  queue.add(pod("p"), 0);
  fail(queue, 0, new Set());
  queue.flushBackoff(2 * SECOND);
  fail(queue, 2 * SECOND, new Set());
  assert.is(queue.get("default/p")?.waitedInBackoff(5 * SECOND), 5 * SECOND);
});

test.run();
