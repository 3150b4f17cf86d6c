import { suite } from "uvu";
import * as assert from "uvu/assert";
import { claimsOf, isInRange, ordinalOf, podOf } from "../../../sim/controllers/stateful-set/identity.ts";
import { isStale, retainedBy } from "../../../sim/controllers/stateful-set/retention.ts";
import { completed, countedStatus, isInconsistent } from "../../../sim/controllers/stateful-set/status.ts";
import type { ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet } from "../../../sim/model/objects.ts";

const test = suite("controllers/stateful-set/identity");

function set(spec: StatefulSet["spec"] = {}): StatefulSet {
  return { metadata: { name: "db", namespace: "ns", uid: "set-uid", generation: 3 }, spec: { replicas: 3, ...spec } };
}

const named = (name: string): Pod => ({ metadata: { name }, spec: { containers: [] } });
const revision = (name: string): ControllerRevision => ({ metadata: { name }, revision: 1 });

test("ordinals are what stands behind the set's name", () => {
  assert.equal(
    ["db-0", "db-12", "db-", "db-x", "db-1-2", "other-1", "d-1", "db"].map((name) => ordinalOf(set(), named(name))),
    [0, 12, -1, -1, -1, -1, -1, -1],
  );
  assert.equal(
    [-1, 0, 2, 3].map((n) => isInRange(set(), n)),
    [false, true, true, false],
  );
  assert.equal(
    [6, 7, 9, 10].map((n) => isInRange(set({ ordinals: { start: 7 } }), n)),
    [false, true, true, false],
  );
});

test("a pod has its name, labels, host name and claims; a volume of the template with a claim's name gives way", () => {
  const template = {
    metadata: { labels: { app: "db" } },
    spec: {
      containers: [{ name: "c" }],
      volumes: [
        { name: "data", emptyDir: {} },
        { name: "tmp", emptyDir: {} },
      ],
    },
  };
  const claims = [{ metadata: { name: "data", labels: { tier: "x" } }, spec: {} }];
  const owner = set({ serviceName: "svc", volumeClaimTemplates: claims, selector: { matchLabels: { app: "db" } } });
  const pod = podOf(owner, template, revision("db-rev"), 1, { kind: "StatefulSet", name: "db" });
  assert.is(pod.metadata.name, "db-1");
  assert.equal(pod.metadata.labels, {
    app: "db",
    "controller-revision-hash": "db-rev",
    "statefulset.kubernetes.io/pod-name": "db-1",
    "apps.kubernetes.io/pod-index": "1",
  });
  assert.equal([pod.spec.hostname, pod.spec.subdomain], ["db-1", "svc"]);
  assert.is(pod.spec.containers, template.spec.containers, "shared");
  assert.equal(pod.spec.volumes, [
    { name: "tmp", emptyDir: {} },
    { name: "data", persistentVolumeClaim: { claimName: "data-db-1" } },
  ]);
  const [claim] = claimsOf(owner, "db-1");
  assert.equal(claim?.metadata, { name: "data-db-1", namespace: "ns", labels: { tier: "x", app: "db" } });
});

test("owners of a claim, by policy and by whether its pod is beyond the number", () => {
  const kinds = (whenDeleted: string, whenScaled: string, isScaledDown: boolean, before: PersistentVolumeClaim) => {
    const owner = set({ persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } });
    const references = retainedBy(owner, { name: "db-1", uid: "pod-uid", isScaledDown }, before);
    return references.map(({ kind }) => kind).join();
  };
  const bare: PersistentVolumeClaim = { metadata: { name: "c" }, spec: {} };
  const owned: PersistentVolumeClaim = {
    metadata: {
      name: "c",
      ownerReferences: [
        { kind: "StatefulSet", name: "db", uid: "set-uid" },
        { kind: "Pod", name: "db-1", uid: "pod-uid" },
        { kind: "Backup", name: "b", uid: "b" },
      ],
    },
    spec: {},
  };
  assert.equal(
    ["Retain", "Delete"].flatMap((deleted) =>
      ["Retain", "Delete"].flatMap((scaled) => [false, true].map((down) => kinds(deleted, scaled, down, bare))),
    ),
    ["", "", "", "Pod", "StatefulSet", "StatefulSet", "StatefulSet", "Pod"],
  );
  assert.is(kinds("Retain", "Retain", true, owned), "Backup", "others are left alone");
  assert.is(isStale(owned, "db-1", "new"), true);
  assert.is(isStale(owned, "db-1", "pod-uid"), false);
  assert.is(isStale(bare, "db-1", "new"), false);
});

function pod(name: string, hash: string, isReady: boolean, isGoing = false): Pod {
  return {
    metadata: {
      name,
      labels: { "controller-revision-hash": hash },
      ...(isGoing ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: { containers: [] },
    status: { phase: "Running", conditions: [{ type: "Ready", status: isReady ? "True" : "False" }] },
  };
}

test("terminating pods are replicas and may be ready, but are of no revision", () => {
  const revisions = { current: revision("old"), update: revision("new"), collisionCount: 0 };
  const pods = [pod("db-0", "old", true), pod("db-1", "old", true, true), pod("db-2", "new", false)];
  const { currentReplicas, readyReplicas, replicas, updatedReplicas } = countedStatus(set(), pods, revisions, 0);
  assert.equal([replicas, readyReplicas, currentReplicas, updatedReplicas], [3, 2, 1, 1]);
});

test("an update is complete when all wanted pods are new and ready", () => {
  const revisions = { current: revision("old"), update: revision("new"), collisionCount: 0 };
  const all = [0, 1, 2].map((i) => pod(`db-${i}`, "new", true));
  const status = completed(set(), countedStatus(set(), all, revisions, 0));
  assert.equal([status.currentRevision, status.currentReplicas], ["new", 3]);
  const notAll = completed(set(), countedStatus(set(), all.slice(1), revisions, 0));
  assert.is(notAll.currentRevision, "old");
  const onDelete = set({ updateStrategy: { type: "OnDelete" } });
  assert.is(completed(onDelete, countedStatus(onDelete, all, revisions, 0)).currentRevision, "old");
  assert.ok(isInconsistent(undefined, status));
  assert.not.ok(isInconsistent(status, { ...status }));
  assert.ok(isInconsistent({ ...status, observedGeneration: 2 }, status));
});

test.run();
