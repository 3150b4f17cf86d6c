// The columns of `kubectl get pods`, by the states that pods come in.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ContainerStatus, Pod, PodStatus } from "../../sim/model/objects.ts";
import { podPrinter } from "../../sim/printers/pods.ts";

const NOW = 600_000_000;

function row(status: PodStatus, spec: Partial<Pod["spec"]> = {}, metadata: Partial<Pod["metadata"]> = {}): string {
  const pod: Pod = {
    metadata: { name: "web-0", creationTimestamp: "2026-01-01T00:00:00Z", ...metadata },
    spec: { containers: [{ name: "a" }], ...spec },
    status,
  };
  return podPrinter.cells(pod, { nowMicros: NOW }).slice(1, 5).join(" | ");
}

const running = (ready = true): ContainerStatus => ({
  name: "a",
  ready,
  started: true,
  restartCount: 0,
  state: { running: { startedAt: "2026-01-01T00:00:02Z" } },
});
const READY = { type: "Ready", status: "True" };

test("phases and container states become the STATUS that kubectl shows", () => {
  assert.is(row({ phase: "Pending" }), "0/1 | Pending | 0 | 10m");
  assert.is(row({ phase: "Running", conditions: [READY], containerStatuses: [running()] }), "1/1 | Running | 0 | 10m");
  assert.is(row({ phase: "Running", containerStatuses: [running(false)] }), "0/1 | Running | 0 | 10m");
  const creating = { name: "a", state: { waiting: { reason: "ContainerCreating" } } };
  assert.is(row({ phase: "Pending", containerStatuses: [creating] }), "0/1 | ContainerCreating | 0 | 10m");
  const pulling = { name: "a", state: { waiting: { reason: "ImagePullBackOff" } } };
  assert.is(row({ phase: "Pending", containerStatuses: [pulling] }), "0/1 | ImagePullBackOff | 0 | 10m");
  const done = { name: "a", state: { terminated: { exitCode: 0, reason: "Completed" } } };
  assert.is(row({ phase: "Succeeded", containerStatuses: [done] }), "0/1 | Completed | 0 | 10m");
  const failed = { name: "a", state: { terminated: { exitCode: 1, reason: "Error" } } };
  assert.is(row({ phase: "Failed", containerStatuses: [failed] }), "0/1 | Error | 0 | 10m");
  assert.is(row({ phase: "Failed", reason: "Evicted" }), "0/1 | Evicted | 0 | 10m");
  const killed = { name: "a", state: { terminated: { exitCode: 137, signal: 9 } } };
  assert.is(row({ phase: "Failed", containerStatuses: [killed] }), "0/1 | Signal:9 | 0 | 10m");
  const exited = { name: "a", state: { terminated: { exitCode: 3 } } };
  assert.is(row({ phase: "Failed", containerStatuses: [exited] }), "0/1 | ExitCode:3 | 0 | 10m");
});

test("restarts say how long ago the last one was", () => {
  const looping: ContainerStatus = {
    name: "a",
    ready: false,
    restartCount: 4,
    state: { waiting: { reason: "CrashLoopBackOff" } },
    lastState: { terminated: { exitCode: 1, reason: "Error", finishedAt: "2026-01-01T00:08:00Z" } },
  };
  assert.is(row({ phase: "Running", containerStatuses: [looping] }), "0/1 | CrashLoopBackOff | 4 (2m ago) | 10m");
});

test("pods that are being deleted are Terminating, unless they have ended", () => {
  const deleted = { deletionTimestamp: "2026-01-01T00:10:00Z" };
  assert.is(row({ phase: "Running", containerStatuses: [running()] }, {}, deleted), "1/1 | Terminating | 0 | 10m");
  const done = { name: "a", state: { terminated: { exitCode: 0, reason: "Completed" } } };
  assert.is(row({ phase: "Succeeded", containerStatuses: [done] }, {}, deleted), "0/1 | Completed | 0 | 10m");
  assert.is(row({ phase: "Running", reason: "NodeLost" }, {}, deleted), "0/1 | Unknown | 0 | 10m");
});

test("init containers: how many are through, or what is wrong with the one that is not", () => {
  const spec = { initContainers: [{ name: "i1" }, { name: "i2" }] };
  const waiting = { name: "a", state: { waiting: { reason: "PodInitializing" } } };
  const through = { name: "i1", state: { terminated: { exitCode: 0, reason: "Completed" } } };
  const at = (second: ContainerStatus) =>
    row({ phase: "Pending", initContainerStatuses: [through, second], containerStatuses: [waiting] }, spec);
  assert.is(at({ name: "i2", state: { running: {} } }), "0/1 | Init:1/2 | 0 | 10m");
  assert.is(at({ name: "i2", state: { waiting: { reason: "PodInitializing" } } }), "0/1 | Init:1/2 | 0 | 10m");
  assert.is(
    at({ name: "i2", restartCount: 2, state: { waiting: { reason: "CrashLoopBackOff" } } }),
    "0/1 | Init:CrashLoopBackOff | 2 | 10m",
  );
  assert.is(at({ name: "i2", state: { terminated: { exitCode: 1, reason: "Error" } } }), "0/1 | Init:Error | 0 | 10m");
  assert.is(at({ name: "i2", state: { terminated: { exitCode: 2 } } }), "0/1 | Init:ExitCode:2 | 0 | 10m");
});

test("sidecars count as containers; restarts are then those of sidecars and main containers", () => {
  const spec = { initContainers: [{ name: "s", restartPolicy: "Always" }] };
  const sidecar: ContainerStatus = { name: "s", ready: true, started: true, restartCount: 1, state: { running: {} } };
  const status = { phase: "Running", initContainerStatuses: [sidecar], containerStatuses: [running()] };
  assert.is(row(status, spec), "2/2 | Running | 1 | 10m");
});

test("of several containers one that has completed hides no running one", () => {
  const done = { name: "b", state: { terminated: { exitCode: 0, reason: "Completed" } } };
  const spec = { containers: [{ name: "b" }, { name: "a" }] };
  const status = { phase: "Running", containerStatuses: [done, running()] };
  assert.is(row({ ...status, conditions: [READY] }, spec), "1/2 | Running | 0 | 10m");
  assert.is(row(status, spec), "1/2 | NotReady | 0 | 10m");
});

test("gated pods say so; -o wide adds address, node, nomination and gates", () => {
  const gated = { type: "PodScheduled", status: "False", reason: "SchedulingGated" };
  assert.is(row({ phase: "Pending", conditions: [gated] }), "0/1 | SchedulingGated | 0 | 10m");
  const pod: Pod = {
    metadata: { name: "p" },
    spec: { containers: [], nodeName: "n1", readinessGates: [{ conditionType: "lb" }, { conditionType: "x" }] },
    status: { podIP: "10.0.0.7", conditions: [{ type: "lb", status: "True" }] },
  };
  assert.equal(podPrinter.cells(pod, { nowMicros: 0 }).slice(5), ["10.0.0.7", "n1", "<none>", "1/2"]);
});

test.run();
