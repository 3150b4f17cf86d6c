// The rules of the verbs, carried out on a store: versions, conflicts, graceful deletion, finalizers, binding.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ApiError, type ApiObject } from "../../sim/apiserver/client.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import type { Pod } from "../../sim/model/objects.ts";
import { makeNode, makePod } from "../scheduler/builders.ts";
import { MemoryEtcd } from "./memory-etcd.ts";
import { ObjectStore } from "./object-store.ts";

function setUp() {
  const clock = { micros: 0 };
  const etcd = new MemoryEtcd(new Engine({ seed: 1 }));
  return { store: new ObjectStore(etcd, () => clock.micros), clock, etcd };
}

function ok<T extends ApiObject>(answer: T | ApiError): T {
  if (answer instanceof ApiError) throw new Error(answer.message);
  return answer;
}

function refused(answer: unknown): string {
  assert.instance(answer, ApiError);
  return `${(answer as ApiError).code} ${(answer as ApiError).reason}`;
}

test("creation stamps version, uid and time, and refuses a taken name", () => {
  const { store, clock, etcd } = setUp();
  clock.micros = 90 * SECOND;
  const { uid: _uid, ...metadata } = makePod("a").metadata;
  const pod = ok(store.create("pods", { ...makePod("a"), metadata }));
  assert.is(pod.metadata.resourceVersion, "2", "the first write of an etcd is its second revision");
  assert.is(pod.metadata.creationTimestamp, "2026-01-01T00:01:30Z");
  assert.ok(pod.metadata.uid);
  assert.is(refused(store.create("pods", makePod("a"))), "409 AlreadyExists");
  assert.is(etcd.writes, 1, "a refusal changes nothing");
  assert.equal(
    etcd.values.map(({ key }) => key),
    ["/registry/pods/default/a"],
  );
});

test("a name used again gets another uid", () => {
  const { store } = setUp();
  const bare: Pod = { metadata: { name: "a" }, spec: { containers: [] } };
  const first = ok(store.create("pods", bare)).metadata.uid;
  store.delete("pods", "default/a", {});
  assert.is.not(ok(store.create("pods", bare)).metadata.uid, first);
});

test("an update from an old version is a conflict, one without a version is not", () => {
  const { store } = setUp();
  const first = ok(store.create("nodes", makeNode("n")));
  const second = ok(store.update("nodes", { ...first, spec: { unschedulable: true } }));
  assert.is(second.metadata.resourceVersion, "3");
  assert.is(refused(store.update("nodes", first)), "409 Conflict");
  assert.is(refused(store.update("nodes", makeNode("other"))), "404 NotFound");
  const patched = ok(store.update("nodes", makeNode("n")));
  assert.is(patched.spec?.unschedulable, undefined);
  assert.is(first.spec?.unschedulable, undefined, "objects handed out never change");
});

test("status and the rest are written apart", () => {
  const { store } = setUp();
  const pod = ok(store.create("pods", makePod("a")));
  const running = ok(store.updateStatus("pods", { ...pod, spec: { containers: [] }, status: { phase: "Running" } }));
  assert.is(running.spec.containers.length, 1);
  const updated = ok(
    store.update("pods", {
      ...running,
      metadata: { ...running.metadata, labels: { a: "b" } },
      status: { phase: "Failed" },
    }),
  );
  assert.is(updated.status?.phase, "Running");
});

test("binding sets the node once, and only of the pod that was meant", () => {
  const { store } = setUp();
  store.create("pods", makePod("a"));
  const binding = { namespace: "default", name: "a", uid: "uid-a", nodeName: "n" };
  assert.is(refused(store.bind({ ...binding, name: "b" })), "404 NotFound");
  assert.is(refused(store.bind({ ...binding, uid: "another" })), "409 Conflict");
  assert.is(store.bind(binding), null);
  const bound = ok(store.get("pods", "default/a"));
  assert.is(bound.spec.nodeName, "n");
  assert.is(bound.status?.conditions?.find((c) => c.type === "PodScheduled")?.status, "True");
  assert.is(refused(store.bind({ ...binding, nodeName: "m" })), "409 Conflict");
  assert.is(refused(store.update("pods", { ...bound, spec: { ...bound.spec, nodeName: "m" } })), "422 Invalid");
});

