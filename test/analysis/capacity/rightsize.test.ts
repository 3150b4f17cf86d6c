// Other requests: against the plain fit on random clusters, and through owners, containers and unused recommendations.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { emptied } from "../../../sim/analysis/capacity/ground.ts";
import { answerRightsize, type Recommendation, rightsize } from "../../../sim/analysis/capacity/rightsize.ts";
import { fit } from "../../../sim/analysis/fit.ts";
import type { ReplicaSet } from "../../../sim/model/objects.ts";
import { node, pod } from "../../scheduler/cluster.ts";
import { tries } from "../../thorough.ts";
import { groundWith, randomCluster } from "./random-cluster.ts";

const advice = (name: string, cpu: string, parts: Partial<Recommendation> = {}): Recommendation => ({
  namespace: "default",
  kind: "ReplicaSet",
  name,
  container: "*",
  requests: { cpu },
  ...parts,
});

test("what stays pending then, on random clusters", () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < tries(150, 500); seed++) {
    const { ground, stream } = randomCluster(seed, { nodes: [1, 3], bound: 4, pending: 3, hasRules: seed % 2 === 0 });
    const cpu = `${100 * (1 + stream.int(30))}m`;
    const { after, before } = rightsize(ground, [advice("a", cpu)], 1, 0);
    const { objects, configuration, tieBreak } = emptied(ground);
    const pendingOf = (pods: typeof objects.pods) =>
      fit({ objects: { ...objects, pods }, configuration, tieBreak })
        .pods.filter(({ outcome }) => outcome !== "fits")
        .map((p) => p.pod);
    const changed = objects.pods.map((one) => {
      if (one.metadata.ownerReferences?.[0]?.name !== "a") return one;
      const [only] = one.spec.containers;
      const requests = { ...only!.resources?.requests, cpu };
      return { ...one, spec: { ...one.spec, containers: [{ ...only!, resources: { requests } }] } };
    });
    assert.equal(after.pending, pendingOf(changed), `seed ${seed}`);
    assert.equal(before.pending, pendingOf(objects.pods), `seed ${seed}`);
    seen.add(after.pending.length - before.pending.length);
  }
  assert.ok(seen.size >= 4, [...seen].join(" "));
});

test("through the ReplicaSet to its Deployment, by container; memory stays; unused advice is named", () => {
  const owner = (kind: string, name: string) => [{ apiVersion: "apps/v1", kind, name, uid: name, controller: true }];
  const web = pod("web-1", {
    spec: {
      containers: [
        { name: "main", resources: { requests: { cpu: "2", memory: "1Gi" } } },
        { name: "proxy", resources: { requests: { cpu: "1" } } },
      ],
    },
    metadata: { ownerReferences: owner("ReplicaSet", "web-abc") },
  });
  const ground = groundWith([node("n1"), node("n2")], [web]);
  const set: ReplicaSet = {
    metadata: { name: "web-abc", namespace: "default", ownerReferences: owner("Deployment", "web") },
  };
  const { values, table, reasoning, answer, met } = answerRightsize(
    { ...ground, objects: { ...ground.objects, replicaSets: [set] } },
    [
      advice("web", "500m", { kind: "Deployment", container: "main" }),
      advice("gone", "1", { kind: "Deployment", container: "x" }),
    ],
    { orders: 3, mostPending: 0, require: true },
  );
  assert.equal(table.rows, [["Deployment/default/web", 1, "3", "1500m", "1Gi", "1Gi"]]);
  assert.is(values.cpu_m_after, 1500);
  assert.is(answer, "With the new requests all pods fit, and they need 1 node in place of 1 node.");
  assert.is(met, true);
  assert.ok(reasoning.includes("No pod goes by the recommendation for Deployment/default/gone, container x."));
});

test.run();
