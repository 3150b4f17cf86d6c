// The Deployment controller in a small world: rollouts from the beginning to the end.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { deploymentController } from "../../sim/controllers/deployment.ts";
import { replicaSetController } from "../../sim/controllers/replica-set.ts";
import type { Deployment, ReplicaSet } from "../../sim/model/objects.ts";
import { World, type WorldOptions } from "./world.ts";

const test = suite("controllers/deployment");

const KEY = "default/web";

function makeWorld(options: Partial<WorldOptions> = {}): World {
  return new World({ controllers: [deploymentController, replicaSetController], ...options });
}

type Spec = NonNullable<Deployment["spec"]>;

function web(image: string, parts: Partial<Spec> = {}, behaviour: Record<string, string> = {}): Deployment {
  const annotations = Object.fromEntries(Object.entries(behaviour).map(([key, v]) => [`kubedrill.io/${key}`, v]));
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas: 10,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" }, annotations }, spec: { containers: [{ name: "c", image }] } },
      ...parts,
    },
  };
}

function setImage(world: World, image: string, behaviour?: Record<string, string>): void {
  world.patch("deployments", KEY, (before) => {
    const template = before.spec?.template;
    const metadata = behaviour === undefined ? template?.metadata : web(image, {}, behaviour).spec?.template?.metadata;
    return {
      ...before,
      spec: { ...before.spec, template: { ...template, metadata, spec: { containers: [{ name: "c", image }] } } },
    } as Deployment;
  });
}

function scale(world: World, replicas: number): void {
  world.patch("deployments", KEY, (before) => ({ ...before, spec: { ...before.spec, replicas } }));
}

const imageOf = (set: ReplicaSet) => set.spec?.template?.spec.containers[0]?.image;
const setOf = (world: World, image: string): ReplicaSet => {
  const found = world.list("replicaSets").find((set) => imageOf(set) === image);
  if (found === undefined) throw new Error(`no set of ${image}`);
  return found;
};
const reasons = (deployment: Deployment) =>
  Object.fromEntries((deployment.status?.conditions ?? []).map((c) => [c.type, `${c.status}:${c.reason}`]));

