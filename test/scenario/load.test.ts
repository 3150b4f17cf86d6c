// Scenario files from the disk to plans, and everything that can be wrong with them, with positions.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { problemText } from "../../sim/model/problem.ts";
import { type LoadedScenario, loadScenario } from "../../sim/scenario/load.ts";
import { loadManifests } from "../../sim/scenario/load-manifests.ts";
import type { Plan } from "../../sim/scenario/plan.ts";
import { scenarioJsonSchema } from "../../sim/scenario/schema.ts";
import { repositoryRoot } from "../checks/source-tree.ts";

const test = suite("load");
let folder = "";

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "kubedrill-load-"));
});

test.after.each(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const HEAD = "apiVersion: kubedrill/v1alpha1\nkind: Scenario\nmetadata: { name: t }\n";
const NODES = "  cluster: { nodePools: [{ name: n, count: 2, machine: { cpu: 4, memory: 8Gi } }] }\n";
const PODS = "  workload: [{ pods: { shape: { spec: { containers: [{ name: c }] } }, count: 3 } }]\n";

function load(spec: string, head = HEAD): LoadedScenario {
  return loadScenario(write("scenario.yaml", `${head}spec:\n${spec}`));
}

function plan(spec: string): Plan {
  const { plans, problems } = load(spec);
  assert.equal(problems.map(problemText), []);
  assert.is(plans.length, 1);
  return plans[0]!;
}

// problems without the folder, as line:column path: expected
function problems(spec: string, head = HEAD): string[] {
  const loaded = load(spec, head);
  assert.ok(loaded.problems.length > 0, "no problem");
  assert.equal(loaded.plans, [], "no plan when there is a problem");
  return loaded.problems.map((p) => `${p.line}:${p.column} ${p.path}: ${p.expected}`);
}

test("the smallest scenario, with all defaults", () => {
  const made = plan(`  duration: 1h\n${NODES}${PODS}`);
  assert.is(made.name, "t");
  assert.is(made.seed, "1");
  assert.is(made.durationMicros, 3_600_000_000);
  assert.equal(
    made.objects.nodes.map((node) => node.metadata.name),
    ["n-0", "n-1"],
  );
  assert.is(made.scheduler.tieBreak, "heap");
  assert.equal(made.scheduler.cycleLatencyMicros, { kind: "constant", value: 1000 });
  assert.is(made.scheduler.configuration.profiles[0]?.schedulerName, "default-scheduler");
  assert.is(made.reports.timeseriesStepMicros, 5_000_000);
  assert.equal(
    made.workload.map((w) => [w.kind, w.name]),
    [["pods", "pod"]],
  );
  assert.equal(made.warnings, []);
  assert.equal(
    made.files.map((file) => file.path),
    ["scenario.yaml"],
  );
  assert.match(made.sha256, /^[0-9a-f]{64}$/);
});

test("a plan survives being sent to a worker, byte for byte", () => {
  const made = plan(`  until: idle\n${NODES}${PODS}`);
  assert.equal(structuredClone(made), made);
  assert.is(made.durationMicros, null);
});

test("everything that a scenario can say about nodes", () => {
  const made = plan(`  duration: 1h
  seed: alpha
  cluster:
    nodePools:
      - name: gpu
        count: 3
        zones: [a, b]
        machine: { cpu: 64, memory: 256Gi, pods: 20, ephemeralStorage: 1Ti, gpu: 8, extended: { "example.com/nic": 2 } }
        labels: { team: red }
        taints: [{ key: gpu, value: "yes", effect: NoSchedule }]
      - { name: late, count: 2, machine: { cpu: 1, memory: 1Gi }, boot: { uniform: { min: 30s, max: 90s } } }
    controlPlane: { scheduler: { cycleLatency: { exponential: 3ms }, bindLatency: 7ms, tieBreak: seeded, percentageOfNodesToScore: 40 } }
${PODS}`);
  assert.is(made.seed, "alpha");
  const [first, second] = made.objects.nodes;
  assert.equal(first?.status?.allocatable, {
    cpu: 64,
    memory: "256Gi",
    pods: 20,
    "ephemeral-storage": "1Ti",
    "nvidia.com/gpu": 8,
    "example.com/nic": 2,
  });
  assert.equal(
    made.objects.nodes.map((n) => n.metadata.labels?.["topology.kubernetes.io/zone"]),
    ["a", "b", "a"],
  );
  assert.is(second?.metadata.labels?.["team"], "red");
  assert.equal(second?.spec?.taints, [{ key: "gpu", value: "yes", effect: "NoSchedule" }]);
  assert.equal(
    made.lateNodes.map((l) => [l.pool, l.nodes.length, l.bootMicros]),
    [["late", 2, { kind: "uniform", min: 30e6, max: 90e6 }]],
  );
  assert.equal(made.scheduler.cycleLatencyMicros, { kind: "exponential", mean: 3000 });
  assert.equal([made.scheduler.tieBreak, made.scheduler.configuration.percentageOfNodesToScore], ["seeded", 40]);
});

test("manifests from files, folders and patterns, with pods of their workloads", () => {
  write(
    "app/deploy.yaml",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { replicas: 2, template: { spec: { containers: [{ name: c }] } } }\n",
  );
  write(
    "app/deeper/node.json",
    '{"apiVersion":"v1","kind":"Node","metadata":{"name":"own"},"status":{"allocatable":{"cpu":"4"}}}',
  );
  write("app/.hidden.yaml", "not: read");
  write("app/README.md", "not read");
  write("more/a-1.yaml", "apiVersion: v1\nkind: PodTemplate\n");
  write("more/b-1.yaml", "this: would be wrong");
  const made = plan("  duration: 1h\n  cluster: { manifests: [./app, more/a-*.yaml] }\n");
  assert.is(made.objects.pods.length, 2);
  assert.equal(
    made.objects.nodes.map((n) => n.metadata.name),
    ["own"],
  );
  assert.equal(
    made.ignored.map((i) => [i.kind, i.count]),
    [["PodTemplate", 1]],
  );
  assert.equal(
    made.files.map((f) => f.path),
    ["scenario.yaml", "app/deeper/node.json", "app/deploy.yaml", "more/a-1.yaml"],
  );
});

test("DaemonSets: on nodes from the start and on those that boot", () => {
  write(
    "ds.yaml",
    "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: { name: agent }\nspec: { template: { spec: { containers: [{ name: c }] } } }\n",
  );
  const made = plan(`  duration: 1h
  cluster:
    manifests: [ds.yaml]
    nodePools: [{ name: a, count: 2, machine: { cpu: 1, memory: 1Gi } }, { name: b, count: 3, machine: { cpu: 1, memory: 1Gi }, boot: 1m }]
`);
  assert.is(made.objects.pods.length, 2);
  assert.equal(
    made.lateNodes[0]?.daemonPods.map((pods) => pods.length),
    [1, 1, 1],
  );
});

test("text in gzip, with a byte order mark, and in UTF-16 as some shells write it", () => {
  const node = (name: string) => `apiVersion: v1\nkind: Node\nmetadata: { name: ${name} }\n`;
  write("a.yaml.gz", gzipSync(node("zipped")));
  write("b.yaml", `\ufeff${node("marked")}`);
  write("c.yaml", Buffer.from(`\ufeff${node("wide")}`, "utf16le"));
  const made = plan(`  duration: 1h\n  cluster: { manifests: [a.yaml.gz, b.yaml, c.yaml] }\n${PODS}`);
  assert.equal(
    made.objects.nodes.map((n) => n.metadata.name),
    ["zipped", "marked", "wide"],
  );
});

test("workload: arrivals, shapes from files, names", () => {
  write(
    "pod.yaml",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: batch, labels: { a: b } }\nspec: { containers: [{ name: c, resources: { limits: { cpu: 1 } } }] }\n",
  );
  write(
    "job.yaml",
    "apiVersion: batch/v1\nkind: CronJob\nmetadata: { name: nightly }\nspec: { schedule: '* * * * *', jobTemplate: { spec: { template: { metadata: { labels: { x: y } }, spec: { containers: [{ name: c }] } } } } }\n",
  );
  const made = plan(`  duration: 1h
${NODES}  workload:
    - arrivals: { shape: pod.yaml, every: { exponential: 2s }, start: 1m, stop: 30m, count: 5, lifetime: 10s }
    - arrivals: { shape: ./pod.yaml, every: 1s }
    - pods: { shape: job.yaml, count: 2, at: 5s, name: own, namespace: jobs }
`);
  const [first, second, third] = made.workload;
  assert.equal(
    made.workload.map((w) => w.name),
    ["batch", "batch-2", "own"],
  );
  if (first?.kind !== "arrivals" || third?.kind !== "pods" || second?.kind !== "arrivals") throw new Error("kinds");
  assert.equal([first.startMicros, first.stopMicros, first.count], [60e6, 1800e6, 5]);
  assert.equal(first.lifetimeMicros, { kind: "constant", value: 10e6 });
  assert.equal([second.startMicros, second.stopMicros, second.count, second.lifetimeMicros], [0, null, null, null]);
  assert.equal(first.shape.spec.containers[0]?.resources?.requests, { cpu: 1 }, "defaults are applied");
  assert.equal(
    [third.shape.metadata.namespace, third.shape.metadata.labels, third.atMicros, third.count],
    ["jobs", { x: "y" }, 5e6, 2],
  );
});

