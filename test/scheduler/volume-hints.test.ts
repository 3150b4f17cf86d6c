// Queueing hints of the volume plugins: which event brings back a pod that one of them has turned down.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CSINode, CSIStorageCapacity, StorageClass } from "../../sim/model/objects.ts";
import {
  ADD,
  DELETE,
  type EventResource,
  interested,
  UPDATE_NODE_LABEL,
  UPDATE_NODE_TAINT,
  UPDATE_OTHER,
} from "../../sim/scheduler/cluster-event.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { VOLUME_HINTS } from "../../sim/scheduler/volume-hints.ts";
import { claim, node, pod, podWithClaims, storageClass, volume, ZONE } from "./cluster.ts";

const snapshot = Snapshot.of({});
const info = (p: Parameters<Snapshot["info"]>[0]) => snapshot.info(p);

/** Would the event bring back `waiting`, which the plugin turned down? */
function brings(
  plugin: string,
  waiting: ReturnType<typeof info>,
  resource: EventResource,
  action: number,
  before: unknown,
  after: unknown,
): boolean {
  const registrations = VOLUME_HINTS[plugin]?.() ?? [];
  return registrations.some(
    (r) => interested(r, { resource, action }) && (r.hint === undefined || r.hint(waiting, before, after, snapshot)),
  );
}

const wanting = info(podWithClaims("waiting", ["c"]));
const disk = (name: string, parts: Parameters<typeof pod>[1] = {}) =>
  info(pod(name, { ...parts, spec: { volumes: [{ name: "v", gcePersistentDisk: { pdName: "d" } }] } }));
const ephemeral = info(pod("eph", { spec: { volumes: [{ name: "v", ephemeral: {} }] } }));
const csiNode = (limits: Record<string, number>, migrated = ""): CSINode => ({
  metadata: { name: "n", annotations: { "storage.alpha.kubernetes.io/migrated-plugins": migrated } },
  spec: { drivers: Object.entries(limits).map(([name, count]) => ({ name, allocatable: { count } })) },
});
const pool = (capacity: string | null, maximumVolumeSize?: string): CSIStorageCapacity => ({
  metadata: { name: "p" },
  storageClassName: "wait",
  capacity,
  ...(maximumVolumeSize === undefined ? {} : { maximumVolumeSize }),
});
const zones = (...values: string[]): StorageClass =>
  storageClass("wait", { allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values }] }] });
const driver = (storageCapacity: boolean) => ({ metadata: { name: "inline.example.com" }, spec: { storageCapacity } });
const inline = info(pod("inline", { spec: { volumes: [{ name: "v", csi: { driver: "inline.example.com" } }] } }));

const there = (name: string, parts: Parameters<typeof pod>[1] = {}) => info(pod(name, { node: "n", ...parts }));
const withClaim = (name: string, claimName: string, namespace = "default") =>
  info(podWithClaims(name, [claimName], { node: "n", namespace }));

type Case = readonly [
  rule: string,
  plugin: string,
  waiting: ReturnType<typeof info>,
  resource: EventResource,
  action: number,
  before: unknown,
  after: unknown,
  brings: boolean,
];

const L = "NodeVolumeLimits";
const R = "VolumeRestrictions";
const B = "VolumeBinding";
const Z = "VolumeZone";

