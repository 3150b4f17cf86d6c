// Measuring scheduling: what is counted, and that the verification finds what is planted.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type MeasureOptions, measure, quantile, verify } from "../../bench/scheduling.ts";
import { batch, cycleWorkloads, makeNode, upstreamWorkloads, type Workload } from "../../bench/workloads.ts";
import { defaultSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import type { PluginFactory } from "../../sim/scheduler/framework.ts";
import { configurationOf } from "../scheduler/decision-of.ts";

const OPTIONS: MeasureOptions = { configuration: defaultSchedulerConfiguration(), tieBreak: "heap" };
const named = (name: string, nodes = 30, pods = 60) =>
  [...upstreamWorkloads(nodes, pods), ...cycleWorkloads(nodes, pods)].find((w) => w.name === name)!;

test("every workload on a small cluster: the plain evaluation takes the same decisions", () => {
  for (const workload of [...upstreamWorkloads(30, 40), ...cycleWorkloads(30, 40)]) {
    const m = measure(workload, OPTIONS);
    assert.is(m.scheduled + m.unschedulable, m.pods, workload.name);
    assert.is(m.latencyMicros.length, m.attempts);
    assert.is(m.decisions.length, m.attempts);
    const { checked, difference } = verify(workload, OPTIONS, m.decisions, 1);
    assert.is(difference, null, workload.name);
    assert.is(checked, m.attempts);
    assert.equal(measure(workload, { ...OPTIONS, plain: true }).decisions, m.decisions, `${workload.name}, plain`);
  }
});

test("what is counted", () => {
  const plain = measure(named("plain"), OPTIONS);
  assert.equal([plain.nodes, plain.pods, plain.scheduled, plain.victims], [30, 60, 60, 0]);
  assert.is(plain.nodesEvaluated, 30 * 60);
  assert.ok(plain.nodesTouched < plain.nodesEvaluated / 5, `${plain.nodesTouched} nodes looked at again`);
  const unschedulable = measure(named("Unschedulable"), OPTIONS);
  assert.equal([unschedulable.scheduled, unschedulable.unschedulable], [54, 6]);
  assert.equal(Array.from(unschedulable.decisions).filter((slot) => slot < 0).length, 6);
  const preemption = measure(named("PreemptionBasic", 10, 5), OPTIONS);
  assert.equal([preemption.scheduled, preemption.attempts], [5, 10]);
  assert.ok(preemption.victims >= 5);
  const spread = measure(named("spread", 30, 60), OPTIONS);
  assert.is(spread.nodesUsed, 30);
  for (let i = 1; i < plain.latencyMicros.length; i++)
    assert.ok(plain.latencyMicros[i]! >= plain.latencyMicros[i - 1]!);
});

test("a planted difference is found and named", () => {
  const workload = named("plain");
  const { decisions } = measure(workload, OPTIONS);
  for (const at of [0, 17, decisions.length - 1]) {
    const altered = decisions.slice();
    altered[at] = (decisions[at]! + 1) % 30;
    const { difference } = verify(workload, OPTIONS, altered, 1);
    assert.is(
      difference,
      `attempt ${at}, pod default/plain-${at}: slot ${decisions[at]}, measured run took ${altered[at]}`,
    );
  }
  assert.match(verify(workload, OPTIONS, decisions.slice(0, -1), 1).difference ?? "", /attempt 59, .* took undefined/);
  const longer = Int32Array.from([...decisions, 3]);
  assert.is(verify(workload, OPTIONS, longer, 1).difference, "60 attempts, the measured run took 61");
});

test("a table that decides otherwise than the plain evaluation is found", () => {
  // a score that is not the same twice stands for a table gone wrong
  let calls = 0;
  const fickle: PluginFactory = () => ({ name: "Fickle", score: (_state, _pod, node) => (node.slot + calls++) % 101 });
  const options: MeasureOptions = {
    configuration: configurationOf({ plugins: { multiPoint: { enabled: [{ name: "./fickle.mjs" }] } } }),
    tieBreak: "heap",
    customPlugins: new Map([["./fickle.mjs", fickle]]),
  };
  const workload = named("plain");
  const m = measure(workload, options);
  calls = 0;
  assert.match(verify(workload, options, m.decisions, 1).difference ?? "", /^attempt \d+, pod default\/plain-\d+: /);
});

test("every n-th decision is compared when asked for", () => {
  const workload = named("plain");
  const { decisions } = measure(workload, OPTIONS);
  assert.equal(verify(workload, OPTIONS, decisions, 7), { checked: Math.ceil(60 / 7), difference: null });
});

test("nodes taken on a hint of the cycle before are no differences", () => {
  const requests = { cpu: "100m" };
  const workload: Workload = {
    name: "one pod per node",
    about: "each pod fills its node, so the next best one is proposed",
    nodes: 40,
    node: makeNode("n", { cpu: "4", memory: "8Gi", pods: "1" }, []),
    initial: [],
    measured: [batch("p", 40, { requests })],
    upstreamThreshold: null,
  };
  const options = { ...OPTIONS, configuration: configurationOf({ pluginConfig: [noSpreading] }) };
  const m = measure(workload, options);
  assert.equal([m.scheduled, m.nodesUsed], [40, 40]);
  assert.ok(m.nodesEvaluated < 40 * 40, "hints spare the search");
  assert.is(verify(workload, options, m.decisions, 1).difference, null);
});

const noSpreading = { name: "PodTopologySpread", args: { defaultingType: "List", defaultConstraints: [] } };

test("pods that never enter the queue cost no attempt", () => {
  const gated = batch("gated", 3, { requests: { cpu: "1" }, spec: { schedulingGates: [{ name: "g" }] } });
  const stranger = batch("stranger", 2, { requests: { cpu: "1" }, spec: { schedulerName: "mine" } });
  const workload = { ...named("plain"), measured: [gated, batch("p", 4, { requests: { cpu: "1" } }), stranger] };
  const m = measure(workload, OPTIONS);
  assert.equal([m.pods, m.scheduled, m.unschedulable, m.attempts], [9, 4, 5, 4]);
  assert.equal(verify(workload, OPTIONS, m.decisions, 1), { checked: 4, difference: null });
});

test("a workload whose initial pods do not fit is refused", () => {
  const workload = { ...named("plain"), initial: [batch("big", 1, { requests: { cpu: "99" } })] };
  assert.throws(() => measure(workload, OPTIONS), /workload plain: initial pod big-0 does not fit: 0\/30 nodes/);
});

test("quantiles of an ascending array", () => {
  const ten = Float64Array.from({ length: 10 }, (_, i) => i + 1);
  assert.equal(
    [0, 0.1, 0.5, 0.55, 0.99, 1].map((share) => quantile(ten, share)),
    [1, 1, 5, 6, 10, 10],
  );
  assert.ok(Number.isNaN(quantile(new Float64Array(0), 0.5)));
});

test.run();
