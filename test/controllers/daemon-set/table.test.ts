// The table that is kept by changes against one that is built anew: the same at every step.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eligibilityOf } from "../../../sim/controllers/daemon-set/eligibility.ts";
import { FailedPodsBackOff } from "../../../sim/controllers/daemon-set/failed-pods.ts";
import { HASH_LABEL, oldestFirst, targetNodeOf } from "../../../sim/controllers/daemon-set/pods.ts";
import { rollingUpdate } from "../../../sim/controllers/daemon-set/rolling-update.ts";
import { DaemonTable, type DaemonTarget, type RollState } from "../../../sim/controllers/daemon-set/table.ts";
import { MINUTE, SECOND } from "../../../sim/engine/tick.ts";
import type { DaemonSet, Node, Pod, PodSpec, Taint } from "../../../sim/model/objects.ts";
import { timestampAt } from "../../../sim/model/timestamp.ts";

const test = suite("controllers/daemon-set/table");

const SPEC: PodSpec = { containers: [], nodeSelector: { role: "worker" } };
const STATES: readonly RollState[] = ["none", "busy", "broken", "candidate", "surged", "done"];

function node(name: string, role: string, taint: string): Node {
  const taints: Taint[] = taint === "" ? [] : [{ key: "k", effect: taint }];
  return { metadata: { name, labels: { role } }, spec: { taints } };
}

interface PodParts {
  readonly node: string;
  readonly hash: string;
  readonly phase?: string;
  readonly readyAt?: number | null;
  readonly isGoing?: boolean;
  readonly age?: number;
}

function pod(name: string, { age = 0, hash, isGoing, node: nodeName, phase = "Running", readyAt = 0 }: PodParts): Pod {
  return {
    metadata: {
      name,
      labels: { [HASH_LABEL]: hash },
      creationTimestamp: timestampAt(age * SECOND),
      ...(isGoing ? { deletionTimestamp: timestampAt(0) } : {}),
    },
    spec: { containers: [], nodeName },
    status: {
      phase,
      conditions:
        readyAt === null ? [] : [{ type: "Ready", status: "True", lastTransitionTime: timestampAt(readyAt * SECOND) }],
    },
  };
}

function target(parts: Partial<DaemonTarget> = {}): DaemonTarget {
  return { hash: "v2", spec: SPEC, minReadySeconds: 0, hasSurge: false, ...parts };
}

/** Everything that a table says, in an order of its own. */
function summary(table: DaemonTable): unknown {
  const sorted = (names: Iterable<string>) => [...names].sort();
  return {
    counts: { ...table.counts },
    needing: sorted(table.needing),
    care: sorted(table.care),
    rolls: Object.fromEntries(STATES.filter((s) => s !== "none").map((s) => [s, sorted(table.rolling(s))])),
  };
}

const nodeName = fc.constantFrom("a", "b", "c", "d");
const action = fc.oneof(
  fc.record({
    do: fc.constant("node" as const),
    name: nodeName,
    role: fc.constantFrom("worker", "other"),
    taint: fc.constantFrom("", "", "NoSchedule", "NoExecute", "PreferNoSchedule"),
  }),
  fc.record({ do: fc.constant("noNode" as const), name: nodeName }),
  fc.record({
    do: fc.constant("pod" as const),
    name: fc.constantFrom("p", "q", "r", "s", "t"),
    node: nodeName,
    hash: fc.constantFrom("v1", "v2"),
    phase: fc.constantFrom("Running", "Running", "Pending", "Failed", "Succeeded"),
    readyAt: fc.constantFrom(null, 0, 20),
    isGoing: fc.boolean(),
  }),
  fc.record({ do: fc.constant("noPod" as const), name: fc.constantFrom("p", "q", "r", "s", "t") }),
  fc.record({
    do: fc.constant("target" as const),
    hash: fc.constantFrom("v1", "v2"),
    minReadySeconds: fc.constantFrom(0, 10),
    hasSurge: fc.boolean(),
  }),
  fc.record({ do: fc.constant("wait" as const), seconds: fc.nat({ max: 15 }) }),
);

test("kept by changes it says the same as built anew", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const nodes = new Map<string, Node>();
      const pods = new Map<string, Pod>();
      const kept = new DaemonTable(nodes);
      let wanted = target();
      let now = 20 * SECOND;
      for (const step of actions) {
        if (step.do === "node") {
          nodes.set(step.name, node(step.name, step.role, step.taint));
          kept.nodeChanged(step.name);
        } else if (step.do === "noNode") {
          nodes.delete(step.name);
          kept.nodeChanged(step.name);
        } else if (step.do === "pod") {
          const before = pods.get(step.name);
          if (before !== undefined) kept.removePod(targetNodeOf(before), step.name);
          const after = pod(step.name, step);
          pods.set(step.name, after);
          kept.putPod(step.node, step.name, after);
        } else if (step.do === "noPod") {
          const before = pods.get(step.name);
          if (before === undefined) continue;
          pods.delete(step.name);
          kept.removePod(targetNodeOf(before), step.name);
        } else if (step.do === "target") wanted = target(step);
        else now += step.seconds * SECOND;
        kept.refresh(wanted, now);
        const anew = new DaemonTable(nodes);
        for (const [name, object] of pods) anew.putPod(targetNodeOf(object), name, object);
        anew.refresh(wanted, now);
        assert.equal(summary(kept), summary(anew));
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});

