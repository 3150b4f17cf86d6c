// Runs without a duration come to their end: after all faults, and also when a fault leaves nothing that could be written to.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../../sim/cluster.ts";
import { MINUTE } from "../../sim/engine/tick.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

function run(faults: string, etcd = "{}") {
  const { plans, problems } = loadScenarioText(
    `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: idle }
spec:
  until: idle
  cluster:
    controlPlane: { etcd: ${etcd} }
    nodePools: [{ name: n, count: 3, zones: [a, b, c], machine: { cpu: 4, memory: 8Gi } }]
  workload: [{ arrivals: { name: p, shape: { spec: { containers: [{ name: c }] } }, every: 5s, count: 20, lifetime: 5s } }]
  faults: [${faults}]
`,
    "idle.yaml",
    ".",
  );
  assert.equal(problems, []);
  return simulate(plans[0]!).identity;
}

const GAVE_UP = ["the run ended before it was idle: nothing can be written to etcd any more"];

test("faults that are still to come keep a run going; backups do not", () => {
  const { simDurationMicros, warnings } = run(
    "{ at: 30s, etcdDisasterRestore: { backupEvery: 10s, for: 5s } }, { at: 8m, etcdMoveLeader: {} }",
  );
  // with controllers twice the longest wait of the scheduler's has to pass without progress
  assert.ok(simDurationMicros >= 8 * MINUTE && simDurationMicros < 15 * MINUTE, `${simDurationMicros}`);
  assert.equal(warnings, []);
});

test("a quorum that never comes back, a quota that stays full, a disaster without a backup", () => {
  assert.equal(run("{ at: 30s, etcdQuorumLoss: { recover: never } }").warnings, GAVE_UP);
  assert.equal(run("{ at: 30s, etcdSpaceQuota: { recover: never } }", "{ quotaBytes: 32Mi }").warnings, GAVE_UP);
  assert.equal(run("{ at: 30s, etcdDisasterRestore: { backupAge: 10h, for: 1m } }").warnings, GAVE_UP);
});

test("a long outage is waited for", () => {
  const { simDurationMicros, warnings } = run("{ at: 30s, etcdQuorumLoss: { for: 30m } }");
  assert.ok(simDurationMicros > 30 * MINUTE);
  assert.equal(warnings, []);
});

test.run();