test("a gated or terminating pod cannot be bound", () => {
  const { store } = setUp();
  store.create("pods", makePod("gated", { schedulingGates: [{ name: "g" }] }));
  assert.is(
    refused(store.bind({ namespace: "default", name: "gated", uid: "uid-gated", nodeName: "n" })),
    "409 Conflict",
  );
  store.create("pods", makePod("going", {}, { finalizers: ["f"] }));
  store.delete("pods", "default/going", {});
  assert.is(
    refused(store.bind({ namespace: "default", name: "going", uid: "uid-going", nodeName: "n" })),
    "409 Conflict",
  );
});

test("a bound pod is given its grace period, a waiting or finished one is removed at once", () => {
  const { store, clock } = setUp();
  clock.micros = 10 * SECOND;
  store.create("pods", makePod("waiting"));
  store.create("pods", makePod("bound", { nodeName: "n", terminationGracePeriodSeconds: 20 }));
  store.create("pods", makePod("done", { nodeName: "n" }));
  store.updateStatus("pods", { ...makePod("done", { nodeName: "n" }), status: { phase: "Succeeded" } });
  for (const name of ["waiting", "bound", "done"]) store.delete("pods", `default/${name}`, {});
  assert.equal(
    store.list("pods").map((p) => p.metadata.name),
    ["bound"],
  );
  const { metadata } = ok(store.get("pods", "default/bound"));
  assert.equal([metadata.deletionTimestamp, metadata.deletionGracePeriodSeconds], ["2026-01-01T00:00:30Z", 20]);
  assert.is(store.delete("pods", "default/bound", { gracePeriodSeconds: 60 }), null);
  assert.is(ok(store.get("pods", "default/bound")).metadata.deletionGracePeriodSeconds, 20, "never prolonged");
  store.delete("pods", "default/bound", { gracePeriodSeconds: 5 });
  assert.is(ok(store.get("pods", "default/bound")).metadata.deletionGracePeriodSeconds, 5);
  assert.is(refused(store.delete("pods", "default/bound", { gracePeriodSeconds: 0, uid: "another" })), "409 Conflict");
  store.delete("pods", "default/bound", { gracePeriodSeconds: 0, uid: "uid-bound" });
  assert.is(refused(store.get("pods", "default/bound")), "404 NotFound");
});

test("an object with finalizers stays until they are gone", () => {
  const { store, etcd } = setUp();
  const claim = ok(
    store.create("persistentVolumeClaims", {
      metadata: { name: "c", finalizers: ["kubernetes.io/pvc-protection"] },
      spec: {},
    }),
  );
  store.delete("persistentVolumeClaims", "default/c", {});
  const marked = ok(store.get("persistentVolumeClaims", "default/c"));
  assert.ok(marked.metadata.deletionTimestamp);
  store.update("persistentVolumeClaims", { ...claim, metadata: { name: "c", finalizers: [] } });
  assert.is(refused(store.get("persistentVolumeClaims", "default/c")), "404 NotFound");
  assert.equal(etcd.values, []);
});

test("what changes nothing is not written", () => {
  const { store, etcd } = setUp();
  const pod = ok(store.create("pods", makePod("a")));
  const again = ok(store.updateStatus("pods", { ...pod, status: { ...pod.status } }));
  assert.is(again.metadata.resourceVersion, pod.metadata.resourceVersion);
  assert.is(etcd.writes, 1);
  ok(store.updateStatus("pods", { ...pod, status: { phase: "Pending", conditions: [{ type: "x", status: "True" }] } }));
  const labels = { a: "b" };
  ok(store.update("pods", { ...pod, metadata: { ...pod.metadata, resourceVersion: undefined, labels } }));
  assert.is(etcd.writes, 3);
});

