import { test } from "uvu";
import * as assert from "uvu/assert";
import { SECOND } from "../../sim/engine/tick.ts";
import { DEFAULT_CLOUD } from "../../sim/model/cloud-plan.ts";
import { DEFAULT_CONTROLLER_FLAGS } from "../../sim/model/controller-flags.ts";
import { cloudPlan } from "../../sim/scenario/cloud.ts";
import { cloudSchema } from "../../sim/scenario/cloud-schema.ts";
import { controllerManagerPlan, electionPlan, electionProblem } from "../../sim/scenario/controller-manager.ts";
import { controllerManagerSchema } from "../../sim/scenario/controller-manager-schema.ts";

test("nothing said: one replica with the flags of 1.36; false: none", () => {
  assert.equal(controllerManagerPlan(undefined), { replicas: 1, flags: DEFAULT_CONTROLLER_FLAGS });
  assert.is(controllerManagerPlan(false), null);
});

test("flags by their names, durations in microseconds", () => {
  const spec = { replicas: 3, nodeMonitorGracePeriod: "40s", nodeEvictionRate: 1, leaderElectLeaseDuration: "60s" };
  assert.ok(controllerManagerSchema.safeParse(spec).success);
  const { flags, replicas } = controllerManagerPlan(spec)!;
  assert.equal(
    [
      replicas,
      flags.nodeMonitorGracePeriodMicros,
      flags.nodeEvictionRate,
      flags.leaseDurationMicros,
      flags.leaderElect,
    ],
    [3, 40 * SECOND, 1, 60 * SECOND, true],
  );
  assert.is(controllerManagerSchema.safeParse({ nodeMonitorGracePeriodd: "40s" }).success, false);
  assert.is(controllerManagerSchema.safeParse({ unhealthyZoneThreshold: 2 }).success, false);
});

test("what client-go refuses in the times of an election is refused", () => {
  assert.is(electionProblem(undefined), null);
  assert.equal(electionProblem({ leaderElectLeaseDuration: "5s" })?.path, ["leaderElectLeaseDuration"]);
  assert.equal(electionProblem({ leaderElectRenewDeadline: "15s" })?.path, ["leaderElectRenewDeadline"]);
  assert.equal(electionProblem({ leaderElectRetryPeriod: "9s" })?.path, ["leaderElectRetryPeriod"]);
  assert.equal(electionProblem({ leaderElect: false, replicas: 2 })?.path, ["replicas"]);
  assert.is(electionPlan({ leaderElect: false }), null);
});

test("a cloud that is named has a controller manager, one that is not has none", () => {
  assert.is(cloudPlan(undefined), DEFAULT_CLOUD);
  const spec = { loadBalancer: "10s", replaceMachines: false };
  assert.ok(cloudSchema.safeParse(spec).success);
  const plan = cloudPlan(spec);
  assert.equal([plan.hasControllerManager, plan.replacesMachines], [true, false]);
  assert.equal(plan.loadBalancerMicros, { kind: "constant", value: 10 * SECOND });
  assert.is(cloudPlan({ controllerManager: false }).hasControllerManager, false);
});

test.run();
