// What a search may do: all kinds that have somebody to hit, from their declarations alone; and whatever it draws is a scenario that loads.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Schedule } from "../../../sim/analysis/search/disturbance.ts";
import { drawDisturbance, drawSchedule, mutate, type Room } from "../../../sim/analysis/search/draw.ts";
import { inventoryAt } from "../../../sim/analysis/search/inventory.ts";
import { parameterValues } from "../../../sim/analysis/search/parameter-values.ts";
import { planWith } from "../../../sim/analysis/search/run-schedule.ts";
import { costOf, simplerSchedules } from "../../../sim/analysis/search/simplify.ts";
import { type Choice, type Inventory, type SpaceLimits, spaceOf } from "../../../sim/analysis/search/space.ts";
import { createStream, type RandomStream } from "../../../sim/engine/random.ts";
import { MINUTE, SECOND } from "../../../sim/engine/tick.ts";
import { FAULT_KINDS } from "../../../sim/faults/registry.ts";
import { VERBS } from "../../../sim/kubectl/registry.ts";
import { loadScenarioText } from "../../../sim/scenario/load.ts";
import { tries } from "../../thorough.ts";

const container = { name: "main", image: "registry.example/main:v1", resources: { requests: { cpu: "100m" } } };
const workload = (kind: string, name: string, replicas: number) => ({
  apiVersion: "apps/v1",
  kind,
  metadata: { name, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [container] } },
  },
});

/** A cluster in which every kind has somebody to hit. */
const value = {
  apiVersion: "kubedrill/v1alpha1",
  kind: "Scenario",
  metadata: { name: "rich" },
  spec: {
    duration: "20m",
    cluster: {
      start: "settled",
      controlPlane: { apiServers: 3, etcd: { members: 3, zones: ["a", "b", "c"] }, scheduler: { replicas: 2 } },
      autoscaler: {},
      nodePools: [
        { name: "n", count: 6, zones: ["a", "b", "c"], racks: 2, machine: { cpu: 4, memory: "8Gi" } },
        { name: "grow", count: 0, zones: ["a"], machine: { cpu: 4, memory: "8Gi" }, autoscaling: { min: 0, max: 2 } },
      ],
      objects: [
        workload("Deployment", "web", 4),
        workload("StatefulSet", "db", 3),
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "web" },
          spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
        },
        {
          apiVersion: "admissionregistration.k8s.io/v1",
          kind: "ValidatingWebhookConfiguration",
          metadata: { name: "policy" },
          webhooks: [
            {
              name: "pods.example",
              failurePolicy: "Ignore",
              clientConfig: { url: "https://policy.example/validate" },
              rules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
            },
          ],
        },
      ],
    },
    traffic: { services: [{ service: "web", rate: "10/s" }] },
    expect: ["always ready(deployment/web) >= 1"],
  },
};
const scenario = { value, name: "rich", folder: "." };

const loaded = loadScenarioText(JSON.stringify(value), "rich", ".");
assert.equal(loaded.problems, []);
const inventory = inventoryAt(loaded.plans[0]!, 2 * MINUTE, {});
const ALL: SpaceLimits = { kinds: null, exclude: [], maxShare: 0.34 };

function choices(
  limits: Partial<typeof ALL> & { kinds?: readonly string[] | null; exclude?: readonly string[] } = {},
): readonly Choice[] {
  const space = spaceOf(inventory, { ...ALL, ...limits });
  if ("problem" in space) throw new Error(space.problem);
  return space;
}

const room: Room = { choices: choices(), fromMicros: 2 * MINUTE, toMicros: 12 * MINUTE, maxFaults: 3 };
const any = (stream: RandomStream) => room.choices[stream.int(room.choices.length)]!;

test("every kind of fault, and every action that says how, is searched where it has somebody to hit", () => {
  const kinds = new Set(choices().map(({ kind }) => kind));
  const missing = FAULT_KINDS.map(({ name }) => name).filter((name) => !kinds.has(name));
  assert.equal(missing, []);
  for (const { name, search } of VERBS) assert.is(kinds.has(name), search !== undefined, name);
});

test("kinds without anybody to hit are left out", () => {
  const nobody: Inventory = {
    candidates: (layer) => (layer === "cluster" ? inventory.candidates(layer) : []),
    replicasOf: () => 1,
  };
  const space = spaceOf(nobody, ALL) as readonly Choice[];
  const layers = new Set(space.map(({ kind }) => FAULT_KINDS.find(({ name }) => name === kind)?.layer));
  assert.equal([...layers], ["cluster"]);
});

