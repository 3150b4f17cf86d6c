import { test } from "uvu";
import * as assert from "uvu/assert";
import { attachDetach } from "../../sim/controllers/attach-detach.ts";
import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../sim/model/objects.ts";
import { attachmentName } from "../../sim/model/volume-names.ts";
import { makePod } from "../scheduler/builders.ts";
import { World } from "./world.ts";

const NAME = "kubernetes.io/csi/disk^pv";

/** Two nodes, a volume, a claim bound to it; an attacher that is done within a tick. */
function world(accessMode = "ReadWriteOnce"): World {
  const made = new World({ controllers: [attachDetach], nodes: 2, hasKubelets: false });
  const volume: PersistentVolume = {
    metadata: { name: "pv" },
    spec: { accessModes: [accessMode], csi: { driver: "disk", volumeHandle: "pv" } },
  };
  const claim: PersistentVolumeClaim = { metadata: { name: "data", namespace: "default" }, spec: { volumeName: "pv" } };
  made.create("persistentVolumes", volume);
  made.create("persistentVolumeClaims", claim);
  made.run(0.1);
  made.patchStatus("persistentVolumeClaims", "default/data", (c) => ({ ...c, status: { phase: "Bound" } }));
  made.run(0.1);
  return made;
}

function addPod(made: World, name: string, nodeName: string): void {
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
  made.create("pods", makePod(name, { nodeName, volumes }) as Pod);
  made.run(0.5);
}

const attached = (made: World) => made.list("volumeAttachments").map(({ spec }) => spec.nodeName);
const listed = (made: World, node: string) =>
  (made.get("nodes", node).status?.volumesAttached ?? []).map((v) => v.name);

function confirm(made: World, node: string): void {
  made.patchStatus("volumeAttachments", attachmentName("pv", node), (a) => ({ ...a, status: { attached: true } }));
  made.run(0.5);
}

function use(made: World, node: string, isUsed: boolean): void {
  made.patchStatus("nodes", node, (n) => ({ ...n, status: { ...n.status, volumesInUse: isUsed ? [NAME] : [] } }));
  made.run(0.5);
}

const setReady = (made: World, node: string, status: string) =>
  made.patchStatus("nodes", node, (n) => ({ ...n, status: { ...n.status, conditions: [{ type: "Ready", status }] } }));

test("attached for the pod's node, listed there once the attacher is done, and told", () => {
  const made = world();
  addPod(made, "p", "node-0");
  assert.equal(attached(made), ["node-0"]);
  assert.equal(listed(made, "node-0"), []);
  confirm(made, "node-0");
  assert.equal(listed(made, "node-0"), [NAME]);
  assert.equal(made.messages("Pod", "SuccessfulAttachVolume"), ['AttachVolume.Attach succeeded for volume "pv" ']);
});

test("not taken from a ready node that still uses it", () => {
  const made = world();
  addPod(made, "p", "node-0");
  confirm(made, "node-0");
  use(made, "node-0", true);
  made.delete("pods", "default/p", 0);
  made.run(600);
  assert.equal(attached(made), ["node-0"]);
  use(made, "node-0", false);
  assert.equal(attached(made), []);
  assert.equal(listed(made, "node-0"), []);
});

test("a second node has to wait, and its pod is told so", () => {
  const made = world();
  addPod(made, "p", "node-0");
  confirm(made, "node-0");
  use(made, "node-0", true);
  addPod(made, "q", "node-1");
  assert.equal(made.messages("Pod", "FailedAttachVolume"), [
    'Multi-Attach error for volume "pv" Volume is already used by pod(s) p',
  ]);
  made.delete("pods", "default/p", 0);
  made.run(1);
  assert.equal(attached(made), ["node-0"]);
  use(made, "node-0", false);
  made.run(1);
  assert.equal(attached(made), ["node-1"]);
});

test("a volume for many is attached to both", () => {
  const made = world("ReadWriteMany");
  addPod(made, "p", "node-0");
  addPod(made, "q", "node-1");
  assert.equal(attached(made).sort(), ["node-0", "node-1"]);
});

test("by force from a node that is not ready, six minutes after the pod has gone", () => {
  const made = world();
  addPod(made, "p", "node-0");
  confirm(made, "node-0");
  use(made, "node-0", true);
  setReady(made, "node-0", "Unknown");
  made.delete("pods", "default/p", 0);
  made.run(355);
  assert.equal(attached(made), ["node-0"]);
  made.run(10);
  assert.equal(attached(made), []);
});

test("at once from a node that is out of service", () => {
  const made = world();
  addPod(made, "p", "node-0");
  confirm(made, "node-0");
  use(made, "node-0", true);
  setReady(made, "node-0", "Unknown");
  made.delete("pods", "default/p", 0);
  made.run(5);
  const taint = { key: "node.kubernetes.io/out-of-service", effect: "NoExecute" };
  made.patch("nodes", "node-0", (n) => ({ ...n, spec: { ...n.spec, taints: [taint] } }));
  made.run(1);
  assert.equal(attached(made), []);
});

test("a pod that is told to end keeps its volume while its containers run", () => {
  const made = world();
  addPod(made, "p", "node-0");
  confirm(made, "node-0");
  made.patchStatus("pods", "default/p", (p) => ({
    ...p,
    status: { phase: "Running", containerStatuses: [{ name: "main", state: { running: {} } }] },
  }));
  made.run(0.5);
  made.delete("pods", "default/p", 30);
  made.run(20);
  assert.equal(attached(made), ["node-0"]);
  made.patchStatus("pods", "default/p", (p) => ({
    ...p,
    status: { phase: "Running", containerStatuses: [{ name: "main", state: { terminated: { exitCode: 0 } } }] },
  }));
  made.run(1);
  assert.equal(attached(made), []);
});

test.run();
