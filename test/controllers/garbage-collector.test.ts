// The garbage collector: dependents go with their owners in the background, before them in the foreground, and stay when they are orphaned.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { garbageCollectorController } from "../../sim/controllers/garbage-collector.ts";
import type { ConfigMapLike } from "./garbage-collector/builders.ts";
import { owned } from "./garbage-collector/builders.ts";
import { SmallWorld } from "./small-world.ts";

function world(): SmallWorld {
  return new SmallWorld([garbageCollectorController]);
}

/** Deployment d, ReplicaSet r of it, and pods p0 and p1 of that; they stop within two seconds. */
function family(w: SmallWorld): void {
  w.create("deployments", owned("Deployment", "d", []) as never, 1);
  w.at(1.1, () => w.create("replicaSets", owned("ReplicaSet", "r", [w.get("deployments", "default/d")]) as never));
  w.at(1.2, () => {
    for (const name of ["p0", "p1"])
      w.create("pods", owned("Pod", name, [w.get("replicaSets", "default/r")], { "kubedrill.io/stop": "2" }) as never);
  });
  w.run(10);
}

const goneAt = (w: SmallWorld, kind: "pods" | "replicaSets" | "deployments" | "configMaps", name: string) =>
  w.changesOf(kind, name).find(({ type }) => type === "DELETED")?.t ?? Number.POSITIVE_INFINITY;

test("background: the owner goes at once, and what it owned after it, one level after the other", () => {
  const w = world();
  family(w);
  w.delete("deployments", "default/d", { propagationPolicy: "Background" }, 10);
  w.run(20);
  const [deployment, replicaSet, pod] = [
    goneAt(w, "deployments", "d"),
    goneAt(w, "replicaSets", "r"),
    goneAt(w, "pods", "p0"),
  ];
  assert.ok(deployment < 10.01);
  assert.ok(replicaSet > deployment && replicaSet < 10.1, `${replicaSet}`);
  const marked = w.changesOf("pods", "p0").find(({ object }) => object.metadata.deletionTimestamp != null);
  assert.ok((marked?.t ?? 0) > replicaSet);
  assert.ok(pod > 12 && pod < 12.5, "its grace");
});

test("foreground: owners wait with a finalizer until what blocks them is gone", () => {
  const w = world();
  family(w);
  w.delete("deployments", "default/d", { propagationPolicy: "Foreground" }, 10);
  w.run(11);
  assert.equal(w.get("deployments", "default/d").metadata.finalizers, ["foregroundDeletion"]);
  assert.equal(w.get("replicaSets", "default/r").metadata.finalizers, ["foregroundDeletion"]);
  w.run(20);
  const [deployment, replicaSet, pod] = [
    goneAt(w, "deployments", "d"),
    goneAt(w, "replicaSets", "r"),
    goneAt(w, "pods", "p1"),
  ];
  assert.ok(pod < replicaSet && replicaSet < deployment && deployment < 13);
});

test("orphan: the owner goes, and what it owned has no owner any more", () => {
  const w = world();
  family(w);
  w.delete("deployments", "default/d", { propagationPolicy: "Orphan" }, 10);
  w.run(20);
  assert.not.ok(w.has("deployments", "default/d"));
  assert.equal(w.get("replicaSets", "default/r").metadata.ownerReferences, []);
  assert.ok(w.has("pods", "default/p0"));
});

test("an object with a further owner only loses the reference to the one that is gone", () => {
  const w = world();
  w.create("replicaSets", owned("ReplicaSet", "a", []) as never, 1);
  w.create("replicaSets", owned("ReplicaSet", "b", []) as never, 1);
  w.at(2, () => {
    const owners = [w.get("replicaSets", "default/a"), w.get("replicaSets", "default/b")];
    w.create("configMaps", owned("ConfigMap", "shared", owners) as never);
  });
  w.delete("replicaSets", "default/a", {}, 5);
  w.run(10);
  assert.equal(
    w.get("configMaps", "default/shared").metadata.ownerReferences?.map(({ name }) => name),
    ["b"],
  );
});

test("an owner that never existed is looked up once, and what it is said to own goes", () => {
  const w = world();
  const ghost = {
    ...owned("ReplicaSet", "ghost", []),
    metadata: { name: "ghost", namespace: "default", uid: "nobody" },
  };
  w.create("configMaps", owned("ConfigMap", "haunted", [ghost as ConfigMapLike]) as never, 1);
  w.create("configMaps", owned("ConfigMap", "free", []) as never, 1);
  w.run(5);
  assert.not.ok(w.has("configMaps", "default/haunted"));
  assert.ok(w.has("configMaps", "default/free"));
});

test("an owner of the same name but another uid is another one", () => {
  const w = world();
  family(w);
  w.delete("replicaSets", "default/r", { propagationPolicy: "Background" }, 10);
  w.at(10.0001, () => w.create("replicaSets", owned("ReplicaSet", "r", []) as never));
  w.run(20);
  assert.ok(w.has("replicaSets", "default/r"));
  assert.not.ok(w.has("pods", "default/p0"));
});

test("kinds that nobody knows own what they own for ever", () => {
  const w = world();
  const custom = { apiVersion: "example.com/v1", kind: "Database", name: "db", uid: "x", controller: true };
  w.create(
    "configMaps",
    {
      ...owned("ConfigMap", "c", []),
      metadata: { name: "c", namespace: "default", ownerReferences: [custom] },
    } as never,
    1,
  );
  w.run(10);
  assert.ok(w.has("configMaps", "default/c"));
});

test.run();
