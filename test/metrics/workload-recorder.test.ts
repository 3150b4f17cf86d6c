// Workloads, evictions and nodes as the recorder counts them from changes of objects, checked by hand.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Recorder, type SeenEvent } from "../../sim/metrics/recorder.ts";
import type { ClusterObjects } from "../../sim/model/objects.ts";

const SECOND = 1_000_000;

/** Stores objects and tells the recorder of every change, at the second that is set. */
class Store {
  now = 0;
  readonly seen: SeenEvent[] = [];
  readonly recorder = new Recorder({
    clock: () => this.now,
    stepMicros: 3600 * SECOND,
    maxEvents: 100,
    hasEventObjects: true,
    onEvent: (event) => this.seen.push(event),
  });
  private readonly objects = new Map<string, Record<string, unknown>>();

  at(seconds: number): this {
    this.now = seconds * SECOND;
    return this;
  }

  put(kind: keyof ClusterObjects, name: string, fields: Record<string, unknown>): this {
    const key = `${kind}/${name}`;
    const before = this.objects.get(key);
    const metadata = {
      name,
      namespace: "default",
      uid: key,
      ...(before?.metadata as object | undefined),
      ...(fields.metadata as object | undefined),
    };
    const object = { ...before, ...fields, metadata };
    this.objects.set(key, object);
    this.recorder.changed(kind, before === undefined ? "ADDED" : "MODIFIED", object, before);
    return this;
  }

  remove(kind: keyof ClusterObjects, name: string): this {
    const before = this.objects.get(`${kind}/${name}`);
    this.objects.delete(`${kind}/${name}`);
    this.recorder.changed(kind, "DELETED", before, before);
    return this;
  }
}

const template = (image: string) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "c", image }] },
});
const ownedBy = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, controller: true }] });
const spec = { containers: [{ name: "c" }] };
const status = (ready: boolean, more = {}) => ({
  phase: "Running",
  conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
  ...more,
});

function web(): Store {
  return new Store()
    .put("deployments", "web", { spec: { replicas: 2, template: template("1") } })
    .put("replicaSets", "web-1", { metadata: ownedBy("Deployment", "web"), spec: { replicas: 2 } })
    .put("pods", "a", { metadata: ownedBy("ReplicaSet", "web-1"), spec })
    .put("pods", "b", { metadata: ownedBy("ReplicaSet", "web-1"), spec });
}

const rowOf = (store: Store) => {
  const { numbers } = store.recorder.workloads.table;
  return (name: keyof typeof numbers) => numbers[name].get(0);
};

test("ready pods are counted through the ReplicaSet, and the time without them is exact", () => {
  const store = web();
  store.at(10).put("pods", "a", { status: status(true) });
  store.at(30).put("pods", "b", { status: status(true) });
  store.at(50).put("pods", "b", { status: status(false) });
  store.at(60).put("pods", "b", { status: status(true) });
  store.at(100).recorder.finish();
  const value = rowOf(store);
  assert.is(value("ready"), 2);
  assert.is(value("firstFullMicros"), 30 * SECOND);
  assert.is(value("leastReady"), 1);
  assert.is(value("noneReadyMicros"), 10 * SECOND);
  assert.is(value("belowDesiredMicros"), 40 * SECOND);
  // two missing for 10 s, one for 20 s and again for 10 s
  assert.is(value("lostReplicaMicros"), 50 * SECOND);
  assert.is(value("podsCreated"), 2);
  assert.is(value("revisions"), 1);
  assert.is(store.recorder.workloads.table.rows, 1);
});

test("owners that come later than their pods adopt them, as at the start of a settled cluster", () => {
  const store = new Store()
    .put("pods", "a", { metadata: ownedBy("ReplicaSet", "web-1"), spec, status: status(true) })
    .put("pods", "b", { metadata: ownedBy("ReplicaSet", "web-1"), spec, status: status(true) })
    .put("replicaSets", "web-1", { metadata: ownedBy("Deployment", "web"), spec: { replicas: 2 } })
    .put("deployments", "web", { spec: { replicas: 2, template: template("1") } });
  store.at(10).put("pods", "a", { status: status(false) });
  store.at(20).recorder.finish();
  const value = rowOf(store);
  assert.equal([value("ready"), value("podsCreated"), value("revisions")], [1, 2, 1]);
  assert.equal([value("belowDesiredMicros"), value("firstFullMicros")], [10 * SECOND, 0]);
});

test("a disruption budget says from which number of pods on a workload is unavailable", () => {
  const store = web();
  const budget = { spec: { selector: { matchLabels: { app: "web" } } } };
  store.put("podDisruptionBudgets", "web", { ...budget, status: { desiredHealthy: 1 } });
  store.at(10).put("pods", "a", { status: status(true) });
  store.at(20).put("podDisruptionBudgets", "web", { status: { desiredHealthy: 2 } });
  store.at(50).recorder.finish();
  assert.is(rowOf(store)("unavailableMicros"), 40 * SECOND);
});

