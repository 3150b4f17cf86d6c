// CSV with positions, and traces: mapping, order, times, mistakes. And the openb trace, by totals that its README gives.
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { problemText } from "../../sim/model/problem.ts";
import { podRequests } from "../../sim/model/resources.ts";
import { CsvTable } from "../../sim/scenario/csv.ts";
import type { TraceSpec } from "../../sim/scenario/schema.ts";
import { openbNodes, tracePods } from "../../sim/scenario/trace.ts";
import { fromShared } from "../shared.ts";

const HEADER =
  "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time";
const OPENB: TraceSpec = { format: "openb", pods: "p.csv" };

function openb(rows: readonly string[], more: Partial<TraceSpec> = {}) {
  return tracePods([HEADER, ...rows].join("\n"), "p.csv", { ...OPENB, ...more }, "trace");
}

function csv(text: string, more: Partial<TraceSpec> = {}) {
  return tracePods(text, "t.csv", { format: "csv", pods: "t.csv", ...more }, "trace");
}

function messages(loaded: { problems: readonly Parameters<typeof problemText>[0][] }): string[] {
  return loaded.problems.map(problemText);
}

test("CSV: quotes, line ends, empty lines, byte order mark", () => {
  const table = new CsvTable('\ufeffa, b ,c\r\n1,"x, ""y""\nz",3\r\n\r\n"",2,\n', "f");
  assert.equal(table.problems, []);
  assert.equal(table.header, ["a", "b", "c"]);
  assert.equal(table.rows, [
    ["1", 'x, "y"\nz', "3"],
    ["", "2", ""],
  ]);
  assert.equal(table.lines, [2, 5]);
  assert.is(table.cell(0, table.column("b", true)), 'x, "y"\nz');
  assert.is(table.cell(0, -1), "");
});

test("CSV: mistakes", () => {
  assert.match(messages(new CsvTable("", "f"))[0] ?? "", /f:1:1: expected a header/);
  assert.match(
    messages(new CsvTable("a,b\n1\n1,2,3\n", "f")).join("\n"),
    /f:2:1: expected 2 columns, as in the header, found 1\nf:3:1: .*found 3/,
  );
  assert.match(messages(new CsvTable("a,a\n", "f"))[0] ?? "", /each column once/);
  assert.match(messages(new CsvTable('a\n"x\ny', "f"))[0] ?? "", /f:2:1: expected a closing double quote/);
  const table = new CsvTable("cpu,mem\n1,2\n", "f");
  assert.is(table.column("cpus", true), -1);
  assert.match(messages(table)[0] ?? "", /did you mean cpu\?/);
});

test("CSV: at most a hundred mistakes", () => {
  assert.is(new CsvTable(`a,b\n${"1\n".repeat(1000)}`, "f").problems.length, 100);
});

test("CSV: whatever can be written is read back", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", " ", ",", '"', "\n", "\r", "é"), maxLength: 6 });
  fc.assert(
    fc.property(
      fc
        .integer({ min: 2, max: 4 })
        .chain((n) => fc.array(fc.array(cell, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 5 })),
      fc.constantFrom("\n", "\r\n"),
      (rows, end) => {
        const header = rows[0]!.map((_, i) => `c${i}`);
        const quoted = rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(","));
        const table = new CsvTable([header.join(","), ...quoted].join(end), "f");
        assert.equal(table.rows, rows);
        assert.equal(table.problems, []);
      },
    ),
    { seed: 20260808, numRuns: 500 },
  );
});

test("openb nodes", () => {
  const { nodes, problems } = openbNodes(
    "sn,cpu_milli,memory_mib,gpu,model\nn-0,64000,262144,2,P100\nn-1,32000,1024,0,\n",
    "n.csv",
  );
  assert.equal(problems, []);
  assert.equal(nodes[0]?.status?.allocatable, { cpu: "64000m", memory: "262144Mi", pods: 256, "nvidia.com/gpu": 2 });
  assert.equal(nodes[0]?.metadata.labels, { "kubernetes.io/hostname": "n-0", "nvidia.com/gpu.product": "P100" });
  assert.equal(nodes[1]?.status?.allocatable, { cpu: "32000m", memory: "1024Mi", pods: 256 });
  assert.is(openbNodes("sn,cpu_milli,memory_mib,gpu,model\na,1,1,0,\nb,1,1,0,\n", "n", 1).nodes.length, 1);
  assert.match(
    messages(openbNodes("sn,cpu_milli,memory_mib,gpu,model\na,1,1,0,\na,x,1,-1,\n", "n.csv")).join("\n"),
    /n.csv:3:7: gpu: .*\n.*:3:3: cpu_milli: .*\n.*:3:1: sn: expected a name that is not in line 2 already/,
  );
});

