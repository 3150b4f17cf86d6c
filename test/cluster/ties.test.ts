// Events of one instant in another order: requests of one tick reach the API server in another order and take other times, by
// milliseconds, but what becomes of pods and nodes is the same.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { simulate } from "../../sim/cluster.ts";
import type { Result } from "../../sim/metrics/result.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const test = suite("cluster/ties");

const SCENARIO = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: ties }
spec:
  duration: 6m
  cluster:
    start: settled
    nodePools:
      - name: n
        count: 6
        zones: [a, b, c]
        machine: { cpu: 4, memory: 8Gi, ephemeralStorage: 100Gi }
        staticPods: [{ metadata: { name: agent }, spec: { containers: [{ name: c, image: agent }] } }]
    manifests: [scenarios/manifests/shop.yaml]
  faults:
    - { id: crash, at: 1m, nodeCrash: { node: n-0, for: 1m } }
    - { id: kill, at: 3m, podKill: { pod: default/db-0 } }
`;

/** Each pod with its node, its state and its restarts; of nodes how long they were not ready, in tenths of seconds. */
function stories({ tables }: Result): string[] {
  const { nodes, pods } = tables;
  const [name, node, state] = ["name", "node", "state"].map((column) => textReader(pods, column));
  const restarts = numbersOf(pods, "restarts");
  const lines = Array.from(
    { length: pods.rows },
    (_, row) => `${name!(row)} ${node!(row)} ${state!(row)} ${restarts[row]}`,
  );
  const notReady = numbersOf(nodes, "notReadyMicros");
  const nodeName = textReader(nodes, "name");
  for (let row = 0; row < nodes.rows; row++) lines.push(`${nodeName(row)} ${Math.round(notReady[row]! / 1e5)}`);
  return lines.sort();
}

test("what users see of a settled cluster's failures does not hang on the order of events of one instant", () => {
  const { plans, problems } = loadScenarioText(SCENARIO, "ties.yaml", ".");
  assert.equal(problems, []);
  const expected = stories(simulate(plans[0]!, "1"));
  for (const shuffleTies of ["a", "b"]) {
    assert.equal(stories(simulate(plans[0]!, "1", { shuffleTies })), expected, shuffleTies);
  }
});

test.run();
