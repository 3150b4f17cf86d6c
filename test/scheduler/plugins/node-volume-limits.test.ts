// NodeVolumeLimits: what counts against the attach limit of a CSI driver on a node.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CSINode, PersistentVolume, Pod, Volume } from "../../../sim/model/objects.ts";
import { Cluster, claim, node, pod, podWithClaims, storageClass, volume } from "../cluster.ts";

const FULL = "NodeVolumeLimits Unschedulable: node(s) exceed max volume count";
const DRIVER = "disk.example.com";

const csiNode = (
  name: string,
  limits: Record<string, number | null>,
  annotations: Record<string, string> = {},
): CSINode => ({
  metadata: { name, annotations },
  spec: {
    drivers: Object.entries(limits).map(([driver, count]) => ({
      name: driver,
      ...(count === null ? {} : { allocatable: { count } }),
    })),
  },
});

const csi = (name: string, driver = DRIVER): PersistentVolume =>
  volume(name, { phase: "Bound", spec: { csi: { driver, volumeHandle: `handle-${name}` } } });

interface Case {
  readonly rule: string;
  readonly limits: Record<string, number | null> | null;
  readonly there?: readonly Pod[];
  readonly wanted: Pod;
  readonly fits: boolean;
}

const cases: readonly Case[] = [
  {
    rule: "up to the limit",
    limits: { [DRIVER]: 2 },
    there: [podWithClaims("t", ["c1"], { node: "n" })],
    wanted: podWithClaims("p", ["c2"]),
    fits: true,
  },
  {
    rule: "one too many",
    limits: { [DRIVER]: 1 },
    there: [podWithClaims("t", ["c1"], { node: "n" })],
    wanted: podWithClaims("p", ["c2"]),
    fits: false,
  },
  { rule: "two at once are too many", limits: { [DRIVER]: 1 }, wanted: podWithClaims("p", ["c1", "c2"]), fits: false },
  {
    rule: "a volume that is attached already is not counted again",
    limits: { [DRIVER]: 1 },
    there: [podWithClaims("t", ["c1"], { node: "n" })],
    wanted: podWithClaims("p", ["c1"]),
    fits: true,
  },
  {
    rule: "a volume shared by running pods counts once",
    limits: { [DRIVER]: 2 },
    there: [podWithClaims("t", ["c1"], { node: "n" }), podWithClaims("u", ["c1"], { node: "n" })],
    wanted: podWithClaims("p", ["c2"]),
    fits: true,
  },
  {
    rule: "the same volume twice in a pod counts once",
    limits: { [DRIVER]: 1 },
    wanted: podWithClaims("p", ["c1", "c1"]),
    fits: true,
  },
  {
    rule: "other drivers have their own limit",
    limits: { [DRIVER]: 1, "file.example.com": 1 },
    there: [podWithClaims("t", ["c1"], { node: "n" })],
    wanted: podWithClaims("p", ["file"]),
    fits: true,
  },
  {
    rule: "a driver without a limit takes any number",
    limits: { [DRIVER]: null },
    there: [podWithClaims("t", ["c1"], { node: "n" })],
    wanted: podWithClaims("p", ["c2"]),
    fits: true,
  },
  { rule: "a node without CSINode has no limits", limits: null, wanted: podWithClaims("p", ["c1", "c2"]), fits: true },
  { rule: "a limit of zero", limits: { [DRIVER]: 0 }, wanted: podWithClaims("p", ["c1"]), fits: false },
  {
    rule: "a node over its limit still takes pods whose volumes are there",
    limits: { [DRIVER]: 1 },
    there: [podWithClaims("t", ["c1", "c2"], { node: "n" })],
    wanted: podWithClaims("p", ["c2"]),
    fits: true,
  },
  {
    rule: "unbound claims count for the provisioner of their class",
    limits: { [DRIVER]: 1 },
    there: [podWithClaims("t", ["c1"], { node: "n" })],
    wanted: podWithClaims("p", ["unbound"]),
    fits: false,
  },
  {
    rule: "unbound claims of running pods count too",
    limits: { [DRIVER]: 1 },
    there: [podWithClaims("t", ["unbound"], { node: "n" })],
    wanted: podWithClaims("p", ["c1"]),
    fits: false,
  },
  {
    rule: "a running pod's lost claim does not count",
    limits: { [DRIVER]: 1 },
    there: [podWithClaims("t", ["gone"], { node: "n" })],
    wanted: podWithClaims("p", ["c1"]),
    fits: true,
  },
  {
    rule: "a bound claim whose volume is gone counts for its class",
    limits: { [DRIVER]: 1 },
    there: [podWithClaims("t", ["no-volume"], { node: "n" })],
    wanted: podWithClaims("p", ["c1"]),
    fits: false,
  },
  {
    rule: "volumes that are no CSI volumes do not count",
    limits: { [DRIVER]: 0 },
    wanted: podWithClaims("p", ["local"]),
    fits: true,
  },
];

for (const { rule, limits, there, wanted, fits } of cases) {
  test(rule, () => {
    const cluster = new Cluster({
      nodes: [node("n")],
      pods: there ?? [],
      csiNodes: limits === null ? [] : [csiNode("n", limits)],
      storageClasses: [storageClass("wait", { provisioner: DRIVER })],
      persistentVolumeClaims: [
        claim("c1", { bound: "pv1" }),
        claim("c2", { bound: "pv2" }),
        claim("file", { bound: "pv3" }),
        claim("local", { bound: "pv4" }),
        claim("no-volume", { bound: "pv-gone" }),
        claim("unbound"),
      ],
      persistentVolumes: [
        csi("pv1"),
        csi("pv2"),
        csi("pv3", "file.example.com"),
        volume("pv4", { phase: "Bound", spec: { local: { path: "/x" } } }),
      ],
    });
    assert.equal(cluster.verdicts(wanted), { n: fits ? "ok" : FULL });
  });
}