test("openb pods: requests, GPU models, arrival order, own departure", () => {
  const { source, problems, warnings } = openb([
    "b,1000,2048,0,0,,LS,Running,50,60,51",
    "a,500,0,1,500,P100|T4,LS,Running,10,40,20",
    "c,1000,2048,0,0,,LS,Pending,10,20,",
  ]);
  assert.equal(problems, []);
  assert.equal(source.podNames, ["a", "c", "b"], "by arrival, then by line");
  assert.equal([...source.arrivalMicros], [10e6, 10e6, 50e6]);
  assert.equal([...source.lifetimeMicros], [30e6, 10e6, 10e6]);
  assert.is(source.departure, "afterArrival");
  assert.is(source.shapes.length, 2, "pods that are alike share a shape");
  const shape = source.shapes[source.shapeOf[0]!]!;
  assert.equal(shape.spec.containers[0]?.resources?.requests, { cpu: "500m", "nvidia.com/gpu": 1 });
  const terms = shape.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  assert.equal(terms?.[0]?.matchExpressions, [
    { key: "nvidia.com/gpu.product", operator: "In", values: ["P100", "T4"] },
  ]);
  assert.match(warnings.join(), /1 pods ask for a share of a GPU/);
});

test("openb pods: time scale, running time, no departure", () => {
  const rows = ["a,1,1,0,0,,LS,Running,100,400,200"];
  const times = (more: Partial<TraceSpec>) => {
    const { source } = openb(rows, more);
    return [source.arrivalMicros[0], source.lifetimeMicros[0], source.departure];
  };
  assert.equal(times({}), [100e6, 300e6, "afterArrival"]);
  assert.equal(times({ timeScale: 0.001 }), [100e3, 300e3, "afterArrival"]);
  assert.equal(times({ departures: "afterRun" }), [100e6, 200e6, "afterStart"]);
  assert.equal(times({ departures: "never" }), [100e6, Number.NaN, "afterStart"]);
});

test("a fixed rate takes the order of the file and lets pods stay", () => {
  const rows = ["b,1,1,0,0,,,,9,10,", "a,1,1,0,0,,,,5,8,", "c,1,1,0,0,,,,1,2,"];
  const { source } = openb(rows, { arrivals: { fixedRate: "3/s" } });
  assert.equal(source.podNames, ["b", "a", "c"]);
  assert.equal([...source.arrivalMicros], [0, 333_333, 666_667]);
  assert.equal([...source.lifetimeMicros], [Number.NaN, Number.NaN, Number.NaN]);
  assert.equal(
    [...openb(rows, { arrivals: { fixedRate: "1/m" }, departures: "afterRun" }).source.lifetimeMicros],
    [1e6, 3e6, 1e6],
  );
});

test("a trace without times needs a fixed rate", () => {
  const text = "name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1000,1,0,0\n";
  assert.match(messages(tracePods(text, "p.csv", OPENB, "t")).join("\n"), /column "creation_time"/);
  assert.equal(messages(tracePods(text, "p.csv", { ...OPENB, arrivals: { fixedRate: "1/s" } }, "t")), []);
});

test("openb: mistakes in cells, each at its line and column", () => {
  const found = messages(openb(["a,x,1,0,0,,,,1,2,", "a,1,1,1.5,0,,,,5,2,", "B,1,-1,0,0,,,,,2,", "d,1,1,0,0"]));
  assert.equal(
    found.map((text) => text.split(": expected")[0]),
    [
      "p.csv:5:1",
      "p.csv:2:3: cpu_milli",
      "p.csv:3:7: num_gpu",
      "p.csv:3:18: deletion_time",
      "p.csv:3:1: name",
      "p.csv:4:5: memory_mib",
      "p.csv:4:15: creation_time",
      "p.csv:4:1: name",
      "p.csv:5:11: creation_time",
    ],
  );
});

test("only the first pods", () => {
  assert.is(openb(["a,1,1,0,0,,,,1,2,", "b,1,1,0,0,,,,1,2,"], { firstPods: 1 }).source.podNames.length, 1);
});