test("workload: a trace brings its nodes", () => {
  write("nodes.csv", "sn,cpu_milli,memory_mib,gpu,model\nn-0,1000,1024,0,\nn-1,1000,1024,0,\n");
  write("pods.csv", "name,cpu_milli,memory_mib,num_gpu,creation_time,deletion_time\np-0,100,1,0,0,5\n");
  const made = plan(
    "  duration: 1h\n  workload: [{ trace: { format: openb, nodes: nodes.csv, pods: pods.csv, firstNodes: 1 } }]\n",
  );
  assert.is(made.objects.nodes.length, 1);
  const [source] = made.workload;
  assert.is(source?.kind === "trace" && source.podNames[0], "p-0");
  assert.is(source?.kind === "trace" && source.shapes[0]?.spec.schedulerName, "default-scheduler");
});

test("a scheduler configuration from a file or written out; plugin files resolve beside it and are hashed", () => {
  write("conf/plugin.mjs", "export const plugin = () => ({ name: 'x' });");
  write(
    "conf/scheduler.yaml",
    "apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{ plugins: { score: { enabled: [{ name: ./plugin.mjs, weight: 3 }] } } }]\n",
  );
  const made = plan(
    `  duration: 1h\n  cluster: { controlPlane: { schedulerConfiguration: conf/scheduler.yaml }, nodePools: [{ name: n, count: 1, machine: { cpu: 1, memory: 1Gi } }] }\n${PODS}`,
  );
  assert.equal(made.scheduler.configuration.profiles[0]?.points.score.enabled, [
    { name: "./plugin.mjs", weight: 3, file: join(folder, "conf/plugin.mjs") },
  ]);
  assert.ok(made.files.some((file) => file.path === "conf/plugin.mjs"));
  const inline = plan(`  duration: 1h
  cluster:
    nodePools: [{ name: n, count: 1, machine: { cpu: 1, memory: 1Gi } }]
    controlPlane: { schedulerConfiguration: { apiVersion: kubescheduler.config.k8s.io/v1, kind: KubeSchedulerConfiguration, percentageOfNodesToScore: 33 } }
${PODS}`);
  assert.is(inline.scheduler.configuration.percentageOfNodesToScore, 33);
});

