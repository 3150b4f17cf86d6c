// Traces of jobs and machines, and measured rates: rows become pods at their times, and as many nodes as they need at once.
import { existsSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Imported } from "../../sim/import/import-sources.ts";
import { importSources } from "../../sim/import/import-sources.ts";
import { Source } from "../../sim/import/source.ts";
import { PodTable } from "../../sim/import/traces/pod-table.ts";
import type { TraceSource } from "../../sim/scenario/plan.ts";
import { fromShared } from "../shared.ts";
import { importFiles, importTexts, planOf, remarksOf } from "./input.ts";

function traceOf(imported: Imported): TraceSource {
  const [source] = planOf(imported).workload;
  if (source?.kind !== "trace") throw new Error("no trace");
  return source;
}

const requestsOf = (source: TraceSource, pod: number) =>
  source.shapes[source.shapeOf[pod]!]?.spec.containers[0]?.resources?.requests;

const SWF = `; Version: 2.2
; MaxNodes: 4
; MaxProcs: 8
    1     0   5    60   3  -1  1024   3  -1   -1  1   1   1  -1  1 -1 -1 -1
    2    30  -1    -1   2  -1    -1   2  -1   -1  0   1   1  -1  1 -1 -1 -1
    3    90  -1    10   1  -1    -1   1  -1   -1  1   1   1  -1  1 -1 -1 -1
`;

test("SWF: a job is as many pods as nodes that it takes", () => {
  const imported = importTexts({ "log.swf": SWF });
  const trace = traceOf(imported);
  assert.equal([...trace.podNames], ["job-1-0", "job-1-1", "job-3-0"]);
  assert.equal([...trace.arrivalMicros], [0, 0, 90e6]);
  assert.equal([...trace.lifetimeMicros], [60e6, 60e6, 10e6]);
  // two processors to a node: two of three, and the third
  assert.equal(requestsOf(trace, 0), { cpu: "2000m", memory: "2Mi" });
  assert.equal(requestsOf(trace, 1), { cpu: "1000m", memory: "1Mi" });
  const plan = planOf(imported);
  assert.is(plan.objects.nodes.length, 4);
  assert.is(plan.controllerManagers, null);
  assert.is(remarksOf(imported)["leftOut job without a run time or processors"], 1);
  assert.is(remarksOf(imported)["changed jobs on several nodes"], 1);
});

test("SWF: wrong lines are said with line and column; --first cuts", () => {
  const { problems } = importTexts({ "log.swf": `${SWF}  4 100 1 x 1 -1 -1 1 -1 -1 1 1 1 -1 1 -1 -1 -1\n 5 1 2\n` });
  assert.equal(
    problems.map(({ line, column, expected }) => [line, column, expected]),
    [
      [7, 11, "a number"],
      [8, 1, "18 columns"],
    ],
  );
  assert.is(traceOf(importTexts({ "log.swf": SWF }, { first: 1 })).podNames.length, 2);
});

const OPENB_PODS = `name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
p0,1000,1024,1,1000,,LS,Running,0,100,0
p1,1000,1024,1,400,,LS,Running,10,90,10
`;

test("openb: node list and pod list, shares of GPUs with the plugin that knows them", () => {
  const nodes = "sn,cpu_milli,memory_mib,gpu,model\nn0,64000,262144,2,P100\n";
  const imported = importTexts({ "n.csv": nodes, "p.csv": OPENB_PODS });
  const plan = planOf(imported);
  assert.is(plan.objects.nodes.length, 1);
  assert.ok(plan.scheduler.configuration.profiles[0]?.multiPoint.enabled.some(({ name }) => name === "GpuShare"));
  assert.equal([...traceOf(imported).lifetimeMicros], [100e6, 80e6]);
  assert.equal(Object.keys(remarksOf(imported)), ["assumed scheduler"]);
  const whole = importTexts({ "n.csv": nodes, "p.csv": OPENB_PODS.replace(",400,", ",1000,") });
  assert.equal(remarksOf(whole), {});
  const [problem] = importTexts({ "p.csv": OPENB_PODS, "q.csv": OPENB_PODS }).problems;
  assert.is(problem?.received, "2 and 0");
});

