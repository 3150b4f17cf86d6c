// The DaemonSet controller in a small world: which nodes get a pod, rolling updates with and without surge, dead nodes, failing pods.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { daemonSetController } from "../../sim/controllers/daemon-set.ts";
import type { DaemonSet, Node, Pod, RollingUpdate } from "../../sim/model/objects.ts";
import { readyNode, World, type WorldOptions } from "./world.ts";

const test = suite("controllers/daemon-set");

const KEY = "default/agent";

type Spec = NonNullable<DaemonSet["spec"]>;

function makeWorld(options: Partial<WorldOptions> = {}): World {
  return new World({ controllers: [daemonSetController], nodes: 4, ...options });
}

function agent(rolling: RollingUpdate | null = null, parts: Partial<Spec> = {}): DaemonSet {
  const annotations = { "kubedrill.io/ready": "2" };
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: { name: "agent", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "agent" } },
      template: {
        metadata: { labels: { app: "agent" }, annotations },
        spec: { containers: [{ name: "c", image: "v1" }] },
      },
      ...(rolling === null ? {} : { updateStrategy: { type: "RollingUpdate", rollingUpdate: rolling } }),
      ...parts,
    },
  };
}

function setImage(world: World, image: string, behaviour: Record<string, string> = {}): void {
  world.patch("daemonSets", KEY, (before) => {
    const template = before.spec?.template;
    const metadata = { ...template?.metadata, annotations: { ...template?.metadata?.annotations, ...behaviour } };
    const spec = { ...template?.spec, containers: [{ name: "c", image }] };
    return { ...before, spec: { ...before.spec, template: { ...template, metadata, spec } } };
  });
}

function setNode(world: World, name: string, change: (node: Node) => Node): void {
  world.patch("nodes", name, change);
}

const taint = (key: string, effect: string) => (node: Node) => ({
  ...node,
  spec: { ...node.spec, taints: [...(node.spec?.taints ?? []), { key, effect }] },
});

const status = (world: World) => world.get("daemonSets", KEY).status!;
const counts = (world: World) => {
  const s = status(world);
  return [s.desiredNumberScheduled, s.currentNumberScheduled, s.numberReady, s.numberAvailable, s.numberMisscheduled];
};
const nodesOf = (pods: readonly Pod[]) => pods.map((pod) => pod.spec.nodeName ?? "").sort();
const imagesOf = (world: World) => world.activePods().map((pod) => pod.spec.containers[0]?.image);

/** Largest numbers of nodes without an available pod, and of pods, since a change. */
function worst(world: World, since: number): { readonly unavailable: number; readonly pods: number } {
  const live = new Map<string, Pod>();
  let unavailable = 0;
  let most = 0;
  world.changes.forEach(({ kind, object, type }, i) => {
    if (kind !== "pods") return;
    const pod = object as Pod;
    if (type === "DELETED" || pod.metadata.deletionTimestamp != null) live.delete(pod.metadata.name);
    else live.set(pod.metadata.name, pod);
    if (i < since) return;
    const up = new Set<string | undefined>();
    for (const { spec, status: s } of live.values()) {
      if (s?.conditions?.some((c) => c.type === "Ready" && c.status === "True")) up.add(spec.nodeName);
    }
    unavailable = Math.max(unavailable, world.list("nodes").length - up.size);
    most = Math.max(most, live.size);
  });
  return { unavailable, pods: most };
}

