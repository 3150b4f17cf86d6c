// Bursts: against the number that fits on random clusters, and with boots, seeds and their intervals.
// test-timeout: 240s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fitMore } from "../../../sim/analysis/capacity/fit-more.ts";
import { groundOfPlan } from "../../../sim/analysis/capacity/ground.ts";
import { answerHeadroom, type HeadroomOptions, runBurst, wilson } from "../../../sim/analysis/capacity/headroom.ts";
import { MINUTE } from "../../../sim/engine/tick.ts";
import { pod } from "../../scheduler/cluster.ts";
import { tries } from "../../thorough.ts";
import { planOf } from "./plan-of.ts";
import { randomCluster, randomPod } from "./random-cluster.ts";

const burst = (parts: Partial<HeadroomOptions> = {}): HeadroomOptions => ({
  pod: pod("x", { cpu: "1" }),
  name: "x",
  count: 3,
  atMicros: MINUTE,
  withinMicros: MINUTE,
  seeds: ["1", "2", "3", "4"],
  probability: 0.9,
  ...parts,
});

const typed = (kind: string, objects: readonly object[]) => objects.map((one) => ({ apiVersion: "v1", kind, ...one }));

test("exactly as many run as fit, on random clusters", () => {
  let full = 0;
  for (let seed = 0; seed < tries(40, 500); seed++) {
    const { ground, stream } = randomCluster(seed, { nodes: [1, 3], bound: 3, pending: 0 });
    const { nodes, pods } = ground.objects;
    const plan = planOf({}, { controlPlane: { controllerManager: false } }, [
      ...typed("Node", nodes),
      ...typed("Pod", pods),
    ]);
    const asked = randomPod(stream, "x", false);
    const { sets } = fitMore(groundOfPlan(plan, 0), [{ name: "x", pod: asked, share: 1 }], 1000);
    const run = runBurst(plan, "1", burst({ pod: asked, count: sets + 2 }));
    assert.is(run.inTime, sets, `seed ${seed}`);
    assert.is(run.allMicros, null);
    if (sets === 0) continue;
    full++;
    assert.ok(runBurst(plan, "1", burst({ pod: asked, count: sets })).allMicros !== null, `seed ${seed}`);
  }
  assert.ok(full > 10);
});

test("nodes that come late let a burst succeed in some runs only; the answer says how sure that is", () => {
  const plan = planOf(
    {},
    {
      controlPlane: { controllerManager: false },
      nodePools: [
        { name: "a", count: 1, machine: { cpu: 2, memory: "8Gi" } },
        { name: "late", count: 1, machine: { cpu: 2, memory: "8Gi" }, boot: { uniform: { min: "1m", max: "3m" } } },
      ],
    },
    [],
  );
  const seeds = Array.from({ length: 30 }, (_, i) => String(i));
  const { values, binding, met, answer } = answerHeadroom(plan, { ...burst({ seeds }), require: true });
  const good = values.runs_in_time as number;
  assert.ok(good > 5 && good < 25, `${good} of 30`);
  assert.is(met, false);
  assert.match(answer, /^3 × x at 1m are not all running within 1m in 90 % of runs/);
  assert.ok(
    (values.probability_ci95_low as number) < good / 30 && good / 30 < (values.probability_ci95_high as number),
  );
  assert.is(binding?.constraints[0]?.resource, "cpu");
  assert.is(answerHeadroom(plan, { ...burst({ seeds, probability: 0.1 }), require: true }).met, true);
});

test("Wilson's interval", () => {
  const { low, high } = wilson(8, 10);
  assert.is(Math.round(low * 1e4), 4902);
  assert.is(Math.round(high * 1e4), 9433);
  assert.equal([wilson(0, 5).low, wilson(5, 5).high], [0, 1]);
});

test.run();