test("openb without nodes and times: nodes are assumed, pods come at a rate", () => {
  const imported = importTexts({ "p.csv": "name,cpu_milli,memory_mib,num_gpu\np0,1000,1024,0\np1,1000,1024,0\n" });
  assert.is(planOf(imported).objects.nodes.length, 3);
  assert.is(remarksOf(imported)["assumed times"], 1);
});

test("Azure's packing trace: shares of a machine, days", () => {
  const imported = importTexts({
    "vm.csv": "vmId,tenantId,vmTypeId,priority,starttime,endtime\n10,1,7,1,-3,0.5\n11,1,7,0,1,\n12,1,9,0,1,2\n",
    "vmType.csv": "id,vmTypeId,machineId,core,memory,hdd,ssd,nic\n1,7,0,0.25,0.125,0,0.1,0.1\n2,7,1,0.5,0.5,0,0,0\n",
  });
  const trace = traceOf(imported);
  assert.equal([...trace.podNames], ["vm-10", "vm-11"]);
  assert.equal(requestsOf(trace, 0), { cpu: "16000m", memory: "65536Mi" });
  assert.equal([...trace.arrivalMicros], [0, 86_400e6]);
  assert.equal([...trace.lifetimeMicros], [43_200e6, Number.NaN]);
  assert.is(remarksOf(imported)["leftOut vm of an unknown type"], 1);
  const sqlite = new TextEncoder().encode("SQLite format 3\0and more");
  const options = { name: "a", nodes: null, machine: {}, zones: [], first: null, open: () => [] };
  const refused = importSources([new Source("packing.sqlite", "", sqlite)], options, "azure-packing");
  assert.match(refused.problems[0]?.expected ?? "", /as CSV/);
});

test("Azure's table of virtual machines has no header and buckets without an end", () => {
  const row = (created: number, deleted: number, cores: string) =>
    `x+y/z${created},s,d,${created},${deleted},91.7,0.7,20.9,Delay-insensitive,${cores},32\n`;
  const imported = importTexts({ "vmtable.csv": row(0, 2_591_700, "2") + row(300, 600, ">24") });
  const trace = traceOf(imported);
  assert.equal(requestsOf(trace, 0), { cpu: "2000m", memory: "32768Mi" });
  assert.equal(requestsOf(trace, 1), { cpu: "48000m", memory: "32768Mi" });
  assert.is(remarksOf(imported)["changed sizes beyond the last bucket (>24, >64)"], 1);
});

test("Alibaba's tasks of 2018 and 2020, with and without a header", () => {
  const copy = "submit_time,duration,cpu,memory,job_id,task_id,instances_num,disk\n539,116.5,1.0,0.0054,1,1,3,0\n";
  assert.is(traceOf(importTexts({ "t.csv": copy })).podNames.length, 3);
  const bare = "M1,2,j_1,1,Terminated,100,130,50.0,0.5\nM2,1,j_1,1,Running,100,,50.0,0.5\n";
  const imported = importTexts({ "batch_task.csv": bare }, {}, "alibaba-2018");
  assert.equal(requestsOf(traceOf(imported), 0), { cpu: "500m", memory: "2622Mi" });
  assert.is(remarksOf(imported)["leftOut task without an end"], 1);
  const pai = "job,tensorflow,1,Terminated,10,40,600.0,29.3,50.0,T4\n";
  const gpu = importTexts({ "pai_task_table.csv": pai }, {}, "alibaba-gpu-2020");
  assert.is(requestsOf(traceOf(gpu), 0)?.["nvidia.com/gpu"], "1");
  assert.is(remarksOf(gpu)["changed share of a GPU"], 1);
});

test("nodes for what is there at once: departures make room", () => {
  const table = new PodTable();
  const pod = { cpuMilli: 4000, memoryBytes: 0, runSeconds: 10 };
  for (let i = 0; i < 8; i++) table.add({ ...pod, name: `a${i}`, arrivalSeconds: i * 10 });
  const machine = { cpuMilli: 4000, memoryBytes: 1, gpus: 0, pods: 110 };
  assert.is(table.nodesFor(machine), 2);
  for (let i = 0; i < 8; i++) table.add({ ...pod, name: `b${i}`, arrivalSeconds: 100, runSeconds: Number.NaN });
  assert.is(table.nodesFor(machine), 10);
});

