// Traces that each run puts into an order and a number of its own.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SECOND } from "../../sim/engine/tick.ts";
import { noObjects } from "../../sim/model/objects.ts";
import { problemText } from "../../sim/model/problem.ts";
import { arrangePlan } from "../../sim/scenario/arrange.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";
import type { Plan, TraceArrangement, TraceSource } from "../../sim/scenario/plan.ts";
import { makePlan } from "../plans.ts";
import { makeNode, makePod } from "../scheduler/builders.ts";

const share = (milli: number, count = 1) =>
  makePod(
    "trace",
    {},
    { annotations: { "alibabacloud.com/gpu-milli": String(milli), "alibabacloud.com/gpu-count": String(count) } },
  );

/** Ten pods of 500 milli, four without GPUs and one of four devices, on ten devices. */
function planOf(arrangement?: Partial<TraceArrangement>): Plan {
  const shapes = [share(500), makePod("trace"), share(1000, 4)];
  const shapeOf = Uint32Array.from([...Array<number>(10).fill(0), 1, 1, 1, 1, 2]);
  const source: TraceSource = {
    kind: "trace",
    name: "t",
    shapes,
    podNames: Array.from(shapeOf, (_, i) => `pod-${String(i).padStart(2, "0")}`),
    shapeOf,
    arrivalMicros: Float64Array.from(shapeOf, (_, i) => i * SECOND),
    lifetimeMicros: Float64Array.from(shapeOf, () => Number.NaN),
    departure: "afterStart",
    ...(arrangement === undefined
      ? {}
      : { arrangement: { shuffle: false, tune: null, startMicros: 5, gapMicros: SECOND, ...arrangement } }),
  };
  const nodes = [makeNode("a", { "alibabacloud.com/gpu-count": 8 }), makeNode("b", { "nvidia.com/gpu": 2 })];
  return makePlan({ workload: [source], objects: { ...noObjects(), nodes } });
}

function arranged(arrangement: Partial<TraceArrangement>, seed: string): TraceSource {
  return arrangePlan(planOf(arrangement), seed).workload[0] as TraceSource;
}

const milliOf = ({ shapeOf }: TraceSource) => shapeOf.reduce((sum, shape) => sum + [500, 0, 4000][shape]!, 0);

test("a plan without such traces is the same object", () => {
  const plan = planOf();
  assert.is(arrangePlan(plan, "1"), plan);
});

test("shuffle: the same pods in another order with each seed, at the same times", () => {
  const [one, same, two] = ["1", "1", "2"].map((seed) => arranged({ shuffle: true }, seed));
  assert.is(JSON.stringify(one), JSON.stringify(same));
  assert.not.equal(one!.podNames, two!.podNames);
  const given = planOf().workload[0] as TraceSource;
  assert.equal([...one!.podNames].sort(), given.podNames);
  for (const [i, name] of one!.podNames.entries())
    assert.is(one!.shapeOf[i], given.shapeOf[given.podNames.indexOf(name)], "each keeps its shape");
  assert.equal([...one!.arrivalMicros].slice(0, 3), [5, SECOND + 5, 2 * SECOND + 5]);
});

test("shuffle: every pod comes first as often", () => {
  const first = new Map<string, number>();
  for (let seed = 0; seed < 1500; seed++) {
    const name = arranged({ shuffle: true }, String(seed)).podNames[0]!;
    first.set(name, (first.get(name) ?? 0) + 1);
  }
  assert.is(first.size, 15);
  for (const times of first.values()) assert.ok(times > 60 && times < 150, String(times));
});

test("tune, too much is asked for: uniformly random pods are left out until it is at most the ratio", () => {
  for (const seed of ["1", "2", "3"]) {
    const source = arranged({ tune: 0.5 }, seed);
    assert.ok(milliOf(source) <= 5000 && milliOf(source) > 500, String(milliOf(source)));
    assert.equal([...source.podNames].sort(), source.podNames, "in the order of the file");
  }
});