test("named columns: quantities, lifetimes, labels, priorities, units", () => {
  const text = "pod,arrival,lifetime,cpu,memory,gpu,team,priority\nx,1.5,10,500m,1Gi,1,red,5\ny,2s,,2,,,,\n";
  const { source, problems } = csv(text, { columns: { name: "pod", labels: ["team"] }, namespace: "ns" });
  assert.equal(problems, []);
  assert.equal([...source.arrivalMicros], [1.5e6, 2e6]);
  assert.equal([...source.lifetimeMicros], [10e6, Number.NaN]);
  const [x, y] = [source.shapes[source.shapeOf[0]!]!, source.shapes[source.shapeOf[1]!]!];
  assert.equal(x.metadata.labels, { team: "red" });
  assert.is(x.spec.priority, 5);
  assert.is(x.metadata.namespace, "ns");
  assert.equal(x.spec.containers[0]?.resources?.requests, { cpu: "500m", memory: "1Gi", "nvidia.com/gpu": "1" });
  assert.equal(y.metadata.labels, {});
  assert.is(y.spec.priority, undefined);
});

test("named columns: departures, milliseconds, numbered pods, namespaces", () => {
  const { source, problems } = csv("arrival,departure,cpu,namespace\n1000,3000,1,a\n500,700,1,b\n", { timeUnit: "ms" });
  assert.equal(problems, []);
  assert.equal(source.podNames, ["pod-1", "pod-0"]);
  assert.equal([...source.arrivalMicros], [500e3, 1e6]);
  assert.equal([...source.lifetimeMicros], [200e3, 2e6]);
  assert.equal(
    [...source.shapeOf].map((i) => source.shapes[i]?.metadata.namespace),
    ["b", "a"],
  );
});

test("named columns: mistakes", () => {
  assert.match(messages(csv("arrivl,cpu\n1,1\n"))[0] ?? "", /column "arrival"; did you mean arrivl\?/);
  assert.match(messages(csv("arrival\n1\n"))[0] ?? "", /column "cpu"/);
  assert.match(messages(csv("arrival,cpu\n1,1\n", { columns: { memory: "ram" } }))[0] ?? "", /column "ram"/);
  assert.match(
    messages(csv("arrival,cpu,departure\n5,1x,2\n,-1,\n")).join("\n"),
    /t.csv:2:3: cpu: .*\n.*departure: .*\n.*t.csv:3:2: cpu: .*\n.*t.csv:3:1: arrival: /,
  );
  assert.match(messages(csv("arrival,cpu,team\n5,1,-x-\n", { columns: { labels: ["team"] } }))[0] ?? "", /label value/);
});

const folder = fromShared("data/01-openb-gpu-2023");
const shared = existsSync(folder) ? test : test.skip;

shared("the openb trace has the totals of its README", () => {
  const all = openbNodes(readFileSync(`${folder}/openb_node_list_all_node.csv`, "utf8"), "n");
  const gpu = openbNodes(readFileSync(`${folder}/openb_node_list_gpu_node.csv`, "utf8"), "n");
  assert.is(all.nodes.length, 1523);
  assert.is(gpu.nodes.length, 1213);
  const gpus = (nodes: typeof all.nodes) =>
    nodes.reduce((sum, n) => sum + Number(n.status?.allocatable?.["nvidia.com/gpu"] ?? 0), 0);
  assert.is(gpus(gpu.nodes), 6212);
  assert.is(
    gpu.nodes.reduce((sum, n) => sum + Number.parseInt(String(n.status?.allocatable?.["cpu"]), 10), 0),
    107_018_000,
  );
  const loaded = tracePods(readFileSync(`${folder}/openb_pod_list_default.csv`, "utf8"), "p", OPENB, "trace");
  assert.equal(loaded.problems, []);
  const { source } = loaded;
  assert.is(source.podNames.length, 8152);
  const count = (n: (gpus: number) => boolean) =>
    [...source.shapeOf].filter((i) => n(podRequests(source.shapes[i]!).scalar.get("nvidia.com/gpu") ?? 0)).length;
  assert.is(
    count((n) => n === 0),
    1088,
  );
  assert.is(
    count((n) => n === 1),
    3078 + 3911,
  );
  assert.is(
    count((n) => n > 1),
    75,
  );
  assert.match(loaded.warnings.join(), /3078 pods ask for a share/);
  assert.is(Math.max(...source.arrivalMicros), 12_901_761e6);
});

shared("every file of the openb trace loads", () => {
  const files = ["cpu050", "cpu200", "gpushare100", "gpushare40", "gpuspec10", "gpuspec33", "multigpu20", "multigpu50"];
  const rows = files.map((name) => {
    const spec: TraceSpec = name.startsWith("multi") ? { ...OPENB, arrivals: { fixedRate: "10/s" } } : OPENB;
    const loaded = tracePods(readFileSync(`${folder}/openb_pod_list_${name}.csv`, "utf8"), name, spec, "t");
    assert.equal(messages(loaded), [], name);
    return loaded.source.podNames.length;
  });
  assert.equal(rows, [7439, 8832, 8152, 8152, 8152, 8152, 8324, 9061]);
});

test.run();
