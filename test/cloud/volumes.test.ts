// A whole small cluster: claims, volumes, attachments and pods that use them.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Cluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import { DEFAULT_CLOUD } from "../../sim/model/cloud-plan.ts";
import { DEFAULT_CONTROLLER_FLAGS } from "../../sim/model/controller-flags.ts";
import { type ClusterObjects, noObjects, type PersistentVolumeClaim, type Pod } from "../../sim/model/objects.ts";
import type { Plan } from "../../sim/scenario/plan.ts";
import { makePlan } from "../plans.ts";
import { makeNode, makePod } from "../scheduler/builders.ts";

export function cluster(objects: Partial<ClusterObjects>, parts: Partial<Plan> = {}): Cluster {
  const nodes = ["a", "b", "c"].map((zone, i) =>
    makeNode(`n${i}`, {}, { "kubernetes.io/hostname": `n${i}`, "topology.kubernetes.io/zone": zone }),
  );
  const declared = { ...noObjects(), namespaces: [{ metadata: { name: "default" } }], nodes, ...objects };
  return new Cluster(
    makePlan({
      objects: declared,
      declared,
      controllerManagers: { replicas: 1, flags: DEFAULT_CONTROLLER_FLAGS },
      ...parts,
    }),
    1,
  );
}

const storageClass = (name: string, volumeBindingMode: string) => ({
  metadata: { name },
  provisioner: "disk.example.com",
  volumeBindingMode,
  reclaimPolicy: "Delete",
});

function claim(name: string, storageClassName: string): PersistentVolumeClaim {
  const resources = { requests: { storage: "10Gi" } };
  return {
    metadata: { name, namespace: "default", uid: `uid-${name}` },
    spec: { accessModes: ["ReadWriteOnce"], resources, storageClassName },
  };
}

function user(name: string, claimName: string, nodeName?: string): Pod {
  return makePod(name, {
    volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
    ...(nodeName === undefined ? {} : { nodeSelector: { "kubernetes.io/hostname": nodeName } }),
  });
}

const messages = (made: Cluster, reason: string) =>
  made.controlPlane.api
    .list("events")
    .filter((event) => event.reason === reason)
    .map(({ message }) => message);

test("a claim that waits for its consumer: node first, then volume, then binding, then attachment", () => {
  const made = cluster({
    storageClasses: [storageClass("late", "WaitForFirstConsumer")],
    persistentVolumeClaims: [claim("data", "late")],
    pods: [user("p", "data")],
  });
  made.runTo(90 * SECOND);
  const { api } = made.controlPlane;
  const pod = api.get("pods", "default/p")!;
  const bound = api.get("persistentVolumeClaims", "default/data")!;
  assert.is(bound.status?.phase, "Bound");
  assert.ok(bound.metadata.annotations?.["volume.kubernetes.io/selected-node"]?.startsWith("n"));
  const [volume] = api.list("persistentVolumes");
  assert.is(volume!.status?.phase, "Bound");
  assert.is(volume!.metadata.name, bound.spec.volumeName);
  // it can be used only in the zone of the node that was picked
  const zone = { n0: "a", n1: "b", n2: "c" }[pod.spec.nodeName!];
  assert.equal(volume!.spec.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values, [zone]);
  const [attachment] = api.list("volumeAttachments");
  assert.equal([attachment!.spec.nodeName, attachment!.status?.attached], [pod.spec.nodeName, true]);
  assert.equal(
    api.get("nodes", pod.spec.nodeName!)!.status!.volumesAttached!.map(({ name }) => name),
    [`kubernetes.io/csi/disk.example.com^${volume!.metadata.name}`],
  );
  assert.is(messages(made, "SuccessfulAttachVolume").length, 1);
});