test("eligibility: name, selector, affinity, and taints by their effect", () => {
  const eligible = eligibilityOf(SPEC);
  const of = (n: Node) => {
    const { shouldContinue, shouldRun } = eligible(n);
    return shouldRun ? "run" : shouldContinue ? "stay" : "go";
  };
  assert.is(of(node("a", "worker", "")), "run");
  assert.is(of(node("a", "other", "")), "go");
  assert.is(of(node("a", "worker", "NoSchedule")), "stay");
  assert.is(of(node("a", "worker", "NoExecute")), "go");
  assert.is(of(node("a", "worker", "PreferNoSchedule")), "run");
  const taints = [
    { key: "k", effect: "NoSchedule" },
    { key: "node.kubernetes.io/not-ready", effect: "NoExecute" },
  ];
  assert.is(of({ metadata: { name: "a", labels: { role: "worker" } }, spec: { taints } }), "stay");
  const named = eligibilityOf({ containers: [], nodeName: "a" });
  assert.equal([named(node("a", "", "")).shouldRun, named(node("b", "", "")).shouldRun], [true, false]);
});

test("the pod that counts is the one on a node, then the older, then the first by name", () => {
  const unbound: Pod = { ...pod("0", { node: "", hash: "v1", age: 0 }) };
  const pods = [
    pod("z", { node: "a", hash: "v1", age: 5 }),
    pod("y", { node: "a", hash: "v1", age: 9 }),
    pod("x", { node: "a", hash: "v1", age: 9 }),
  ];
  assert.equal(
    [unbound, ...pods].sort(oldestFirst).map((p) => p.metadata.name),
    ["z", "x", "y", "0"],
  );
});

function rolled(
  parts: readonly (readonly [string, readonly PodParts[]])[],
  rolling: NonNullable<DaemonSet["spec"]>["updateStrategy"],
  hasSurge = false,
) {
  const names = parts.map(([name]) => name);
  const table = new DaemonTable(new Map(names.map((name) => [name, node(name, "worker", "")])));
  for (const [name, pods] of parts)
    for (const [i, p] of pods.entries()) table.putPod(name, `${name}${i}`, pod(`${name}${i}`, p));
  const wanted = target({ hasSurge });
  for (const name of names) table.nodeChanged(name);
  table.refresh(wanted, 100 * SECOND);
  const set: DaemonSet = { metadata: { name: "d" }, spec: { ...(rolling && { updateStrategy: rolling }) } };
  const { create, remove } = rollingUpdate(set, table, wanted);
  return { create, remove: remove.map((p) => p.metadata.name) };
}

const old = (n: string, readyAt: number | null = 0): PodParts => ({ node: n, hash: "v1", readyAt });
const fresh = (n: string, readyAt: number | null = 0): PodParts => ({ node: n, hash: "v2", readyAt });
const rolling = (maxUnavailable: number | string, maxSurge: number | string = 0) => ({
  type: "RollingUpdate",
  rollingUpdate: { maxUnavailable, maxSurge },
});

test("without surge: unavailable old pods go at once and use up the budget, as do new ones that are not ready", () => {
  const nodes = [
    ["a", [old("a")]],
    ["b", [old("b", null)]],
    ["c", [fresh("c", null)]],
    ["d", [old("d")]],
    ["e", [fresh("e")]],
  ] as const;
  assert.equal(rolled(nodes, rolling(2)), { create: [], remove: ["b0"] });
  assert.equal(rolled(nodes, rolling(3)), { create: [], remove: ["b0", "a0"] });
  assert.equal(rolled(nodes, rolling(9)), { create: [], remove: ["b0", "a0", "d0"] });
  // 20 % of 5 nodes; both nothing is one
  assert.equal(rolled(nodes, rolling("20%")).remove, ["b0"]);
  assert.equal(
    rolled(
      nodes.filter(([name]) => name !== "b" && name !== "c"),
      rolling(0),
    ).remove,
    ["a0"],
  );
});

test("with surge: new pods beside old ones up to the limit, and old ones go when theirs are available", () => {
  const nodes = [
    ["a", [old("a"), fresh("a")]],
    ["b", [old("b"), fresh("b", null)]],
    ["c", [old("c")]],
    ["d", [old("d")]],
    ["e", [old("e", null)]],
  ] as const;
  assert.equal(rolled(nodes, rolling(0, 1), true), { create: ["e"], remove: ["a0"] });
  assert.equal(rolled(nodes, rolling(0, 2), true), { create: ["e", "c"], remove: ["a0"] });
});

test("back-off of failed pods: at once, then 1 s, 2 s … up to 15 min; forgotten after half an hour", () => {
  const backOff = new FailedPodsBackOff();
  const gaps: number[] = [];
  let last = 0;
  for (let now = 0; now < 7200 * SECOND; now += SECOND / 2) {
    if (backOff.next("k", now) > 0) continue;
    gaps.push((now - last) / SECOND);
    last = now;
  }
  assert.equal(gaps.slice(0, 12), [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]);
  assert.is(backOff.next("other", 0), 0);
  assert.is(backOff.next("k", last + 30 * MINUTE + 1), 0);
  assert.is(backOff.next("k", last + 30 * MINUTE + 2), SECOND - 1);
});

test.run();