test("a new Deployment becomes a ReplicaSet of revision 1, pods, and a status that says so step by step", () => {
  const world = makeWorld();
  world.create("deployments", web("v1"));
  world.run(5);
  const [set] = world.list("replicaSets");
  assert.is(world.list("replicaSets").length, 1);
  assert.match(set!.metadata.name, /^web-[bcdf456789]{5,10}$/);
  assert.is(set!.metadata.labels?.["pod-template-hash"], set!.metadata.name.slice(4));
  assert.equal(set!.metadata.annotations, {
    "deployment.kubernetes.io/desired-replicas": "10",
    "deployment.kubernetes.io/max-replicas": "13",
    "deployment.kubernetes.io/revision": "1",
  });
  assert.is(world.activePods().length, 10);
  const deployment = world.get("deployments", KEY);
  assert.is(deployment.metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
  assert.equal(reasons(deployment), {
    Available: "True:MinimumReplicasAvailable",
    Progressing: "True:NewReplicaSetAvailable",
  });
  const { conditions: _, ...counts } = deployment.status!;
  assert.equal(counts, {
    observedGeneration: 1,
    replicas: 10,
    updatedReplicas: 10,
    readyReplicas: 10,
    availableReplicas: 10,
    unavailableReplicas: 0,
    terminatingReplicas: 0,
  });
  assert.equal(
    world.courseOf("deployments", KEY, (d) => reasons(d).Progressing),
    ["True:NewReplicaSetCreated", "True:ReplicaSetUpdated", "True:NewReplicaSetAvailable"],
  );
  assert.equal(world.messages("Deployment"), [`Scaled up replica set ${set!.metadata.name} from 0 to 10`]);
  const created = world.messages("ReplicaSet", "SuccessfulCreate");
  assert.ok(created.length >= 9 && created.every((text) => text.includes(`Created pod: ${set!.metadata.name}-`)));
});

test("all pods of a template share its spec and labels", () => {
  const world = makeWorld();
  world.create("deployments", web("v1"));
  world.run(0.3);
  const unbound = world.changes.filter(({ kind, type }) => kind === "pods" && type === "ADDED").map((c) => c.object);
  assert.is(new Set(unbound.map((pod) => (pod as { spec: unknown }).spec)).size, 1);
  assert.is(new Set(unbound.map((pod) => pod.metadata.labels)).size, 1);
});

/** Largest number of pods, and smallest number of ready ones, at any time since a change. */
function extremes(world: World, since: number): { readonly most: number; readonly fewestReady: number } {
  const pods = new Map<string, boolean>();
  let most = 0;
  let fewestReady = Number.POSITIVE_INFINITY;
  world.changes.forEach((change, i) => {
    if (change.kind !== "pods") return;
    const { metadata, status } = change.object as ReturnType<World["activePods"]>[number];
    const isLive = change.type !== "DELETED" && metadata.deletionTimestamp == null;
    if (isLive)
      pods.set(metadata.name, status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false);
    else pods.delete(metadata.name);
    if (i < since) return;
    most = Math.max(most, pods.size);
    fewestReady = Math.min(fewestReady, [...pods.values()].filter(Boolean).length);
  });
  return { most, fewestReady };
}

for (const [surge, unavailable, most, fewestReady] of [
  ["25%", "25%", 13, 8],
  [1, 0, 11, 10],
  [0, 1, 10, 9],
  ["100%", 0, 20, 10],
  [0, "100%", 10, 0],
  // both round to nothing: one may be unavailable
  [0, "5%", 10, 9],
] as const) {
  test(`a rolling update stays within maxSurge ${surge} and maxUnavailable ${unavailable}`, () => {
    const world = makeWorld();
    const rollingUpdate = { maxSurge: surge, maxUnavailable: unavailable };
    world.create("deployments", web("v1", { strategy: { type: "RollingUpdate", rollingUpdate } }, { ready: "5" }));
    world.run(10);
    const since = world.changes.length;
    setImage(world, "v2");
    world.run(120);
    assert.equal(extremes(world, since), { most, fewestReady });
    const deployment = world.get("deployments", KEY);
    assert.is(reasons(deployment).Progressing, "True:NewReplicaSetAvailable");
    assert.is(deployment.status?.updatedReplicas, 10);
    assert.is(setOf(world, "v1").spec?.replicas, 0);
    assert.is(setOf(world, "v2").metadata.annotations?.["deployment.kubernetes.io/revision"], "2");
    assert.is(deployment.metadata.annotations?.["deployment.kubernetes.io/revision"], "2");
  });
}

test("the steps of the recorded 25 % rollout: 3 new, 2 old away, 5 new, then one by one as pods get ready", () => {
  const world = makeWorld();
  world.create("deployments", web("v1", {}, { ready: "5" }));
  world.run(10);
  setImage(world, "v2");
  world.run(60);
  const [, ...scalings] = world.messages("Deployment", "ScalingReplicaSet");
  const short = scalings.map((text) => text.replace(/.*Scaled (up|down) replica set \S+ from/, "$1"));
  assert.equal(short.slice(0, 3), ["up 0 to 3", "down 10 to 8", "up 3 to 5"]);
  assert.ok(short.some((text) => /^down 8 to \d$/.test(text)));
});

test("rolling back reuses the old ReplicaSet, gives it the next revision and remembers the one it had", () => {
  const world = makeWorld();
  world.create("deployments", web("v1"));
  world.run(5);
  const first = setOf(world, "v1").metadata.uid;
  setImage(world, "v2");
  world.run(30);
  setImage(world, "v1");
  world.run(30);
  const set = setOf(world, "v1");
  assert.is(world.list("replicaSets").length, 2);
  assert.is(set.metadata.uid, first);
  assert.is(set.metadata.annotations?.["deployment.kubernetes.io/revision"], "3");
  assert.is(set.metadata.annotations?.["deployment.kubernetes.io/revision-history"], "1");
  assert.is(set.status?.availableReplicas, 10);
});

test("Recreate starts nothing new before the last old pod is gone", () => {
  const world = makeWorld();
  world.create("deployments", web("v1", { strategy: { type: "Recreate" } }, { stop: "4" }));
  world.run(10);
  setImage(world, "v2");
  world.run(3);
  assert.is(world.list("pods").length, 10, "terminating");
  assert.is(world.activePods().length, 0);
  assert.is(world.list("replicaSets").length, 1);
  world.run(20);
  assert.is(setOf(world, "v2").status?.availableReplicas, 10);
  const lastGone = world.changes.findLast(({ kind, type }) => kind === "pods" && type === "DELETED")!.atSeconds;
  const firstNew = world.changes.find(
    ({ kind, type, object }) => kind === "replicaSets" && type === "ADDED" && imageOf(object as ReplicaSet) === "v2",
  )!;
  assert.ok(firstNew.atSeconds >= lastGone);
});

test("a rollout that makes no progress is reported after the deadline, and a rollback ends it", () => {
  const world = makeWorld();
  world.create("deployments", web("v1", { progressDeadlineSeconds: 30 }));
  world.run(10);
  const start = world.engine.now;
  setImage(world, "v2", { ready: "never" });
  world.runUntil(() => reasons(world.get("deployments", KEY)).Progressing === "False:ProgressDeadlineExceeded", 100);
  const seconds = (world.engine.now - start) / 1e6;
  assert.ok(seconds > 30 && seconds < 34, `${seconds} s`);
  const condition = world.get("deployments", KEY).status?.conditions?.find((c) => c.type === "Progressing");
  assert.is(condition?.message, `ReplicaSet "${setOf(world, "v2").metadata.name}" has timed out progressing.`);
  assert.is(world.get("deployments", KEY).status?.availableReplicas, 8, "the old ones stay");
  setImage(world, "v1", {});
  world.run(30);
  assert.is(reasons(world.get("deployments", KEY)).Progressing, "True:NewReplicaSetAvailable");
});

test("a paused Deployment does not roll, but scales; resumed it rolls", () => {
  const world = makeWorld();
  world.create("deployments", web("v1"));
  world.run(5);
  world.patch("deployments", KEY, (d) => ({ ...d, spec: { ...d.spec, paused: true } }));
  world.run(1);
  assert.is(reasons(world.get("deployments", KEY)).Progressing, "Unknown:DeploymentPaused");
  setImage(world, "v2");
  scale(world, 12);
  world.run(10);
  assert.is(world.list("replicaSets").length, 1);
  assert.is(setOf(world, "v1").status?.availableReplicas, 12);
  world.patch("deployments", KEY, (d) => ({ ...d, spec: { ...d.spec, paused: false } }));
  world.run(40);
  assert.is(setOf(world, "v2").status?.availableReplicas, 12);
  assert.ok(world.courseOf("deployments", KEY, (d) => reasons(d).Progressing).includes("Unknown:DeploymentResumed"));
});

test("scaling in the middle of a rollout shares the new size in proportion", () => {
  const world = makeWorld();
  world.create("deployments", web("v1", { strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }));
  world.run(5);
  setImage(world, "v2", { ready: "never" });
  world.run(5);
  assert.equal([setOf(world, "v1").spec?.replicas, setOf(world, "v2").spec?.replicas], [8, 5]);
  scale(world, 15);
  world.run(5);
  // 18 pods in all: the 5 more are shared 8 : 5
  assert.equal([setOf(world, "v1").spec?.replicas, setOf(world, "v2").spec?.replicas], [11, 7]);
});

test("old ReplicaSets beyond the limit are deleted, the oldest first", () => {
  const world = makeWorld();
  world.create("deployments", web("v1", { revisionHistoryLimit: 2, replicas: 2 }));
  for (const image of ["v2", "v3", "v4", "v5"]) {
    world.run(20);
    setImage(world, image);
  }
  world.run(20);
  assert.equal(world.list("replicaSets").map(imageOf).sort(), ["v3", "v4", "v5"]);
});

test("minReadySeconds holds back availability, and with it the rollout", () => {
  const world = makeWorld();
  world.create("deployments", web("v1", { replicas: 4, minReadySeconds: 10 }));
  world.run(8);
  assert.equal(
    [world.get("deployments", KEY).status?.readyReplicas, world.get("deployments", KEY).status?.availableReplicas],
    [4, 0],
  );
  world.run(6);
  assert.is(world.get("deployments", KEY).status?.availableReplicas, 4);
});

test("an update in the middle of an update scales the middle one down first, as it is not healthy", () => {
  const world = makeWorld();
  world.create("deployments", web("v1", {}, { ready: "5" }));
  world.run(10);
  setImage(world, "v2", { ready: "never" });
  world.run(5);
  setImage(world, "v3", { ready: "0" });
  world.run(60);
  assert.is(setOf(world, "v2").spec?.replicas, 0);
  assert.is(setOf(world, "v3").status?.availableReplicas, 10);
  assert.is(setOf(world, "v1").spec?.replicas, 0);
});

test("a set of that name with another template is a collision: the next hash is taken", () => {
  const world = makeWorld();
  world.create("deployments", web("v1", { replicas: 1 }));
  world.run(5);
  const { metadata } = setOf(world, "v1");
  world.delete("deployments", KEY);
  world.delete("replicaSets", `default/${metadata.name}`);
  world.run(1);
  const other = web("other").spec!;
  const labels = { app: "other" };
  world.create("replicaSets", {
    metadata: { name: metadata.name, namespace: "default" },
    spec: {
      ...other,
      replicas: 0,
      selector: { matchLabels: labels },
      template: { ...other.template!, metadata: { labels } },
    },
  });
  world.create("deployments", web("v1", { replicas: 1 }));
  world.run(5);
  assert.is(world.get("deployments", KEY).status?.collisionCount, 1);
  assert.is(world.list("replicaSets").length, 2);
  assert.is(world.get("deployments", KEY).status?.availableReplicas, 1);
});

test("ReplicaSets that match and have no owner are adopted", () => {
  const world = makeWorld();
  const { spec } = web("v1", { replicas: 2 });
  world.create("replicaSets", {
    metadata: { name: "web-old", namespace: "default", labels: { app: "web" } },
    spec: { replicas: 2, selector: { matchLabels: { app: "web" } }, template: spec!.template! },
  });
  world.run(3);
  world.create("deployments", web("v1", { replicas: 2 }));
  world.run(5);
  assert.is(world.list("replicaSets").length, 1, "its template is the new one");
  assert.is(world.get("replicaSets", "default/web-old").metadata.ownerReferences?.[0]?.name, "web");
});

test("a controller manager that is restarted in the middle of a rollout ends it", () => {
  const world = makeWorld();
  world.create("deployments", web("v1", {}, { ready: "5" }));
  world.run(10);
  setImage(world, "v2");
  world.run(3);
  world.restartControllers();
  world.run(60);
  assert.is(setOf(world, "v2").status?.availableReplicas, 10);
  assert.is(world.activePods().length, 10);
});

test("equal runs are equal, and the order of simultaneous events changes nothing that matters", () => {
  const run = (shuffleTies?: string) => {
    const world = makeWorld(shuffleTies === undefined ? {} : { shuffleTies });
    world.create("deployments", web("v1", {}, { ready: "5" }));
    world.run(10);
    setImage(world, "v2");
    world.run(60);
    const deployment = world.get("deployments", KEY);
    return {
      status: reasons(deployment),
      replicas: deployment.status?.updatedReplicas,
      digest: world.engine.digest.hex(),
    };
  };
  assert.equal(run(), run());
  assert.equal({ ...run("a"), digest: "" }, { ...run(), digest: "" });
});

test.run();
