// etcd's database and revision grow by heartbeats that were accounted for as by those that were executed.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Cluster } from "../../sim/cluster.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const test = suite("cluster/left-out-growth");

const scenario = (heartbeats: string): string => `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: growth }
spec:
  seed: 1
  duration: 21m
  cluster:
    start: settled
    kubelet: { heartbeats: ${heartbeats} }
    controlPlane: { apiServers: 1, etcd: { members: 1 } }
    nodePools: [{ name: a, count: 30, zones: [a], machine: { cpu: 4, memory: 8Gi } }]
    objects: [{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web }, spec: { selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: c, image: x }] } } } }]
`;

function run(heartbeats: string) {
  const { plans, problems } = loadScenarioText(scenario(heartbeats), "g.yaml", ".");
  assert.equal(problems, []);
  const cluster = new Cluster(plans[0]!, 1);
  cluster.run();
  const [member] = cluster.controlPlane.etcd.members;
  const { store } = cluster.controlPlane.etcd.state;
  return {
    revision: store.revision,
    compacted: store.compactedRevision,
    fileBytes: member!.view.databaseBytes,
  };
}

test("within a hundredth", () => {
  const executed = run("executed");
  const accounted = run("accounted");
  for (const what of ["revision", "compacted", "fileBytes"] as const) {
    const ratio = accounted[what] / executed[what];
    assert.ok(ratio > 0.99 && ratio < 1.01, `${what}: ${accounted[what]} and ${executed[what]}`);
  }
  assert.ok(executed.revision > 3000, "there is something to compare");
});

test.run();
