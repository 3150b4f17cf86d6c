// Hidden races: small whole clusters run again with simultaneous events in other orders. Nothing may fail, every expectation must hold as
// before, and what an operator counts must be the same. What may differ, and why, is said in docs/decisions/0013-simultaneous-events.md.
// test-timeout: 180s
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Cluster, type SimulateOptions } from "../../sim/cluster.ts";
import type { Pod } from "../../sim/model/objects.ts";
import { problemText } from "../../sim/model/problem.ts";
import { loadScenario } from "../../sim/scenario/load.ts";
import type { Plan } from "../../sim/scenario/plan.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { isThorough } from "../thorough.ts";

const ORDERS = isThorough ? ["1", "2"] : ["1"];

interface Case {
  readonly scenario: string;
  /** Summary values that depend on which pod lies where. */
  readonly varying?: readonly string[];
  /** Left to the thorough tests. */
  readonly isLong?: boolean;
}

const CASES: readonly Case[] = [
  { scenario: "scenarios/failures/node-crash.yaml" },
  { scenario: "scenarios/failures/zone-outage.yaml", isLong: true },
  { scenario: "scenarios/failures/load-spike.yaml", isLong: true },
  { scenario: "scenarios/failures/leader-loss.yaml" },
  { scenario: "scenarios/operations/rolling-update.yaml", isLong: true },
  { scenario: "scenarios/operations/drain-with-budget.yaml" },
  { scenario: "scenarios/operations/statefulset-update.yaml", isLong: true },
  { scenario: "scenarios/stories/s30-endless-job.yaml" },
  // pods of an empty cluster are placed in the order in which they come, and a machine dies: those that lie there are replaced
  {
    scenario: "test/fixtures/whole-cluster/fresh.yaml",
    varying: ["evictions", "pods_created", "pods_scheduled", "pods_failed"],
  },
  { scenario: "test/fixtures/whole-cluster/settled.yaml" },
];

const COUNTED = ["pods_created", "pods_scheduled", "pods_failed", "evictions", "preemptions", "restarts"];

function planOf(scenario: string): Plan {
  const { plans, problems } = loadScenario(join(repositoryRoot, scenario));
  assert.equal(problems.map(problemText), []);
  return plans[0]!;
}

function run(plan: Plan, options: SimulateOptions = {}) {
  const cluster = new Cluster(plan, plan.seed, options);
  cluster.run();
  return { result: cluster.freeze(), seen: seenIn(cluster) };
}

/** What somebody who looks at the cluster counts, without names and places. */
function seenIn(cluster: Cluster): Readonly<Record<string, readonly string[]>> {
  const { list } = cluster.state();
  // what finished is counted by its Job
  const pods = list("pods").filter(({ status }) => status?.phase !== "Failed" && status?.phase !== "Succeeded");
  return {
    pods: pods.map(kindOfPod).sort(),
    replicaSets: list("replicaSets")
      .map(({ metadata, spec }) => `${revisionOf(metadata.annotations)}: ${spec?.replicas}`)
      .sort(),
    deployments: list("deployments").map(
      ({ metadata, status }) => `${metadata.name} ${revisionOf(metadata.annotations)} ${status?.updatedReplicas}`,
    ),
    statefulSets: list("statefulSets").map(({ metadata, status }) => `${metadata.name} ${status?.updatedReplicas}`),
    jobs: list("jobs")
      .map(({ status }) => `${status?.succeeded} ${status?.conditions?.map(({ type }) => type).join()}`)
      .sort(),
    nodes: list("nodes").map(({ metadata, spec, status }) =>
      [
        metadata.name,
        spec?.unschedulable ?? false,
        status?.conditions?.find(({ type }) => type === "Ready")?.status,
        ...(spec?.taints ?? []).map(({ key }) => key).sort(),
      ].join(" "),
    ),
  };
}

const revisionOf = (annotations: Readonly<Record<string, string>> | undefined) =>
  annotations?.["deployment.kubernetes.io/revision"];

function kindOfPod({ metadata, status }: Pod): string {
  return `${metadata.ownerReferences?.[0]?.kind} ${metadata.labels?.["app"]} ${status?.phase}`;
}

for (const { scenario, varying = [] } of CASES.filter(({ isLong = false }) => isThorough || !isLong)) {
  test(`${scenario}: in another order of simultaneous events, the same is counted`, () => {
    const plan = planOf(scenario);
    const first = run(plan);
    for (const order of ORDERS) {
      const { result, seen } = run(plan, { shuffleTies: order });
      assert.equal(result.identity.invalidReasons, [], order);
      for (const { holds, text, note } of result.verdicts) assert.ok(holds, `order ${order}: ${text}: ${note}`);
      assert.equal(seen, first.seen, `order ${order}`);
      for (const name of COUNTED.filter((column) => !varying.includes(column)))
        assert.is(result.summary[name], first.result.summary[name], `order ${order}: ${name}`);
    }
  });
}

test("an order is an order of its own: another digest, a warning that says so, and the same again for the same seed", () => {
  const plan = { ...planOf("scenarios/operations/statefulset-update.yaml"), durationMicros: 150e6 };
  const plain = run(plan).result.identity;
  const one = run(plan, { shuffleTies: "1" }).result.identity;
  assert.not.equal(one.digest, plain.digest);
  assert.is(run(plan, { shuffleTies: "1" }).result.identity.digest, one.digest);
  assert.not.equal(run(plan, { shuffleTies: "2" }).result.identity.digest, one.digest);
  assert.is(one.warnings.filter((text) => text.includes("shuffle ties: 1")).length, 1);
  assert.is(plain.warnings.filter((text) => text.includes("shuffle ties")).length, 0);
});

test.run();