const inline = (name: string, v: Omit<Volume, "name">, on?: string): Pod =>
  pod(name, { ...(on === undefined ? {} : { node: on }), spec: { volumes: [{ name: "v", ...v }] } });
const PORTWORX = { "storage.alpha.kubernetes.io/migrated-plugins": "kubernetes.io/portworx-volume" };

const migrations: readonly (readonly [
  rule: string,
  node: CSINode,
  there: Omit<Volume, "name">,
  wanted: Omit<Volume, "name">,
  fits: boolean,
])[] = [
  [
    "EBS",
    csiNode("n", { "ebs.csi.aws.com": 1 }),
    { awsElasticBlockStore: { volumeID: "a" } },
    { awsElasticBlockStore: { volumeID: "b" } },
    false,
  ],
  [
    "GCE",
    csiNode("n", { "pd.csi.storage.gke.io": 1 }),
    { gcePersistentDisk: { pdName: "a" } },
    { gcePersistentDisk: { pdName: "b" } },
    false,
  ],
  [
    "Azure disk",
    csiNode("n", { "disk.csi.azure.com": 1 }),
    { azureDisk: { diskName: "a", diskURI: "u/a" } },
    { azureDisk: { diskName: "b", diskURI: "u/b" } },
    false,
  ],
  [
    "Cinder",
    csiNode("n", { "cinder.csi.openstack.org": 1 }),
    { cinder: { volumeID: "a" } },
    { cinder: { volumeID: "b" } },
    false,
  ],
  [
    "Portworx on a node that says so",
    csiNode("n", { "pxd.portworx.com": 1 }, PORTWORX),
    { portworxVolume: { volumeID: "a" } },
    { portworxVolume: { volumeID: "b" } },
    false,
  ],
  [
    "Portworx on a node that does not",
    csiNode("n", { "pxd.portworx.com": 1 }),
    { portworxVolume: { volumeID: "a" } },
    { portworxVolume: { volumeID: "b" } },
    true,
  ],
  [
    "Azure file and vSphere are never counted",
    csiNode("n", { "file.csi.azure.com": 0, "csi.vsphere.vmware.com": 0 }),
    { azureFile: { shareName: "a" } },
    { vsphereVolume: { volumePath: "b" } },
    true,
  ],
  [
    "readers of one disk share one attachment",
    csiNode("n", { "pd.csi.storage.gke.io": 1 }),
    { gcePersistentDisk: { pdName: "a", readOnly: true } },
    { gcePersistentDisk: { pdName: "a", readOnly: true } },
    true,
  ],
];

for (const [rule, csi, there, wanted, fits] of migrations) {
  test(`inline volumes count for the driver that replaced their plugin: ${rule}`, () => {
    const cluster = new Cluster({ nodes: [node("n")], csiNodes: [csi], pods: [inline("there", there, "n")] });
    assert.equal(cluster.verdicts(inline("p", wanted)), { n: fits ? "ok" : FULL });
  });
}

test("a persistent volume of an in-tree plugin and a CSI volume are counted together", () => {
  const cluster = new Cluster({
    nodes: [node("n")],
    csiNodes: [csiNode("n", { "ebs.csi.aws.com": 1 })],
    pods: [podWithClaims("there", ["old"], { node: "n" })],
    persistentVolumeClaims: [
      claim("old", { bound: "pv-old" }),
      claim("new", { bound: "pv-new" }),
      claim("same", { bound: "pv-same" }),
    ],
    persistentVolumes: [
      volume("pv-old", { spec: { awsElasticBlockStore: { volumeID: "aws://us-east-1a/vol-1" } } }),
      volume("pv-new", { spec: { csi: { driver: "ebs.csi.aws.com", volumeHandle: "vol-2" } } }),
      volume("pv-same", { spec: { csi: { driver: "ebs.csi.aws.com", volumeHandle: "vol-1" } } }),
    ],
  });
  assert.equal(cluster.verdicts(podWithClaims("other", ["new"])), { n: FULL });
  assert.equal(cluster.verdicts(podWithClaims("same", ["same"])), { n: "ok" });
});

test("an unbound claim of an in-tree class counts for the driver", () => {
  const cluster = new Cluster({
    nodes: [node("n")],
    csiNodes: [csiNode("n", { "ebs.csi.aws.com": 0 })],
    storageClasses: [storageClass("wait", { provisioner: "kubernetes.io/aws-ebs" })],
    persistentVolumeClaims: [claim("c")],
  });
  assert.equal(cluster.verdicts(podWithClaims("p", ["c"])), { n: FULL });
});

test("skipped for pods whose volumes can never count", () => {
  const { trace } = new Cluster({ nodes: [node("n")] }).try(inline("p", { emptyDir: {} }));
  assert.ok(trace.cycle?.state.skipFilterPlugins.has("NodeVolumeLimits"));
});

test("preempting a pod frees its volumes", () => {
  const cluster = new Cluster({
    nodes: [node("n")],
    csiNodes: [csiNode("n", { [DRIVER]: 1 })],
    pods: [podWithClaims("there", ["c1"], { node: "n" })],
    persistentVolumeClaims: [claim("c1", { bound: "pv1" }), claim("c2", { bound: "pv2" })],
    persistentVolumes: [csi("pv1"), csi("pv2")],
  });
  assert.equal(
    cluster.try(podWithClaims("p", ["c2"], { priority: 1 })).attempt.victims.map((v) => v.key),
    ["default/there"],
  );
});

test.run();
