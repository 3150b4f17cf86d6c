// Disruption budgets: what they count, what an eviction costs until it is seen, and what is taken back when nothing follows.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BudgetMembership } from "../../sim/controllers/disruption/membership.ts";
import { disruptionController } from "../../sim/controllers/disruption.ts";
import type { Pod, PodDisruptionBudget } from "../../sim/model/objects.ts";
import { SmallWorld } from "./small-world.ts";

const budget = (spec: PodDisruptionBudget["spec"]): PodDisruptionBudget => ({
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: { name: "b", namespace: "default" },
  spec: { selector: { matchLabels: { app: "a" } }, ...spec },
});

/** Deployment a of ten replicas, and its pods, which are ready after two seconds. */
function world(spec: PodDisruptionBudget["spec"], pods = 10): SmallWorld {
  const w = new SmallWorld([disruptionController]);
  const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c" }] } };
  const workload = { replicas: 10, selector: { matchLabels: { app: "a" } }, template };
  w.create("podDisruptionBudgets", budget(spec), 1);
  w.create(
    "deployments",
    { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a", namespace: "default" }, spec: workload },
    1,
  );
  w.at(1.5, () => {
    const { uid = "" } = w.get("deployments", "default/a").metadata;
    const ownerReferences = [{ apiVersion: "apps/v1", kind: "Deployment", name: "a", uid, controller: true }];
    w.create("replicaSets", {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: "a-1", namespace: "default", ownerReferences },
      spec: workload,
    });
  });
  w.at(2, () => {
    const { uid = "" } = w.get("replicaSets", "default/a-1").metadata;
    const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "a-1", uid, controller: true }];
    for (let i = 0; i < pods; i++)
      w.create("pods", {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: `a-${i}`, namespace: "default", labels: { app: "a" }, ownerReferences },
        spec: template.spec,
      });
  });
  return w.run(6);
}

const counts = (w: SmallWorld) => {
  const { currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods } =
    w.get("podDisruptionBudgets", "default/b").status ?? {};
  return [disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods];
};

test("a share is of what the Deployment wants, rounded up", () => {
  assert.equal(counts(world({ minAvailable: "75%" })), [2, 10, 8, 10]);
  assert.equal(counts(world({ maxUnavailable: "25%" })), [3, 10, 7, 10]);
  assert.equal(counts(world({ maxUnavailable: 1 })), [1, 10, 9, 10]);
  assert.equal(counts(world({ maxUnavailable: 1 }, 9)), [0, 9, 9, 10], "the scale counts, not the pods");
});

test("a number of pods is of the pods that are there", () => {
  assert.equal(counts(world({ minAvailable: 7 })), [3, 10, 7, 10]);
});

test("without pods nothing may be disrupted, and it is told", () => {
  const w = new SmallWorld([disruptionController]);
  w.create("podDisruptionBudgets", budget({ minAvailable: 0 }), 1);
  w.run(2);
  assert.equal(counts(w), [0, 0, 0, 0]);
  const [condition] = w.get("podDisruptionBudgets", "default/b").status?.conditions ?? [];
  assert.is(`${condition?.type}=${condition?.status}:${condition?.reason}`, "DisruptionAllowed=False:InsufficientPods");
  assert.is(w.events("b")[0], "NoPods: No matching pods found");
});

test("an eviction costs the budget at once, and counts as unhealthy when the pod stops", () => {
  const w = world({ minAvailable: "80%" });
  w.client.evict("default/a-3", {});
  w.run(6.003);
  const { disruptedPods, disruptionsAllowed } = w.get("podDisruptionBudgets", "default/b").status ?? {};
  assert.equal([disruptionsAllowed, Object.keys(disruptedPods ?? {})], [1, ["a-3"]]);
  w.run(6.9);
  assert.equal(counts(w), [1, 9, 8, 10]);
  assert.equal(w.get("podDisruptionBudgets", "default/b").status?.disruptedPods, {});
});

test("an allowed eviction that leads to nothing is forgotten after two minutes, and told", () => {
  const w = world({ minAvailable: "80%" });
  w.patchStatus("podDisruptionBudgets", "default/b", (before) => ({
    ...before,
    status: { ...before.status, disruptedPods: { "a-3": "2026-01-01T00:00:06Z" } },
  }));
  w.run(10);
  assert.equal(counts(w), [1, 9, 8, 10]);
  w.run(127.5);
  assert.equal(counts(w), [2, 10, 8, 10]);
  assert.is(w.events("a-3").at(-1), "NotDeleted: Pod was expected by PDB default/b to be deleted but it wasn't");
});

test("pods without a controller leave a share unknown, pods of a Job make it fail safe", () => {
  const w = new SmallWorld([disruptionController]);
  w.create("podDisruptionBudgets", budget({ maxUnavailable: 1 }), 1);
  const labels = { app: "a" };
  const pod = (name: string, more = {}): Pod => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels, ...more },
    spec: { containers: [{ name: "c" }] },
  });
  w.create("pods", pod("bare"), 2);
  w.run(5);
  assert.match(w.events("b").join("\n"), /UnmanagedPods: Pods selected by this PodDisruptionBudget/);
  w.create(
    "pods",
    pod("of-job", {
      ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name: "j", uid: "u", controller: true }],
    }),
  );
  w.run(8);
  const [condition] = w.get("podDisruptionBudgets", "default/b").status?.conditions ?? [];
  assert.is(
    `${condition?.reason} ${condition?.message}`,
    "SyncFailed jobs.batch does not implement the scale subresource",
  );
});

test("a DisruptionTarget condition that nothing followed is taken back after two minutes", () => {
  const w = world({ minAvailable: 1 });
  const target = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    lastTransitionTime: "2026-01-01T00:00:06Z",
  };
  w.patchStatus("pods", "default/a-0", (before) => ({
    ...before,
    status: { ...before.status, conditions: [...(before.status?.conditions ?? []), target] },
  }));
  w.run(100);
  const status = () =>
    w.get("pods", "default/a-0").status?.conditions?.find(({ type }) => type === "DisruptionTarget")?.status;
  assert.is(status(), "True");
  w.run(127);
  assert.is(status(), "False");
});

test("membership follows pods and budgets", () => {
  const members = new BudgetMembership();
  const pod = (name: string, app: string): Pod => ({
    metadata: { name, namespace: "default", labels: { app } },
    spec: { containers: [] },
  });
  members.podSeen("default/p", pod("p", "a"));
  members.budgetSeen("default/b", budget({}), [["default/p", pod("p", "a")]]);
  assert.equal([...members.podsOf("default/b").keys()], ["default/p"]);
  assert.equal(members.podSeen("default/q", pod("q", "x")), []);
  assert.equal(members.podSeen("default/p", pod("p", "x")), ["default/b"], "it was one");
  assert.is(members.podsOf("default/b").size, 0);
  members.podSeen("default/p", pod("p", "a"));
  members.budgetGone("default/b", budget({}));
  assert.equal(members.podGone("default/p"), []);
});

test.run();
