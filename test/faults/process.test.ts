// When faults happen, whom they hit, and when they end: every trigger on its own, with a clock and nothing else.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SECOND } from "../../sim/engine/tick.ts";
import { type FaultRun, faultKind } from "../../sim/faults/kind.ts";
import { type Condition, parseCondition } from "../../sim/model/condition.ts";
import type { FaultPlan, FaultTrigger } from "../../sim/model/fault-plan.ts";
import { at, entry, Rig, seconds } from "./fakes.ts";

const named = (...names: string[]) => ({ names, role: null, zone: null, count: null, share: null });
const endless = { startMicros: 0, untilMicros: null, count: null };
const condition = (text: string): Condition => {
  const parsed = parseCondition(text);
  if ("expected" in parsed) throw new Error(parsed.expected);
  return parsed;
};
const when = (text: string, parts: object = {}): FaultTrigger =>
  ({
    on: "when",
    condition: condition(text),
    text,
    once: true,
    delayMicros: seconds(0),
    coolDownMicros: 0,
    ...parts,
  }) as FaultTrigger;

test("at: once, and undone after its time", () => {
  const rig = new Rig().start([entry("x", "breaks", at(5), { selection: named("etcd-1"), forMicros: seconds(3) })]);
  assert.equal(rig.run(7), ["5 #0 x on etcd-1"]);
  assert.is(rig.targets[1]?.role, "down");
  assert.equal(rig.run(100), ["5 #0 x on etcd-1", "8 #0 over"]);
  assert.is(rig.targets[1]?.role, "follower");
});

test("recover: never leaves it until the end; an instant fault is over at once", () => {
  const rig = new Rig().start([
    entry("stays", "breaks", at(1), { selection: named("etcd-0"), forMicros: seconds(1), recover: "never" }),
    entry("now", "happens", at(2), { selection: named("etcd-2") }),
  ]);
  assert.equal(rig.run(9), ["1 #0 stays on etcd-0", "2 #1 now on etcd-2", "2 #1 over"]);
});

test("every: gaps from start, until and count", () => {
  const every = (parts: object) =>
    new Rig()
      .start([entry("x", "happens", { on: "every", gapMicros: seconds(10), ...endless, ...parts } as FaultTrigger)])
      .run(60)
      .filter((line) => !line.includes("over"))
      .map((line) => Number(line.split(" ")[0]));
  assert.equal(every({}), [10, 20, 30, 40, 50, 60]);
  assert.equal(every({ startMicros: 5 * SECOND, untilMicros: 35 * SECOND }), [15, 25]);
  assert.equal(every({ count: 2 }), [10, 20]);
});

