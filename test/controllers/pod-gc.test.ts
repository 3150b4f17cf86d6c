// The pod garbage collector: whom it removes, and when.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { podGcController } from "../../sim/controllers/pod-gc.ts";
import type { Node, Pod } from "../../sim/model/objects.ts";
import { SmallWorld } from "./small-world.ts";

const pod = (name: string, nodeName?: string): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "default" },
  spec: { containers: [{ name: "c" }], ...(nodeName === undefined ? {} : { nodeName }) },
});
const node = (name: string, taints: { key: string; effect: string }[] = [], ready = "True"): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name },
  spec: { taints },
  status: { conditions: [{ type: "Ready", status: ready }] },
});

function world(options = {}): SmallWorld {
  return new SmallWorld([podGcController], { nodes: false, ...options });
}

const goneAt = (w: SmallWorld, name: string) =>
  w.changesOf("pods", name).find(({ type }) => type === "DELETED")?.t ?? Number.POSITIVE_INFINITY;

test("pods of a node that is gone fail with their reason and go, after a quarantine of 40 s", () => {
  const w = world();
  w.create("nodes", node("n"), 1);
  w.create("pods", pod("p", "n"), 2);
  w.delete("nodes", "n", {}, 10);
  w.run(100);
  // missed at 20 s, gone 40 s later
  assert.ok(goneAt(w, "p") > 60 && goneAt(w, "p") < 63, `${goneAt(w, "p")}`);
  const failed = w.changesOf("pods", "p").find(({ object }) => object.status?.phase === "Failed");
  const [condition] = failed?.object.status?.conditions ?? [];
  assert.is(
    `${condition?.type} ${condition?.reason}: ${condition?.message}`,
    "DisruptionTarget DeletionByPodGC: PodGC: node no longer exists",
  );
});

test("a node that comes back keeps its pods", () => {
  const w = world();
  w.create("nodes", node("n"), 1);
  w.create("pods", pod("p", "n"), 2);
  w.delete("nodes", "n", {}, 10);
  w.create("nodes", node("n"), 50);
  w.run(200);
  assert.ok(w.has("pods", "default/p"));
});

test("of ended pods only so many are kept, the oldest go first", () => {
  const w = world({ flags: { terminatedPodGcThreshold: 2 } });
  w.create("nodes", node("n"), 0);
  for (let i = 0; i < 4; i++) {
    w.create("pods", pod(`p${i}`, "n"), 1 + i);
    w.patchStatus("pods", `default/p${i}`, (before) => ({ ...before, status: { phase: "Succeeded" } }), 8);
  }
  w.run(25);
  assert.equal(
    w.list("pods").map(({ metadata }) => metadata.name),
    ["p2", "p3"],
  );
});

test("pods that were deleted before they had a node go, as do those that stop on a node out of service", () => {
  const w = world();
  w.create("nodes", node("lost", [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" }], "Unknown"), 1);
  w.create("nodes", node("slow", [], "Unknown"), 1);
  const held = pod("held");
  w.create("pods", { ...held, metadata: { ...held.metadata, finalizers: ["example.com/x"] } }, 2);
  w.create("pods", pod("lost", "lost"), 2);
  w.create("pods", pod("slow", "slow"), 2);
  for (const name of ["held", "lost", "slow"]) w.delete("pods", `default/${name}`, {}, 5);
  w.run(30);
  assert.is(w.get("pods", "default/held").status?.phase, "Failed", "its finalizer still holds it");
  assert.ok(goneAt(w, "lost") > 20 && goneAt(w, "lost") < 23);
  assert.ok(w.has("pods", "default/slow"));
});

test.run();
