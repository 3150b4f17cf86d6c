// Drains and budgets: what a person would work out from replicas, budget and room, on random clusters, and case by case.
// test-timeout: 240s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { answerDrain, type DrainOptions, drains } from "../../../sim/analysis/capacity/drain.ts";
import { createStream } from "../../../sim/engine/random.ts";
import { MINUTE, SECOND } from "../../../sim/engine/tick.ts";
import { tries } from "../../thorough.ts";
import { planOf } from "./plan-of.ts";

function cluster(nodes: number, replicas: number, budget: object, cpu: string) {
  const labels = { app: "web" };
  return planOf(
    {},
    { nodePools: [{ name: "n", count: nodes, machine: { cpu: 4, memory: "8Gi", ephemeralStorage: "50Gi" } }] },
    [
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web" },
        spec: {
          replicas,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels, annotations: { "kubedrill.io/ready": "3", "kubedrill.io/stop": "1" } },
            spec: {
              containers: [
                {
                  name: "c",
                  image: "r/web:1",
                  resources: { requests: { cpu } },
                  readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
                },
              ],
            },
          },
        },
      },
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "web" },
        spec: { ...budget, selector: { matchLabels: labels } },
      },
    ],
  );
}

const options = (parts: Partial<DrainOptions> = {}): DrainOptions => ({
  nodes: ["n-0"],
  mode: "each",
  timeoutMicros: 2 * MINUTE,
  downMicros: 10 * SECOND,
  atMicros: 30 * SECOND,
  seed: "1",
  ...parts,
});

test("refused exactly where more pods have to go than may, for ever where none may or none comes back, on random clusters", () => {
  const seen = new Map<string, number>();
  for (let seed = 0; seed < tries(25, 500); seed++) {
    const stream = createStream(seed, "drain");
    const nodes = 2 + stream.int(3);
    const replicas = 1 + stream.int(2 * nodes);
    const least = stream.int(replicas + 1);
    // one pod on a node, or room for all everywhere
    const isTight = stream.int(3) === 0 && replicas <= nodes;
    const plan = cluster(nodes, replicas, { minAvailable: least }, isTight ? "3" : "100m");
    const [found] = drains(plan, options({ seed: String(seed) }));
    const perNode = isTight ? [...Array(nodes).keys()].map((i) => (i < replicas ? 1 : 0)) : null;
    const spare = replicas - least;
    // where pods are is the scheduler's business: what was refused tells how many were there
    if (least === replicas && found!.refusals > 0) {
      assert.is(found?.outcome, "gave up", `seed ${seed}`);
      assert.equal(found?.budgets, ["default/web"]);
    } else if (isTight && perNode !== null && replicas === nodes) {
      // nobody finds another place, so only as many go as are spare: on each node one
      assert.is(found?.outcome, spare >= 1 ? "drained" : "gave up", `seed ${seed}`);
    } else assert.is(found?.outcome, "drained", `seed ${seed}`);
    if (spare >= replicas || (isTight && spare >= 1)) assert.is(found?.refusals, 0, `seed ${seed}`);
    if (replicas >= nodes && least === replicas)
      assert.is(found?.outcome, "gave up", `seed ${seed}: every node has one`);
    const kind = `${found?.outcome}${found!.refusals > 0 ? " after refusals" : ""}`;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
  }
  assert.ok(seen.size >= 2, [...seen].join(", "));
});

test("a budget that allows nothing: which one, for how long, and what would lift it", () => {
  const { answer, table, binding, met, values } = answerDrain(cluster(2, 2, { minAvailable: 2 }, "100m"), {
    ...options({ nodes: ["n-0", "n-1"] }),
    require: true,
  });
  assert.is(answer, "2 nodes of 2 cannot be drained within 2m: budget default/web.");
  assert.is(met, false);
  assert.is(values.drains_blocked, 2);
  const [node, outcome, took, blocked] = table.rows[0] ?? [];
  assert.equal([node, outcome], ["n-0", "gave up"]);
  assert.ok((took as number) >= 120 && (blocked as number) >= 110);
  assert.equal(binding?.changes, [{ changes: ["set minAvailable of budget default/web to 1"], node: "n-0" }]);
});

test("an upgrade: delays while replacements come up, and the nodes come back", () => {
  const found = drains(
    cluster(3, 6, { maxUnavailable: 1 }, "100m"),
    options({ nodes: ["n-0", "n-1", "n-2"], mode: "upgrade" }),
  );
  assert.equal(
    found.map(({ node, outcome }) => `${node} ${outcome}`),
    ["n-0 drained", "n-1 drained", "n-2 drained"],
  );
  assert.ok(found.some(({ blockedMicros }) => blockedMicros !== null && blockedMicros < MINUTE));
});

test.run();