test("it can be limited to kinds, layers, faults or actions, without some of them; words that mean nothing are refused", () => {
  const names = (limits: Parameters<typeof choices>[0]) => choices(limits).map(({ kind }) => kind);
  assert.equal(names({ kinds: ["zones", "drain"] }), ["zoneOutage", "networkPartition", "drain"]);
  assert.equal(names({ kinds: ["zones"], exclude: ["zoneOutage"] }), ["networkPartition"]);
  assert.ok(names({ kinds: ["actions"] }).every((kind) => VERBS.some(({ name }) => name === kind)));
  assert.is(names({ exclude: ["faults", "actions"] }).length, 0);
  const wrong = spaceOf(inventory, { ...ALL, kinds: ["zoneOutag"] });
  assert.match("problem" in wrong ? wrong.problem : "", "did you mean zoneOutage?");
});

test("not more than the share of what is alike is hit by one fault, but always one", () => {
  const stream = createStream(1, "share");
  for (const choice of choices({ maxShare: 0.34 }))
    for (let i = 0; i < 20; i++) {
      const { kind, whom } = drawDisturbance(choice, room, [], stream);
      if (["nodeCrash", "drain", "cordon"].includes(kind)) assert.ok(whom.size <= 2, `${kind} ${whom.size}`);
      if (["zoneOutage", "etcdMemberCrash", "apiServerCrash"].includes(kind)) assert.is(whom.size, 1);
      if (kind === "schedulerCrash") assert.is(whom.size, 1, "all of them by default is more than may be hit");
    }
});

test("whatever is drawn, varied or made simpler is a scenario that loads, and keeps to its time", () => {
  const stream = createStream(7, "load");
  let before: Schedule = [];
  for (let i = 0; i < tries(60, 1000); i++) {
    const choice = room.choices[i % room.choices.length]!;
    const drawn =
      i % 3 === 0
        ? [drawDisturbance(choice, room, [], stream)]
        : i % 3 === 1
          ? drawSchedule(room, any, stream)
          : mutate(before, room, any, stream, before);
    for (const { atMicros, forMicros } of drawn) {
      assert.ok(atMicros >= room.fromMicros && atMicros + (forMicros ?? 0) <= room.toMicros);
      assert.is(atMicros % SECOND, 0);
    }
    assert.ok(drawn.length <= room.maxFaults);
    const simpler = simplerSchedules(drawn, room.choices);
    for (const schedule of [drawn, ...(simpler.length > 0 ? [simpler[stream.int(simpler.length)]!.value] : [])]) {
      const plan = planWith(scenario, schedule);
      assert.ok(!("problem" in plan), "problem" in plan ? plan.problem : "");
    }
    before = drawn;
  }
});

test("what is simpler costs less, so there is an end", () => {
  const stream = createStream(3, "cost");
  for (let i = 0; i < tries(200, 5000); i++) {
    const drawn = drawSchedule(room, any, stream);
    const cost = costOf(drawn, room.choices);
    for (const { value: simpler, label } of simplerSchedules(drawn, room.choices)) {
      const less = costOf(simpler, room.choices);
      const at = less.findIndex((part, j) => part !== cost[j]);
      assert.ok(at >= 0 && less[at]! < cost[at]!, label);
    }
  }
});

test("kinds that others are made simpler with exist, and no kind is simpler than itself", () => {
  const byName = new Map(FAULT_KINDS.map((kind) => [kind.name, kind]));
  const follow = (name: string, seen: readonly string[]): void => {
    assert.not.ok(seen.includes(name), [...seen, name].join(" > "));
    for (const simpler of byName.get(name)?.simpler ?? []) {
      assert.ok(byName.has(simpler), simpler);
      follow(simpler, [...seen, name]);
    }
  };
  for (const name of byName.keys()) follow(name, []);
});

test("values of parameters: what the declaration says, or what follows from it, within its limits", () => {
  assert.equal(parameterValues({ type: "flag", doc: "", default: true }), [false]);
  assert.equal(parameterValues({ type: "choice", doc: "", words: ["a", "b"], default: "a" }), ["b"]);
  assert.equal(parameterValues({ type: "duration", doc: "", default: 4 * MINUTE, max: 10 * MINUTE }), [
    "1m",
    "2m",
    "8m",
  ]);
  assert.equal(parameterValues({ type: "number", doc: "", min: 1, max: 50, default: 10 }), [1, 3, 30, 50]);
  assert.equal(parameterValues({ type: "share", doc: "", default: 1 }), ["10%", "30%", "50%", "80%"]);
  assert.equal(parameterValues({ type: "names", doc: "" }), []);
  assert.equal(parameterValues({ type: "count", doc: "", min: 0, max: 255, default: 1, search: [] }), []);
});

test.run();
