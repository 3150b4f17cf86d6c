// Proposals of the replica calculator, case by case.
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Calculation,
  calculateReplicas,
} from "../../../sim/controllers/horizontal-pod-autoscaling/replica-calculator.ts";
import { DEFAULT_CONTROLLER_FLAGS } from "../../../sim/model/controller-flags.ts";
import type { Pod } from "../../../sim/model/objects.ts";
import { timestampAt } from "../../../sim/model/timestamp.ts";

const NOW = 1_000_000_000;

interface Case {
  readonly phase?: string;
  readonly ready?: boolean;
  /** Millicores; undefined = no metrics. */
  readonly use?: number;
  /** Seconds before now. */
  readonly startedAgo?: number;
  readonly readyAgo?: number;
}

function propose(cases: readonly Case[], more: Partial<Calculation> = {}): number | string {
  const pods: Pod[] = [];
  const metrics = new Map();
  const requests = new Map<string, number>();
  cases.forEach(({ phase = "Running", ready = true, readyAgo = 800, startedAgo = 900, use }, i) => {
    const name = `p${i}`;
    const since = timestampAt(NOW - readyAgo * 1e6);
    const conditions = [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: since }];
    pods.push({
      metadata: { name, namespace: "default" },
      spec: { containers: [] },
      status: { phase, startTime: timestampAt(NOW - startedAgo * 1e6), conditions },
    });
    requests.set(name, 1000);
    if (use !== undefined) metrics.set(name, { value: use, timestampMicros: NOW, windowMicros: 15e6 });
  });
  const answer = calculateReplicas({
    currentReplicas: cases.length,
    target: { kind: "utilization", percent: 50 },
    tolerances: { up: 0.1, down: 0.1 },
    resource: "cpu",
    pods,
    metrics,
    requests,
    flags: DEFAULT_CONTROLLER_FLAGS,
    nowMicros: NOW,
    ...more,
  });
  return typeof answer === "string" ? answer : answer.replicas;
}

test("the ratio of use and target, rounded up", () => {
  assert.is(propose([{ use: 800 }, { use: 800 }, { use: 800 }]), 5);
  assert.is(propose([{ use: 200 }, { use: 200 }, { use: 200 }]), 2);
  assert.is(propose([{ use: 540 }, { use: 540 }]), 2, "within tolerance");
});

test("on the way up, pods that are not ready count as idle", () => {
  assert.is(propose([{ use: 1000 }, { use: 1000 }, { phase: "Pending" }]), 4);
  assert.is(
    propose([{ use: 1000 }, { phase: "Pending" }, { phase: "Pending" }, { phase: "Pending" }]),
    4,
    "it would turn round",
  );
});

test("on the way down, pods that are not ready are left out", () => {
  assert.is(propose([{ use: 100 }, { use: 100 }, { phase: "Pending" }]), 1);
});

test("missing metrics count against the change", () => {
  assert.is(propose([{ use: 1000 }, { use: 1000 }, {}, {}]), 4, "idle on the way up: 2 × 1000 of 4 pods is the target");
  assert.is(propose([{ use: 100 }, { use: 100 }, {}, {}]), 4, "all of their request on the way down: 55 %");
  assert.is(propose([{ use: 10 }, { use: 10 }, { use: 10 }, {}]), 2);
});

test("a pod that has just started says nothing, nor one that was never ready", () => {
  assert.is(propose([{ use: 1000 }, { use: 1000, startedAgo: 30, readyAgo: 5 }]), 2, "its window is not whole");
  assert.is(propose([{ use: 1000 }, { use: 1000, startedAgo: 30, readyAgo: 16 }]), 4);
  assert.is(propose([{ use: 1000 }, { use: 1000, ready: false, startedAgo: 900, readyAgo: 899 }]), 2);
  assert.is(
    propose([{ use: 1000 }, { use: 1000, ready: false, startedAgo: 900, readyAgo: 100 }]),
    4,
    "it was ready once",
  );
});

test("an amount per pod instead of a share", () => {
  assert.is(propose([{ use: 300 }, { use: 300 }], { target: { kind: "average", amount: 100 } }), 6);
});

test("what cannot be told is told", () => {
  assert.is(propose([]), "no pods returned by selector while calculating replica count");
  assert.match(String(propose([{ phase: "Pending" }])), /pods might be unready/);
});

test.run();
