import { suite } from "uvu";
import * as assert from "uvu/assert";
import { POOL_LABEL } from "../../sim/model/annotations.ts";
import type { Pod } from "../../sim/model/objects.ts";
import { apiReference, isStatic, manifestsOf, mirrorPod, mirrors, staticPod } from "../../sim/model/static-pods.ts";
import { node, pod, World } from "./world.ts";

const test = suite("node/static-pods");

const manifest: Pod = {
  metadata: { name: "etcd", namespace: "default", annotations: { "kubedrill.io/ready": "1" } },
  spec: { containers: [{ name: "etcd", image: "etcd:v3" }], restartPolicy: "Always", hostNetwork: true },
};
const configuration = { staticPods: [{ pool: null, pods: [manifest] }] };

const running = (world: World, name = "etcd-n1") => world.pod(name)?.status?.containerStatuses?.[0];
const creations = (world: World) => world.history.filter(({ type }) => type === "ADDED").length;

test("a manifest's pod is named after its node, tolerates every NoExecute taint, and has a mirror that the node owns", () => {
  const made = staticPod(manifest, "n1", "2026-01-01T00:00:00Z");
  assert.is(made.metadata.name, "etcd-n1");
  assert.ok(isStatic(made));
  assert.equal(made.spec.tolerations, [{ operator: "Exists", effect: "NoExecute" }]);
  const mirror = mirrorPod(made, node("n1"));
  const { annotations = {}, ownerReferences } = mirror.metadata;
  assert.is(annotations["kubernetes.io/config.source"], "file");
  assert.is(annotations["kubernetes.io/config.mirror"], made.metadata.uid);
  assert.equal(ownerReferences, [{ apiVersion: "v1", kind: "Node", name: "n1", uid: "node-n1", controller: true }]);
  assert.is(mirror.metadata.uid, undefined, "the server gives it one");
  assert.not(isStatic(mirror));
  assert.ok(mirrors(mirror, made));
  assert.not(mirrors(mirror, staticPod(manifest, "n2", "")), "that of another node is another pod");
});

test("manifests lie on all nodes, or on those of a pool", () => {
  const sets = [
    { pool: null, pods: [manifest] },
    { pool: "masters", pods: [{ ...manifest, metadata: { name: "scheduler" } }] },
  ];
  const names = (labels: Record<string, string>) =>
    manifestsOf(node("n", { metadata: { name: "n", labels } }), sets).map((p) => p.metadata.name);
  assert.equal(names({}), ["etcd"]);
  assert.equal(names({ [POOL_LABEL]: "masters" }), ["etcd", "scheduler"]);
});

test("a manifest may need nothing of the API server", () => {
  const spec = manifest.spec;
  assert.is(apiReference(spec), null);
  assert.is(apiReference({ ...spec, volumes: [{ name: "v", hostPath: { path: "/var" } }] }), null);
  assert.is(apiReference({ ...spec, serviceAccountName: "robot" }), "a service account");
  assert.is(apiReference({ ...spec, volumes: [{ name: "v", secret: {} }] }), "a Secret");
  assert.is(apiReference({ ...spec, volumes: [{ name: "v", configMap: {} }] }), "a ConfigMap");
});

test("a static pod runs, its mirror is created once and shows how it is", () => {
  const world = new World({ configuration });
  world.run(60);
  assert.is(creations(world), 1);
  assert.ok(running(world)?.ready);
  assert.is(world.pod("etcd-n1")?.status?.phase, "Running");
  assert.is(world.pod("etcd-n1")?.status?.podIP, world.pod("etcd-n1")?.status?.hostIP);
  const writes = world.history.length;
  world.run(600);
  assert.is(world.history.length, writes, "and then nothing is written any more");
});

