// Whole runs: sums that must hold in every result, equal results by every way to the same decisions, and what a seed moves.
// test-timeout: 240s
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../sim/cluster.ts";
import { MILLISECOND, SECOND } from "../sim/engine/tick.ts";
import { RESOURCES } from "../sim/metrics/resources.ts";
import { isValid, type Result } from "../sim/metrics/result.ts";
import { numbersOf, textReader } from "../sim/metrics/table.ts";
import { parseExpectation } from "../sim/model/expectation/parse.ts";
import type { Expectation } from "../sim/model/expectation/syntax.ts";
import { noObjects, type Pod } from "../sim/model/objects.ts";
import type { Plan } from "../sim/scenario/plan.ts";
import { anyPlan, makePlan } from "./plans.ts";
import { makeNode, makePod, requesting } from "./scheduler/builders.ts";
import { tries } from "./thorough.ts";

const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

/** What a reader of the tables can add up. */
function checkSums(result: Result): void {
  const s = result.summary as Record<string, number>;
  const { pods, nodes, timeseries, scheduling } = result.tables;
  assert.is(s.pods_created, pods.rows);
  assert.is(s.pods_created, s.pods_bound_at_start! + s.pods_scheduled! + s.pods_never_scheduled!);
  assert.is(s.pods_never_scheduled, s.pods_pending_end! + s.pods_gated_end! + s.pods_deleted_unscheduled!);
  const states = [
    "pods_pending_end",
    "pods_gated_end",
    "pods_starting_end",
    "pods_running_end",
    "pods_succeeded",
    "pods_failed",
    "pods_deleted",
  ];
  assert.is(s.pods_created, sum(states.map((name) => s[name]!)));
  assert.is(s.attempts, s.attempts_scheduled! + s.attempts_unschedulable! + s.attempts_error!);
  assert.is(s.attempts, sum(numbersOf(pods, "attempts")));
  assert.is(s.pods_scheduled, s.attempts_scheduled! - s.bind_failures! - inFlight(result));

  const plugin = textReader(scheduling, "plugin");
  const rejected = numbersOf(scheduling, "nodesRejected");
  const rows = [...rejected.keys()];
  assert.is(
    sum(rows.filter((r) => plugin(r) === "").map((r) => rejected[r]!)),
    sum(rows.filter((r) => plugin(r) !== "").map((r) => rejected[r]!)),
  );

  // what pods hold, per node and in all
  const state = textReader(pods, "state");
  const nodeOf = textReader(pods, "node");
  const holding = [...Array(pods.rows).keys()].filter((row) => state(row) === "starting" || state(row) === "running");
  const name = textReader(nodes, "name");
  const cpu = numbersOf(pods, "cpuMilli");
  for (let row = 0; row < nodes.rows; row++) {
    const own = holding.filter((pod) => nodeOf(pod) === name(row));
    assert.is(numbersOf(nodes, "requested_cpu_m")[row], sum(own.map((pod) => cpu[pod]!)), name(row));
    assert.is(numbersOf(nodes, "requested_pods")[row], own.length);
    for (const resource of RESOURCES) {
      assert.ok(
        numbersOf(nodes, `peak_${resource}`)[row]! <= numbersOf(nodes, `allocatable_${resource}`)[row]!,
        `${name(row)} has room`,
      );
    }
  }
  const last = timeseries.rows - 1;
  for (const resource of RESOURCES) {
    assert.is(s[`requested_${resource}`], sum(numbersOf(nodes, `requested_${resource}`)));
    assert.is(s[`requested_${resource}`], numbersOf(timeseries, `requested_${resource}`)[last]);
    assert.is(s[`allocatable_${resource}`], numbersOf(timeseries, `allocatable_${resource}`)[last]);
  }

  // the mean over time is the sum of what each pod held for how long
  const end = result.identity.simDurationMicros;
  const scheduled = numbersOf(pods, "scheduledMicros");
  const [finished, deleted] = [numbersOf(pods, "finishedMicros"), numbersOf(pods, "deletedMicros")];
  const held = [...scheduled.keys()].map((row) => {
    const until = [finished[row]!, deleted[row]!, end].filter((t) => !Number.isNaN(t));
    return Number.isNaN(scheduled[row]!) ? 0 : cpu[row]! * (Math.min(...until) - scheduled[row]!);
  });
  const integral = sum(numbersOf(nodes, "integral_cpu_m"));
  assert.ok(Math.abs(sum(held) - integral) <= 1e-9 * integral, "time-weighted requests");
}

