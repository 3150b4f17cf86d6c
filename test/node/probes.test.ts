import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pod, World } from "./world.ts";

const test = suite("node/prober");

const http = { httpGet: { path: "/healthz", port: 8080 } };
const at = (world: World, end: string, from = 0) =>
  world
    .story("a")
    .map((line) => [Number(line.split(" ")[0]), line] as const)
    .find(([time, line]) => time >= from && line.endsWith(end))?.[0] ?? Number.NaN;

test("readiness follows its probe: at the first period at which the application answers", () => {
  const world = new World();
  const containers = [{ name: "app", image: "x", readinessProbe: { ...http, periodSeconds: 7 } }];
  world.create(pod("a", { ready: "10" }, { containers }));
  world.run(40);
  // up 10 s after the start at 1.9 s; periods count from the pod's arrival
  assert.ok(Math.abs(at(world, " ready") - 14) < 0.1, String(at(world, " ready")));
  const [event] = world.events("a").filter(({ reason }) => reason === "Unhealthy");
  assert.is(event?.message, "Readiness probe failed: HTTP probe failed with statuscode: 503");
  assert.is(event?.type, "Warning");
});

test("successThreshold and initialDelaySeconds put readiness off", () => {
  const world = new World();
  const readinessProbe = { ...http, periodSeconds: 5, successThreshold: 3, initialDelaySeconds: 10 };
  world.create(pod("a", {}, { containers: [{ name: "app", image: "x", readinessProbe }] }));
  world.run(60);
  // not before 11.9 s: 15, 20, 25
  assert.ok(Math.abs(at(world, " ready") - 25) < 0.1, String(at(world, " ready")));
  assert.equal(
    world.events("a").filter(({ reason }) => reason === "Unhealthy"),
    [],
  );
});

test("probes that succeed as before are not executed", () => {
  const world = new World();
  const probes = { readinessProbe: { ...http, periodSeconds: 1 }, livenessProbe: { ...http, periodSeconds: 1 } };
  world.create(pod("a", {}, { containers: [{ name: "app", image: "x", ...probes }] }));
  world.run(30);
  const before = world.engine.eventsProcessed;
  const writes = world.writes.get("leases") ?? 0;
  world.run(90);
  const renewals = (world.writes.get("leases") ?? 0) - writes;
  assert.ok(world.engine.eventsProcessed - before < renewals * 60 + 200);
});

test("a container that hangs becomes unready, is killed for its liveness after its thresholds and grace, and starts again", () => {
  const world = new World();
  const probes = { readinessProbe: { ...http, periodSeconds: 5 }, livenessProbe: http };
  const spec = { terminationGracePeriodSeconds: 12, containers: [{ name: "app", image: "x", ...probes }] };
  world.create(pod("a", { "hang-after": "30" }, spec));
  world.run(100);
  // hangs at 31.9: readiness at 35, 40, 45; liveness at 40, 50, 60, and SIGTERM is ignored for 12 s
  assert.ok(Math.abs(at(world, " running", 10) - 45) < 0.1);
  assert.ok(Math.abs(at(world, " exit 137") - 72) < 0.1);
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.restartCount, 1);
  const messages = world.events("a").map(({ message }) => message);
  assert.ok(messages.includes("Container app failed liveness probe, will be restarted"));
  assert.ok(
    messages.some((message) => message.startsWith('Liveness probe failed: Get "http://10.128.0.2:8080/healthz"')),
  );
});

test("terminationGracePeriodSeconds of the probe counts for its kills", () => {
  const world = new World();
  const livenessProbe = { ...http, periodSeconds: 1, failureThreshold: 1, terminationGracePeriodSeconds: 3 };
  world.create(pod("a", { "hang-after": "10" }, { containers: [{ name: "app", image: "x", livenessProbe }] }));
  world.run(30);
  assert.ok(Math.abs(at(world, " exit 137") - 15) < 1.1, String(at(world, " exit 137")));
});

test("liveness waits for the startup probe, whose failure kills as well", () => {
  const world = new World();
  const probes = {
    startupProbe: { ...http, periodSeconds: 5, failureThreshold: 6 },
    livenessProbe: { ...http, periodSeconds: 1, failureThreshold: 1 },
  };
  const spec = { containers: [{ name: "app", image: "x", ...probes }] };
  world.create(pod("a", { ready: "20", live: "20" }, spec));
  world.create(pod("b", { ready: "never" }, spec));
  world.run(60);
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.restartCount, 0);
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.started, true);
  const messages = world.events("b").map(({ message }) => message);
  assert.ok(messages.includes("Container app failed startup probe, will be restarted"));
  assert.ok((world.pod("b")?.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 1);
});

test("a slow starter without a startup probe is killed by its liveness probe again and again", () => {
  const world = new World();
  const livenessProbe = { ...http, periodSeconds: 3 };
  world.create(pod("a", { ready: "30", live: "30" }, { containers: [{ name: "app", image: "x", livenessProbe }] }));
  world.run(120);
  assert.ok((world.pod("a")?.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 2);
});

test("without a probe a container is ready when it runs, whenever its application answers requests", () => {
  const world = new World();
  world.create(pod("a"), pod("late", { ready: "20" }));
  world.run(10);
  assert.is(world.pod("a")?.status?.containerStatuses?.[0]?.ready, true);
  assert.ok(world.podNetwork.get("pods/default/a")?.isServing);
  // who says when it is ready and has no probe is believed
  assert.is(world.pod("late")?.status?.containerStatuses?.[0]?.ready, false);
  assert.not(world.podNetwork.get("pods/default/late")?.isServing);
});

test("at SIGTERM a server closes its listener, after its preStop hook, unless it says that it goes on", () => {
  const world = new World();
  const lifecycle = { preStop: { sleep: { seconds: 5 } } };
  const containers = [{ name: "app", image: "x", lifecycle }];
  world.create(pod("a", { stop: "10" }, { containers }));
  world.create(pod("b", { stop: "10", "on-sigterm": "serve" }, { containers }));
  world.at(20, () => {
    world.delete("a");
    world.delete("b");
  });
  const serving = (name: string) => world.podNetwork.get(`pods/default/${name}`)?.isServing;
  world.run(24);
  assert.equal([serving("a"), serving("b")], [true, true]);
  world.run(26);
  assert.equal([serving("a"), serving("b")], [false, true]);
  world.run(36);
  assert.not(serving("b"));
});

test.run();