test("a claim that is bound at once, its volume freed and deleted with it", () => {
  const made = cluster({
    storageClasses: [storageClass("now", "Immediate")],
    persistentVolumeClaims: [claim("data", "now")],
  });
  made.runTo(40 * SECOND);
  const { api } = made.controlPlane;
  assert.is(api.get("persistentVolumeClaims", "default/data")!.status?.phase, "Bound");
  assert.is(api.list("persistentVolumes").length, 1);
  api.client("test").delete("persistentVolumeClaims", "default/data", {});
  made.runTo(80 * SECOND);
  assert.is(api.list("persistentVolumes").length, 0);
});

test("nothing is provisioned while the cloud does not answer, and all is afterwards", () => {
  const made = cluster({
    storageClasses: [storageClass("now", "Immediate")],
    persistentVolumeClaims: [claim("data", "now")],
  });
  const over = made.cloud!.faultPoints.apiOutage();
  made.runTo(60 * SECOND);
  const { api } = made.controlPlane;
  assert.is(api.get("persistentVolumeClaims", "default/data")!.status?.phase, "Pending");
  assert.match(messages(made, "ProvisioningFailed")[0]!, /^failed to provision volume with StorageClass "now"/);
  over();
  made.runTo(200 * SECOND);
  assert.is(api.get("persistentVolumeClaims", "default/data")!.status?.phase, "Bound");
});

test("no class and no volume: the claim waits and says so", () => {
  const made = cluster({ persistentVolumeClaims: [claim("data", "")] });
  made.runTo(30 * SECOND);
  assert.is(made.controlPlane.api.get("persistentVolumeClaims", "default/data")!.status?.phase, "Pending");
  assert.equal(messages(made, "FailedBinding"), [
    "no persistent volumes available for this claim and no storage class is set",
  ]);
});

test("a settled cluster: all is bound and attached, and nothing is written about it", () => {
  const made = cluster(
    {
      storageClasses: [storageClass("late", "WaitForFirstConsumer")],
      persistentVolumeClaims: [claim("data", "late")],
      pods: [user("p", "data")],
    },
    { start: "settled" },
  );
  const { api } = made.controlPlane;
  const written: string[] = [];
  const kinds = ["persistentVolumes", "persistentVolumeClaims", "volumeAttachments"];
  api.onChange((kind, type) => kinds.includes(kind) && written.push(`${kind} ${type}`));
  made.runTo(60 * SECOND);
  assert.is(api.get("persistentVolumeClaims", "default/data")!.status?.phase, "Bound");
  assert.is(api.list("persistentVolumes")[0]!.status?.phase, "Bound");
  assert.is(api.list("volumeAttachments")[0]!.status?.attached, true);
  assert.equal(written, []);
});

test("a machine that is deleted: its node goes, and the pool replaces it", () => {
  const label = { "kubedrill.dev/pool": "general" };
  const nodes = [0, 1, 2].map((i) => makeNode(`n${i}`, {}, { "kubernetes.io/hostname": `n${i}`, ...label }));
  const made = cluster({ nodes }, { cloud: { ...DEFAULT_CLOUD, hasControllerManager: true } });
  made.runTo(30 * SECOND);
  made.cloud!.faultPoints.deleteMachine("n1");
  made.runTo(200 * SECOND);
  const names = made.controlPlane.api.list("nodes").map(({ metadata }) => metadata.name);
  assert.equal(names.sort(), ["n0", "n1-r1", "n2"]);
  assert.equal(messages(made, "DeletingNode"), ["Deleting node n1 because it does not exist in the cloud provider"]);
});

test("a load balancer gets its address when the provider has made it", () => {
  const service = {
    metadata: { name: "web", namespace: "default" },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }] },
  };
  const made = cluster({ services: [service] }, { cloud: { ...DEFAULT_CLOUD, hasControllerManager: true } });
  made.runTo(20 * SECOND);
  const address = () => made.controlPlane.api.get("services", "default/web")!.status?.loadBalancer?.ingress?.[0]?.ip;
  assert.is(address(), undefined);
  made.runTo(150 * SECOND);
  assert.match(address() ?? "", /^203\.0\.113\.\d+$/);
  assert.is(messages(made, "EnsuredLoadBalancer").length, 1);
});

test.run();