test("tune, too little: copies of random pods, CPU-only ones too, after all others, until the next would exceed", () => {
  const source = arranged({ tune: 10 }, "1");
  const given = planOf().workload[0] as TraceSource;
  assert.equal(source.podNames.slice(0, 15), given.podNames);
  assert.ok(source.podNames.slice(15).every((name, i) => name.endsWith(`-copy-${i}`)));
  assert.ok(source.shapeOf.slice(15).includes(1), "CPU-only pods are copied");
  // the check counts one device of a pod of several: it may exceed by three of them
  assert.ok(milliOf(source) > 100_000 - 1000 && milliOf(source) <= 103_000, String(milliOf(source)));
  assert.is(new Set(source.podNames).size, source.podNames.length);
  assert.is(source.arrivalMicros.at(-1), 5 + (source.podNames.length - 1) * SECOND);
});

test("tune a trace without GPUs: nothing can be done", () => {
  const plan = planOf({ tune: 2 });
  const source = plan.workload[0] as TraceSource;
  const cpuOnly = { ...source, shapeOf: source.shapeOf.map(() => 1) };
  const { podNames } = arrangePlan({ ...plan, workload: [cpuOnly] }, "1").workload[0] as TraceSource;
  assert.is(podNames.length, 15);
});

const folder = mkdtempSync(join(tmpdir(), "kubedrill-arrange-"));
writeFileSync(join(folder, "p.csv"), "name,cpu_milli,memory_mib,num_gpu,gpu_milli\na,1000,1,1,500\nb,1000,1,2,1000\n");
writeFileSync(join(folder, "n.csv"), "sn,cpu_milli,memory_mib,gpu,model\nn,64000,100,4,T4\n");
writeFileSync(join(folder, "t.csv"), "arrival,cpu\n0,1\n");

const scenario = (trace: string) => `
apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: x }
spec: { duration: 1m, workload: [{ trace: { ${trace} } }] }
`;
const load = (trace: string) => loadScenarioText(scenario(trace), "x.yaml", folder);

test("mistakes: shuffle and tune need a fixed rate, shares the openb format", () => {
  const problems = (trace: string) => load(trace).problems.map(problemText).join("\n");
  const openb = "format: openb, nodes: n.csv, pods: p.csv";
  const fixed = "arrivals: { fixedRate: 1/s }";
  assert.is(problems(`${openb}, ${fixed}, gpus: shared, shuffle: true, tune: 1.3, start: 2s`), "");
  assert.match(problems(`${openb}, ${fixed}, tune: 0`), /tune: expected a number above 0/);
  assert.match(problems(`${openb}, ${fixed}, gpus: half`), /gpus/);
  const timed = "format: csv, pods: t.csv, nodes: n.csv";
  assert.match(
    problems(`${timed}, shuffle: true, tune: 2`),
    /shuffle: expected arrivals at a fixedRate[\s\S]*tune: expected arrivals/,
  );
  assert.match(problems("format: csv, pods: t.csv, gpus: shared"), /gpus: expected format openb/);
});

test("shares are annotations, nodes have devices and a model, and what is typical is in the plan and in FGD's arguments", () => {
  const [plan] = load(
    "format: openb, nodes: n.csv, pods: p.csv, arrivals: { fixedRate: 1/s }, gpus: shared, start: 2s",
  ).plans;
  const source = plan?.workload[0] as TraceSource;
  assert.equal(source.shapes[0]?.metadata.annotations, {
    "alibabacloud.com/gpu-milli": "500",
    "alibabacloud.com/gpu-count": "1",
  });
  assert.equal([...source.arrivalMicros], [2 * SECOND, 3 * SECOND]);
  assert.equal(plan?.objects.nodes[0]?.metadata.labels?.["alibabacloud.com/gpu-card-model"], "T4");
  assert.equal(
    plan?.typicalPods?.map(({ gpuMilli, gpuCount, count }) => [gpuMilli, gpuCount, count]),
    [
      [1000, 2, 1],
      [500, 1, 1],
    ],
  );
  assert.equal(plan?.warnings, []);
});

test.run();