test("one pod on each node, bound by affinity to its name, with the added tolerations", () => {
  const world = makeWorld();
  world.create("daemonSets", agent());
  world.run(10);
  assert.equal(nodesOf(world.list("pods")), ["node-0", "node-1", "node-2", "node-3"]);
  assert.equal(counts(world), [4, 4, 4, 4, 0]);
  assert.is(status(world).observedGeneration, 1);
  const [pod] = world.list("pods");
  const required = pod!.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  assert.equal(required?.nodeSelectorTerms, [
    { matchFields: [{ key: "metadata.name", operator: "In", values: [pod!.spec.nodeName] }] },
  ]);
  assert.equal(
    pod!.spec.tolerations?.map((t) => `${t.key}:${t.effect}`),
    [
      "node.kubernetes.io/not-ready:NoExecute",
      "node.kubernetes.io/unreachable:NoExecute",
      "node.kubernetes.io/disk-pressure:NoSchedule",
      "node.kubernetes.io/memory-pressure:NoSchedule",
      "node.kubernetes.io/pid-pressure:NoSchedule",
      "node.kubernetes.io/unschedulable:NoSchedule",
    ],
  );
  const [revision] = world.list("controllerRevisions");
  assert.is(
    pod!.metadata.labels?.["controller-revision-hash"],
    revision?.metadata.labels?.["controller-revision-hash"],
  );
  assert.is(revision?.metadata.name, `agent-${pod!.metadata.labels?.["controller-revision-hash"]}`);
  assert.is(world.messages("DaemonSet", "SuccessfulCreate").length, 4);
});

test("selector, affinity and taints decide; cordoned and pressed nodes are tolerated", () => {
  const world = makeWorld({ nodes: 6 });
  setNode(world, "node-0", taint("dedicated", "NoSchedule"));
  setNode(world, "node-1", taint("node.kubernetes.io/unschedulable", "NoSchedule"));
  setNode(world, "node-2", taint("node.kubernetes.io/disk-pressure", "NoSchedule"));
  setNode(world, "node-3", taint("node.kubernetes.io/not-ready", "NoSchedule"));
  setNode(world, "node-4", taint("dedicated", "PreferNoSchedule"));
  world.run(1);
  world.create("daemonSets", agent());
  world.run(10);
  assert.equal(nodesOf(world.list("pods")), ["node-1", "node-2", "node-4", "node-5"]);
  // a node that becomes ready loses the taint, and gets its pod
  setNode(world, "node-3", (node) => ({ ...node, spec: {} }));
  world.run(10);
  assert.ok(nodesOf(world.list("pods")).includes("node-3"));
});

test("a node that comes gets a pod; labels that no longer match take it away", () => {
  const world = makeWorld({ nodes: 2 });
  const template = agent().spec!.template!;
  const spec = { ...template.spec, nodeSelector: { role: "worker" } };
  const label = (role: string) => (node: Node) => ({
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, role } },
  });
  setNode(world, "node-0", label("worker"));
  world.run(1);
  world.create("daemonSets", agent(null, { template: { ...template, spec } }));
  world.run(10);
  assert.equal(nodesOf(world.list("pods")), ["node-0"]);
  setNode(world, "node-1", label("worker"));
  world.create("nodes", label("worker")(readyNode("node-9")));
  world.run(10);
  assert.equal(nodesOf(world.list("pods")), ["node-0", "node-1", "node-9"]);
  setNode(world, "node-0", label("other"));
  world.run(10);
  assert.equal(nodesOf(world.list("pods")), ["node-1", "node-9"]);
  assert.equal(counts(world), [2, 2, 2, 2, 0]);
});

test("a NoSchedule taint lets pods stay as misscheduled, a NoExecute one deletes them", () => {
  const world = makeWorld();
  world.create("daemonSets", agent());
  world.run(10);
  setNode(world, "node-0", taint("dedicated", "NoSchedule"));
  world.run(2);
  assert.equal(counts(world), [3, 3, 3, 3, 1]);
  assert.is(world.activePods().length, 4);
  setNode(world, "node-0", taint("gone", "NoExecute"));
  world.run(5);
  assert.equal(nodesOf(world.list("pods")), ["node-1", "node-2", "node-3"]);
  assert.equal(counts(world), [3, 3, 3, 3, 0]);
});

