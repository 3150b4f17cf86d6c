// VolumeBinding: the state of claims, volumes that match, provisioning, storage capacity, and what Reserve leaves behind.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ClusterObjects, CSIStorageCapacity, Pod } from "../../../sim/model/objects.ts";
import { readSchedulerConfiguration } from "../../../sim/model/read-scheduler-configuration.ts";
import {
  type ClaimParts,
  Cluster,
  claim,
  node,
  pod,
  podWithClaims,
  storageClass,
  type VolumeParts,
  volume,
  ZONE,
} from "../cluster.ts";

const says = (reason: string) => `VolumeBinding UnschedulableAndUnresolvable: ${reason}`;
const AFFINITY = "node(s) didn't match PersistentVolume's node affinity";
const NO_VOLUME = "node(s) didn't find available persistent volumes to bind";
const NO_SPACE = "node(s) did not have enough free storage";
const MISSING = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

const nodes = [node("a", { [ZONE]: "z1" }), node("b", { [ZONE]: "z2" })];
// volumes of this class must exist: nobody makes them
const manual = storageClass("manual", { provisioner: "kubernetes.io/no-provisioner" });
const classes = [storageClass("wait"), storageClass("now", { volumeBindingMode: "Immediate" }), manual];

const refusedClaims: readonly (readonly [rule: string, parts: ClaimParts, reason: string])[] = [
  ["lost", { bound: "gone", phase: "Lost" }, 'persistentvolumeclaim "c" bound to non-existent persistentvolume "gone"'],
  [
    "being deleted",
    { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } },
    'persistentvolumeclaim "c" is being deleted',
  ],
  [
    "lost comes before being deleted",
    { bound: "gone", phase: "Lost", metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } },
    'persistentvolumeclaim "c" bound to non-existent persistentvolume "gone"',
  ],
  ["unbound, binding is immediate", { className: "now" }, "pod has unbound immediate PersistentVolumeClaims"],
  ["unbound, class unknown", { className: "nope" }, "pod has unbound immediate PersistentVolumeClaims"],
  ["unbound, no class", { className: "" }, "pod has unbound immediate PersistentVolumeClaims"],
  [
    "names a volume, but binding is not complete",
    { spec: { volumeName: "pv" } },
    "pod has unbound immediate PersistentVolumeClaims",
  ],
  [
    "the class annotation comes before the field",
    { className: "wait", annotations: { "volume.beta.kubernetes.io/storage-class": "now" } },
    "pod has unbound immediate PersistentVolumeClaims",
  ],
];

for (const [rule, parts, reason] of refusedClaims) {
  test(`claim ${rule}`, () => {
    const cluster = new Cluster({
      nodes,
      storageClasses: classes,
      persistentVolumeClaims: [
        { ...claim("c", parts), metadata: { ...claim("c", parts).metadata, ...parts.metadata } },
      ],
    });
    assert.equal(cluster.verdicts(podWithClaims("p", ["c"])), { "*": says(reason) });
  });
}

test("a pod without claims skips the plugin", () => {
  const { trace } = new Cluster({ nodes }).try(pod("p"));
  assert.ok(trace.cycle?.state.skipFilterPlugins.has("VolumeBinding"));
  assert.ok(trace.cycle?.state.skipScorePlugins.has("VolumeBinding"));
});

const ephemeral: Pod = pod("p", {
  spec: { volumes: [{ name: "tmp", ephemeral: { volumeClaimTemplate: { spec: { storageClassName: "wait" } } } }] },
});
const ownedBy = (uid: string) => ({
  metadata: {
    name: "p-tmp",
    namespace: "default",
    ownerReferences: [{ kind: "Pod", name: "p", uid, controller: true }],
  },
});

test("an ephemeral volume waits for its claim", () => {
  const reason = 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-tmp"';
  assert.equal(new Cluster({ nodes }).verdicts(ephemeral), { "*": says(reason) });
});

test("an ephemeral volume does not take another owner's claim", () => {
  const cluster = new Cluster({
    nodes,
    storageClasses: classes,
    persistentVolumeClaims: [claim("p-tmp", ownedBy("uid-other"))],
  });
  assert.equal(cluster.verdicts(ephemeral), {
    "*": says("PVC default/p-tmp was not created for pod default/p (pod is not owner)"),
  });
});

