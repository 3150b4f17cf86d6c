// What commands show of nodes whose reports are left out because nothing changes. Proves: "conditions tell of a heartbeat of the last five
// minutes while the kubelet lives", and none of a kubelet that is dead.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { stateAt } from "../../sim/cluster.ts";
import { parseTimestampMicros } from "../../sim/model/timestamp.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const SCENARIO = `
apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: reports }
spec:
  duration: 40m
  cluster:
    start: settled
    nodePools: [{ name: n, count: 3, machine: { cpu: 4, memory: 8Gi } }]
    objects: [{ apiVersion: v1, kind: Pod, metadata: { name: web }, spec: { containers: [{ name: web, image: web }] } }]
  faults: [{ at: 20m, nodeCrash: { node: n-1, for: 19m } }]
`;

function ages(minutes: number): number[] {
  const { plans, problems } = loadScenarioText(SCENARIO, "reports.yaml", ".");
  assert.equal(problems, []);
  const { list, nowMicros } = stateAt(plans[0]!, 1, minutes * 60_000_000);
  return list("nodes").map(({ status }) => {
    const time = status?.conditions?.find(({ type }) => type === "Ready")?.lastHeartbeatTime;
    return (nowMicros - (parseTimestampMicros(time ?? "") ?? 0)) / 60_000_000;
  });
}

test("a quiet node reports every five minutes; a dead one is shown with its last report", () => {
  for (const minutes of [8, 13, 19]) for (const age of ages(minutes)) assert.ok(age < 5.3, `${minutes}: ${age}`);
  const [a = 9, dead = 0, c = 9] = ages(35);
  assert.ok(a < 8 && c < 8, `${a} ${c}`);
  assert.ok(dead > 15 && dead < 20.3, `${dead}`);
});

test.run();
