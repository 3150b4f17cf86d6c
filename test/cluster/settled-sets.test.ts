// StatefulSets and DaemonSets of a settled cluster: quiet by themselves, and when something is changed only that happens.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ApiKind } from "../../sim/apiserver/client.ts";
import { settledObjects } from "../../sim/cluster/settle.ts";
import { Cluster } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import type { DaemonSet, Deployment, StatefulSet } from "../../sim/model/objects.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const test = suite("cluster/settled-sets");

const template = (app: string) =>
  `selector: { matchLabels: { app: ${app} } }, template: { metadata: { labels: { app: ${app} } }, spec: { containers: [{ name: c, image: x }] } }`;

const SCENARIO = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: settled-sets }
spec:
  duration: 30m
  cluster:
    start: settled
    nodePools: [{ name: a, count: 5, machine: { cpu: 4, memory: 8Gi } }]
    objects:
      - { apiVersion: apps/v1, kind: Deployment, metadata: { name: web }, spec: { replicas: 4, ${template("web")} } }
      - { apiVersion: apps/v1, kind: StatefulSet, metadata: { name: db }, spec: { replicas: 3, serviceName: db, ${template("db")} } }
      - { apiVersion: apps/v1, kind: DaemonSet, metadata: { name: agent }, spec: { ${template("agent")} } }
`;

function plan() {
  const { plans, problems } = loadScenarioText(SCENARIO, "s.yaml", ".");
  assert.equal(problems, []);
  return plans[0]!;
}

/** Pods and workloads that were written since the run began. */
function watched(cluster: Cluster): string[] {
  const written: string[] = [];
  const kinds: readonly ApiKind[] = [
    "pods",
    "deployments",
    "replicaSets",
    "statefulSets",
    "daemonSets",
    "controllerRevisions",
  ];
  cluster.controlPlane.api.onChange((kind, type, object) => {
    if (kinds.includes(kind) && cluster.engine.now > 0) written.push(`${type} ${kind} ${object.metadata.name}`);
  });
  return written;
}

test("each has one revision that its pods carry, and a status that says that all is well", () => {
  const { controllerRevisions, daemonSets, pods, statefulSets } = settledObjects(plan());
  assert.equal(
    controllerRevisions.map(({ revision }) => revision),
    [1, 1],
  );
  const [db, agent] = controllerRevisions;
  const hashesOf = (app: string) =>
    new Set(
      pods
        .filter((p) => p.metadata.labels?.["app"] === app)
        .map((p) => p.metadata.labels?.["controller-revision-hash"]),
    );
  assert.equal([...hashesOf("db")], [db?.metadata.name]);
  assert.equal([...hashesOf("agent")], [agent?.metadata.labels?.["controller-revision-hash"]]);
  const { currentRevision, readyReplicas, updateRevision, updatedReplicas } = statefulSets[0]!.status!;
  assert.equal(
    [readyReplicas, updatedReplicas, currentRevision, updateRevision],
    [3, 3, db?.metadata.name, db?.metadata.name],
  );
  const { desiredNumberScheduled, numberAvailable, updatedNumberScheduled } = daemonSets[0]!.status!;
  assert.equal([desiredNumberScheduled, numberAvailable, updatedNumberScheduled], [5, 5, 5]);
});

test("nothing is written to them of itself", () => {
  const cluster = new Cluster(plan(), 1);
  const written = watched(cluster);
  cluster.runTo(900 * SECOND);
  assert.equal(written, []);
});

test("scaling rolls nothing out, and a new template does", () => {
  const cluster = new Cluster(plan(), 1);
  cluster.runTo(60 * SECOND);
  const written = watched(cluster);
  const client = cluster.controlPlane.api.client("test");
  const scaled = <T extends Deployment | StatefulSet>(before: T): T => ({
    ...before,
    spec: { ...before.spec, replicas: 5 },
  });
  client.patch("deployments", "default/web", scaled);
  client.patch("statefulSets", "default/db", scaled);
  client.patch("daemonSets", "default/agent", (before) => ({
    ...before,
    spec: { ...before.spec, minReadySeconds: 1 },
  }));
  cluster.runTo(180 * SECOND);
  const deleted = () => written.filter((line) => line.startsWith("DELETED pods"));
  const created = () =>
    written.filter((line) => line.startsWith("ADDED pods")).map((line) => line.replace(/web-.*/, "web"));
  assert.equal(deleted(), []);
  assert.equal(created().sort(), ["ADDED pods db-3", "ADDED pods db-4", "ADDED pods web"]);
  assert.not.ok(written.some((line) => line.includes("controllerRevisions") || line.startsWith("ADDED replicaSets")));
  client.patch("daemonSets", "default/agent", (before: DaemonSet) => ({
    ...before,
    spec: {
      ...before.spec,
      template: { ...before.spec?.template, spec: { containers: [{ name: "c", image: "y" }] } },
    },
  }));
  cluster.runTo(600 * SECOND);
  assert.is(deleted().length, 5);
});

test.run();