test("an ephemeral volume with its own claim is like any claim", () => {
  const cluster = new Cluster({
    nodes,
    storageClasses: classes,
    persistentVolumeClaims: [claim("p-tmp", ownedBy("uid-p"))],
  });
  assert.equal(cluster.verdicts(ephemeral), { a: "ok", b: "ok" });
});

interface NodeCase {
  readonly rule: string;
  readonly claims: readonly (readonly [name: string, parts: ClaimParts])[];
  readonly volumes?: readonly (readonly [name: string, parts: VolumeParts])[];
  readonly objects?: Partial<ClusterObjects>;
  readonly a: string;
  readonly b: string;
}

const pool = (name: string, zone: string | null, capacity: string, maximumVolumeSize?: string): CSIStorageCapacity => ({
  metadata: { name, namespace: "default" },
  storageClassName: "wait",
  capacity,
  ...(maximumVolumeSize === undefined ? {} : { maximumVolumeSize }),
  ...(zone === null ? {} : { nodeTopology: { matchLabels: { [ZONE]: zone } } }),
});
const reporting = { csiDrivers: [{ metadata: { name: "disk.example.com" }, spec: { storageCapacity: true } }] };
const topologies = (...terms: readonly (readonly (readonly [string, readonly string[]])[])[]) => ({
  storageClasses: [
    storageClass("wait", {
      allowedTopologies: terms.map((expressions) => ({
        matchLabelExpressions: expressions.map(([key, values]) => ({ key, values })),
      })),
    }),
  ],
});