test("a sweep gives one plan per combination, each with its own hash", () => {
  const { plans, problems: none } = load(
    `  duration: 1h\n${NODES}${PODS}  sweep: { "cluster.nodePools[0].count": [1, 2, 3], "workload[0].pods.count": [5, 6] }\n`,
  );
  assert.equal(none, []);
  assert.equal(
    plans.map((p) => p.variant),
    [
      "cluster.nodePools[0].count=1,workload[0].pods.count=5",
      "cluster.nodePools[0].count=1,workload[0].pods.count=6",
      "cluster.nodePools[0].count=2,workload[0].pods.count=5",
      "cluster.nodePools[0].count=2,workload[0].pods.count=6",
      "cluster.nodePools[0].count=3,workload[0].pods.count=5",
      "cluster.nodePools[0].count=3,workload[0].pods.count=6",
    ],
  );
  assert.equal(
    plans.map((p) => p.objects.nodes.length),
    [1, 1, 2, 2, 3, 3],
  );
  assert.is(new Set(plans.map((p) => p.sha256)).size, 6);
});

test("the hash changes with any file that was read, and with nothing else", () => {
  write("node.yaml", "apiVersion: v1\nkind: Node\nmetadata: { name: a }\n");
  const spec = `  duration: 1h\n  cluster: { manifests: [node.yaml] }\n${PODS}`;
  const before = plan(spec).sha256;
  assert.is(plan(spec).sha256, before);
  write("other.yaml", "apiVersion: v1\nkind: Node\nmetadata: { name: b }\n");
  assert.is(plan(spec).sha256, before);
  write("node.yaml", "apiVersion: v1\nkind: Node\nmetadata: { name: a } # changed\n");
  assert.is.not(plan(spec).sha256, before);
});

