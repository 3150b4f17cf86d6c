// Storage objects without a status, as people write them: what the volume controllers would have made of them.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { defaultingContext } from "../../sim/model/defaults.ts";
import {
  noObjects,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type StorageClass,
} from "../../sim/model/objects.ts";
import { isFullyBound } from "../../sim/model/volume-claims.ts";
import { settledVolumes } from "../../sim/model/volume-state.ts";

const classes: readonly StorageClass[] = [
  { metadata: { name: "now" }, provisioner: "disk.example.com" },
  { metadata: { name: "wait" }, provisioner: "disk.example.com", volumeBindingMode: "WaitForFirstConsumer" },
  { metadata: { name: "manual" }, provisioner: "kubernetes.io/no-provisioner", volumeBindingMode: "Immediate" },
  {
    metadata: { name: "zonal", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "disk.example.com",
    allowedTopologies: [{ matchLabelExpressions: [{ key: "zone", values: ["a", "b"] }] }],
  },
];

const volume = (
  name: string,
  size: string,
  parts: Partial<PersistentVolume["spec"]> = {},
  phase?: string,
): PersistentVolume => ({
  metadata: { name, uid: `uid-${name}` },
  spec: { capacity: { storage: size }, accessModes: ["ReadWriteOnce"], storageClassName: "manual", ...parts },
  ...(phase === undefined ? {} : { status: { phase } }),
});
const claim = (
  name: string,
  className: string | null,
  parts: Partial<PersistentVolumeClaim["spec"]> = {},
  phase?: string,
): PersistentVolumeClaim => ({
  metadata: { name, namespace: "default", uid: `uid-${name}` },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "2Gi" } },
    ...(className === null ? {} : { storageClassName: className }),
    ...parts,
  },
  ...(phase === undefined ? {} : { status: { phase } }),
});

function settle(
  volumes: readonly PersistentVolume[],
  claims: readonly PersistentVolumeClaim[],
  pods: readonly Pod[] = [],
) {
  const objects = {
    ...noObjects(),
    storageClasses: classes,
    persistentVolumes: volumes,
    persistentVolumeClaims: claims,
    pods,
  };
  return settledVolumes(objects, defaultingContext(objects));
}

const reserved = (name: string, uid?: string) => ({
  claimRef: { namespace: "default", name, ...(uid === undefined ? {} : { uid }) },
});

interface Case {
  readonly rule: string;
  readonly volumes: readonly PersistentVolume[];
  readonly claim: PersistentVolumeClaim;
  /** The volume that the claim ends up with; null = it waits. */
  readonly bound: string | null;
}

const cases: readonly Case[] = [
  {
    rule: "the smallest volume that fits",
    volumes: [volume("big", "9Gi"), volume("fits", "3Gi"), volume("small", "1Gi")],
    claim: claim("c", "manual"),
    bound: "fits",
  },
  {
    rule: "none fits and nobody makes one",
    volumes: [volume("small", "1Gi")],
    claim: claim("c", "manual"),
    bound: null,
  },
  {
    rule: "a volume that is set aside for the claim",
    volumes: [volume("fits", "3Gi"), volume("own", "9Gi", reserved("c"))],
    claim: claim("c", "manual"),
    bound: "own",
  },
  {
    rule: "a volume that is set aside for another claim",
    volumes: [volume("theirs", "3Gi", reserved("d"))],
    claim: claim("c", "manual"),
    bound: null,
  },
  {
    rule: "a volume that is bound already",
    volumes: [volume("taken", "3Gi", reserved("d", "uid-d"))],
    claim: claim("c", "manual"),
    bound: null,
  },
  {
    rule: "a volume that the claim names",
    volumes: [volume("fits", "3Gi"), volume("named", "9Gi")],
    claim: claim("c", "manual", { volumeName: "named" }),
    bound: "named",
  },
  {
    rule: "a volume that the claim names, but which is too small",
    volumes: [volume("named", "1Gi")],
    claim: claim("c", "manual", { volumeName: "named" }),
    bound: null,
  },
  {
    rule: "no class: volumes without a class",
    volumes: [volume("classless", "3Gi", { storageClassName: "" })],
    claim: claim("c", ""),
    bound: "classless",
  },
  {
    rule: "a class that waits for a pod",
    volumes: [volume("fits", "3Gi", { storageClassName: "wait" })],
    claim: claim("c", "wait"),
    bound: null,
  },
  {
    rule: "a class that waits, but the volume is set aside",
    volumes: [volume("own", "3Gi", { storageClassName: "wait", ...reserved("c") })],
    claim: claim("c", "wait"),
    bound: "own",
  },
  { rule: "a class that binds at once makes a volume", volumes: [], claim: claim("c", "now"), bound: "pvc-uid-c" },
  { rule: "a class that nobody knows", volumes: [], claim: claim("c", "nope"), bound: null },
  {
    rule: "a claim with a status stays as it is",
    volumes: [volume("fits", "3Gi")],
    claim: claim("c", "manual", {}, "Pending"),
    bound: null,
  },
];

