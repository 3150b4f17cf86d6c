// Order of deletion: each rule decides only what those before it leave open.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { deletionCost, podsToDelete } from "../../../sim/controllers/replica-set/pods-to-delete.ts";
import { SECOND } from "../../../sim/engine/tick.ts";
import type { Pod } from "../../../sim/model/objects.ts";
import { timestampAt } from "../../../sim/model/timestamp.ts";

const test = suite("controllers/replica-set/pods-to-delete");

const NOW = 100_000 * SECOND;

interface Parts {
  readonly node?: string | null;
  readonly phase?: string;
  /** Seconds since it is ready; null = it is not. */
  readonly ready?: number | null;
  readonly cost?: string;
  readonly restarts?: number;
  readonly sidecarRestarts?: number;
  readonly age?: number;
  readonly isGoing?: boolean;
}

function pod(name: string, parts: Parts = {}): Pod {
  const { age = 10_000, cost, isGoing, node = "n", phase = "Running", ready = 5000, restarts = 0 } = parts;
  const at = (secondsAgo: number) => timestampAt(NOW - secondsAgo * SECOND);
  return {
    metadata: {
      name,
      uid: name,
      creationTimestamp: at(age),
      ...(cost === undefined ? {} : { annotations: { "controller.kubernetes.io/pod-deletion-cost": cost } }),
      ...(isGoing ? { deletionTimestamp: at(0) } : {}),
    },
    spec: {
      containers: [{ name: "c" }],
      initContainers: [{ name: "side", restartPolicy: "Always" }, { name: "once" }],
      ...(node === null ? {} : { nodeName: node }),
    },
    status: {
      phase,
      conditions: ready === null ? [] : [{ type: "Ready", status: "True", lastTransitionTime: at(ready) }],
      containerStatuses: [{ name: "c", restartCount: restarts }],
      initContainerStatuses: [
        { name: "side", restartCount: parts.sidecarRestarts ?? 0 },
        { name: "once", restartCount: 99 },
      ],
    },
  };
}

/** Names in the order in which they would go. */
function order(pods: readonly Pod[], related: readonly Pod[] = pods): string[] {
  const names: string[] = [];
  for (let count = 1; count <= pods.length; count++) {
    const chosen = podsToDelete(pods, related, count, NOW).map((p) => p.metadata.name);
    const fresh = chosen.filter((name) => !names.includes(name));
    names.push(...fresh);
  }
  return names;
}

test("each rule, by what goes first", () => {
  const cases: readonly (readonly [string, Parts, Parts])[] = [
    ["unassigned before assigned", { node: null, phase: "Running" }, { phase: "Pending", ready: null }],
    ["pending before running", { phase: "Pending" }, { ready: null }],
    ["unknown before running", { phase: "Unknown" }, { ready: null }],
    ["not ready before ready", { ready: null, cost: "9" }, { cost: "1" }],
    ["cheap before expensive", { cost: "-5", ready: 9000 }, { ready: 10 }],
    ["ready for a shorter time, in powers of two", { ready: 100, restarts: 0 }, { ready: 5000, restarts: 9 }],
    ["restarted more often", { restarts: 2, age: 90_000 }, { restarts: 1, age: 10 }],
    ["sidecars restarted more often", { sidecarRestarts: 2, age: 90_000 }, { sidecarRestarts: 1, age: 10 }],
    ["younger, in powers of two", { age: 100 }, { age: 10_000 }],
  ];
  for (const [name, first, second] of cases) {
    // also against the order of names and of the list
    assert.equal(order([pod("a", second), pod("z", first)]), ["z", "a"], name);
    assert.equal(order([pod("a", first), pod("z", second)]), ["a", "z"], name);
  }
});

test("doubled up on a node with related pods goes before how long it has been ready", () => {
  const pods = [pod("a", { node: "x", ready: 10 }), pod("b", { node: "y", ready: 9000 })];
  const sibling = (name: string, node: string, parts: Parts = {}) => pod(name, { ...parts, node });
  assert.equal(order(pods, [...pods, sibling("c", "y")]), ["b", "a"]);
  assert.equal(
    order(pods, [...pods, sibling("c", "y", { isGoing: true })]),
    ["a", "b"],
    "terminating ones do not count",
  );
  assert.equal(order(pods, [...pods, sibling("c", "y", { phase: "Failed" })]), ["a", "b"]);
});

test("within one bucket the uid decides, however the times lie", () => {
  // 2^42 ns is about 4398 s: 5000 s and 8000 s are in one bucket
  assert.equal(order([pod("b", { ready: 5000 }), pod("a", { ready: 8000 })]), ["a", "b"]);
});

test("all when all are too many", () => {
  const pods = [pod("b"), pod("a")];
  assert.equal(podsToDelete(pods, pods, 2, NOW), pods);
});

test("a deletion cost that the API server would refuse is none", () => {
  const costs = ["10", "-10", "0", "+5", "05", "1.5", "abc", "", "99999999999"];
  assert.equal(
    costs.map((cost) => deletionCost(pod("p", { cost }))),
    [10, -10, 0, 0, 0, 0, 0, 0, 0],
  );
});

test.run();
