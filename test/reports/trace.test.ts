// The trace file: what the format asks for, which tracks there are, and what is left out.
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { traceOf, traceText } from "../../reports/trace.ts";
import { simulate } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import { noObjects } from "../../sim/model/objects.ts";
import { loadScenario } from "../../sim/scenario/load.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { makePlan } from "../plans.ts";
import { makeNode, makePod, requesting } from "../scheduler/builders.ts";
import { traceProblems } from "./trace-format.ts";

const plan = makePlan({
  name: "traced",
  durationMicros: 60 * SECOND,
  objects: {
    ...noObjects(),
    nodes: [makeNode("n0", { cpu: "4" }), makeNode("n1", { cpu: "4" })],
    pods: Array.from({ length: 6 }, (_, i) => makePod(`p${i}`, requesting({ cpu: "1" }))),
  },
});
const result = simulate(plan, "1");
const trace = traceOf(result, { maxEvents: 1000 });

test("the file is what the format asks for, and the same bytes every time", () => {
  const text = [...traceText(result, trace)].join("");
  assert.equal(traceProblems(text), []);
  const again = simulate(plan, "1");
  assert.is([...traceText(again, traceOf(again, { maxEvents: 1000 }))].join(""), text);
});

test("every pod is a slice on its node, with its phases inside", () => {
  const names = trace.events.filter(({ ph }) => ph === "X").map(({ name }) => name);
  for (let i = 0; i < 6; i++) assert.ok(names.includes(`default/p${i}`));
  assert.is(names.filter((name) => name === "starting").length, 6);
  const tracks = trace.events.filter(({ name }) => name === "thread_name").map(({ args }) => args!.name);
  for (const track of ["etcd etcd-0", "leader: etcd", "condition", "pods", "pods (3)"])
    assert.ok(tracks.includes(track), track);
  const processes = trace.events.filter(({ name }) => name === "process_name").map(({ args }) => args!.name);
  assert.equal(processes, ["control plane", "cluster", "node n0", "node n1"]);
});

test("what finds no room is left out by node and said", () => {
  const small = traceOf(result, { maxEvents: 13 });
  assert.equal(small.leftOut, ["1 of 2 nodes with 3 pods, those with least to tell (--max-events 13)"]);
  assert.match([...traceText(result, small)].join(""), /"left_out":"1 of 2 nodes/);
});

test("a whole cluster: faults as bands on the nodes that they hit, who led when, every scheduling cycle, what held for Services", () => {
  const path = join(repositoryRoot, "scenarios/stories/s27-registry-outage.yaml");
  const crashed = { ...loadScenario(path).plans[0]!, durationMicros: 9 * 60 * SECOND };
  const run = simulate(crashed, "1", { recordsCourse: true });
  assert.is(run.identity.digest, simulate(crashed, "1").identity.digest, "who looks on changes nothing");
  const all = traceOf(run, { maxEvents: 100_000 });
  assert.equal(traceProblems([...traceText(run, all)].join("")), []);
  const named = (what: "process_name" | "thread_name") =>
    all.events.filter(({ name }) => name === what).map(({ args, pid, tid }) => ({ name: args!.name, pid, tid }));
  const slicesOn = (process: string, track: string) => {
    const { pid } = named("process_name").find(({ name }) => name === process)!;
    const tids = named("thread_name").filter((thread) => thread.pid === pid && thread.name === track);
    return all.events.filter(({ ph, tid }) => ph === "X" && tid === tids[0]?.tid);
  };
  const [band] = slicesOn("node n-0 (a)", "faults");
  assert.equal([band?.name, band?.ts, band?.dur], ["nodeCrash (node)", 120 * SECOND, 420 * SECOND]);
  const [condition] = slicesOn("node n-0 (a)", "condition");
  assert.is(condition?.name, "NotReady");
  assert.ok(condition!.ts > band!.ts + 40 * SECOND);
  assert.equal(slicesOn("node n-1 (b)", "faults"), []);
  for (const leader of ["etcd", "kube-scheduler", "kube-controller-manager"])
    assert.is(slicesOn("control plane", `leader: ${leader}`).length, 1, leader);
  const cycles = slicesOn("control plane", "scheduling cycles");
  assert.is(cycles.length, run.tables.cycles.rows);
  const scheduled = cycles.filter(({ args }) => args?.outcome === "scheduled");
  assert.ok(scheduled.length >= 3 && scheduled.every(({ args, dur }) => /^n-[1-8]$/.test(`${args?.node}`) && dur! > 0));
  const answering = all.events.filter(({ name }) => name === "service default/api: pods that answer");
  assert.is(answering[0]?.args?.pods, 6);
  assert.ok(answering.some(({ args, ts }) => ts >= 120 * SECOND && Number(args?.pods) < 6));
  assert.equal(traceOf(run, { maxEvents: 2 }).leftOut.length, 2);
});

test.run();