test("expectations are parsed", () => {
  assert.equal(
    plan(`  duration: 1h\n${NODES}${PODS}  expect: [scheduled == all, p99(pendingSeconds) < 30s]\n`).expectations.map(
      (e) => [e.text, e.claim.op],
    ),
    [
      ["scheduled == all", "finally"],
      ["p99(pendingSeconds) < 30s", "finally"],
    ],
  );
});

test("time series have at most a thousand rows by default", () => {
  for (const [duration, step] of [
    ["10s", 1],
    ["1h", 5],
    ["1d", 120],
    ["30d", 3600],
    ["3650d", 604_800],
  ] as const) {
    assert.is(plan(`  duration: ${duration}\n${NODES}${PODS}`).reports.timeseriesStepMicros, step * 1e6, duration);
  }
  assert.is(
    plan(`  duration: 1h\n${NODES}${PODS}  reports: { timeseriesStep: 7s }\n`).reports.timeseriesStepMicros,
    7e6,
  );
});

test("what a run can do with less than it seems is a warning", () => {
  const made = plan(
    `  duration: 1h\n${NODES}  workload: [{ pods: { shape: { spec: { schedulerName: other, containers: [{ name: c }] } }, count: 1 } }]\n`,
  );
  assert.match(made.warnings.join(), /no scheduler profile is named other/);
  const empty = plan(
    `  duration: 1h\n  cluster: { nodePools: [{ name: n, count: 0, machine: { cpu: 1, memory: 1Gi } }] }\n${PODS}`,
  );
  assert.match(empty.warnings.join(), /no nodes/);
});

test("misspelt, unknown and unsupported fields, with positions", () => {
  assert.equal(problems(`  duraton: 1h\n  duration: 1h\n${NODES}${PODS}`), [
    "5:3 spec.duraton: a known field; did you mean duration?",
  ]);
  assert.equal(problems(`  duration: 1h\n  traffic: [{ at: 20m }]\n${NODES}${PODS}`), ["6:12 spec.traffic: a mapping"]);
  const controlPlane =
    "  cluster:\n    controlPlane:\n      apiServer: {}\n      controllers: {}\n    nodePools: [{ name: n, count: 1, machine: { cpu: 1, memory: 1Gi } }]\n";
  assert.equal(
    problems(`  duration: 1h\n${controlPlane}${PODS}`).map((text) => text.slice(0, 45)),
    ["8:7 spec.cluster.controlPlane.apiServer: no a", "9:7 spec.cluster.controlPlane.controllers: no"],
  );
  assert.match(
    problems(`  duration: 1h\n  zzz: 1\n${NODES}${PODS}`)[0] ?? "",
    /^6:3 spec\.zzz: one of description, seed,/,
  );
});

