// The eviction subresource against disruption budgets: who may go, what is paid, and what a refusal says.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError } from "../../sim/apiserver/client.ts";
import type { Pod, PodDisruptionBudget } from "../../sim/model/objects.ts";
import { makePod } from "../scheduler/builders.ts";
import { type SmallServer, smallServer, textOf } from "./small-server.ts";

const LABELS = { app: "web" };
const READY = [{ type: "Ready", status: "True" }];

function pod(server: SmallServer, name: string, status: Pod["status"]): void {
  const made = server.create("pods", makePod(name, { nodeName: "n" }, { labels: LABELS }));
  assert.not.instance(made, ApiError);
  server.ask((done) => server.admin.updateStatus("pods", { ...(made as Pod), status }, done));
}

function budget(server: SmallServer, status: PodDisruptionBudget["status"], name = "pdb", policy?: string): void {
  const object = {
    metadata: { name, namespace: "default" },
    spec: { selector: { matchLabels: LABELS }, minAvailable: 1, unhealthyPodEvictionPolicy: policy },
  };
  const made = server.create("podDisruptionBudgets", object) as PodDisruptionBudget;
  server.ask((done) => server.admin.updateStatus("podDisruptionBudgets", { ...made, status }, done));
}

const evict = ({ admin, ask }: SmallServer, name: string) =>
  textOf(ask((done) => admin.evict(`default/${name}`, {}, done)));

test("an eviction pays the budget, marks the pod, and gives it its grace period", () => {
  const server = smallServer();
  pod(server, "a", { phase: "Running", conditions: READY });
  budget(server, {
    disruptionsAllowed: 1,
    observedGeneration: 1,
    currentHealthy: 2,
    desiredHealthy: 1,
    expectedPods: 2,
  });
  assert.is(evict(server, "a"), "ok");
  const { metadata, status } = server.api.get("pods", "default/a")!;
  assert.is(metadata.deletionGracePeriodSeconds, 30);
  const { lastTransitionTime: _time, ...target } = status!.conditions!.find(({ type }) => type === "DisruptionTarget")!;
  assert.equal(target, {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  });
  const paid = server.api.get("podDisruptionBudgets", "default/pdb")!.status!;
  assert.is(paid.disruptionsAllowed, 0);
  assert.equal(Object.keys(paid.disruptedPods ?? {}), ["a"]);
  assert.is(paid.conditions?.[0]?.reason, "InsufficientPods");
});

test("without budget left it is refused; the pod stays as it is", () => {
  const server = smallServer();
  pod(server, "a", { phase: "Running", conditions: READY });
  budget(server, { disruptionsAllowed: 0, observedGeneration: 1, currentHealthy: 1, desiredHealthy: 1 });
  assert.is(evict(server, "a"), "429 Cannot evict pod as it would violate the pod's disruption budget.");
  assert.is(server.api.get("pods", "default/a")!.metadata.deletionTimestamp, undefined);
});

test("a budget that its controller has not counted yet is busy: clients wait ten seconds by themselves", () => {
  const server = smallServer();
  pod(server, "a", { phase: "Running", conditions: READY });
  budget(server, { disruptionsAllowed: 1, observedGeneration: 0 });
  const begin = server.engine.now;
  assert.match(evict(server, "a"), /^429/);
  assert.ok(server.engine.now - begin >= 100_000_000, "ten tries");
});

test("pods that are no loss go without paying: waiting, finished, already going", () => {
  const server = smallServer();
  budget(server, { disruptionsAllowed: 0, observedGeneration: 1, currentHealthy: 0, desiredHealthy: 1 });
  for (const phase of ["Pending", "Succeeded", "Failed"]) {
    pod(server, phase.toLowerCase(), { phase });
    assert.is(evict(server, phase.toLowerCase()), "ok");
  }
});

test("an unready pod goes when enough others are healthy, or when the budget says always", () => {
  const healthy = smallServer();
  pod(healthy, "a", { phase: "Running" });
  budget(healthy, { disruptionsAllowed: 0, observedGeneration: 1, currentHealthy: 1, desiredHealthy: 1 });
  assert.is(evict(healthy, "a"), "ok");
  const sick = smallServer();
  pod(sick, "a", { phase: "Running" });
  budget(sick, { disruptionsAllowed: 0, observedGeneration: 1, currentHealthy: 0, desiredHealthy: 1 });
  assert.match(evict(sick, "a"), /^429/);
  const always = smallServer();
  pod(always, "a", { phase: "Running" });
  budget(always, { disruptionsAllowed: 0, observedGeneration: 1, desiredHealthy: 1 }, "pdb", "AlwaysAllow");
  assert.is(evict(always, "a"), "ok");
});

test("two budgets for one pod are an error of the server", () => {
  const server = smallServer();
  pod(server, "a", { phase: "Running", conditions: READY });
  for (const name of ["x", "y"]) budget(server, { disruptionsAllowed: 1, observedGeneration: 1 }, name);
  assert.match(evict(server, "a"), /^500 This pod has more than one PodDisruptionBudget/);
});

test("a pod that does not exist cannot be evicted", () => {
  assert.is(evict(smallServer(), "a"), '404 pods "a" not found');
});

test.run();
