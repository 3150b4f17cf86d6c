import { suite } from "uvu";
import * as assert from "uvu/assert";
import { settledObjects } from "../../sim/cluster/settle.ts";
import { Cluster } from "../../sim/cluster.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const test = suite("cluster/settle");

const SCENARIO = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: settled }
spec:
  duration: 30m
  cluster:
    start: settled
    nodePools: [{ name: a, count: 6, zones: [a, b, c], machine: { cpu: 4, memory: 8Gi } }]
    objects:
      - { apiVersion: v1, kind: Service, metadata: { name: web }, spec: { selector: { app: web }, ports: [{ port: 80 }] } }
      - { apiVersion: apps/v1, kind: Deployment, metadata: { name: web }, spec: { replicas: 6, selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } }, spec: { initContainers: [{ name: i, image: i }], containers: [{ name: c, image: x, resources: { requests: { cpu: 1 } } }] } } } }
      - { apiVersion: apps/v1, kind: Deployment, metadata: { name: large }, spec: { replicas: 2, selector: { matchLabels: { app: large } }, template: { metadata: { labels: { app: large } }, spec: { containers: [{ name: c, image: x, resources: { requests: { cpu: 64 } } }] } } } }
      - { apiVersion: batch/v1, kind: Job, metadata: { name: once }, spec: { template: { spec: { restartPolicy: Never, containers: [{ name: c, image: x }] } } } }
`;

function plan() {
  const { plans, problems } = loadScenarioText(SCENARIO, "s.yaml", ".");
  assert.equal(problems, []);
  return plans[0]!;
}

test("all that fits is placed and ready, what does not fit waits, and Jobs begin with the run", () => {
  const { pods } = settledObjects(plan());
  const web = pods.filter((pod) => pod.metadata.labels?.["app"] === "web");
  assert.is(web.length, 6);
  assert.ok(web.every((pod) => pod.spec.nodeName && pod.status?.phase === "Running"));
  assert.is(new Set(web.map((pod) => pod.status?.podIP)).size, 6);
  // one on each node, as the scheduler spreads them
  assert.is(new Set(web.map((pod) => pod.spec.nodeName)).size, 6);
  const [first] = web;
  assert.equal(
    first?.status?.conditions?.map(({ type, status }) => [type, status]),
    [
      ["PodReadyToStartContainers", "True"],
      ["Initialized", "True"],
      ["Ready", "True"],
      ["ContainersReady", "True"],
      ["PodScheduled", "True"],
    ],
  );
  assert.is(first?.status?.startTime, "2025-12-31T23:00:00Z");
  assert.is(first?.status?.initContainerStatuses?.[0]?.state?.terminated?.reason, "Completed");
  const large = pods.filter((pod) => pod.metadata.labels?.["app"] === "large");
  assert.equal(
    large.map((pod) => [pod.spec.nodeName, pod.status?.phase]),
    [
      [undefined, "Pending"],
      [undefined, "Pending"],
    ],
  );
  assert.is(pods.length, 8);
});

test("ReplicaSets are called what the controllers would have called them", () => {
  const [settled] = loadScenarioText(SCENARIO, "s.yaml", ".").plans;
  const [fresh] = loadScenarioText(SCENARIO.replace("start: settled", "start: fresh"), "s.yaml", ".").plans;
  const cluster = new Cluster({ ...fresh!, durationMicros: 20_000_000 }, 1);
  cluster.run();
  const names = (list: readonly { readonly metadata: { readonly name: string } }[]) =>
    list.map(({ metadata }) => metadata.name).sort();
  const expected = names(cluster.controlPlane.api.list("replicaSets"));
  assert.is(expected.length, 2);
  assert.equal(names(settledObjects(settled!).replicaSets), expected);
  // digits of a number in upstream's safe letters
  for (const name of expected) assert.match(name, /^(web|large)-[456789bcdf]{5,10}$/);
});

test("workloads say how they are, and Services have their slices", () => {
  const { deployments, endpointSlices, replicaSets } = settledObjects(plan());
  const [web, large] = deployments;
  assert.is(web?.status?.availableReplicas, 6);
  assert.is(web?.metadata.annotations?.["deployment.kubernetes.io/revision"], "1");
  assert.equal(
    web?.status?.conditions?.map(({ type, reason }) => [type, reason]),
    [
      ["Available", "MinimumReplicasAvailable"],
      ["Progressing", "NewReplicaSetAvailable"],
    ],
  );
  assert.is(large?.status?.unavailableReplicas, 2);
  assert.is(replicaSets[0]?.status?.readyReplicas, 6);
  assert.equal(
    endpointSlices.map(({ endpoints }) => endpoints.length),
    [6],
  );
});

test("nothing happens of itself to what is settled: no workload, pod or slice is written in half an hour", () => {
  const cluster = new Cluster(plan(), 1);
  const written: string[] = [];
  cluster.controlPlane.api.onChange((kind, type, object) => {
    const isOther = ["events", "leases", "jobs", "nodes"].includes(kind) || object.metadata.name.startsWith("once");
    const waits = object.metadata.name.startsWith("large");
    if (!isOther && !waits) written.push(`${cluster.engine.now} ${type} ${kind} ${object.metadata.name}`);
  });
  const before = written.length;
  cluster.runTo(1_800_000_000);
  // what the run begins with is told too
  assert.equal(
    written.slice(before).filter((line) => !line.startsWith("0 ADDED")),
    [],
  );
});

test("the first replica of each component holds the lease, whoever would be quicker", () => {
  const replicas = `
    cloud: { replicas: 3 }
    autoscaler: { replicas: 3 }
    controlPlane: { scheduler: { replicas: 3 }, controllerManager: { replicas: 3 } }`;
  const text = SCENARIO.replace("duration: 30m", "duration: 1m")
    .replace("start: settled", `start: settled${replicas}`)
    .replace("count: 6,", "count: 6, autoscaling: { min: 1, max: 9 },");
  for (const seed of ["1", "2", "3", "4"]) {
    const { plans, problems } = loadScenarioText(text, "s.yaml", ".");
    assert.equal(problems, []);
    const cluster = new Cluster(plans[0]!, seed);
    cluster.run();
    const leases = cluster.controlPlane.api
      .list("leases")
      .filter(({ metadata }) => metadata.namespace === "kube-system");
    const holders = leases.map(({ spec }) => spec?.holderIdentity?.split("_")[0]).sort();
    assert.equal(
      holders,
      ["cloud-controller-manager-0", "cluster-autoscaler-0", "kube-controller-manager-0", "kube-scheduler-0"],
      `seed ${seed}`,
    );
  }
});

test.run();