test("all mistakes of all files at once, by file and place", () => {
  write(
    "pod.yaml",
    "apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec:\n  containers: []\n  priorityClassName: gone\n",
  );
  write("m.yaml", "apiVersion: v1\nkind: Node\nmetadata: { name: N }\n");
  write("p.csv", "name,cpu_milli\n");
  const loaded = load(`  duration: 5
  cluster:
    manifests: [m.yaml, missing.yaml]
    nodePools: [{ name: n, count: 1, machine: { cpu: lots, memory: 1Gi } }]
  workload:
    - pods: { shape: pod.yaml, count: 1 }
    - trace: { format: openb, pods: p.csv }
    - {}
  expect: [pendin == 0]
  sweep: { "cluster.nodePools[7].count": [1] }
`);
  const found = loaded.problems.map((p) => `${p.file.split("/").at(-1)}:${p.line}:${p.column} ${p.path}`);
  assert.equal(found, [
    "scenario.yaml:5:13 spec.duration",
    "scenario.yaml:7:25 spec.cluster.manifests[1]",
    "scenario.yaml:8:54 spec.cluster.nodePools[0].machine.cpu",
    "scenario.yaml:12:7 spec.workload[2]",
    "scenario.yaml:13:12 spec.expect[0]",
    'scenario.yaml:14:12 spec.sweep["cluster.nodePools[7].count"]',
    "m.yaml:3:19 metadata.name",
    "pod.yaml:5:15 spec.containers",
    "p.csv:1:1 ",
    "p.csv:1:1 ",
    "p.csv:1:1 ",
    "p.csv:1:1 ",
  ]);
});

test("a value of a sweep that is wrong is named with its variant, at its place in the sweep", () => {
  assert.equal(
    problems(`  duration: 1h\n${NODES}${PODS}  sweep:\n    cluster.nodePools[0].count:\n      - 1\n      - many\n`),
    ["11:9 variant count=many: spec.cluster.nodePools[0].count: a whole number from 0 to 1000000"],
  );
});

test("one mistake after the other", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [`${NODES}${PODS}`, /^5:3 spec: either duration or until/],
    [`  duration: 1h\n  until: idle\n${NODES}${PODS}`, /spec\.until: either/],
    [`  duration: 1h\n${PODS}`, /spec(\.cluster)?: nodes: nodePools/],
    [`  duration: 1h\n${NODES}`, /spec: pods: workload/],
    ["  duration: 1h\n  cluster: []\n", /spec\.cluster: a mapping/],
    ["  duration: 1h\n  cluster: { nodePools: {} }\n", /nodePools: a list/],
    ["  duration: 1h\n  cluster: { nodePools: [3] }\n", /nodePools\[0\]: a mapping/],
    [
      `  duration: 1h\n  cluster: { nodePools: [{ name: a, count: 1, machine: { cpu: 1, memory: 1Gi } }, { name: a, count: 1, machine: { cpu: 1, memory: 1Gi } }] }\n${PODS}`,
      /nodePools\[1\]\.name: a name that no other pool has/,
    ],
    [
      `  duration: 1h\n  cluster: { nodePools: [{ name: a, count: 999999, machine: { cpu: 1, memory: 1Gi } }, { name: b, count: 999999, machine: { cpu: 1, memory: 1Gi } }] }\n${PODS}`,
      /at most 1000000 nodes/,
    ],
    [
      `  duration: 1h\n  cluster: { nodePools: [{ name: a, count: 1, machine: { cpu: 1, memory: 1Gi }, labels: { "a b": c } }] }\n${PODS}`,
      /labels\["a b"\]/,
    ],
    [
      `  duration: 1h\n  cluster: { nodePools: [{ name: a, count: 1, machine: { cpu: 1, memory: 1Gi }, taints: [{ key: a, effect: Evict }] }] }\n${PODS}`,
      /effect: one of NoSchedule/,
    ],
    [
      `  until: idle\n${NODES}  workload: [{ arrivals: { shape: { spec: { containers: [{ name: c }] } }, every: 1s } }]\n`,
      /arrivals: count or stop/,
    ],
    [
      `  duration: 1h\n${NODES}  workload: [{ arrivals: { shape: { spec: { containers: [{ name: c }] } }, every: 0s } }]\n`,
      /every: a longer time/,
    ],
    [
      `  duration: 1h\n${NODES}  workload: [{ arrivals: { shape: { spec: { containers: [{ name: c }] } }, every: 1s, start: 5m, stop: 1m } }]\n`,
      /stop: a time after start/,
    ],
    [
      `  duration: 1h\n${NODES}  workload: [{ pods: { shape: { kind: ConfigMap }, count: 1 } }]\n`,
      /shape: a Pod, Deployment/,
    ],
    [
      `  duration: 1h\n${NODES}  workload: [{ pods: { shape: { spec: { containers: [{ name: c }], priorityClassName: nope } }, count: 1 } }]\n`,
      /shape\.spec\.priorityClassName: the name of a PriorityClass/,
    ],
    [`  duration: 1h\n${NODES}  workload: [{ pods: { shape: scenario.yaml, count: 1 } }]\n`, /a Pod, Deployment/],
    [`  duration: 1h\n${NODES}  workload: [{ pods: { shape: gone.yaml, count: 1 } }]\n`, /shape: a file that exists/],
    [`  duration: 1h\n${NODES}  workload: [{ pods: { shape: ., count: 1 } }]\n`, /shape: a file/],
    [
      `  duration: 1h\n${NODES}  workload: [{ trace: { format: csv, nodes: scenario.yaml, pods: scenario.yaml } }]\n`,
      /nodes: no node list/,
    ],
    [
      "  duration: 1h\n  cluster: { controlPlane: { schedulerConfiguration: gone.yaml } }\n",
      /schedulerConfiguration: a file that exists/,
    ],
    [
      "  duration: 1h\n  cluster: { controlPlane: { schedulerConfiguration: { kind: X } } }\n",
      /schedulerConfiguration\.kind: KubeSchedulerConfiguration/,
    ],
    [`  duration: 1h\n  cluster: { manifests: ["nothing/*.yaml"] }\n`, /manifests\[0\]: /],
  ];
  for (const [spec, wanted] of cases) {
    const found = problems(spec);
    assert.ok(
      found.some((text) => wanted.test(text)),
      `${spec}${wanted}\n${found.join("\n")}`,
    );
  }
});