test("a rollout begins with another template and ends as kubectl rollout status says; a scaling is none", () => {
  const store = web();
  store.put("pods", "a", { status: status(true) }).put("pods", "b", { status: status(true) });
  const generation = { generation: 2 };
  store.at(5).put("deployments", "web", { spec: { replicas: 2, template: template("1") } });
  assert.is(store.recorder.workloads.rollouts.rows, 0);
  store.at(10).put("deployments", "web", { metadata: generation, spec: { replicas: 2, template: template("2") } });
  store.put("replicaSets", "web-2", { metadata: ownedBy("Deployment", "web"), spec: { replicas: 1 } });
  store.at(11).put("pods", "c", { metadata: ownedBy("ReplicaSet", "web-2"), spec });
  store.at(15).put("pods", "c", { status: status(true) });
  store.put("pods", "a", { metadata: { deletionTimestamp: "2026-01-01T00:00:45Z" } });
  const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
  store.at(16).put("deployments", "web", { status: { ...done, updatedReplicas: 1 } });
  store.at(20).put("deployments", "web", { status: done });
  const { rollouts } = store.recorder.workloads;
  const { startedMicros, endedMicros, surgeMax, unavailableMax } = rollouts.numbers;
  assert.equal([startedMicros.get(0), endedMicros.get(0)], [10 * SECOND, 20 * SECOND]);
  assert.equal([surgeMax.get(0), unavailableMax.get(0)], [1, 0]);
  const value = rowOf(store);
  assert.equal([value("rollouts"), value("rolloutsComplete"), value("rolloutMicros")], [1, 1, 10 * SECOND]);
  assert.is(value("revisions"), 2);
});

test("an eviction: why, how much grace, when gone, and when a later pod of the workload was ready", () => {
  const store = web();
  store.put("pods", "a", { status: status(true) }).put("pods", "b", { status: status(true) });
  const disruption = { type: "DisruptionTarget", status: "True", reason: "DeletionByTaintManager", message: "taint" };
  store.at(10).put("pods", "a", { status: { ...status(true), conditions: [...status(true).conditions, disruption] } });
  store.put("pods", "a", { metadata: { deletionTimestamp: "2026-01-01T00:00:40Z", deletionGracePeriodSeconds: 30 } });
  store.at(11).put("pods", "c", { metadata: ownedBy("ReplicaSet", "web-1"), spec });
  store.at(12).remove("pods", "a");
  store.at(17).put("pods", "c", { status: status(true) });
  const { numbers, rows, texts } = store.recorder.evictions.table;
  assert.is(rows, 1);
  assert.equal([texts.cause.get(0), texts.reason.get(0)], ["taint", "DeletionByTaintManager"]);
  assert.equal(
    [numbers.timeMicros, numbers.graceSeconds, numbers.goneMicros, numbers.replacedMicros].map((of) => of.get(0)),
    [10 * SECOND, 30, 12 * SECOND, 17 * SECOND],
  );
  assert.is(rowOf(store)("podsEvicted"), 1);
});

test("restarts of containers add up over the pods of a workload", () => {
  const store = web();
  store.put("pods", "a", { status: status(false, { containerStatuses: [{ name: "c", restartCount: 2 }] }) });
  store.put("pods", "b", { status: status(false, { containerStatuses: [{ name: "c", restartCount: 1 }] }) });
  store.put("pods", "a", { status: status(false, { containerStatuses: [{ name: "c", restartCount: 3 }] }) });
  assert.is(rowOf(store)("restarts"), 4);
});

test("nodes: time not ready, how often, cordons, taints", () => {
  const store = new Store();
  const ready = (is: string) => ({ conditions: [{ type: "Ready", status: is }] });
  store.put("nodes", "n", { status: ready("True") });
  store.at(10).put("nodes", "n", { status: ready("Unknown") });
  store.at(25).put("nodes", "n", { status: ready("True") });
  store
    .at(30)
    .put("nodes", "n", { spec: { unschedulable: true, taints: [{ key: "k", value: "v", effect: "NoSchedule" }] } });
  store.at(40).recorder.finish();
  const { numbers, periods, texts } = store.recorder.nodes;
  assert.is(numbers.notReadyMicros.get(0), 15 * SECOND);
  assert.is(numbers.notReadyPeriods.get(0), 1);
  assert.is(numbers.cordonedMicros.get(0), 10 * SECOND);
  assert.is(texts.taints.get(0), "k=v:NoSchedule");
  assert.equal([periods.numbers.fromMicros.get(0), periods.numbers.toMicros.get(0)], [10 * SECOND, 25 * SECOND]);
});

test("Event objects are rows of the log; one that comes again counts up; followers hear of both", () => {
  const store = web();
  const event = { involvedObject: { kind: "Pod", namespace: "default", name: "a", uid: "pods/a" }, type: "Warning" };
  const fields = { ...event, reason: "BackOff", message: "again", source: { component: "kubelet" } };
  store.at(3).put("events", "a.1", { ...fields, count: 1 });
  store.at(9).put("events", "a.1", { ...fields, count: 2 });
  store.recorder.podEvent("Warning", "BackOff", "pods/a", "n", "the same, told besides");
  store.recorder.component("Warning", "ComponentExited", "Component", "kube-scheduler-0", "exit 1");
  const { numbers, rows, texts } = store.recorder.events;
  assert.is(rows, 2);
  assert.equal(
    [numbers.timeMicros.get(0), numbers.lastMicros.get(0), numbers.count.get(0)],
    [3 * SECOND, 9 * SECOND, 2],
  );
  assert.equal([texts.component.get(0), texts.reason.get(0)], ["kubelet", "BackOff"]);
  assert.equal(
    store.seen.map(({ object, count }) => `${object} ${count}`),
    ["default/a 1", "default/a 2", "kube-scheduler-0 1"],
  );
});

test.run();