test("generation counts changes of the spec, and deletion; a status changes nothing but itself", () => {
  const { store } = setUp();
  const deployment = ok(
    store.create("deployments", {
      metadata: { name: "d" },
      spec: { replicas: 1 },
      status: { replicas: 7 },
    }),
  );
  assert.is(deployment.metadata.generation, 1);
  assert.is(deployment.status, undefined, "nobody is born with a status");
  const scaled = ok(store.update("deployments", { ...deployment, spec: { replicas: 2 }, status: { replicas: 9 } }));
  assert.equal([scaled.metadata.generation, scaled.status], [2, undefined]);
  const annotations = { "deployment.kubernetes.io/revision": "1" };
  const told = ok(
    store.updateStatus("deployments", {
      ...scaled,
      metadata: { ...scaled.metadata, annotations },
      spec: { replicas: 5 },
      status: { replicas: 2 },
    }),
  );
  assert.equal([told.metadata.generation, told.spec?.replicas, told.status?.replicas], [2, 2, 2]);
  assert.equal(told.metadata.annotations, annotations);
  store.update("deployments", { ...told, metadata: { ...told.metadata, finalizers: ["f"] } });
  store.delete("deployments", "default/d", {});
  assert.is(ok(store.get("deployments", "default/d")).metadata.generation, 3);
});

test("propagation policies leave their finalizers to the garbage collector", () => {
  const { store } = setUp();
  for (const name of ["b", "f", "o"]) ok(store.create("replicaSets", { metadata: { name }, spec: {} }));
  store.delete("replicaSets", "default/b", { propagationPolicy: "Background" });
  store.delete("replicaSets", "default/f", { propagationPolicy: "Foreground" });
  store.delete("replicaSets", "default/o", { propagationPolicy: "Orphan" });
  assert.equal(
    store.list("replicaSets").map(({ metadata }) => [metadata.name, metadata.finalizers]),
    [
      ["f", ["foregroundDeletion"]],
      ["o", ["orphan"]],
    ],
  );
  store.delete("replicaSets", "default/f", { propagationPolicy: "Background" });
  assert.is(refused(store.get("replicaSets", "default/f")), "404 NotFound");
});

test("preconditions: another uid, another version", () => {
  const { store } = setUp();
  const made = ok(store.create("configMaps", { metadata: { name: "c" } }));
  assert.is(refused(store.delete("configMaps", "default/c", { uid: "other" })), "409 Conflict");
  assert.is(refused(store.delete("configMaps", "default/c", { resourceVersion: "1" })), "409 Conflict");
  assert.is(store.delete("configMaps", "default/c", { resourceVersion: made.metadata.resourceVersion }), null);
});

test("a namespace goes when its finalizers have", () => {
  const { store } = setUp();
  const made = ok(store.create("namespaces", { metadata: { name: "n" } }));
  assert.equal([made.spec?.finalizers, made.status?.phase], [["kubernetes"], "Active"]);
  store.delete("namespaces", "n", {});
  const going = ok(store.get("namespaces", "n"));
  assert.is(going.status?.phase, "Terminating");
  store.update("namespaces", { ...going, spec: { finalizers: [] } });
  assert.is(refused(store.get("namespaces", "n")), "404 NotFound");
});

test("fields that may not change", () => {
  const { store } = setUp();
  const selector = { matchLabels: { a: "b" } };
  const made = ok(store.create("deployments", { metadata: { name: "d" }, spec: { selector } }));
  const other = { ...made, spec: { ...made.spec, selector: { matchLabels: { a: "c" } } } };
  assert.is(refused(store.update("deployments", other)), "422 Invalid");
  const pod = ok(store.create("pods", makePod("p")));
  assert.is(refused(store.update("pods", { ...pod, spec: { ...pod.spec, hostNetwork: true } })), "422 Invalid");
  ok(store.update("pods", { ...pod, spec: { ...pod.spec, activeDeadlineSeconds: 5 } }));
});

test.run();