const nodeCases: readonly NodeCase[] = [
  {
    rule: "a bound volume is used where its node affinity allows",
    claims: [["c", { bound: "pv" }]],
    volumes: [["pv", { zone: "z1", phase: "Bound" }]],
    a: "ok",
    b: says(AFFINITY),
  },
  {
    rule: "a bound volume without node affinity is used anywhere",
    claims: [["c", { bound: "pv" }]],
    volumes: [["pv", {}]],
    a: "ok",
    b: "ok",
  },
  {
    rule: "a bound claim whose volume does not exist",
    claims: [["c", { bound: "gone" }]],
    a: says(MISSING),
    b: says(MISSING),
  },
  {
    rule: "the first bound claim that cannot be used decides",
    claims: [
      ["c", { bound: "pv" }],
      ["d", { bound: "gone" }],
    ],
    volumes: [["pv", { zone: "z1" }]],
    a: says(MISSING),
    b: says(AFFINITY),
  },
  { rule: "an unbound claim is provisioned anywhere by default", claims: [["c", {}]], a: "ok", b: "ok" },
  {
    rule: "without provisioner there must be a volume",
    claims: [["c", { className: "manual" }]],
    volumes: [["pv", { className: "manual", node: "a" }]],
    a: "ok",
    b: says(NO_VOLUME),
  },
  {
    rule: "a volume that is too small",
    claims: [["c", { className: "manual", size: "2Gi" }]],
    volumes: [["pv", { className: "manual", size: "1Gi" }]],
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "a volume of exactly the size",
    claims: [["c", { className: "manual", size: "1Gi" }]],
    volumes: [["pv", { className: "manual", size: "1024Mi" }]],
    a: "ok",
    b: "ok",
  },
  {
    rule: "a volume that is not available",
    claims: [["c", { className: "manual" }]],
    volumes: [["pv", { className: "manual", phase: "Released" }]],
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "a volume that is being deleted",
    claims: [["c", { className: "manual" }]],
    volumes: [["pv", { className: "manual", metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }]],
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "a volume of another mode",
    claims: [["c", { className: "manual", spec: { volumeMode: "Block" } }]],
    volumes: [["pv", { className: "manual" }]],
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "Filesystem is the mode of both unless named",
    claims: [["c", { className: "manual", spec: { volumeMode: "Filesystem" } }]],
    volumes: [["pv", { className: "manual" }]],
    a: "ok",
    b: "ok",
  },
  {
    rule: "a volume that lacks an access mode",
    claims: [["c", { className: "manual", modes: ["ReadWriteOnce", "ReadOnlyMany"] }]],
    volumes: [["pv", { className: "manual" }]],
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "a volume of another attributes class",
    claims: [["c", { className: "manual", spec: { volumeAttributesClassName: "gold" } }]],
    volumes: [["pv", { className: "manual" }]],
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "a volume of another storage class",
    claims: [["c", { className: "manual" }]],
    volumes: [["pv", { className: "wait" }]],
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "a volume that the claim's selector does not match",
    claims: [["c", { className: "manual", spec: { selector: { matchLabels: { tier: "x" } } } }]],
    volumes: [["pv", { className: "manual", labels: { tier: "y" } }]],
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "a volume that the claim's selector matches",
    claims: [["c", { className: "manual", spec: { selector: { matchLabels: { tier: "x" } } } }]],
    volumes: [["pv", { className: "manual", labels: { tier: "x" } }]],
    a: "ok",
    b: "ok",
  },
  {
    rule: "a volume set aside for another claim",
    claims: [["c", { className: "manual" }]],
    volumes: [["pv", { className: "manual", spec: { claimRef: { namespace: "default", name: "d" } } }]],
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "a volume set aside for an earlier claim of that name",
    claims: [["c", { className: "manual" }]],
    volumes: [["pv", { className: "manual", spec: { claimRef: { namespace: "default", name: "c", uid: "old" } } }]],
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "a volume set aside for the claim need not be available",
    claims: [["c", { className: "manual" }]],
    volumes: [
      [
        "pv",
        {
          className: "manual",
          phase: "Pending",
          spec: { claimRef: { namespace: "default", name: "c", uid: "uid-c" } },
        },
      ],
    ],
    a: "ok",
    b: "ok",
  },
  {
    rule: "a claim with a volume of its own takes no other, and is then to be provisioned",
    claims: [["c", { className: "manual" }]],
    volumes: [
      ["other", { className: "manual" }],
      ["own", { className: "manual", node: "a", spec: { claimRef: { namespace: "default", name: "c" } } }],
    ],
    a: "ok",
    b: says(NO_VOLUME),
  },
  {
    rule: "two claims need two volumes",
    claims: [
      ["c", { className: "manual" }],
      ["d", { className: "manual" }],
    ],
    volumes: [
      ["pv", { className: "manual" }],
      ["pw", { className: "manual", node: "a" }],
    ],
    a: "ok",
    b: says(NO_VOLUME),
  },
  {
    rule: "the larger claim may come first in the pod",
    claims: [
      ["c", { className: "manual", size: "2Gi" }],
      ["d", { className: "manual", size: "1Gi" }],
    ],
    volumes: [
      ["small", { className: "manual", size: "1Gi" }],
      ["large", { className: "manual", size: "2Gi" }],
    ],
    a: "ok",
    b: "ok",
  },
  {
    rule: "a node that the provisioner was told of",
    claims: [["c", { annotations: { "volume.kubernetes.io/selected-node": "b" } }]],
    a: says(NO_VOLUME),
    b: "ok",
  },
  {
    rule: "reasons add up",
    claims: [
      ["c", { bound: "pv" }],
      ["d", { className: "manual" }],
    ],
    volumes: [["pv", { zone: "z1" }]],
    a: says(NO_VOLUME),
    b: says(`${AFFINITY}, ${NO_VOLUME}`),
  },
  {
    rule: "allowed topologies",
    claims: [["c", {}]],
    objects: topologies([[ZONE, ["z1", "z3"]]]),
    a: "ok",
    b: says(NO_VOLUME),
  },
  {
    rule: "one of the allowed topologies is enough",
    claims: [["c", {}]],
    objects: topologies([[ZONE, ["z3"]]], [[ZONE, ["z2"]]]),
    a: says(NO_VOLUME),
    b: "ok",
  },
  {
    rule: "all expressions of a topology must hold",
    claims: [["c", {}]],
    objects: topologies([
      [ZONE, ["z1", "z2"]],
      ["kubernetes.io/hostname", ["b"]],
    ]),
    a: says(NO_VOLUME),
    b: "ok",
  },
  {
    rule: "a topology without expressions allows nothing",
    claims: [["c", {}]],
    objects: topologies([]),
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "a label that the node lacks is not an empty one",
    claims: [["c", {}]],
    objects: topologies([["rack", [""]]]),
    a: says(NO_VOLUME),
    b: says(NO_VOLUME),
  },
  {
    rule: "capacity counts when the driver reports it",
    claims: [["c", { size: "5Gi" }]],
    objects: { ...reporting, csiStorageCapacities: [pool("p1", "z1", "5Gi"), pool("p2", "z2", "4Gi")] },
    a: "ok",
    b: says(NO_SPACE),
  },
  {
    rule: "capacity does not count when the driver does not report it",
    claims: [["c", { size: "5Gi" }]],
    objects: { csiDrivers: [{ metadata: { name: "disk.example.com" }, spec: { storageCapacity: false } }] },
    a: "ok",
    b: "ok",
  },
  {
    rule: "a driver that reports, but nothing for this class",
    claims: [["c", {}]],
    objects: reporting,
    a: says(NO_SPACE),
    b: says(NO_SPACE),
  },
  {
    rule: "the largest volume counts more than the sum",
    claims: [["c", { size: "5Gi" }]],
    objects: { ...reporting, csiStorageCapacities: [pool("p1", "z1", "100Gi", "4Gi"), pool("p2", "z2", "1Gi", "5Gi")] },
    a: says(NO_SPACE),
    b: "ok",
  },
  {
    rule: "a pool without topology can be reached by nobody",
    claims: [["c", {}]],
    objects: { ...reporting, csiStorageCapacities: [pool("p", null, "5Gi")] },
    a: says(NO_SPACE),
    b: says(NO_SPACE),
  },
  {
    rule: "a claim without size needs no capacity",
    claims: [["c", { spec: { resources: {} } }]],
    objects: reporting,
    a: "ok",
    b: "ok",
  },
  {
    rule: "several claims are each checked alone",
    claims: [
      ["c", { size: "5Gi" }],
      ["d", { size: "5Gi" }],
    ],
    objects: { ...reporting, csiStorageCapacities: [pool("p1", "z1", "5Gi")] },
    a: "ok",
    b: says(NO_SPACE),
  },
  {
    rule: "a volume that matches needs no capacity",
    claims: [["c", {}]],
    volumes: [["pv", { zone: "z2" }]],
    objects: reporting,
    a: says(NO_SPACE),
    b: "ok",
  },
];