test("after: injection or recovery of another, with a delay, each time", () => {
  const after = (moment: "injection" | "recovery"): FaultTrigger => ({
    on: "after",
    fault: "x",
    moment,
    delayMicros: seconds(1),
  });
  const rig = new Rig().start([
    entry("early", "happens", after("injection"), { selection: named("etcd-0") }),
    entry("late", "happens", after("recovery"), { selection: named("etcd-0") }),
    entry(
      "x",
      "breaks",
      { on: "every", gapMicros: seconds(20), ...endless, count: 2 },
      {
        selection: named("etcd-1"),
        forMicros: seconds(5),
      },
    ),
  ]);
  const starts = rig.run(100).filter((line) => line.includes(" on "));
  assert.equal(
    starts.map((line) => line.replace(/ on .*/, "").replace(/#\d+ /, "")),
    ["20 x", "21 early", "26 late", "40 x", "41 early", "46 late"],
  );
});

test("when: at the very change that makes it true, once", () => {
  const rig = new Rig().start([entry("x", "happens", when("etcd.term >= 3"), { selection: named("etcd-0") })]);
  for (const [second, term] of [
    [1, 1],
    [2, 3],
    [3, 2],
    [4, 5],
  ] as const)
    rig.engine.at((second * SECOND) as never, () => rig.facts.set("etcd.term", term));
  assert.equal(rig.run(10), ["2 #0 x on etcd-0", "2 #0 over"]);
});

test("when: again and again, after a cool-down, with a delay", () => {
  const terms = [
    [1, 1],
    [2, 3],
    [3, 1],
    [4, 3],
    [5, 1],
    [20, 3],
  ] as const;
  const times = (parts: object) => {
    const rig = new Rig().start([entry("x", "happens", when("etcd.term >= 3", parts))]);
    for (const [second, term] of terms)
      rig.engine.at((second * SECOND) as never, () => rig.facts.set("etcd.term", term));
    return rig
      .run(60)
      .filter((line) => line.includes(" on "))
      .map((line) => Number(line.split(" ")[0]));
  };
  assert.equal(times({ once: false }), [2, 4, 20]);
  assert.equal(times({ once: false, delayMicros: seconds(0.5) }), [2.5, 4.5, 20.5]);
  assert.equal(times({ once: false, coolDownMicros: 10 * SECOND }), [2, 20]);
  // it holds when the cool-down ends
  assert.equal(times({ once: false, coolDownMicros: 18.5 * SECOND }), [2, 20.5]);
});

test("when: time is a fact, exact to the microsecond, alone and joined", () => {
  const first = (text: string) => {
    const rig = new Rig().start([entry("x", "happens", when(text))]);
    rig.engine.at((7 * SECOND) as never, () => rig.facts.set("etcd.running", 2));
    return rig.run(60)[0]?.split(" ")[0];
  };
  assert.is(first("time >= 5s"), "5");
  assert.is(first("time > 5s"), "5.000001");
  assert.is(first("time >= 5s and etcd.running == 2"), "7");
  assert.is(first("time >= 9s and etcd.running < 3"), "9");
  assert.is(first("not time < 3s"), "3");
  assert.is(first("etcd.running == 5"), undefined);
  // a fact that nobody has reported is not unequal either
  for (const text of ["etcd.term != 5", "not etcd.term == 5", "not (etcd.term == 5 or time < 1s)"])
    assert.is(first(text), undefined);
  assert.is(first("etcd.term == 5 or time >= 3s"), "3");
});

test("when: faults themselves are facts", () => {
  const rig = new Rig().start([
    entry("first", "breaks", at(1), { selection: named("etcd-0"), forMicros: seconds(4) }),
    entry("second", "happens", when("faults.active == 1"), { selection: named("etcd-1") }),
    entry("third", "happens", when("faults.injected >= 2 and faults.active == 0"), { selection: named("etcd-1") }),
  ]);
  const starts = rig.run(60).filter((line) => line.includes(" on "));
  assert.equal(starts, ["1 #0 first on etcd-0", "1 #1 second on etcd-1", "5 #2 third on etcd-1"]);
});

test("mtbf: up times begin when the last failure is repaired; per target each has its own", () => {
  const failures = (per: "target" | "all") => {
    const trigger: FaultTrigger = { on: "mtbf", gapMicros: seconds(10), per, ...endless };
    const rig = new Rig().start([
      entry("x", "breaks", trigger, { forMicros: seconds(5), selection: { ...named(), count: 1 } }),
    ]);
    return rig.run(41).filter((line) => line.includes(" on "));
  };
  assert.equal(
    failures("all").map((line) => Number(line.split(" ")[0])),
    [10, 25, 40],
  );
  assert.equal(
    failures("target").map((line) => line.replace(/#\d+ x on /, "")),
    [10, 25, 40].flatMap((second) => ["etcd-0", "etcd-1", "etcd-2"].map((name) => `${second} ${name}`)),
  );
});

test("one more entry, or one more target, moves nobody else's draws", () => {
  const random: FaultPlan = entry(
    "random",
    "breaks",
    { on: "mtbf", gapMicros: { kind: "exponential", mean: 20 * SECOND }, per: "target", ...endless },
    { forMicros: { kind: "exponential", mean: 2 * SECOND }, selection: { ...named(), count: 1 } },
  );
  const other = entry("other", "happens", {
    on: "every",
    gapMicros: { kind: "exponential", mean: SECOND },
    ...endless,
  });
  const lines = (faults: readonly FaultPlan[], more: boolean) => {
    const rig = new Rig(7);
    if (more) rig.targets.push({ name: "etcd-3", zone: "a", role: "follower" });
    return rig
      .start(faults)
      .run(500)
      .filter((line) => / random on etcd-[012]/.test(line))
      .map((line) => line.replace(/#\d+ /, ""));
  };
  const alone = lines([random], false);
  assert.ok(alone.length > 30);
  assert.equal(lines([other, random], false), alone);
  assert.equal(lines([random], true), alone);
});

test("no target: said, not passed over", () => {
  const rig = new Rig().start([
    entry("gone", "happens", at(1), { selection: named("etcd-9") }),
    entry("learner", "breaks", at(2), { selection: { ...named(), role: "learner" } }),
    entry("down", "breaks", at(3), { selection: named("etcd-0"), forMicros: seconds(9) }),
    entry("twice", "breaks", at(4), { selection: named("etcd-0"), forMicros: seconds(9) }),
  ]);
  assert.equal(rig.run(5), [
    "1 gone missed: no target",
    "2 learner missed: no target",
    "3 #0 down on etcd-0",
    "4 twice missed: no target",
  ]);
});

test("limits: so many at a time, and never the quorum", () => {
  const crash = (id: string, second: number, limits: Partial<FaultPlan["limits"]>) =>
    entry(id, "breaks", at(second), {
      selection: { ...named(), role: "any", count: 1 },
      forMicros: seconds(10),
      limits: { maxActive: null, keepQuorum: false, ...limits },
    });
  const rig = new Rig().start([
    crash("a", 1, { keepQuorum: true }),
    crash("b", 2, { keepQuorum: true }),
    crash("c", 3, { maxActive: 1 }),
    crash("d", 4, { maxActive: 2 }),
  ]);
  assert.equal(
    rig.run(5).map((line) => line.replace(/ on .*/, "")),
    ["1 #0 a", "2 b missed: limit", "3 c missed: limit", "4 #1 d"],
  );
});

test("a kind with a rule of its own, effects, and an end that it finds itself", () => {
  let held: FaultRun | undefined;
  const own = faultKind({
    name: "own",
    doc: "",
    example: "",
    layer: "etcd",
    parameters: { size: { type: "count", min: 1, max: 5, default: 2, doc: "" } },
    selection: {},
    isSelectable: false,
    course: "self",
    hasDuration: false,
    defaultForMicros: null,
    needsRunning: true,
    choose: (matching, { size }) => matching.slice(-size),
    inject: (run) => {
      held = run;
      run.effect("lostWrites", 3);
      run.engine.at((run.engine.now + 4 * SECOND) as never, () => {
        run.finish();
        run.giveUp("too late");
      });
      return undefined;
    },
  });
  const rig = new Rig().start([entry("x", "own", at(1), { parameters: { size: 2 } })], own);
  assert.equal(rig.run(9), ["1 #0 x on etcd-1 etcd-2", "1 #0 lostWrites 3", "5 #0 over"]);
  assert.equal(held?.names, ["etcd-1", "etcd-2"]);
});

test("a placebo happens in name only: it is recorded, lasts as long, and others go by it", () => {
  const after: FaultTrigger = { on: "after", fault: "x", moment: "recovery", delayMicros: seconds(1) };
  const rig = new Rig().start([
    entry("x", "breaks", at(5), { selection: named("etcd-1"), forMicros: seconds(3), isPlacebo: true }),
    entry("next", "happens", after, { selection: named("etcd-0") }),
  ]);
  assert.equal(rig.run(7), ["5 #0 x on etcd-1"]);
  assert.is(rig.targets[1]?.role, "follower", "nothing is done");
  assert.equal(rig.run(100), ["5 #0 x on etcd-1", "8 #0 over", "9 #1 next on etcd-0", "9 #1 over"]);
});

test("a placebo of what ends by itself is over at once", () => {
  const own = faultKind({
    name: "own",
    doc: "",
    example: "",
    layer: "etcd",
    parameters: {},
    selection: {},
    isSelectable: false,
    course: "self",
    hasDuration: false,
    defaultForMicros: null,
    needsRunning: true,
    inject: () => {
      throw new Error("it does something");
    },
  });
  const rig = new Rig().start([entry("x", "own", at(1), { selection: named("etcd-0"), isPlacebo: true })], own);
  assert.equal(rig.run(9), ["1 #0 x on etcd-0", "1 #0 over"]);
});

test.run();
