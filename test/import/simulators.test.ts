// Snapshots and inputs of other simulators: what they hold becomes a cluster, what they note is left behind.
import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { importSources } from "../../sim/import/import-sources.ts";
import { Source } from "../../sim/import/source.ts";
import { fromShared } from "../shared.ts";
import { importFiles, importTexts, openTexts, planOf, remarksOf } from "./input.ts";

const SNAPSHOT = {
  pods: [
    {
      metadata: {
        name: "placed",
        namespace: "default",
        annotations: { "kube-scheduler-simulator.sigs.k8s.io/score-result": "{}", note: "mine" },
      },
      spec: { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }], nodeName: "n1" },
      status: { phase: "Running" },
    },
    {
      metadata: { name: "waits" },
      spec: { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }], priorityClassName: "high" },
    },
  ],
  nodes: ["n1", "n2"].map((name) => ({
    metadata: { name, uid: name },
    status: { allocatable: { cpu: "4", memory: "8Gi", pods: "110" } },
  })),
  pvs: [],
  pvcs: [],
  storageClasses: [{ metadata: { name: "fast" }, provisioner: "example.com/disk" }],
  priorityClasses: [
    { metadata: { name: "system-node-critical" }, value: 2000001000 },
    { metadata: { name: "high" }, value: 1000 },
  ],
  namespaces: [{ metadata: { name: "default" } }],
  schedulerConfig: {
    kind: "KubeSchedulerConfiguration",
    apiVersion: "kubescheduler.config.k8s.io/v1",
    percentageOfNodesToScore: 50,
    profiles: [
      {
        schedulerName: "default-scheduler",
        plugins: {
          multiPoint: {
            enabled: [
              { name: "NodeNumber", weight: 10 },
              { name: "NodeResourcesFit", weight: 3 },
            ],
          },
        },
      },
    ],
  },
};

test("kube-scheduler-simulator: objects without a kind, its configuration without what this scheduler lacks", () => {
  const imported = importTexts({ "snapshot.json": JSON.stringify(SNAPSHOT) });
  const plan = planOf(imported);
  assert.equal(
    plan.objects.pods.map(({ metadata, spec }) => [metadata.name, spec.nodeName, spec.priority]),
    [
      ["placed", "n1", 0],
      ["waits", undefined, 1000],
    ],
  );
  assert.equal(plan.objects.pods[0]?.metadata.annotations, { note: "mine" });
  const { configuration } = plan.scheduler;
  assert.is(configuration.percentageOfNodesToScore, 50);
  const enabled = configuration.profiles[0]?.multiPoint.enabled ?? [];
  assert.is(enabled.find(({ name }) => name === "NodeResourcesFit")?.weight, 3);
  assert.not.ok(enabled.some(({ name }) => name === "NodeNumber"));
  const remarks = remarksOf(imported);
  assert.is(Object.keys(remarks).filter((text) => text.startsWith("leftOut KubeSchedulerConfiguration")).length, 1);
  assert.is(remarks["noted annotations of decisions"], 1);
});

test("cluster-capacity: the pod that is asked about stands beside the scenario", () => {
  const nodes = SNAPSHOT.nodes.map((node) => ({ apiVersion: "v1", kind: "Node", ...node }));
  const pod =
    "apiVersion: v1\nkind: Pod\nmetadata: { name: small }\nspec: { containers: [{ name: c, resources: { requests: { cpu: 150m } } }] }\n";
  const imported = importTexts(
    { "nodes.json": JSON.stringify({ apiVersion: "v1", kind: "List", items: nodes }), "pod.yaml": pod },
    {},
    "cluster-capacity",
  );
  assert.equal(
    imported.files.map(({ name }) => name),
    ["scenario.yaml", "nodes.yaml", "capacity-pod.yaml"],
  );
  const [source] = planOf(imported).workload;
  assert.is(source?.kind, "pods");
});

const configuration = fromShared("data/16-cluster-objects/scheduler-config/fgd-example.yaml");
(existsSync(configuration) ? test : test.skip)(
  "a configuration of another scheduler: what is unknown is listed, the rest is taken",
  () => {
    const imported = importFiles([configuration]);
    const plan = planOf(imported);
    assert.is(plan.scheduler.configuration.percentageOfNodesToScore, 100);
    const [profile] = plan.scheduler.configuration.profiles;
    assert.is(profile?.schedulerName, "default-scheduler");
    assert.ok(profile?.multiPoint.enabled.some(({ name }) => name === "GpuShare"));
    assert.equal(imported.remarks.list("leftOut"), []);
  },
);

