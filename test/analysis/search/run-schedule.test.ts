// One run of a search: what it tells, that looking for margins changes nothing, and that its scenario as a file is the same run.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Disturbance } from "../../../sim/analysis/search/disturbance.ts";
import { findingScenario } from "../../../sim/analysis/search/finding-scenario.ts";
import { happened } from "../../../sim/analysis/search/outcome.ts";
import { planWith, runSchedule } from "../../../sim/analysis/search/run-schedule.ts";
import { simulate } from "../../../sim/cluster.ts";
import { MINUTE } from "../../../sim/engine/tick.ts";
import { loadScenarioText } from "../../../sim/scenario/load.ts";
import type { Plan } from "../../../sim/scenario/plan.ts";

const value = {
  apiVersion: "kubedrill/v1alpha1",
  kind: "Scenario",
  metadata: { name: "small" },
  spec: {
    duration: "12m",
    cluster: {
      start: "settled",
      nodePools: [{ name: "n", count: 3, zones: ["a", "b", "c"], machine: { cpu: 4, memory: "8Gi" } }],
      objects: [
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web" },
          spec: {
            replicas: 3,
            selector: { matchLabels: { app: "web" } },
            template: {
              metadata: { labels: { app: "web" } },
              spec: { containers: [{ name: "web", image: "registry.example/web:v1" }] },
            },
          },
        },
      ],
    },
    expect: ["always ready(deployment/web) >= 3", "always ready(deployment/web) >= 1"],
  },
};
const scenario = { value, name: "small.yaml", folder: "." };

const crash = (node: string, more: Partial<Disturbance> = {}): Disturbance => ({
  kind: "nodeCrash",
  isAction: false,
  atMicros: 2 * MINUTE,
  forMicros: 3 * MINUTE,
  whom: { fields: { node }, size: 1 },
  parameters: {},
  ...more,
});

function plan(...schedule: readonly Disturbance[]): Plan {
  const made = planWith(scenario, schedule);
  if ("problem" in made) throw new Error(made.problem);
  return made;
}

test("nothing happens: nothing is violated, and the run is the one without margins", () => {
  const outcome = runSchedule(plan(), [], {});
  assert.equal([outcome.violations, outcome.missed, outcome.voidReason], [[], [], ""]);
  assert.equal(outcome.margins, [0, 0.5]);
  const plain = simulate(plan());
  assert.is(outcome.digest, plain.identity.digest);
  assert.equal(
    plain.verdicts.map(({ margin }) => margin),
    [undefined, undefined],
  );
});

test("a violation, when it was, and how near the other came", () => {
  const outcome = runSchedule(plan(crash("n-0")), [crash("n-0")], {});
  assert.equal(
    outcome.violations.map(({ expectation }) => expectation),
    [0],
  );
  const { atMicros } = outcome.violations[0]!;
  assert.ok(atMicros! > 2 * MINUTE && atMicros! < 3 * MINUTE);
  assert.ok(outcome.margins[0]! < 0 && Math.abs(outcome.margins[1]! - 1 / 3) < 1e-9, outcome.margins.join());
});

test("what finds nobody to hit is missed, and does not make the run void", () => {
  const schedule = [
    crash("n-0"),
    crash("", { kind: "podKill", whom: { fields: { selector: "app=none" }, size: 1 }, forMicros: null }),
  ];
  const outcome = runSchedule(plan(...schedule), schedule, {});
  assert.equal([outcome.missed, outcome.voidReason], [[1], ""]);
  assert.equal(happened(schedule, outcome), [schedule[0]]);
});

test("what cannot be loaded is said, not thrown", () => {
  const made = planWith(scenario, [crash("n-7")]);
  assert.match("problem" in made ? made.problem : "", "a node; did you mean");
});

test("the scenario that is written is the same run", () => {
  const schedule = [
    crash("n-0"),
    crash("n-1", { kind: "drain", isAction: true, forMicros: null, atMicros: 4 * MINUTE }),
  ];
  const outcome = runSchedule(plan(...schedule), schedule, {});
  const finding = {
    expectation: 0,
    schedule,
    outcome,
    kinds: [],
    run: 3,
    found: schedule,
    shrinkRuns: 9,
    isMinimal: true,
  };
  const text = findingScenario(plan(), scenario, finding, { number: 1, seed: "1", rename: (name) => name });
  assert.match(text, "# Finding 1 of kubedrill search small.yaml, seed 1, run 3.\n");
  assert.match(text, "#   at 4m drain node=n-1\n");
  const [written] = loadScenarioText(text, "written", ".").plans;
  assert.is(simulate(written!).identity.digest, outcome.digest);
});

test.run();
