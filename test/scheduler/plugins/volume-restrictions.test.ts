// VolumeRestrictions: disks that pods of a node cannot share, and claims that one pod of the cluster has to itself.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Volume } from "../../../sim/model/objects.ts";
import { Cluster, claim, node, pod, podWithClaims, volume } from "../cluster.ts";

const DISK = "VolumeRestrictions Unschedulable: node(s) had no available disk";
const IN_USE =
  "VolumeRestrictions Unschedulable: node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod";

const withVolume = (name: string, v: Omit<Volume, "name">, on?: string) =>
  pod(name, { ...(on === undefined ? {} : { node: on }), spec: { volumes: [{ name: "v", ...v }] } });

const rbd = (image: string, monitors: readonly string[], readOnly: boolean, pool?: string) => ({
  rbd: { image, monitors, readOnly, ...(pool === undefined ? {} : { pool }) },
});

const cases: readonly (readonly [
  rule: string,
  there: Omit<Volume, "name">,
  wanted: Omit<Volume, "name">,
  conflict: boolean,
])[] = [
  [
    "GCE: one writer excludes everybody",
    { gcePersistentDisk: { pdName: "d" } },
    { gcePersistentDisk: { pdName: "d", readOnly: true } },
    true,
  ],
  [
    "GCE: a reader excludes a writer",
    { gcePersistentDisk: { pdName: "d", readOnly: true } },
    { gcePersistentDisk: { pdName: "d" } },
    true,
  ],
  [
    "GCE: readers share",
    { gcePersistentDisk: { pdName: "d", readOnly: true } },
    { gcePersistentDisk: { pdName: "d", readOnly: true } },
    false,
  ],
  [
    "GCE: other disks do not matter",
    { gcePersistentDisk: { pdName: "d" } },
    { gcePersistentDisk: { pdName: "e" } },
    false,
  ],
  [
    "EBS: not even readers share",
    { awsElasticBlockStore: { volumeID: "v", readOnly: true } },
    { awsElasticBlockStore: { volumeID: "v", readOnly: true } },
    true,
  ],
  [
    "EBS: other volumes do not matter",
    { awsElasticBlockStore: { volumeID: "v" } },
    { awsElasticBlockStore: { volumeID: "w" } },
    false,
  ],
  [
    "iSCSI: the target's name decides, not the LUN",
    { iscsi: { iqn: "t", lun: 0 } },
    { iscsi: { iqn: "t", lun: 1 } },
    true,
  ],
  ["iSCSI: readers share", { iscsi: { iqn: "t", readOnly: true } }, { iscsi: { iqn: "t", readOnly: true } }, false],
  ["iSCSI: other targets do not matter", { iscsi: { iqn: "t" } }, { iscsi: { iqn: "u" } }, false],
  ["RBD: one monitor in common is enough", rbd("i", ["a", "b"], false), rbd("i", ["b", "c"], false), true],
  ["RBD: no monitor in common", rbd("i", ["a"], false), rbd("i", ["b"], false), false],
  ["RBD: readers share", rbd("i", ["a"], true), rbd("i", ["a"], true), false],
  ["RBD: other pools do not matter", rbd("i", ["a"], false, "p"), rbd("i", ["a"], false, "q"), false],
  ["RBD: the pool is rbd unless named", rbd("i", ["a"], false), rbd("i", ["a"], false, "rbd"), true],
  ["RBD: other images do not matter", rbd("i", ["a"], false), rbd("j", ["a"], false), false],
  [
    "kinds are not mixed up",
    { gcePersistentDisk: { pdName: "v" } },
    { awsElasticBlockStore: { volumeID: "v" } },
    false,
  ],
];

for (const [rule, there, wanted, conflict] of cases) {
  test(`${rule}`, () => {
    const cluster = new Cluster({ nodes: [node("a"), node("b")], pods: [withVolume("there", there, "a")] });
    assert.equal(cluster.verdicts(withVolume("wanted", wanted)), { a: conflict ? DISK : "ok", b: "ok" });
  });
}

test("a pod without such volumes and claims skips the plugin", () => {
  const { trace } = new Cluster({ nodes: [node("a")] }).try(pod("plain"));
  assert.ok(trace.cycle?.state.skipFilterPlugins.has("VolumeRestrictions"));
});

const exclusive = claim("mine", { modes: ["ReadWriteOncePod"], bound: "pv" });
const bound = [volume("pv", { phase: "Bound" })];

test("a ReadWriteOncePod claim in use is taken on every node", () => {
  const cluster = new Cluster({
    nodes: [node("a"), node("b")],
    pods: [podWithClaims("there", ["mine"], { node: "a" })],
    persistentVolumeClaims: [exclusive],
    persistentVolumes: bound,
  });
  assert.equal(cluster.verdicts(podWithClaims("wanted", ["mine"])), { a: IN_USE, b: IN_USE });
});

test("a pod that was only assumed counts as a user", () => {
  const cluster = new Cluster({
    nodes: [node("a"), node("b")],
    persistentVolumeClaims: [exclusive],
    persistentVolumes: bound,
  });
  assert.is(cluster.place(podWithClaims("first", ["mine"])), "a");
  assert.equal(cluster.verdicts(podWithClaims("second", ["mine"])), { a: IN_USE, b: IN_USE });
});

test("a claim of that name in another namespace is another claim", () => {
  const cluster = new Cluster({
    nodes: [node("a")],
    pods: [podWithClaims("there", ["mine"], { node: "a", namespace: "other" })],
    persistentVolumeClaims: [
      exclusive,
      claim("mine", { namespace: "other", modes: ["ReadWriteOncePod"], bound: "pv2" }),
    ],
    persistentVolumes: bound,
  });
  assert.equal(cluster.verdicts(podWithClaims("wanted", ["mine"])), { a: "ok" });
});

test("an unused ReadWriteOncePod claim lets the plugin be skipped", () => {
  const cluster = new Cluster({ nodes: [node("a")], persistentVolumeClaims: [exclusive], persistentVolumes: bound });
  assert.ok(cluster.try(podWithClaims("p", ["mine"])).trace.cycle?.state.skipFilterPlugins.has("VolumeRestrictions"));
});

test("a missing claim is found out here first, whatever the access mode", () => {
  const cluster = new Cluster({ nodes: [node("a")] });
  const refused = 'VolumeRestrictions UnschedulableAndUnresolvable: persistentvolumeclaim "gone" not found';
  assert.equal(cluster.verdicts(podWithClaims("p", ["gone"])), { "*": refused });
});

test("preempting the user of a ReadWriteOncePod claim frees it", () => {
  const cluster = new Cluster({
    nodes: [node("a"), node("b")],
    pods: [podWithClaims("there", ["mine"], { node: "b" })],
    persistentVolumeClaims: [exclusive],
    persistentVolumes: bound,
  });
  const { attempt } = cluster.try(podWithClaims("wanted", ["mine"], { priority: 10 }));
  assert.is(attempt.nominatedNodeName, "b");
  assert.equal(
    attempt.victims.map((v) => v.key),
    ["default/there"],
  );
});

test.run();