for (const [name, rolling, unavailable, pods] of [
  ["by default one at a time", {}, 1, 8],
  ["maxUnavailable 3", { maxUnavailable: 3 }, 3, 8],
  // shares are rounded up: 2.4 of 8
  ["maxUnavailable 30%", { maxUnavailable: "30%" }, 3, 8],
  ["maxSurge 2", { maxSurge: 2, maxUnavailable: 0 }, 0, 10],
] as const) {
  test(`rolling update: ${name}`, () => {
    const world = makeWorld({ nodes: 8 });
    world.create("daemonSets", agent(rolling));
    world.run(10);
    const since = world.changes.length;
    setImage(world, "v2");
    world.run(120);
    assert.equal(worst(world, since), { unavailable, pods });
    assert.equal(imagesOf(world), new Array(8).fill("v2"));
    assert.is(status(world).updatedNumberScheduled, 8);
    assert.is(status(world).observedGeneration, 2);
    assert.equal(
      world.list("controllerRevisions").map(({ revision }) => revision),
      [1, 2],
    );
  });
}

test("the new pod comes as soon as the old one has ended, before it is gone", () => {
  const world = makeWorld({ nodes: 1, hasKubelets: false });
  world.create("daemonSets", agent());
  world.run(1);
  const [old] = world.list("pods");
  const key = `default/${old!.metadata.name}`;
  world.client.bind({ namespace: "default", name: old!.metadata.name, uid: old!.metadata.uid!, nodeName: "node-0" });
  world.run(1);
  world.delete("pods", key);
  world.run(1);
  assert.is(world.list("pods").length, 1, "it is still stopping");
  world.patchStatus("pods", key, (pod) => ({ ...pod, status: { ...pod.status, phase: "Succeeded" } }));
  world.run(1);
  assert.is(world.list("pods").length, 2);
});

test("OnDelete replaces a pod only when somebody deletes it", () => {
  const world = makeWorld({ nodes: 2 });
  world.create("daemonSets", agent(null, { updateStrategy: { type: "OnDelete" } }));
  world.run(10);
  setImage(world, "v2");
  world.run(10);
  assert.equal(imagesOf(world), ["v1", "v1"]);
  assert.is(status(world).updatedNumberScheduled, 0);
  world.delete("pods", `default/${world.list("pods")[0]!.metadata.name}`);
  world.run(10);
  assert.equal(imagesOf(world).sort(), ["v1", "v2"]);
});

test("a dead node's pod is replaced in vain and uses up the budget: the rest goes on more slowly", () => {
  const world = makeWorld({ nodes: 6 });
  world.create("daemonSets", agent({ maxUnavailable: 2 }));
  world.run(10);
  world.nodes.stopNode("node-3");
  const lost = world.list("pods").find((pod) => pod.spec.nodeName === "node-3")!;
  world.patchStatus("pods", `default/${lost.metadata.name}`, (pod) => ({
    ...pod,
    status: { ...pod.status, conditions: [{ type: "Ready", status: "False" }] },
  }));
  setNode(world, "node-3", taint("node.kubernetes.io/unreachable", "NoSchedule"));
  world.run(1);
  assert.equal(counts(world), [5, 5, 5, 5, 1]);
  const since = world.changes.length;
  setImage(world, "v2");
  world.run(0.5);
  const marked = world.list("pods").filter((pod) => pod.metadata.deletionTimestamp != null);
  assert.is(marked.length, 2, "the dead node's and one more");
  assert.ok(marked.some((pod) => pod.spec.nodeName === "node-3"));
  world.run(60);
  assert.equal(worst(world, since).unavailable, 2);
  const others = world.activePods();
  assert.is(others.length, 5);
  assert.ok(others.every((pod) => pod.spec.containers[0]?.image === "v2"));
});

test("an update that never gets ready stops at maxUnavailable, and the next one replaces it at once", () => {
  const world = makeWorld({ nodes: 6 });
  world.create("daemonSets", agent({ maxUnavailable: 2 }));
  world.run(10);
  setImage(world, "v2", { "kubedrill.io/ready": "never" });
  world.run(30);
  assert.equal(imagesOf(world).sort(), ["v1", "v1", "v1", "v1", "v2", "v2"]);
  setImage(world, "v3", { "kubedrill.io/ready": "1" });
  world.run(60);
  assert.equal(imagesOf(world), new Array(6).fill("v3"));
});