/** Pods that a cycle has placed and whose binding was not stored when the run ended. */
function inFlight(result: Result): number {
  return result.summary.attempts_scheduled! - result.summary.bind_failures! - result.summary.pods_scheduled!;
}

const everything = (result: Result) =>
  JSON.stringify([result.identity, result.summary, Object.values(result.tables).map((t) => [t.numbers, t.texts])]);

test("the sums of every table agree, on any plan", () => {
  fc.assert(
    fc.property(anyPlan, fc.nat(1000), (plan, seed) => checkSums(simulate(plan, seed))),
    { seed: 11, numRuns: tries(4, 60) },
  );
});

test("the node table's shortcuts and the plain evaluation give the same result, to the last byte", () => {
  fc.assert(
    fc.property(anyPlan, fc.nat(1000), (plan, seed) => {
      assert.is(everything(simulate(plan, seed, { plain: true })), everything(simulate(plan, seed)));
    }),
    { seed: 12, numRuns: tries(4, 30) },
  );
});

test("a plan that went through structuredClone gives the same result, and the same result twice", () => {
  fc.assert(
    fc.property(anyPlan, (plan) => {
      const first = everything(simulate(plan, 5));
      assert.is(everything(simulate(structuredClone(plan), "5")), first);
    }),
    { seed: 13, numRuns: tries(2, 10) },
  );
});

test("events of equal time in another order: other pods may win, but every sum still holds", () => {
  fc.assert(
    fc.property(anyPlan, fc.nat(1000), (plan, shuffle) => checkSums(simulate(plan, 1, { shuffleTies: shuffle }))),
    { seed: 14, numRuns: tries(4, 30) },
  );
});

function column(result: Result, name: string): ReadonlyMap<string, number> {
  const uid = textReader(result.tables.pods, "uid");
  return new Map([...numbersOf(result.tables.pods, name)].map((value, row) => [uid(row), value]));
}

const steady = (parts: Partial<Plan> = {}, nodes = 3): Plan =>
  makePlan({
    objects: { ...noObjects(), nodes: Array.from({ length: nodes }, (_, i) => makeNode(`n${i}`)) },
    workload: [
      {
        kind: "arrivals",
        name: "job",
        shape: makePod("job", requesting({ cpu: "1" }), { uid: undefined }),
        everyMicros: { kind: "exponential", mean: 5 * SECOND },
        startMicros: 0,
        stopMicros: null,
        count: null,
        lifetimeMicros: { kind: "exponential", mean: 60 * SECOND },
      },
    ],
    ...parts,
  });

/** The same but for the time that etcd takes to store something, while gaps and run times are seconds. */
function near(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) < 20 * MILLISECOND, `${what}: ${actual} is not near ${expected}`);
}

test("common random numbers: another cluster, or another source, moves nobody's arrival or run time", () => {
  const base = simulate(steady(), 1);
  const larger = simulate(steady({}, 9), 1);
  const [job] = steady().workload;
  const other = { ...job!, name: "other", shape: makePod("other", {}, { uid: undefined }) } as Plan["workload"][number];
  const joined = simulate(steady({ workload: [other, job!] }), 1);
  const runs = (result: Result) => {
    const [running, finished] = [column(result, "runningMicros"), column(result, "finishedMicros")];
    return new Map([...finished].map(([uid, end]) => [uid, end - running.get(uid)!]));
  };
  const [arrivals, lives] = [column(base, "createdMicros"), runs(base)];
  assert.ok(arrivals.size > 80);
  for (const result of [larger, joined]) {
    const [otherArrivals, otherLives] = [column(result, "createdMicros"), runs(result)];
    for (const [uid, at] of arrivals) near(otherArrivals.get(uid)!, at, uid);
    let compared = 0;
    for (const [uid, micros] of lives) {
      const there = otherLives.get(uid);
      if (Number.isNaN(micros) || there === undefined || Number.isNaN(there)) continue;
      near(there, micros, uid);
      compared++;
    }
    assert.ok(compared > 50, `${compared} run times compared`);
  }
  assert.not.equal(
    [...column(simulate(steady(), 2), "createdMicros").values()].slice(0, 5),
    [...arrivals.values()].slice(0, 5),
  );
});

