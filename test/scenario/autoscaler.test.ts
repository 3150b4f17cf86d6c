import { test } from "uvu";
import * as assert from "uvu/assert";
import { MINUTE, SECOND } from "../../sim/engine/tick.ts";
import { problemText } from "../../sim/model/problem.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

function load(autoscaling: string, autoscaler = "", zones = "[a, b]") {
  const text = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: x }
spec:
  duration: 5m
  cluster:
    nodePools:
      - { name: n, count: 2, zones: ${zones}, machine: { cpu: 4, memory: 8Gi }${autoscaling} }
${autoscaler === "" ? "" : `    autoscaler: ${autoscaler}\n`}  workload: [{ pods: { count: 1, shape: { apiVersion: v1, kind: Pod, metadata: { name: p }, spec: { containers: [{ name: c, image: i }] } } } }]
`;
  const { plans, problems } = loadScenarioText(text, "x.yaml", ".");
  return { plan: plans[0], problems: problems.map(problemText) };
}

test("a pool with autoscaling is one group per zone, and brings the autoscaler and a cloud", () => {
  const { plan, problems } = load(", autoscaling: { min: 1, max: 3, price: 0.05 }");
  assert.equal(problems, []);
  assert.equal(
    plan!.nodeGroups.map(({ id, max, min, priceMicrosPerHour, zone }) => [id, zone, min, max, priceMicrosPerHour]),
    [
      ["n-a", "a", 1, 3, 50_000],
      ["n-b", "b", 1, 3, 50_000],
    ],
  );
  assert.ok(plan!.cloud.hasControllerManager);
  assert.equal(load(", autoscaling: { min: 1, max: 3 }", "", "[a]").plan!.nodeGroups[0]!.id, "n");
});

test("defaults are upstream's; false keeps the groups without an autoscaler; without groups there is none", () => {
  const { flags } = load(", autoscaling: { min: 1, max: 3 }").plan!.autoscaler!;
  assert.equal(
    [flags.scanIntervalMicros, flags.scaleDownUnneededTimeMicros, flags.maxNodeProvisionTimeMicros],
    [10 * SECOND, 10 * MINUTE, 15 * MINUTE],
  );
  assert.equal([flags.expander, flags.maxTotalUnreadyPercentage, flags.okTotalUnreadyCount], [["least-waste"], 45, 3]);
  const off = load(", autoscaling: { min: 1, max: 3 }", "false").plan!;
  assert.equal([off.autoscaler, off.nodeGroups.length], [null, 2]);
  assert.equal([load("").plan!.autoscaler, load("").plan!.nodeGroups], [null, []]);
});

test("flags by their names", () => {
  const { plan } = load(
    ", autoscaling: { min: 0, max: 3 }",
    "{ scanInterval: 20s, expander: [priority, price], maxDrainParallelism: 2, replicas: 2 }",
  );
  const { flags, replicas } = plan!.autoscaler!;
  assert.equal(
    [flags.scanIntervalMicros, flags.expander, flags.maxDrainParallelism, replicas],
    [20 * SECOND, ["priority", "price"], 2, 2],
  );
});

test("mistakes are found at their place", () => {
  assert.match(
    load("", "{}").problems[0] ?? "",
    /^x\.yaml:\d+:\d+: spec\.cluster\.autoscaler: expected a node pool with autoscaling/,
  );
  assert.match(
    load(", autoscaling: { min: 4, max: 3 }").problems[0] ?? "",
    /^x\.yaml:8:\d+: .*autoscaling\.min: expected at most max, which is 3/,
  );
  assert.match(
    load(", autoscaling: { min: 1, max: 3 }", "{ expander: leastwaste }").problems[0] ?? "",
    /autoscaler\.expander: expected one of random, least-waste/,
  );
  assert.match(
    load(", autoscaling: { min: 1, max: 3 }", "{ expander: [price, price] }").problems[0] ?? "",
    /expected each expander once/,
  );
  assert.match(
    load(", autoscaling: { min: 1, max: 3 }", "{ scanIntervall: 5s }").problems[0] ?? "",
    /did you mean scanInterval/,
  );
  assert.match(
    load(", autoscaling: { min: 1, max: 3 }", "{ initialNodeGroupBackoffDuration: 1h }").problems[0] ?? "",
    /a first back-off that is not longer/,
  );
});

test.run();