test("failed pods are deleted and made anew, each time after a longer pause", () => {
  const world = makeWorld({ nodes: 1 });
  const annotations = { "kubedrill.io/run": "0.5", "kubedrill.io/exit": "1" };
  const template = agent().spec!.template!;
  world.create(
    "daemonSets",
    agent(null, { template: { ...template, metadata: { ...template.metadata, annotations } } }),
  );
  world.run(40);
  const deletions = world.changes
    .filter(({ kind, type }) => kind === "pods" && type === "DELETED")
    .map(({ atSeconds }) => atSeconds);
  const gaps = deletions.slice(1).map((at, i) => at - deletions[i]!);
  assert.ok(gaps.length >= 4 && gaps.every((gap, i) => i === 0 || gap >= gaps[i - 1]! - 0.1), `${gaps}`);
  assert.ok(gaps.at(-1)! > 6);
  assert.ok(
    world
      .messages("DaemonSet", "FailedDaemonPod")
      .every((text) => /^Found failed daemon pod default\/agent-\w+ on node node-0, will try to kill it$/.test(text)),
  );
});

test("two pods on one node: the younger goes", () => {
  const world = makeWorld({ nodes: 1 });
  world.create("daemonSets", agent());
  world.run(10);
  const [first] = world.list("pods");
  world.create("pods", {
    metadata: { name: "extra", namespace: "default", labels: first!.metadata.labels! },
    spec: { ...first!.spec, nodeName: "node-0" },
  });
  world.run(10);
  assert.equal(
    world.list("pods").map((pod) => pod.metadata.name),
    [first!.metadata.name],
  );
});

test("pods of nodes that are gone are left to the pod garbage collector, unbound ones are deleted", () => {
  const world = makeWorld({ nodes: 3, hasKubelets: false });
  world.create("daemonSets", agent());
  world.run(1);
  const [bound] = world.list("pods").filter((pod) => JSON.stringify(pod.spec.affinity).includes("node-1"));
  world.client.bind({
    namespace: "default",
    name: bound!.metadata.name,
    uid: bound!.metadata.uid!,
    nodeName: "node-1",
  });
  world.run(1);
  world.delete("nodes", "node-1");
  world.delete("nodes", "node-2");
  world.run(1);
  assert.equal(world.list("pods").length, 2);
  assert.ok(world.list("pods").some((pod) => pod.metadata.name === bound!.metadata.name));
});

test("minReadySeconds holds back availability and the update", () => {
  const world = makeWorld({ nodes: 2 });
  world.create("daemonSets", agent(null, { minReadySeconds: 10 }));
  world.run(8);
  assert.equal(counts(world), [2, 2, 2, 0, 0]);
  world.run(8);
  assert.equal(counts(world), [2, 2, 2, 2, 0]);
  setImage(world, "v2");
  world.run(10);
  assert.equal(imagesOf(world).sort(), ["v1", "v2"]);
  world.run(40);
  assert.equal(imagesOf(world), ["v2", "v2"]);
});

test("rolling back gives the old revision the newest number", () => {
  const world = makeWorld({ nodes: 2 });
  world.create("daemonSets", agent());
  world.run(10);
  setImage(world, "v2");
  world.run(30);
  setImage(world, "v1");
  world.run(30);
  assert.equal(imagesOf(world), ["v1", "v1"]);
  assert.equal(
    world
      .list("controllerRevisions")
      .map(({ revision }) => revision)
      .sort(),
    [2, 3],
  );
});

test("a restarted controller knows what is where", () => {
  const world = makeWorld({ nodes: 5 });
  world.create("daemonSets", agent({ maxUnavailable: 2 }));
  world.run(10);
  setImage(world, "v2");
  world.run(3);
  world.restartControllers();
  const since = world.changes.length;
  world.run(60);
  assert.equal(imagesOf(world), new Array(5).fill("v2"));
  assert.ok(worst(world, since).unavailable <= 2);
});

test("nodes beyond the burst get their pods in the next sync", () => {
  const world = makeWorld({ nodes: 300, hasKubelets: false });
  world.create("daemonSets", agent());
  world.run(5);
  assert.is(world.list("pods").length, 300);
});

test.run();