// VolumeZone looks at the volumes of bound claims too, before any node
const withoutVolumeZone = readSchedulerConfiguration({
  apiVersion: "kubescheduler.config.k8s.io/v1",
  kind: "KubeSchedulerConfiguration",
  profiles: [{ plugins: { multiPoint: { disabled: [{ name: "VolumeZone" }] } } }],
}).configuration;

for (const { rule, claims, volumes, objects, a, b } of nodeCases) {
  test(rule, () => {
    const parts: Partial<ClusterObjects> = {
      nodes,
      storageClasses: classes,
      persistentVolumeClaims: claims.map(([name, parts]) => claim(name, parts)),
      persistentVolumes: (volumes ?? []).map(([name, parts]) => volume(name, parts)),
      ...objects,
    };
    const cluster = new Cluster(parts, withoutVolumeZone);
    assert.equal(
      cluster.verdicts(
        podWithClaims(
          "p",
          claims.map(([name]) => name),
        ),
      ),
      { a, b },
    );
  });
}

test("an in-tree volume is used by the driver's zones on nodes that have migrated", () => {
  const pv = volume("pv", { zone: "z1", spec: { gcePersistentDisk: { pdName: "d" } } });
  const cluster = new Cluster({
    nodes: [
      node("old", { [ZONE]: "z1" }),
      node("migrated", { [ZONE]: "z1", "topology.gke.io/zone": "z1" }),
      node("unlabelled", { [ZONE]: "z1" }),
    ],
    csiNodes: ["migrated", "unlabelled"].map((name) => ({
      metadata: {
        name,
        annotations: { "storage.alpha.kubernetes.io/migrated-plugins": "kubernetes.io/gce-pd,kubernetes.io/aws-ebs" },
      },
    })),
    persistentVolumeClaims: [claim("c", { bound: "pv" })],
    persistentVolumes: [pv],
  });
  assert.equal(cluster.verdicts(podWithClaims("p", ["c"])), { old: "ok", migrated: "ok", unlabelled: says(AFFINITY) });
});