test("files that are no scenario", () => {
  const only = (content: string | Uint8Array) => {
    const { problems: found } = loadScenario(write("x.yaml", content));
    assert.ok(found.length > 0);
    return found.map((p) => `${p.line}:${p.column} ${p.path}: ${p.expected} | ${p.received}`).join("\n");
  };
  assert.match(only(""), /1:1 : a scenario \| an empty file/);
  assert.match(only(`${HEAD}---\n${HEAD}`), /one scenario in the file \| 2 documents/);
  assert.match(only("just text"), /: a mapping/);
  assert.match(only("[1, 2]"), /: a mapping/);
  assert.match(only("apiVersion: v1\nkind: Pod\nmetadata: {}\n"), /1:13 apiVersion: kubedrill\/v1alpha1/);
  assert.match(only(Buffer.from([0x61, 0x3a, 0x20, 0xff, 0xfe, 0x0a])), /UTF-8 text \| other bytes in line 1/);
  assert.match(
    only(Buffer.concat([Buffer.from("a: 1\nb: 2\nc: "), Buffer.from([0xc3, 0x28])])),
    /other bytes in line 3/,
  );
  assert.match(only(gzipSync("x").subarray(0, 12)), /a file that can be read/);
  assert.match(loadScenario(join(folder, "none.yaml")).problems[0]?.expected ?? "", /a file that exists/);
  assert.match(loadScenario(folder).problems[0]?.received ?? "", /a folder/);
});

test("manifests for the command line", () => {
  write("a/node.yaml", "apiVersion: v1\nkind: Node\nmetadata: { name: n }\n");
  write(
    "a/d.yaml",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: d }\nspec: { replicas: 3, template: { spec: { containers: [{ name: c }], priorityClassName: x } } }\n",
  );
  const loaded = loadManifests(["a"], folder);
  assert.equal(
    loaded.problems.map((p) => `${p.file.split("/").at(-1)}:${p.line}:${p.column} ${p.path}`),
    ["d.yaml:4:88 spec.template.spec.priorityClassName"],
  );
  assert.equal(
    loadManifests(["a/node.yaml"], folder).objects.nodes.map((n) => n.metadata.name),
    ["n"],
  );
  assert.match(
    problemText(loadManifests(["none"], folder).problems[0]!),
    /^none:1:1: expected a file, folder or pattern that exists/,
  );
});

test("the published JSON Schema is current", () => {
  assert.is(
    readFileSync(join(repositoryRoot, "scenarios/schema.json"), "utf8"),
    scenarioJsonSchema(),
    "write it again: kubedrill schema > scenarios/schema.json",
  );
});

test.run();