for (const { rule, volumes, claim: wanted, bound } of cases) {
  test(`immediate binding: ${rule}`, () => {
    const state = settle(volumes, [wanted]);
    const [after] = state.persistentVolumeClaims;
    assert.is(after !== undefined && isFullyBound(after), bound !== null);
    assert.is(after?.status?.phase, bound === null ? "Pending" : "Bound");
    if (bound === null) return;
    assert.is(after?.spec.volumeName, bound);
    const taken = state.persistentVolumes.find((v) => v.metadata.name === bound);
    assert.is(taken?.status?.phase, "Bound");
    assert.is(taken?.spec.claimRef?.uid, "uid-c");
  });
}

test("a volume is bound once", () => {
  const state = settle([volume("one", "3Gi")], [claim("c", "manual"), claim("d", "manual")]);
  assert.equal(
    state.persistentVolumeClaims.map((c) => c.spec.volumeName),
    ["one", undefined],
  );
});

test("phases of volumes: free, bound, or as they say themselves", () => {
  const volumes = [
    volume("free", "1Gi"),
    volume("bound", "1Gi", reserved("x", "uid-x")),
    volume("said", "1Gi", {}, "Released"),
  ];
  const phases = settle(volumes, []).persistentVolumes.map((v) => v.status?.phase);
  assert.equal(phases, ["Available", "Bound", "Released"]);
});

test("a made volume is of the size asked for, and usable where the class allows", () => {
  const [made] = settle([], [claim("c", "zonal")]).persistentVolumes;
  assert.is(made?.spec.capacity?.storage, 2 * 1024 ** 3);
  assert.is(made?.spec.csi?.driver, "disk.example.com");
  assert.equal(made?.spec.nodeAffinity?.required?.nodeSelectorTerms, [
    { matchExpressions: [{ key: "zone", operator: "In", values: ["a", "b"] }] },
  ]);
});

test("ephemeral volumes get claims of their own, by the pod's name, once", () => {
  const pod: Pod = {
    metadata: { name: "p", namespace: "default", uid: "uid-p" },
    spec: {
      containers: [],
      volumes: [
        {
          name: "a",
          ephemeral: { volumeClaimTemplate: { metadata: { labels: { x: "y" } }, spec: { storageClassName: "wait" } } },
        },
        { name: "b", ephemeral: { volumeClaimTemplate: { spec: {} } } },
        { name: "c", emptyDir: {} },
      ],
    },
  };
  const state = settle([], [claim("p-a", "manual", {}, "Pending")], [pod]);
  assert.equal(
    state.persistentVolumeClaims.map((c) => c.metadata.name),
    ["p-a", "p-b"],
  );
  const [, made] = state.persistentVolumeClaims;
  assert.equal(
    made?.metadata.ownerReferences?.map((o) => [o.kind, o.name, o.uid, o.controller]),
    [["Pod", "p", "uid-p", true]],
  );
  // without a class of its own it gets the default one, which binds at once
  assert.is(made?.spec.storageClassName, "zonal");
  assert.is(made?.status?.phase, "Bound");
  assert.equal(settle([], state.persistentVolumeClaims, [pod]).persistentVolumeClaims, state.persistentVolumeClaims);
});

test.run();