const cases: readonly Case[] = [
  ["a pod with a claim left", L, wanting, "AssignedPod", DELETE, withClaim("x", "d"), undefined, true],
  ["a pod with an ephemeral volume left", L, wanting, "AssignedPod", DELETE, ephemeral, undefined, true],
  ["a pod with a disk of a migrated plugin left", L, wanting, "AssignedPod", DELETE, disk("x"), undefined, true],
  ["a pod without volumes left", L, wanting, "AssignedPod", DELETE, there("x"), undefined, false],
  ["a CSINode came", L, wanting, "CSINode", ADD, undefined, csiNode({}), true],
  ["a limit was raised", L, wanting, "CSINode", UPDATE_OTHER, csiNode({ a: 1 }), csiNode({ a: 2 }), true],
  ["a limit was lowered", L, wanting, "CSINode", UPDATE_OTHER, csiNode({ a: 2 }), csiNode({ a: 1 }), false],
  ["a driver came", L, wanting, "CSINode", UPDATE_OTHER, csiNode({}), csiNode({ a: 0 }), true],
  ["the pod's claim came", L, wanting, "PersistentVolumeClaim", ADD, undefined, claim("c"), true],
  [
    "the claim of its ephemeral volume came",
    L,
    ephemeral,
    "PersistentVolumeClaim",
    ADD,
    undefined,
    claim("eph-v"),
    true,
  ],
  ["another claim came", L, wanting, "PersistentVolumeClaim", ADD, undefined, claim("d"), false],
  [
    "a claim changed",
    L,
    wanting,
    "PersistentVolumeClaim",
    UPDATE_OTHER,
    claim("c"),
    claim("c", { bound: "pv" }),
    false,
  ],

  ["the user of the same disk left", R, disk("w"), "AssignedPod", DELETE, disk("x", { node: "n" }), undefined, true],
  ["the user of the same claim left", R, wanting, "AssignedPod", DELETE, withClaim("x", "c"), undefined, true],
  ["the user of another claim left", R, wanting, "AssignedPod", DELETE, withClaim("x", "d"), undefined, false],
  ["a pod without claims left", R, wanting, "AssignedPod", DELETE, there("x"), undefined, false],
  [
    "a pod of another namespace left",
    R,
    wanting,
    "AssignedPod",
    DELETE,
    withClaim("x", "c", "other"),
    undefined,
    false,
  ],
  ["a node came", R, disk("w"), "Node", ADD, undefined, node("m"), true],
  ["a node's labels changed", R, disk("w"), "Node", UPDATE_NODE_LABEL, node("m"), node("m"), false],
  ["the pod's claim came", R, wanting, "PersistentVolumeClaim", ADD, undefined, claim("c"), true],
  [
    "that claim in another namespace came",
    R,
    wanting,
    "PersistentVolumeClaim",
    ADD,
    undefined,
    claim("c", { namespace: "other" }),
    false,
  ],

  [
    "its claim changed",
    B,
    wanting,
    "PersistentVolumeClaim",
    UPDATE_OTHER,
    claim("c"),
    claim("c", { bound: "pv" }),
    true,
  ],
  ["its ephemeral claim came", B, ephemeral, "PersistentVolumeClaim", ADD, undefined, claim("eph-v"), true],
  ["another claim changed", B, wanting, "PersistentVolumeClaim", UPDATE_OTHER, claim("d"), claim("d"), false],
  ["a volume came", B, wanting, "PersistentVolume", ADD, undefined, volume("pv"), true],
  ["a volume changed", B, wanting, "PersistentVolume", UPDATE_OTHER, volume("pv"), volume("pv"), true],
  ["a volume went", B, wanting, "PersistentVolume", DELETE, volume("pv"), undefined, false],
  ["a class came", B, wanting, "StorageClass", ADD, undefined, storageClass("x"), true],
  ["a class allows other topologies", B, wanting, "StorageClass", UPDATE_OTHER, zones("a"), zones("a", "b"), true],
  ["a class changed elsewhere", B, wanting, "StorageClass", UPDATE_OTHER, zones("a"), zones("a"), false],
  ["a node came", B, wanting, "Node", ADD, undefined, node("m"), true],
  ["a node's labels changed", B, wanting, "Node", UPDATE_NODE_LABEL, node("m"), node("m"), true],
  ["a node's taints changed", B, wanting, "Node", UPDATE_NODE_TAINT, node("m"), node("m"), false],
  ["a plugin migrated", B, wanting, "CSINode", UPDATE_OTHER, csiNode({}), csiNode({}, "kubernetes.io/aws-ebs"), true],
  ["no plugin migrated", B, wanting, "CSINode", UPDATE_OTHER, csiNode({ a: 1 }, "x"), csiNode({ a: 2 }, "x"), false],
  ["room was found", B, wanting, "CSIStorageCapacity", ADD, undefined, pool("1Gi"), true],
  ["more room was found", B, wanting, "CSIStorageCapacity", UPDATE_OTHER, pool("1Gi"), pool("2Gi"), true],
  ["a pool without figures got some", B, wanting, "CSIStorageCapacity", UPDATE_OTHER, pool(null), pool("1Gi"), true],
  ["room was lost", B, wanting, "CSIStorageCapacity", UPDATE_OTHER, pool("2Gi"), pool("1Gi"), false],
  [
    "more room, but no larger volumes",
    B,
    wanting,
    "CSIStorageCapacity",
    UPDATE_OTHER,
    pool("1Gi", "1Gi"),
    pool("9Gi", "1Gi"),
    false,
  ],
  ["an inline driver stopped reporting", B, inline, "CSIDriver", UPDATE_OTHER, driver(true), driver(false), true],
  ["an inline driver began to report", B, inline, "CSIDriver", UPDATE_OTHER, driver(false), driver(true), false],
  ["a driver that the pod does not name", B, wanting, "CSIDriver", UPDATE_OTHER, driver(true), driver(false), false],

  ["a class that waits came", Z, wanting, "StorageClass", ADD, undefined, storageClass("x"), true],
  [
    "a class that does not wait came",
    Z,
    wanting,
    "StorageClass",
    ADD,
    undefined,
    storageClass("x", { volumeBindingMode: "Immediate" }),
    false,
  ],
  ["a class changed", Z, wanting, "StorageClass", UPDATE_OTHER, zones("a"), zones("b"), false],
  [
    "its claim was bound",
    Z,
    wanting,
    "PersistentVolumeClaim",
    UPDATE_OTHER,
    claim("c"),
    claim("c", { bound: "pv" }),
    true,
  ],
  [
    "its claim changed otherwise",
    Z,
    wanting,
    "PersistentVolumeClaim",
    UPDATE_OTHER,
    claim("c", { bound: "pv" }),
    claim("c", { bound: "pv", phase: "Lost" }),
    false,
  ],
  ["an ephemeral claim is not looked at", Z, ephemeral, "PersistentVolumeClaim", ADD, undefined, claim("eph-v"), false],
  [
    "a volume's zone changed",
    Z,
    wanting,
    "PersistentVolume",
    UPDATE_OTHER,
    volume("pv", { labels: { [ZONE]: "a" } }),
    volume("pv", { labels: { [ZONE]: "b" } }),
    true,
  ],
  [
    "a volume's other labels changed",
    Z,
    wanting,
    "PersistentVolume",
    UPDATE_OTHER,
    volume("pv", { labels: { x: "a" } }),
    volume("pv", { labels: { x: "b" } }),
    false,
  ],
  ["a node's labels changed", Z, wanting, "Node", UPDATE_NODE_LABEL, node("m"), node("m"), true],
];

for (const [rule, plugin, waiting, resource, action, before, after, expected] of cases) {
  test(`${plugin}: ${rule}`, () => assert.is(brings(plugin, waiting, resource, action, before, after), expected));
}

test.run();
