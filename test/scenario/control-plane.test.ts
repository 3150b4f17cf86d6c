// Settings of etcd and the network: defaults, what a scenario changes, and mistakes with their places.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { normalQuantile } from "../../sim/engine/distributions.ts";
import { exp } from "../../sim/engine/math.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";
import type { Plan } from "../../sim/scenario/plan.ts";

const HEAD =
  "apiVersion: kubedrill/v1alpha1\nkind: Scenario\nmetadata: { name: s }\nspec:\n  duration: 1h\n  cluster:\n";
const TAIL = "  workload: [{ pods: { shape: { spec: { containers: [{ name: c }] } }, count: 1 } }]\n";

/** @param cluster lines below `cluster`, from line 7 on */
function load(cluster: string, zones = "[a, b]") {
  const nodes = `    nodePools: [{ name: n, count: 4, zones: ${zones}, machine: { cpu: 1, memory: 1Gi } }]\n`;
  return loadScenarioText(HEAD + cluster + nodes + TAIL, "s.yaml", ".");
}

function plan(cluster: string, zones?: string): Plan {
  const { plans, problems } = load(cluster, zones);
  assert.equal(problems, []);
  return plans[0]!;
}

function problems(cluster: string): string[] {
  const { problems: found } = load(cluster);
  return found.map(
    (p) => `${p.line}:${p.column} ${p.path}: ${p.expected}${p.received === "" ? "" : `, found ${p.received}`}`,
  );
}

test("by default three members of etcd's own settings, in the zones of the nodes in turn", () => {
  const { etcd, apiServers, network } = plan("");
  assert.equal(etcd.members, [
    { name: "etcd-0", zone: "a", clockRate: 1 },
    { name: "etcd-1", zone: "b", clockRate: 1 },
    { name: "etcd-2", zone: "a", clockRate: 1 },
  ]);
  const { members: _members, disk: _disk, ...rest } = etcd;
  assert.equal(rest, {
    heartbeatMicros: 100_000,
    electionMicros: 1_000_000,
    preVote: true,
    quotaBytes: 2 * 1024 ** 3,
    snapshotCount: 10_000,
    catchUpEntries: 5000,
    version: "3.6",
  });
  assert.equal(apiServers.servers, [{ name: "apiserver-0", zone: "a" }]);
  assert.ok(network.crossZone.latencyMicros.kind === "uniform");
  assert.is(plan("", "[]").etcd.members[0]?.zone, "");
});

test("what a scenario says goes into the plan", () => {
  const { etcd, network } = plan(
    "    controlPlane:\n      etcd:\n        members: 5\n        zones: [x, y, z]\n        disk: { profile: hdd, fsync: 5ms }\n" +
      "        heartbeatInterval: 50ms\n        electionTimeout: 500ms\n        preVote: false\n        quotaBytes: 8Gi\n" +
      '        version: "3.5"\n        clockRates: [1, 1.01]\n' +
      "    network:\n      crossZone: { latency: 5ms, jitter: { exponential: 1ms }, loss: 1.5%, bandwidth: 100M }\n",
  );
  assert.equal(
    etcd.members.map((m) => `${m.zone}${m.clockRate}`),
    ["x1", "y1.01", "z1", "x1", "y1"],
  );
  const mebibyte = 1024 * 1024;
  assert.equal(etcd.disk, {
    fsyncMicros: { kind: "constant", value: 5000 },
    writeBytesPerSecond: 100 * mebibyte,
    readBytesPerSecond: 140 * mebibyte,
  });
  assert.equal([etcd.heartbeatMicros, etcd.electionMicros, etcd.preVote], [50_000, 500_000, false]);
  assert.equal([etcd.quotaBytes, etcd.snapshotCount, etcd.version], [8 * 1024 ** 3, 100_000, "3.5"]);
  assert.equal(network.crossZone, {
    latencyMicros: { kind: "constant", value: 5000 },
    jitterMicros: { kind: "exponential", mean: 1000 },
    loss: 0.015,
    bandwidthBytesPerSecond: 100_000_000,
  });
  assert.is.not(network.sameZone.bandwidthBytesPerSecond, undefined, "what is not said stays");
});

test("disks differ by orders of magnitude, and a plan's disk has the quantiles that were asked for", () => {
  const p99 = (disk: string) => {
    const { fsyncMicros } = plan(`    controlPlane: { etcd: { disk: ${disk} } }\n`).etcd.disk;
    if (fsyncMicros.kind !== "lognormal") throw new Error(fsyncMicros.kind);
    return Math.round(exp(fsyncMicros.mu + fsyncMicros.sigma * normalQuantile(0.99)));
  };
  assert.equal(["nvme", "ssd", "cloud", "hdd"].map(p99), [2000, 7000, 12_000, 60_000]);
  assert.is(p99("{ fsync: { lognormal: { median: 1ms, p99: 30ms } } }"), 30_000);
});

test("mistakes, each with its place", () => {
  const etcd = (text: string) => problems(`    controlPlane:\n      etcd: { ${text} }\n`);
  assert.equal(etcd("members: 8"), [
    "8:24 spec.cluster.controlPlane.etcd.members: a whole number from 1 to 7, found 8",
  ]);
  assert.match(etcd("member: 3")[0] ?? "", /^8:15 .*did you mean members\?/);
  assert.match(etcd("disk: floppy")[0] ?? "", /^8:21 .*disk: one of nvme, ssd, cloud, hdd, or a mapping/);
  assert.match(etcd("disk: { fsync: fast }")[0] ?? "", /^8:30 .*disk\.fsync: a duration/);
  assert.match(
    etcd("heartbeatInterval: 300ms")[0] ?? "",
    /^8:34 .*at least five heartbeat intervals, found 1000ms for 300ms/,
  );
  assert.match(etcd("electionTimeout: 400ms")[0] ?? "", /^8:32 .*electionTimeout: .*found 400ms for 100ms/);
  assert.match(etcd("electionTimeout: 51s")[0] ?? "", /at most 50s/);
  assert.match(etcd("quotaBytes: -1")[0] ?? "", /a number of bytes above 0/);
  assert.match(etcd("clockRates: [1, 1, 1, 1]")[0] ?? "", /at most 3, one for each member, found 4/);
  assert.match(etcd("clockRates: [3]")[0] ?? "", /clockRates\[0\]: a number from 0.5 to 2/);
  assert.match(problems("    network: { sameZone: { loss: 120% } }\n")[0] ?? "", /^7:34 .*a share from 0 to 1/);
  assert.match(problems("    network: { sameRack: {} }\n")[0] ?? "", /one of sameZone, crossZone/);
});

test.run();
