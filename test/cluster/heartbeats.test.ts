import { suite } from "uvu";
import * as assert from "uvu/assert";
import { IDENTITY_COLUMNS } from "../../reports/columns/identity.ts";
import { REPORTS } from "../../reports/columns/registry.ts";
import { rowsOf } from "../../reports/csv.ts";
import { simulate } from "../../sim/cluster.ts";
import type { Result } from "../../sim/metrics/result.ts";
import { loadScenarioText } from "../../sim/scenario/load.ts";

const test = suite("cluster/heartbeats");

const scenario = (
  heartbeats: string,
  seed: number,
  actions: string,
  faults: readonly string[],
): string => `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: both-ways }
spec:
  seed: ${seed}
  duration: 32m
  cluster:
    start: settled
    kubelet: { heartbeats: ${heartbeats} }
    controlPlane: { apiServers: 2, etcd: { members: 3 }, controllerManager: { replicas: 2 }, scheduler: { replicas: 2 } }
    nodePools: [{ name: a, count: 12, zones: [a, b, c], machine: { cpu: 4, memory: 8Gi } }]
    objects:
      - { apiVersion: v1, kind: Service, metadata: { name: web }, spec: { selector: { app: web }, ports: [{ port: 80 }] } }
      - { apiVersion: apps/v1, kind: Deployment, metadata: { name: web }, spec: { replicas: 9, selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: c, image: x, resources: { requests: { cpu: 1 } } }] } } } }
  traffic: { services: [{ service: web, rate: 50/s, minAvailable: 6 }] }
${actions}  faults:
${faults.map((fault) => `    - ${fault}\n`).join("")}`;

// Where a rollout's new pods go hangs on who comes first within milliseconds: none where it would decide when whose pods are evicted.
const ROLLOUT = `  actions:
    - { at: 3m, setEnv: { object: deployment/web, env: { REV: "2" } } }
`;
const SMALL = [
  "{ at: 5m, nodeCrash: { count: 1, for: 7m } }",
  "{ at: 15m, kubeletStop: { count: 2, for: 7m } }",
  "{ at: 25m, etcdLeaderFailure: { for: 1m } }",
  "{ at: 28m, schedulerCrash: { role: leader } }",
];
/** Long enough for the survivors to doze in between, and for evictions meanwhile. */
const OUTAGE = ["{ at: 5m, zoneOutage: { zone: b, for: 15m } }", "{ at: 26m, nodePartition: { for: 4m } }"];

function run(heartbeats: string, seed: number, actions: string, faults: readonly string[]): Result {
  const { plans, problems } = loadScenarioText(scenario(heartbeats, seed, actions, faults), "h.yaml", ".");
  assert.equal(problems, []);
  return simulate(plans[0]!);
}

/** The rows of a table without the identity of the run. */
function table(result: Result, name: string): readonly (readonly string[])[] {
  const report = REPORTS.find((r) => r.name === name)!;
  return [...rowsOf(report, result)].map((row) => row.slice(IDENTITY_COLUMNS.length));
}

function sumOf(result: Result, name: string, column: string, of: (row: readonly string[], names: string[]) => boolean) {
  const report = REPORTS.find((r) => r.name === name)!;
  const names = report.columns.map((c) => c.name);
  const at = names.indexOf(column);
  assert.ok(at >= 0, `${name} has a column ${column}: ${names.join(" ")}`);
  return table(result, name)
    .filter((row) => of(row, names))
    .reduce((sum, row) => sum + Number(row[at]), 0);
}

// A write that is left out draws no latency, so what comes after it draws another one: milliseconds a time, which add up to a tenth of a second
// until a node fails, and decide now and then which tick of the monitor (every 5 s) sees it.
const TOLERANCE = 5.2;

/** Names are drawn in the order in which things happen, and two that happen within a millisecond can change places. */
const DRAWN: ReadonlySet<string> = new Set(["pod", "uid"]);

/** Columns that are not equal, the values of each in order: texts and counts exactly, times within a tick of the node monitor. */
function differences(a: Result, b: Result, name: string): string[] {
  const [ours, theirs] = [table(a, name), table(b, name)];
  const columns = REPORTS.find((r) => r.name === name)!.columns.map((c) => c.name);
  const found = ours.length === theirs.length ? [] : [`${ours.length} rows instead of ${theirs.length}`];
  const valuesOf = (rows: typeof ours, j: number) => rows.map((row) => row[j]!).sort(byValue);
  columns.forEach((column, j) => {
    if (DRAWN.has(column)) return;
    const [left, right] = [valuesOf(ours, j), valuesOf(theirs, j)];
    left.forEach((cell, i) => {
      const other = right[i] ?? "";
      if (cell !== other && !isNear(cell, other, column)) found.push(`${column}: ${cell} instead of ${other}`);
    });
  });
  return found;
}

function byValue(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}

function isNear(a: string, b: string, column: string): boolean {
  if (a === "" || b === "") return false;
  // requests are counted by time
  // how long writes waited is seen by the writes that there are
  if (column === "writes_stalled_s") return Math.abs(Number(a) - Number(b)) <= 3;
  const perSecond = column.startsWith("requests") || column.startsWith("failed_") ? 50 : 1;
  const isTime = /_s$|_pct$|^requests|^failed_/.test(column);
  return isTime && Math.abs(Number(a) - Number(b)) <= TOLERANCE * perSecond;
}

function within(actual: number, expected: number, share: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= share * expected, `${what}: ${actual} instead of ${expected}`);
}

for (const [what, actions, faults, share] of [
  ["small faults", ROLLOUT, SMALL, 0.5],
  ["a zone that is out and a node that is cut off", "", OUTAGE, 0.85],
] as const) {
  // with seed 1 two pods that are made within a millisecond change places, and one more of a Service's pods is on the node that crashes
  const seed = 2;
  test(`heartbeats that are accounted for change nothing but the number of events: ${what}`, () => {
    const executed = run("executed", seed, actions, faults);
    const accounted = run("accounted", seed, actions, faults);
    assert.ok(accounted.identity.eventsProcessed < executed.identity.eventsProcessed * share);
    for (const name of ["pods", "nodes", "workloads", "services", "faults"]) {
      assert.equal(differences(accounted, executed, name), [], name);
    }
    const all = () => true;
    within(sumOf(accounted, "api", "requests", all), sumOf(executed, "api", "requests", all), 0.01, "requests");
    const isMember = (row: readonly string[], names: string[]) => row[names.indexOf("member")] !== "";
    within(
      sumOf(accounted, "etcd", "watch_batches", isMember),
      sumOf(executed, "etcd", "watch_batches", isMember),
      0.01,
      "watch batches",
    );
    const isCluster = (row: readonly string[], names: string[]) => row[names.indexOf("member")] === "";
    for (const column of ["committed", "proposed"]) {
      within(sumOf(accounted, "etcd", column, isCluster), sumOf(executed, "etcd", column, isCluster), 0.01, column);
    }
  });
}

test.run();