const TRACE = {
  version: 2,
  config: { trackedObjects: { "apps/v1.Deployment": {}, "v1.Pod": {} } },
  events: [
    { ts: 100, applied_objs: [deployment(2)], deleted_objs: [] },
    {
      ts: 160,
      applied_objs: [deployment(5), { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" } }],
      deleted_objs: [],
    },
    {
      ts: 220,
      applied_objs: [lonePod()],
      deleted_objs: [{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "default" } }],
    },
  ],
  index: {},
  pod_lifecycles: {
    '["v1.Pod","default/lone"]': { "7": [{ Finished: [220, 250] }] },
    '["apps/v1.Deployment","default/web"]': { "8": [{ Running: 110 }] },
  },
};

function deployment(replicas: number) {
  const labels = { app: "web" };
  const spec = { containers: [{ name: "web", resources: { requests: { cpu: "3" } } }] };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "default" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { creationTimestamp: null, labels }, spec },
    },
  };
}

function lonePod() {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "lone" },
    spec: { restartPolicy: "Never", containers: [{ name: "c" }] },
  };
}

test("SimKube: the first moment is the cluster, later ones are actions, lives are behaviour", () => {
  const imported = importTexts({ "trace.json": JSON.stringify(TRACE) });
  const plan = planOf(imported);
  assert.equal(
    plan.actions.map(({ trigger, verb }) => [trigger, verb]),
    [
      [{ on: "at", atMicros: 60_000_000 }, "apply"],
      [{ on: "at", atMicros: 120_000_000 }, "apply"],
      [{ on: "at", atMicros: 120_000_000 }, "delete"],
    ],
  );
  assert.is(plan.objects.deployments[0]?.spec?.replicas, 2);
  assert.match(imported.files.find(({ name }) => name === "event-0002.yaml")?.text ?? "", /kubedrill.io\/run: "30"/);
  // five pods of three CPUs with a quarter to spare
  assert.is(plan.objects.nodes.length, 3);
  assert.is(remarksOf(imported)["leftOut Widget (example.com/v1)"], 1);
});

test("SimKube: what does not look like a trace is said with its place", () => {
  const broken = { ...TRACE, events: [TRACE.events[2], TRACE.events[0]] };
  const [problem] = importTexts({ "trace.json": JSON.stringify(broken, null, 1) }).problems;
  assert.is(problem?.path, "events[1].ts");
  assert.ok((problem?.line ?? 0) > 10);
  const cut = new Uint8Array([0x85, 0xa7, 0x76]);
  const text = importSources([new Source("t.sktrace", "", cut)], {
    name: "t",
    nodes: null,
    machine: {},
    zones: [],
    first: null,
    open: () => [],
  });
  assert.is(text.problems[0]?.expected, "MessagePack");
});

const traces = fromShared("data/16-cluster-objects/simkube");
for (const name of ["bare-pods", "dsb-scaling"])
  (existsSync(traces) ? test : test.skip)(`SimKube's own ${name}: MessagePack and JSON are the same`, () => {
    const [binary, text] = [importFiles([`${traces}/${name}.sktrace`]), importFiles([`${traces}/${name}.json`])];
    assert.equal(binary.files.slice(1), text.files.slice(1));
    assert.ok(planOf(binary).actions.length > 0);
  });

test("open-simulator: the cluster, its applications, and the node to add", () => {
  const node =
    "apiVersion: v1\nkind: Node\nmetadata: { name: m1 }\nstatus: { allocatable: { cpu: '8', memory: 16Gi, pods: '110' } }\n";
  const config = `apiVersion: simon/v1alpha1
kind: Config
metadata: { name: simon-config }
spec:
  cluster: { customConfig: cluster }
  appList:
    - { name: simple, path: app }
    - { name: yoda, path: charts/yoda, chart: true }
  newNode: new
`;
  const open = openTexts({ cluster: node, app: JSON.stringify(deployment(2)), new: node.replace("m1", "extra") });
  const imported = importTexts({ "config.yaml": config }, { open });
  const plan = planOf(imported);
  assert.is(plan.objects.nodes.length, 1);
  assert.is(plan.objects.pods.length, 2);
  assert.is(remarksOf(imported)["leftOut Config appList with chart: true"], 1);
  assert.ok(imported.files.some(({ name }) => name === "new-node.yaml"));
  const [problem] = importTexts({ "config.yaml": config }).problems;
  assert.is(problem?.path, "spec.cluster.customConfig");
  assert.is(problem?.line, 5);
});

test.run();
