// The entries of `faults` as plans, and every way in which they can be wrong, with its place.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MINUTE, SECOND } from "../../sim/engine/tick.ts";
import type { FaultPlan } from "../../sim/model/fault-plan.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const HEAD = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: faults }
spec:
  duration: 10m
  cluster:
    nodePools: [{ name: n, count: 3, zones: [a, b, c], machine: { cpu: 4, memory: 8Gi } }]
  workload: [{ pods: { shape: { spec: { containers: [{ name: c }] } }, count: 1 } }]
  faults:
`;

function load(...entries: string[]) {
  return loadScenarioText(HEAD + entries.map((entry) => `    - ${entry}\n`).join(""), "f.yaml", ".");
}

function faults(...entries: string[]): readonly FaultPlan[] {
  const { plans, problems } = load(...entries);
  assert.equal(problems, []);
  return plans[0]!.faults;
}

/** `line:column path: expected` of what is wrong with the entries; the first stands in line 10. */
function wrong(...entries: string[]): string[] {
  return load(...entries).problems.map((p) => `${p.line}:${p.column} ${p.path}: ${p.expected}`);
}

const minute = { kind: "constant", value: MINUTE };

test("at: with everything at its default", () => {
  assert.equal(faults("{ at: 1m, etcdLeaderFailure: {} }"), [
    {
      id: "etcdLeaderFailure",
      stream: "etcdLeaderFailure@1m",
      kind: "etcdLeaderFailure",
      trigger: { on: "at", atMicros: MINUTE },
      selection: { names: [], role: "leader", zone: null, count: null, share: null },
      parameters: {},
      forMicros: null,
      recover: "auto",
      limits: { maxActive: null, keepQuorum: false },
    },
  ]);
});

test("every other trigger", () => {
  const triggers = faults(
    "{ every: 1m, etcdPause: {} }",
    "{ every: { exponential: 1m }, start: 30s, until: 5m, count: 3, etcdPause: {} }",
    "{ mtbf: 1m, etcdPause: {} }",
    "{ mtbf: { weibull: { shape: 2, scale: 1m } }, per: member, etcdPause: {} }",
    "{ after: etcdPause, etcdMoveLeader: {} }",
    "{ after: etcdPause, on: recovery, delay: 1m, etcdMoveLeader: {} }",
    "{ when: etcd.term >= 3, etcdPause: {} }",
    "{ when: time > 1m, once: false, delay: 1m, etcdPause: {} }",
    "{ when: time > 1m, coolDown: 1m, etcdPause: {} }",
  ).map(({ trigger }) => trigger);
  const forever = { startMicros: 0, untilMicros: null, count: null };
  const when = { on: "when", delayMicros: { kind: "constant", value: 0 }, coolDownMicros: 0, once: true };
  const time = { op: "compare", fact: "time", member: "", comparison: ">", value: MINUTE };
  assert.equal(triggers as readonly unknown[], [
    { on: "every", gapMicros: minute, ...forever },
    {
      on: "every",
      gapMicros: { kind: "exponential", mean: MINUTE },
      startMicros: 30 * SECOND,
      untilMicros: 5 * MINUTE,
      count: 3,
    },
    { on: "mtbf", gapMicros: { kind: "exponential", mean: MINUTE }, per: "all", ...forever },
    { on: "mtbf", gapMicros: { kind: "weibull", shape: 2, scale: MINUTE }, per: "target", ...forever },
    { on: "after", fault: "etcdPause", moment: "injection", delayMicros: { kind: "constant", value: 0 } },
    { on: "after", fault: "etcdPause", moment: "recovery", delayMicros: minute },
    {
      ...when,
      condition: { op: "compare", fact: "etcd.term", member: "", comparison: ">=", value: 3 },
      text: "etcd.term >= 3",
    },
    { ...when, condition: time, text: "time > 1m", once: false, delayMicros: minute },
    { ...when, condition: time, text: "time > 1m", once: false, coolDownMicros: MINUTE },
  ]);
});

test("who is hit: one by default, all that are named, so many as are asked for", () => {
  const selected = (said: string) => {
    const { names, role, zone, count, share } = faults(`{ at: 1m, etcdMemberCrash: ${said} }`)[0]!.selection;
    return [names.join(" "), role, zone, count, share];
  };
  assert.equal(selected("{}"), ["", "any", null, 1, null]);
  assert.equal(selected("{ role: follower }"), ["", "follower", null, 1, null]);
  assert.equal(selected("{ count: 2 }"), ["", "any", null, 2, null]);
  assert.equal(selected("{ share: 50% }"), ["", "any", null, null, 0.5]);
  assert.equal(selected("{ member: etcd-1 }"), ["etcd-1", null, null, null, null]);
  assert.equal(selected("{ members: [etcd-1, etcd-2], count: 1 }"), ["etcd-1 etcd-2", null, null, 1, null]);
  assert.equal(selected("{ zone: a, role: any }"), ["", "any", "a", null, null]);
});

test("how long, parameters with units, limits", () => {
  const [crash, never, loss, width, repair] = faults(
    "{ at: 1m, keepQuorum: true, maxActive: 2, etcdMemberCrash: { for: { exponential: 1m } } }",
    "{ at: 1m, etcdMemberCrash: { recover: never } }",
    "{ at: 1m, networkLoss: { loss: 25%, direction: in } }",
    "{ at: 1m, networkBandwidth: { rate: 64Ki } }",
    "{ at: 1m, etcdMemberCrash: { recover: 1m } }",
  );
  assert.equal(crash!.forMicros, { kind: "exponential", mean: MINUTE });
  assert.equal(crash!.limits, { maxActive: 2, keepQuorum: true });
  assert.equal([never!.recover, never!.forMicros], ["never", null]);
  assert.equal(loss!.parameters, { loss: 0.25, direction: "in" });
  assert.equal(width!.parameters, { rate: 65_536, direction: "both" });
  assert.equal(repair!.forMicros, minute);
});

test("ids and streams: unique, and the same whatever else is in the list", () => {
  const ids = faults(
    "{ at: 1m, etcdPause: {} }",
    "{ at: 2m, etcdPause: {} }",
    "{ at: 2m, etcdPause: {} }",
    "{ id: x, at: 1m, etcdPause: {} }",
    "{ when: etcd.term > 3, etcdPause: {} }",
  ).map(({ id, stream }) => `${id} ${stream}`);
  assert.equal(ids, [
    "etcdPause etcdPause@1m",
    "etcdPause-2 etcdPause@2m",
    "etcdPause-3 etcdPause@2m-2",
    "x x",
    "etcdPause-4 etcdPause@etcd.term > 3",
  ]);
});

test("what is wrong, and where", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      "{ at: 1m, etcdLeaderFailur: {} }",
      /^10:17 spec\.faults\[0\]\.etcdLeaderFailur: .*did you mean etcdLeaderFailure\?$/,
    ],
    ["{ at: 1m }", /^10:7 spec\.faults\[0\]: exactly one kind of fault: (\w+, )*etcdMemberCrash,/],
    ["{ at: 1m, etcdPause: {}, etcdMoveLeader: {} }", /exactly one kind/],
    ["{ etcdPause: {} }", /^10:7 spec\.faults\[0\]: exactly one of at, every, after, when, mtbf$/],
    ["{ at: 1m, every: 1m, etcdPause: {} }", /exactly one of at, every/],
    ["{ at: 10m, etcdPause: {} }", /^10:13 .*\.at: a time before the run ends at 10m$/],
    ["{ at: 1m, count: 3, etcdPause: {} }", /^10:17 .*\.count: no count: it goes with every or mtbf$/],
    ["{ every: 1m, delay: 3s, etcdPause: {} }", /no delay: it goes with after or when$/],
    ["{ every: 1m, per: member, etcdPause: {} }", /no per: it goes with mtbf$/],
    ["{ every: 1m, start: 5m, until: 5m, etcdPause: {} }", /\.until: a time after start$/],
    ["{ when: time > 1m, once: true, coolDown: 1m, etcdPause: {} }", /no coolDown beside once: true$/],
    ["{ when: etcd.trem > 1, etcdPause: {} }", /^10:15 .*\.when: a known fact; did you mean etcd\.term\?$/],
    [
      "{ when: etcd.leader == etcd-3, etcdPause: {} }",
      /a member of etcd: one of etcd-0, etcd-1, etcd-2 \(did you mean/,
    ],
    ["{ when: etcd.role(etcd-8) == leader, etcdPause: {} }", /a member of etcd/],
    ["{ after: nothing, etcdPause: {} }", /^10:16 .*\.after: the id of a fault or an action: one of etcdPause$/],
    ["{ after: etcdPause, etcdPause: {} }", /something that does not wait for this one$/],
    ["{ at: 1m, etcdPause: { member: etcd-3 } }", /^10:38 .*\.etcdPause\.member: a member of etcd/],
    ["{ at: 1m, etcdPause: { members: [etcd-0, etcd-x] } }", /\.members\[1\]: a member of etcd/],
    ["{ at: 1m, etcdPause: { member: etcd-0, members: [etcd-1] } }", /either member or members$/],
    ["{ at: 1m, etcdPause: { count: 1, share: 50% } }", /either count or share$/],
    ["{ at: 1m, etcdPause: { zone: d } }", /a zone with etcd members: one of a, b, c/],
    ["{ at: 1m, etcdPause: { role: lieder } }", /one of leader, follower, learner, any \(did you mean leader\?\)$/],
    ["{ at: 1m, etcdPause: { for: 5 } }", /a duration, such as 30s/],
    ["{ at: 1m, etcdPause: { for: 5s, recover: never } }", /no recover beside for$/],
    ["{ at: 1m, etcdPause: { recover: later } }", /auto, never, or a duration/],
    ["{ at: 1m, etcdMoveLeader: { for: 5s } }", /a known field|one of member/],
    ["{ at: 1m, etcdQuorumLoss: { member: etcd-0 } }", /one of for, recover, all/],
    ["{ at: 1m, networkLoss: { loss: 101% } }", /a share of at most 100%/],
    ["{ at: 1m, networkLoss: { loss: -0.1 } }", /a share of at most 100%/],
    ["{ at: 1m, networkBandwidth: { rate: -1Ki } }", /an amount of bytes/],
    ["{ at: 1m, etcdClockDrift: { rate: 0 } }", /a number from 0\.01 to 10$/],
    ["{ at: 1m, etcdSlowDisk: { extra: 2h } }", /\.extra: at most 1h$/],
    ["{ at: 1m, networkDelay: { delay: { pareto: { shape: 1, scale: 1ms } } } }", /\.delay: a mean of at most 1h$/],
    ["{ every: 1ms, etcdPause: {} }", /\.every: a longer time between faults, or a count: at most 100000 of them$/],
    ["{ mtbf: 0s, etcdPause: {} }", /\.mtbf: a longer time between faults/],
    ["{ at: 1m, etcdPartition: { isolate: minorty } }", /did you mean minority\?/],
    ["{ at: 1m, etcdDisasterRestore: { backupEvery: 0.1us } }", /a duration/],
    ["{ at: 1m, maxActive: 0, etcdPause: {} }", /a whole number from 1 to 1000$/],
    ["{ at: 1m, etcdPause: null }", /a mapping$/],
    ["text", /^10:7 spec\.faults\[0\]: a mapping$/],
  ];
  for (const [entry, wanted] of cases) {
    const found = wrong(entry);
    assert.is(found.length, 1, `${entry}\n${found.join("\n")}`);
    assert.match(found[0]!, wanted);
  }
  assert.match(
    wrong("{ id: a, after: b, etcdPause: {} }", "{ id: b, after: a, etcdPause: {} }").join(),
    /does not wait/,
  );
  assert.match(
    wrong("{ id: a, at: 1m, etcdPause: {} }", "{ id: a, at: 1m, etcdPause: {} }")[0]!,
    /^11:13 .*no other fault/,
  );
});

test("members that a fault adds may be named; an endless repetition needs an end", () => {
  faults("{ at: 1m, etcdLearnerPromotion: {} }", "{ at: 5m, etcdMemberCrash: { member: etcd-3 } }");
  const idle = (entry: string) =>
    loadScenarioText(`${HEAD.replace("duration: 10m", "until: idle")}    - ${entry}\n`, "f.yaml", ".").problems;
  assert.match(idle("{ every: 1m, etcdPause: {} }")[0]?.expected ?? "", /count or until/);
  assert.equal(idle("{ every: 1m, count: 2, etcdPause: {} }"), []);
});

test("sweeps reach into faults, and mistakes in them point at the sweep", () => {
  const text = `${HEAD}    - { at: 1m, etcdPause: { for: 5s } }\n  sweep: { "faults[0].etcdPause.for": [1s, VALUE] }\n`;
  const good = loadScenarioText(text.replace("VALUE", "30s"), "f.yaml", ".");
  assert.equal(
    good.plans.map((plan) => plan.faults[0]?.forMicros),
    [SECOND, 30 * SECOND].map((value) => ({ kind: "constant", value })),
  );
  const bad = loadScenarioText(text.replace("VALUE", "soon"), "f.yaml", ".").problems[0]!;
  assert.equal([bad.line, bad.path.startsWith("variant for=soon")], [11, true]);
});

test.run();