test("whoever deletes the mirror gets another one, and the containers go on", () => {
  const world = new World({ configuration });
  const started = () => running(world)?.state?.running?.startedAt;
  world.run(30);
  const [uid, since] = [world.pod("etcd-n1")?.metadata.uid, started()];
  // with a grace period, as kubectl delete does: the kubelet ends it at once
  world.delete("etcd-n1");
  world.run(32);
  const second = world.pod("etcd-n1")?.metadata.uid;
  assert.is.not(second, uid);
  assert.is(world.pod("etcd-n1")?.metadata.deletionTimestamp, undefined);
  world.run(45);
  assert.is(started(), since);
  assert.ok(running(world)?.ready);
  // and without
  world.delete("etcd-n1", 0);
  world.run(60);
  assert.is.not(world.pod("etcd-n1")?.metadata.uid, second);
  assert.is(started(), since);
  assert.is(creations(world), 3);
});

test("what crashes is started again while the node is cut off from the API servers, and the mirror hears of it later", () => {
  const world = new World({ configuration });
  world.run(30);
  const undo = world.faults.disconnect("n1");
  world.run(40);
  world.faults.killPod("default/etcd-n1");
  world.run(100);
  const local = [...(world.kubelets.byName.get("n1")?.workers.values() ?? [])][0]!.local;
  assert.ok(local.isRunning);
  assert.is(local.containers[0]?.starts, 2);
  assert.is(running(world)?.restartCount, 0);
  undo();
  world.run(200);
  assert.is(running(world)?.restartCount, 1);
  assert.ok(running(world)?.ready);
});

test("a machine that boots without any API server runs its static pods, and mirrors them when it can", () => {
  const world = new World({ configuration });
  world.run(30);
  world.faults.crash("n1");
  const undo = world.faults.disconnect("n1");
  world.run(40);
  world.faults.start("n1");
  world.run(100);
  const local = [...(world.kubelets.byName.get("n1")?.workers.values() ?? [])][0]!.local;
  assert.ok(local.isRunning);
  undo();
  world.run(300);
  assert.ok(running(world)?.ready);
  assert.is(running(world)?.restartCount, 1);
  assert.is(creations(world), 1, "its mirror was there all the time");
});

test("a mirror that could not be created is created when the API servers can be reached", () => {
  const world = new World({ configuration });
  const undo = world.faults.disconnect("n1");
  world.run(50);
  assert.is(world.pod("etcd-n1"), undefined);
  const local = [...(world.kubelets.byName.get("n1")?.workers.values() ?? [])][0]!.local;
  assert.ok(local.isRunning, "it runs all the same");
  undo();
  world.run(220);
  assert.ok(running(world)?.ready);
});

test("static pods outlive their kubelet, and are taken up by the next", () => {
  const world = new World({ configuration });
  world.run(30);
  const undo = world.faults.stopKubelet("n1");
  world.run(40);
  undo();
  world.run(100);
  assert.is(running(world)?.restartCount, 0);
  assert.ok(running(world)?.ready);
  assert.is(creations(world), 1);
});

test("a node that boots later has its static pod before it is registered", () => {
  const world = new World({ configuration, nodes: [] });
  world.kubelets.add(node("n7"));
  world.run(30);
  assert.ok(running(world, "etcd-n7")?.ready);
});

test("requests reach a static pod by the uid of its mirror", () => {
  const world = new World({ configuration });
  world.run(30);
  const uid = world.pod("etcd-n1")?.metadata.uid ?? "";
  assert.ok(world.podNetwork.get(uid)?.isServing);
  world.delete("etcd-n1", 0);
  world.run(60);
  assert.is(world.podNetwork.get(uid), undefined);
  assert.ok(world.podNetwork.get(world.pod("etcd-n1")?.metadata.uid ?? "")?.isServing);
});

test("static pods count for what else may come to the node", () => {
  const large: Pod = {
    ...manifest,
    spec: { ...manifest.spec, containers: [{ name: "etcd", image: "etcd:v3", resources: { requests: { cpu: "3" } } }] },
  };
  const world = new World({ configuration: { staticPods: [{ pool: null, pods: [large] }] } });
  world.create(pod("a", {}, { containers: [{ name: "app", image: "a", resources: { requests: { cpu: "2" } } }] }));
  world.run(10);
  assert.is(world.pod("a")?.status?.reason, "OutOfcpu");
});

test.run();