const oneNode = (
  volumes: readonly (readonly [string, VolumeParts])[],
  claims: readonly string[],
  sizes: readonly string[] = [],
) =>
  new Cluster({
    nodes: [node("a")],
    storageClasses: classes,
    persistentVolumeClaims: claims.map((name, i) => claim(name, { className: "manual", size: sizes[i] ?? "1Gi" })),
    persistentVolumes: volumes.map(([name, parts]) => volume(name, { className: "manual", ...parts })),
  });
const reservedFor = (cluster: Cluster, name: string) =>
  cluster.snapshot.storage.assumedVolumes.get(name)?.spec.claimRef?.name;

test("the smallest volume that is large enough is taken", () => {
  const cluster = oneNode(
    [
      ["large", { size: "9Gi" }],
      ["fits", { size: "3Gi" }],
      ["small", { size: "1Gi" }],
    ],
    ["c"],
    ["2Gi"],
  );
  assert.is(cluster.place(podWithClaims("p", ["c"])), "a");
  assert.equal(
    ["large", "fits", "small"].map((name) => reservedFor(cluster, name)),
    [undefined, "c", undefined],
  );
});

test("smaller claims choose first", () => {
  const cluster = oneNode(
    [
      ["three", { size: "3Gi" }],
      ["two", { size: "2Gi" }],
    ],
    ["big", "small"],
    ["2Gi", "1Gi"],
  );
  assert.is(cluster.place(podWithClaims("p", ["big", "small"])), "a");
  assert.equal(
    ["two", "three"].map((name) => reservedFor(cluster, name)),
    ["small", "big"],
  );
});

test("a volume that Reserve took is gone for the next pod", () => {
  const cluster = oneNode([["pv", {}]], ["c", "d"]);
  assert.is(cluster.place(podWithClaims("p", ["c"])), "a");
  assert.equal(cluster.verdicts(podWithClaims("q", ["d"])), { a: says(NO_VOLUME) });
});

test("forgetting the pod gives the volume back", () => {
  const cluster = oneNode([["pv", {}]], ["c", "d"]);
  const { info } = cluster.try(podWithClaims("p", ["c"]));
  cluster.scheduler.forget(info);
  assert.is(reservedFor(cluster, "pv"), undefined);
  assert.is(cluster.place(podWithClaims("q", ["d"])), "a");
});

test("what the API says later counts more than what was assumed", () => {
  const cluster = oneNode([["pv", {}]], ["c", "d"]);
  assert.is(cluster.place(podWithClaims("p", ["c"])), "a");
  cluster.snapshot.setObjects("persistentVolumes", [volume("pv", { className: "manual" })]);
  assert.is(reservedFor(cluster, "pv"), undefined);
});

test("the same version of an object, read again, keeps what was assumed", () => {
  const version = { className: "manual", metadata: { resourceVersion: "7" } };
  const cluster = oneNode([["pv", version]], ["c"]);
  assert.is(cluster.place(podWithClaims("p", ["c"])), "a");
  cluster.snapshot.setObjects("persistentVolumes", [volume("pv", version)]);
  assert.is(reservedFor(cluster, "pv"), "c");
  cluster.snapshot.setObjects("persistentVolumes", [volume("pv", { ...version, metadata: { resourceVersion: "8" } })]);
  assert.is(reservedFor(cluster, "pv"), undefined);
});

test("a claim to be provisioned is tied to the node that was picked for it", () => {
  const cluster = new Cluster({ nodes, storageClasses: classes, persistentVolumeClaims: [claim("c")] });
  assert.is(cluster.place(podWithClaims("p", ["c"])), "a");
  assert.equal(cluster.verdicts(podWithClaims("q", ["c"])), { a: "ok", b: says(NO_VOLUME) });
});

test("rejections by volumes cannot be resolved by preemption", () => {
  const cluster = new Cluster({
    nodes,
    pods: [pod("low", { node: "a", cpu: "1" })],
    storageClasses: classes,
    persistentVolumeClaims: [claim("c", { className: "manual" })],
  });
  const { attempt } = cluster.try(podWithClaims("p", ["c"], { priority: 100 }));
  assert.is(
    attempt.message,
    `0/2 nodes are available: 2 ${NO_VOLUME}. no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.`,
  );
});

test.run();
