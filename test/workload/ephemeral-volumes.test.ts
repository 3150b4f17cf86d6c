// Pods with generic ephemeral volumes in whole runs: their claims come after them and go with them.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import { textReader } from "../../sim/metrics/table.ts";
import { noObjects, type PersistentVolumeClaim, type StorageClass } from "../../sim/model/objects.ts";
import type { Plan } from "../../sim/scenario/plan.ts";
import { makePlan } from "../plans.ts";
import { makePod } from "../scheduler/builders.ts";
import { node } from "../scheduler/cluster.ts";

const ZONE = "topology.kubernetes.io/zone";
const DRIVER = "disk.example.com";

const inZoneB = (volumeBindingMode: string): StorageClass => ({
  metadata: { name: "disks" },
  provisioner: DRIVER,
  volumeBindingMode,
  allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: ["b"] }] }],
});

const shape = makePod("scratch", {
  volumes: [
    {
      name: "tmp",
      ephemeral: {
        volumeClaimTemplate: {
          spec: {
            storageClassName: "disks",
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Gi" } },
          },
        },
      },
    },
  ],
});

function plan(
  storageClass: StorageClass,
  claims: readonly PersistentVolumeClaim[],
  count: number,
  lifetime: number | null,
): Plan {
  return makePlan({
    objects: {
      ...noObjects(),
      namespaces: [{ metadata: { name: "default" } }],
      nodes: ["a", "b"].map((zone) => node(`in-${zone}`, { [ZONE]: zone })),
      storageClasses: [storageClass],
      persistentVolumeClaims: claims,
      // one volume of this driver at a time
      csiNodes: ["in-a", "in-b"].map((name) => ({
        metadata: { name },
        spec: { drivers: [{ name: DRIVER, allocatable: { count: 1 } }] },
      })),
    },
    workload: [
      {
        kind: "pods",
        name: "scratch",
        shape,
        atMicros: 0,
        count,
        lifetimeMicros: lifetime === null ? null : { kind: "constant", value: lifetime * SECOND },
      },
    ] as Plan["workload"],
  });
}

const nodesOf = (p: Plan) => {
  const result = simulate(p, 1);
  const node = textReader(result.tables.pods, "node");
  return { nodes: Array.from({ length: result.tables.pods.rows }, (_, row) => node(row)), result };
};

for (const mode of ["WaitForFirstConsumer", "Immediate"]) {
  test(`${mode}: the claim comes after the pod, which goes where the class allows`, () => {
    const { nodes, result } = nodesOf(plan(inZoneB(mode), [], 1, null));
    assert.equal(nodes, ["in-b"]);
    // the first attempt finds no claim
    assert.ok((result.summary as Record<string, number>).attempts_unschedulable! >= 1);
  });
}

test("a claim that is somebody else's is not taken", () => {
  const theirs = {
    metadata: { name: "scratch-0-tmp", namespace: "default", uid: "x" },
    spec: { storageClassName: "disks" },
    status: { phase: "Pending" },
  };
  assert.equal(nodesOf(plan(inZoneB("WaitForFirstConsumer"), [theirs], 1, null)).nodes, [""]);
});

test("runs are repeatable, and one pod after the other gets the only attachment", () => {
  const p = plan(inZoneB("WaitForFirstConsumer"), [], 3, 30);
  const { nodes, result } = nodesOf(p);
  assert.equal(nodes, ["in-b", "in-b", "in-b"]);
  assert.is(simulate(p, 1).identity.digest, result.identity.digest);
});

test.run();