// --- Prometheus ---

const matrix = (...result: readonly object[]) =>
  JSON.stringify({ status: "success", data: { resultType: "matrix", result } });

test("Prometheus: rates of Services from each time on, counters as rates", () => {
  const imported = importTexts({
    "rates.json": matrix(
      {
        metric: { service: "web", namespace: "shop" },
        values: [
          [100, "5"],
          [160, "5"],
          [220, "7.25"],
          [280, "NaN"],
          [340, "0"],
        ],
      },
      {
        metric: { __name__: "http_requests_total", service: "api" },
        values: [
          [100, "10"],
          [160, "610"],
          [220, "60"],
        ],
      },
    ),
  });
  const services = planOf(imported).traffic?.services ?? [];
  assert.equal(
    services.map(({ name, rate }) => [name, rate]),
    [
      [
        "web",
        [
          { atMicros: 0, perSecond: 5 },
          { atMicros: 120e6, perSecond: 7.25 },
          { atMicros: 240e6, perSecond: 0 },
        ],
      ],
      [
        "api",
        [
          { atMicros: 0, perSecond: 10 },
          { atMicros: 60e6, perSecond: 1 },
        ],
      ],
    ],
  );
  assert.is(remarksOf(imported)["noted samples that are NaN"], 1);
  assert.is(remarksOf(imported)["assumed counters"], 1);
});

test("Prometheus: what pods use becomes annotations of them and of their templates", () => {
  const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: main }] } }
`;
  const use = (pod: string, value: string, container = "main") => ({
    metric: { __name__: "container_cpu_usage_seconds:rate5m", namespace: "shop", pod, container },
    values: [
      [100, value],
      [160, value],
    ],
  });
  const imported = importTexts({
    "app.yaml": deployment,
    "cpu.json": matrix(
      use("web-5d8f-aaaaa", "0.2"),
      use("web-5d8f-bbbbb", "0.4"),
      use("web-5d8f-bbbbb", "0.5", ""),
      use("other-0", "1"),
    ),
  });
  const [workload] = planOf(imported).objects.deployments;
  assert.equal(workload?.spec?.template?.metadata?.annotations, { "kubedrill.io/cpu-use.main": "0.3" });
  assert.is(remarksOf(imported)["leftOut use of a pod"], 1);
});

test("Prometheus: mistakes have their places", () => {
  const place = (text: string) => importTexts({ "m.json": text }).problems.map(({ path }) => path);
  assert.equal(place('{"status":"error","data":{"resultType":"matrix","result":[]}}'), ["status"]);
  assert.equal(
    place(
      matrix({
        metric: {},
        values: [
          [2, "1"],
          [1, "1"],
        ],
      }),
    ),
    ["data.result[0].values[1]"],
  );
  assert.equal(place(matrix({ metric: {}, values: [[1, 1]] })), ["data.result[0].values[0]"]);
});

const shared = (path: string) => fromShared(`data/${path}`);
for (const [title, paths, first] of [
  ["openb", ["01-openb-gpu-2023/openb_node_list_all_node.csv", "01-openb-gpu-2023/openb_pod_list_gpuspec33.csv"], null],
  ["serving of 2025", ["03-alibaba-gpu-serving-2025/instances.csv.gz"], 300],
  ["spot nodes of 2026", ["04-alibaba-spot-gpu-nodes-2026/node_info_df.csv"], null],
  ["tasks of 2018", ["09-batch-jobs/alibaba2018_tasks.csv.gz"], 50],
  ["NASA's SWF", ["09-batch-jobs/NASA-iPSC-1993-3.1-cln.swf.gz"], 200],
] as const)
  (existsSync(shared(paths[0])) ? test : test.skip)(`real files: ${title}`, () => {
    const imported = importFiles(paths.map(shared), "", { first });
    const plan = planOf(imported);
    assert.ok(plan.objects.nodes.length > 0);
  });

test.run();
