// Objectives judged in five-minute windows; requests and queues as they are counted.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Recorder } from "../../sim/metrics/recorder.ts";
import { sloTable, sloViolations } from "../../sim/metrics/slo.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";

const SECOND = 1_000_000;

test("requests: good windows, budget and burn rates", () => {
  let now = 0;
  const recorder = new Recorder({ clock: () => now, stepMicros: SECOND, maxEvents: 1 });
  const ask = (count: number, latencyMicros: number, code = 200) => {
    for (let i = 0; i < count; i++) recorder.api.request("kubelet", "patch", "nodes/status", code, latencyMicros, 1);
  };
  ask(100, 5000);
  now = 310 * SECOND;
  ask(96, 5000);
  ask(2, 2 * SECOND);
  ask(1, 5000, 429);
  ask(1, 5000, 503);
  now = 700 * SECOND;
  ask(200, 5000, 409);
  const table = sloTable(recorder, 700 * SECOND);
  assert.is(textReader(table, "slo")(0), "api-mutating-requests");
  const value = (name: string) => numbersOf(table, name)[0];
  assert.equal([value("windows"), value("goodWindows"), value("events"), value("badEvents")], [3, 2, 400, 4]);
  // four bad of four hundred, one in a hundred may be bad
  assert.is(Math.round(value("budgetUsedPct")!), 100);
  assert.is(value("burnRate1h")!.toFixed(3), "2.000");
  assert.is(recorder.api.throttled, 1);
});

test("workloads: time below the budget in five-minute windows, and how fast it burned", () => {
  let now = 0;
  const recorder = new Recorder({ clock: () => now, stepMicros: SECOND, maxEvents: 1 });
  const metadata = { name: "web", namespace: "default", uid: "web" };
  const labels = { app: "web" };
  const template = { metadata: { labels }, spec: { containers: [] } };
  recorder.changed("deployments", "ADDED", { metadata, spec: { replicas: 1, template } }, undefined);
  const budget = { metadata, spec: { selector: { matchLabels: labels } }, status: { desiredHealthy: 1 } };
  recorder.changed("podDisruptionBudgets", "ADDED", budget, undefined);
  // ready from 30 s on, and not from 590 s to 610 s, which is in two windows
  for (const [at, change] of [
    [30, 1],
    [590, -1],
    [610, 1],
  ] as const) {
    now = at * SECOND;
    recorder.workloads.count(0, change, 0);
  }
  now = 1200 * SECOND;
  recorder.workloads.finish();
  const table = sloTable(recorder, now);
  const value = (name: string) => numbersOf(table, name)[0]!;
  assert.is(textReader(table, "slo")(0), "workload-availability");
  assert.equal([value("windows"), value("goodWindows"), value("badMicros")], [4, 1, 50 * SECOND]);
  assert.is(sloViolations(table), 3);
  // at the start of the run there is no more than the first window: 30 s of 300 s, of which one in a thousand may be bad
  assert.is(value("burnRate1h").toFixed(3), "100.000");
});

test("api.csv has a row per client, verb, kind and code, sorted", () => {
  const recorder = new Recorder({ clock: () => 0, stepMicros: SECOND, maxEvents: 1 });
  recorder.api.request("b", "get", "pods", 200, 3000, 1);
  recorder.api.request("a", "list", "pods", 200, 9000, 2);
  recorder.api.request("a", "list", "pods", 410, 1000, 0);
  recorder.api.request("a", "list", "pods", 200, 9000, 2);
  const table = recorder.api.table();
  const [client, code] = [textReader(table, "client"), numbersOf(table, "code")];
  assert.equal(
    [0, 1, 2].map((row) => `${client(row)} ${code[row]}`),
    ["a 200", "a 410", "b 200"],
  );
  assert.equal([...numbersOf(table, "requests")], [2, 1, 1]);
  assert.equal([...numbersOf(table, "seats")], [4, 0, 1]);
});

test("work queues: depth, waiting, working, retries", () => {
  const recorder = new Recorder({ clock: () => 0, stepMicros: SECOND, maxEvents: 1 });
  const stats = recorder.controllers.queue("job-controller");
  assert.is(recorder.controllers.queue("job-controller"), stats);
  stats.added(1);
  stats.added(2);
  stats.began(500);
  stats.ended(2000);
  stats.retried();
  const table = recorder.controllers.table();
  const value = (name: string) => numbersOf(table, name)[0];
  assert.equal(
    ["adds", "syncs", "retries", "depthMax", "waitMaxMicros", "workMaxMicros"].map(value),
    [2, 1, 1, 2, 500, 2000],
  );
});

test.run();
