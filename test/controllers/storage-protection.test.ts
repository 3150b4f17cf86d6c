// Protection of claims and volumes in use: when their finalizers come and go.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { pvcProtectionController, pvProtectionController } from "../../sim/controllers/storage-protection.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../sim/model/objects.ts";
import { World } from "./world.ts";

const claim = (name: string) => ({
  metadata: { name, namespace: "default" },
  spec: { accessModes: ["ReadWriteOnce"] },
});
const pod = (name: string, claimName: string, nodeName?: string) => ({
  metadata: { name, namespace: "default" },
  spec: {
    containers: [{ name: "c" }],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
    ...(nodeName === undefined ? {} : { nodeName }),
  },
});

function world(): World {
  return new World({ controllers: [pvcProtectionController, pvProtectionController], hasKubelets: false });
}

const finalizers = (w: World, name: string) =>
  (w.server.get("persistentVolumeClaims", `default/${name}`) as PersistentVolumeClaim | undefined)?.metadata.finalizers;

test("those that lack the finalizer get it", () => {
  const w = world();
  w.create("persistentVolumeClaims", claim("a"));
  w.create("persistentVolumes", { metadata: { name: "v" }, spec: {} });
  w.run(2);
  assert.equal(finalizers(w, "a"), ["kubernetes.io/pvc-protection"]);
  const volume = w.server.get("persistentVolumes", "v") as PersistentVolume | undefined;
  assert.equal(volume?.metadata.finalizers, ["kubernetes.io/pv-protection"]);
});

test("a claim that nobody uses goes at once", () => {
  const w = world();
  w.create("persistentVolumeClaims", claim("a"));
  w.create("pods", pod("waits", "a"));
  w.run(2);
  w.delete("persistentVolumeClaims", "default/a");
  w.run(2);
  assert.is(finalizers(w, "a"), undefined, "a pod without a node does not hold it");
});

test("a claim stays as long as a bound pod names it, an ended one too", () => {
  const w = world();
  w.create("persistentVolumeClaims", claim("a"));
  w.create("pods", pod("p", "a", "node-0"));
  w.run(2);
  w.delete("persistentVolumeClaims", "default/a");
  w.run(60);
  assert.equal(finalizers(w, "a"), ["kubernetes.io/pvc-protection"]);
  w.client.patchStatus(
    "pods",
    "default/p",
    (one: Pod) => ({ ...one, status: { phase: "Succeeded" } }),
    () => undefined,
  );
  w.run(60);
  assert.equal(finalizers(w, "a"), ["kubernetes.io/pvc-protection"]);
  w.delete("pods", "default/p", 0);
  w.run(2);
  assert.is(finalizers(w, "a"), undefined);
});

test("deletions under way go on after a restart", () => {
  const w = world();
  w.create("persistentVolumeClaims", claim("a"));
  w.create("pods", pod("p", "a", "node-0"));
  w.run(2);
  w.delete("persistentVolumeClaims", "default/a");
  w.run(2);
  w.restartControllers();
  w.delete("pods", "default/p", 0);
  w.run(5);
  assert.is(finalizers(w, "a"), undefined);
});

test("a volume stays while it is Bound", () => {
  const w = world();
  w.create("persistentVolumes", { metadata: { name: "v" }, spec: {} });
  const phase = (text: string) =>
    w.client.patchStatus(
      "persistentVolumes",
      "v",
      (volume) => ({ ...volume, status: { phase: text } }),
      () => undefined,
    );
  phase("Bound");
  w.run(2);
  w.delete("persistentVolumes", "v");
  w.run(10);
  assert.ok(w.server.get("persistentVolumes", "v") !== undefined);
  phase("Released");
  w.run(2);
  assert.is(w.server.get("persistentVolumes", "v"), undefined);
});

test("what is at rest costs nothing", () => {
  const w = world();
  for (const name of ["a", "b", "c", "d"]) w.create("persistentVolumeClaims", claim(name));
  w.run(5);
  const before = w.changes.length;
  w.run(600);
  assert.is(w.changes.length, before);
});

test.run();
