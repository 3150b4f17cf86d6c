// Facts on a real cluster and in a whole run: each becomes true at the event that makes it so, and a fault that waits for it strikes then.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../../sim/cluster.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { type Condition, parseCondition } from "../../sim/model/condition.ts";
import type { FaultPlan } from "../../sim/model/fault-plan.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";
import { EtcdRig } from "./etcd-rig.ts";
import { at, entry, seconds } from "./fakes.ts";

const follower = { names: [], role: "follower", zone: null, count: 1, share: null } as const;
const leader = { ...follower, role: "leader", count: null } as const;

/** A fault without effect that waits for a condition. */
function waiting(text: string): FaultPlan {
  const condition = parseCondition(text) as Condition;
  const delayMicros = seconds(0);
  const parameters = { extra: 0, factor: 1 };
  const trigger = { on: "when", condition, text, once: true, delayMicros, coolDownMicros: 0 } as const;
  return entry(text, "etcdSlowDisk", trigger, {
    parameters,
    forMicros: seconds(1),
    selection: { ...follower, role: "any" },
  });
}

test("facts about etcd hold from the event on that makes them true", () => {
  const texts = [
    "etcd.running == 2",
    "etcd.leader == none and time > 9s",
    "etcd.elections >= 2",
    "etcd.leaderChanges == 1",
    "etcd.term >= 3",
    "etcd.failedRequests >= 5",
    "etcd.revision >= 100",
    "etcd.databaseBytes > 1",
    "faults.injected >= 3 and etcd.running == 3",
    "not etcd.term < 99",
  ];
  const crash = entry("crash", "etcdLeaderFailure", at(10), { selection: leader, forMicros: seconds(20) });
  const rig = new EtcdRig([crash, ...texts.map(waiting)]).run(50);
  const rows = rig.faults();
  const when = (id: string) => Number(rows.find((row) => row.id === id)?.injectedMicros ?? Number.NaN) / SECOND;
  const detected = Number(rows.find((row) => row.id === "crash")!.detectedMicros) / SECOND;
  // once at the start, while not all have started, is the first time
  assert.ok(when("etcd.running == 2") < 1);
  assert.is(when("etcd.leader == none and time > 9s"), 10);
  assert.ok(
    when("etcd.elections >= 2") >= detected && when("etcd.elections >= 2") < detected + 0.1,
    `${when("etcd.elections >= 2")} ${detected}`,
  );
  assert.is(when("etcd.term >= 3"), when("etcd.elections >= 2"));
  assert.ok(when("etcd.leaderChanges == 1") > detected && when("etcd.leaderChanges == 1") < detected + 0.1);
  assert.ok(when("etcd.failedRequests >= 5") > 15);
  assert.ok(when("etcd.revision >= 100") > 2 && when("etcd.revision >= 100") < 6);
  assert.ok(when("etcd.databaseBytes > 1") < 3);
  assert.ok(when("faults.injected >= 3 and etcd.running == 3") > 0);
  assert.ok(Number.isNaN(when("not etcd.term < 99")));
});

test("roles and alarms of members", () => {
  const roles = [0, 1, 2].map((i) => waiting(`etcd.role(etcd-${i}) == leader`));
  const down = waiting("etcd.role(etcd-1) == down and time > 5s");
  const crash = entry("crash", "etcdMemberCrash", at(10), {
    selection: { ...follower, names: ["etcd-1"], role: null },
    forMicros: seconds(5),
  });
  const full = entry("full", "etcdSpaceQuota", at(20), { parameters: { value: 1_000_000 }, forMicros: seconds(5) });
  const alarm = waiting("etcd.alarms >= 1");
  const rig = new EtcdRig([crash, full, alarm, down, ...roles], { etcd: { quotaBytes: 16 * 2 ** 20 } }).run(40);
  const rows = rig.faults();
  const led = roles.filter(({ id }) => rows.some((row) => row.id === id)).length;
  assert.is(led, rig.recorder.etcd.members.filter((member) => member.timesLeader > 0).length);
  assert.is(rows.find((row) => row.id === down.id)?.injectedMicros, 10 * SECOND);
  const raised = rows.find((row) => row.id === alarm.id)!;
  assert.ok(Number(raised.injectedMicros) > 20 * SECOND && Number(raised.injectedMicros) < 25 * SECOND);
});

test("facts about pods and nodes, in a whole run", () => {
  const { plans, problems } = loadScenarioText(
    `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: facts }
spec:
  duration: 5m
  cluster:
    nodePools:
      - { name: n, count: 2, machine: { cpu: 4, memory: 8Gi } }
      - { name: late, count: 1, machine: { cpu: 4, memory: 8Gi }, boot: 100s }
  workload: [{ arrivals: { name: p, shape: { spec: { containers: [{ name: c }] } }, every: 10s, lifetime: 20s } }]
  faults:
    - { id: created, when: pods.created >= 5, etcdMoveLeader: {} }
    - { id: scheduled, when: pods.scheduled >= 10, etcdMoveLeader: {} }
    - { id: finished, when: pods.finished >= 3 and pods.running >= 1, etcdMoveLeader: {} }
    - { id: deleted, when: pods.deleted >= 1, etcdMoveLeader: {} }
    - { id: nodes, when: nodes.total == 3, etcdMoveLeader: {} }
`,
    "facts.yaml",
    ".",
  );
  assert.equal(problems, []);
  const { tables } = simulate(plans[0]!);
  const [id, injected] = [textReader(tables.faults, "id"), numbersOf(tables.faults, "injectedMicros")];
  const when = new Map(Array.from(injected, (micros, row) => [id(row), micros / SECOND]));
  const near = (name: string, second: number) =>
    assert.ok(Math.abs((when.get(name) ?? -1) - second) < 1.5, `${name}: ${when.get(name)}`);
  near("created", 50);
  near("scheduled", 100);
  near("finished", 51);
  near("nodes", 100);
  assert.is(when.get("created"), numbersOf(tables.pods, "createdMicros")[4]! / SECOND);
});

test.run();