test("until idle: the run ends when only vain retries are left", () => {
  const pods: Pod[] = [makePod("fits", requesting({ cpu: "1" })), makePod("never", requesting({ cpu: "64" }))];
  const result = simulate(
    makePlan({ durationMicros: null, objects: { ...noObjects(), nodes: [makeNode("n")], pods } }),
  );
  assert.is(result.summary.pods_pending_end, 1);
  assert.is(result.summary.pods_running_end, 1);
  assert.ok(result.identity.simDurationMicros < 10 * SECOND);
  const empty = simulate(makePlan({ durationMicros: null, objects: { ...noObjects(), pods } }));
  assert.equal(empty.identity.invalidReasons, ["there was no node", "no pod was scheduled"]);
  assert.ok(empty.identity.simDurationMicros < 1000 * SECOND);
});

test("a result that means nothing says so", () => {
  const nobody = simulate(makePlan({ objects: { ...noObjects(), nodes: [makeNode("n")] } }));
  assert.equal(nobody.identity.invalidReasons, ["there was no pod"]);
  assert.not(isValid(nobody));
  const bound = makePod("there", { nodeName: "n" });
  const already = simulate(makePlan({ objects: { ...noObjects(), nodes: [makeNode("n")], pods: [bound] } }));
  assert.ok(isValid(already), "there was nothing to schedule");
  const foreign = simulate(
    makePlan({ objects: { ...noObjects(), nodes: [makeNode("n")], pods: [makePod("p", { schedulerName: "x" })] } }),
  );
  assert.equal(foreign.identity.invalidReasons, ["no pod was scheduled"]);
  assert.equal(foreign.identity.warnings, ['no profile for scheduler "x": 1 pods were never tried']);
});

test("expectations are judged by what happened", () => {
  const expect = [
    "created == 2",
    "scheduled == all",
    "pending == 1",
    "max(pendingSeconds) < 1ms",
    "max(cpuRequested) == 25%",
    "p99(gpuRequested) > 0%",
  ];
  const expectations = expect.map((text) => parseExpectation(text) as Expectation);
  const pods = [makePod("fits", requesting({ cpu: "1" })), makePod("never", requesting({ cpu: "64" }))];
  const result = simulate(makePlan({ expectations, objects: { ...noObjects(), nodes: [makeNode("n")], pods } }));
  assert.equal(
    result.verdicts.map((v) => v.holds),
    [true, false, true, false, true, false],
  );
  assert.is(result.verdicts[4]?.actual, 0.25);
});

test("a trace: own departures delete placed and waiting pods alike", () => {
  const trace: Plan["workload"][number] = {
    kind: "trace",
    name: "trace",
    shapes: [makePod("x", requesting({ cpu: "4" }), { uid: undefined })],
    podNames: ["first", "second", "third"],
    shapeOf: Uint32Array.of(0, 0, 0),
    arrivalMicros: Float64Array.of(0, 10, 20).map((s) => s * SECOND),
    lifetimeMicros: Float64Array.of(60, 20, 200).map((s) => s * SECOND),
    departure: "afterArrival",
  };
  const objects = { ...noObjects(), nodes: [makeNode("n")] };
  const own = simulate(makePlan({ objects, workload: [trace] }));
  assert.equal(
    [...column(own, "deletedMicros").values()].map((t) => Math.round(t / SECOND)),
    [60, 30, 220],
  );
  assert.equal(
    [...column(own, "scheduledMicros").values()].map((t) => Math.round(t / SECOND)),
    [0, NaN, 60],
  );
  const afterStart = simulate(makePlan({ objects, workload: [{ ...trace, departure: "afterStart" }] }));
  // each waits for the one before: a start takes a second
  assert.equal(
    [...column(afterStart, "finishedMicros").values()].map((t) => Math.round(t / SECOND)),
    [61, 82, 283],
  );
});

test("nodes that boot late bring their daemon pods", () => {
  const daemon = makePod("agent-late", {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["late"] }] }],
        },
      },
    },
  });
  const lateNodes = [
    {
      pool: "p",
      nodes: [makeNode("late")],
      bootMicros: { kind: "constant", value: 90 * SECOND } as const,
      daemonPods: [[daemon]],
    },
  ];
  const result = simulate(makePlan({ lateNodes, workload: steady().workload }));
  assert.is(Math.round(numbersOf(result.tables.nodes, "addedMicros")[0]! / MILLISECOND), 90_001);
  assert.is(
    textReader(result.tables.pods, "node")([...column(result, "createdMicros").keys()].indexOf("uid-agent-late")),
    "late",
  );
});

test.run();
