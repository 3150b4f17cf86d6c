import { suite } from "uvu";
import * as assert from "uvu/assert";
import { node, pod, World } from "./world.ts";

const test = suite("node/fault-points");

const restarts = (world: World, name: string) => world.pod(name)?.status?.containerStatuses?.[0]?.restartCount;

test("crash: containers are lost; after the boot they start again as restarts, and what was deleted meanwhile goes", () => {
  const world = new World();
  world.create(pod("a"), pod("b"));
  world.at(10, () => world.faults.crash("n1"));
  world.at(15, () => world.delete("b"));
  world.run(60);
  assert.is(world.faults.nodes()[0]?.role, "down");
  assert.not(world.podNetwork.isNodeUp("n1"));
  assert.not(world.podNetwork.get("pods/default/a")?.isServing);
  world.writes.clear();
  world.at(70, () => world.faults.start("n1"));
  world.run(71);
  assert.ok((world.writes.get("leases") ?? 0) >= 1, "the lease at once");
  assert.ok((world.writes.get("nodes") ?? 0) >= 1, "the status at once");
  world.run(100);
  assert.is(world.pod("b"), undefined);
  assert.is(restarts(world, "a"), 1);
  assert.is(world.pod("a")?.status?.phase, "Running");
  assert.ok(world.podNetwork.get("pods/default/a")?.isServing);
});

test("a dead node writes nothing", () => {
  const world = new World();
  world.create(pod("a"));
  world.at(10, () => world.faults.crash("n1"));
  world.run(20);
  world.writes.clear();
  world.run(200);
  assert.is(world.writes.get("leases") ?? 0, 0);
  assert.is(world.writes.get("nodes") ?? 0, 0);
});

test("reboot: down for so long, up again by itself", () => {
  const world = new World();
  world.create(pod("a"));
  world.at(10, () => world.faults.reboot("n1", 30_000_000));
  world.run(39);
  assert.is(world.faults.nodes()[0]?.role, "down");
  world.run(60);
  assert.is(world.faults.nodes()[0]?.role, "up");
  assert.is(restarts(world, "a"), 1);
});

test("freeze: nothing gets on, and what came due happens afterwards", () => {
  const world = new World();
  world.create(pod("a", { run: "20" }, { restartPolicy: "Never" }));
  let thaw: () => void = () => undefined;
  world.at(10, () => {
    thaw = world.faults.freeze("n1");
  });
  world.at(100, () => thaw());
  world.run(99);
  assert.is(world.pod("a")?.status?.phase, "Running");
  assert.not(world.podNetwork.get("pods/default/a")?.isServing);
  world.run(105);
  assert.is(world.pod("a")?.status?.phase, "Succeeded");
});

test("freezes stack: only the last one's end thaws", () => {
  const world = new World();
  const first = world.faults.freeze("n1");
  const second = world.faults.freeze("n1");
  first();
  first();
  assert.not(world.podNetwork.isNodeUp("n1"));
  second();
  assert.ok(world.podNetwork.isNodeUp("n1"));
});

test("stopped kubelet: containers run on, are seen when it is back, and what was deleted is stopped then", () => {
  const world = new World();
  world.create(pod("a"), pod("b"), pod("c"));
  let start: () => void = () => undefined;
  world.at(10, () => {
    start = world.faults.stopKubelet("n1");
  });
  world.at(15, () => world.delete("b"));
  world.at(20, () => world.faults.killContainer("default/a", null, 1, "Error"));
  world.at(90, () => start());
  world.run(89);
  assert.ok(world.podNetwork.get("pods/default/c")?.isServing);
  assert.ok(world.podNetwork.get("pods/default/b")?.isServing);
  assert.is(restarts(world, "a"), 0);
  world.run(120);
  assert.is(restarts(world, "a"), 1);
  assert.is(restarts(world, "c"), 0);
  assert.is(world.pod("b"), undefined);
});

test("a hanging runtime: pods do not start, and after 3 min without a relist the node is not ready", () => {
  const world = new World();
  const mend = world.faults.hangRuntime("n1");
  world.create(pod("a"));
  world.run(175);
  assert.is(world.condition("Ready")?.status, "True");
  world.run(195);
  assert.is(world.condition("Ready")?.status, "False");
  assert.is(world.condition("Ready")?.reason, "KubeletNotReady");
  assert.match(
    world.condition("Ready")?.message ?? "",
    /^PLEG is not healthy: pleg was last seen active 3m.* ago; threshold is 3m0s$/,
  );
  assert.is(world.pod("a")?.status?.phase, "Pending");
  mend();
  world.run(230);
  assert.is(world.condition("Ready")?.status, "True");
  assert.is(world.pod("a")?.status?.phase, "Running");
});

test("a disconnected node runs on; heartbeats fail and come back, deletions are obeyed afterwards", () => {
  const world = new World();
  world.create(pod("a"), pod("b"));
  let mend: () => void = () => undefined;
  world.at(10, () => {
    mend = world.faults.disconnect("n1");
  });
  world.at(20, () => world.delete("b"));
  world.at(25, () => world.writes.clear());
  world.run(119);
  assert.is(world.writes.get("leases") ?? 0, 0);
  assert.ok(world.podNetwork.get("pods/default/b")?.isServing);
  mend();
  world.run(200);
  assert.ok((world.writes.get("leases") ?? 0) > 0);
  assert.is(world.pod("b"), undefined);
  assert.is(restarts(world, "a"), 0);
});

test("a hollow node that was cut off catches up at once, as the recorded ones did", () => {
  const world = new World({ hollow: true });
  world.create(pod("b"));
  let mend: () => void = () => undefined;
  world.at(10, () => {
    mend = world.faults.disconnect("n1");
  });
  world.at(20, () => world.delete("b"));
  world.at(120, () => mend());
  world.run(122);
  assert.is(world.pod("b"), undefined);
});

test("a slow node takes so many times as long", () => {
  const world = new World();
  world.faults.slow("n1", 4);
  world.create(pod("a"));
  world.run(30);
  const at = Number(
    world
      .story("a")
      .find((line) => line.includes("ready"))
      ?.split(" ")[0],
  );
  assert.ok(at > 5 && at < 8, String(at));
});

test("a skewed clock shows in what the node writes", () => {
  const world = new World();
  world.faults.skewClock("n1", 3600_000_000);
  world.create(pod("a"));
  world.run(30);
  assert.match(world.pod("a")?.status?.startTime ?? "", /^2026-01-01T01:00:0/);
  const lease = world.controlPlane.api.get("leases", "kube-node-lease/n1");
  assert.match(lease?.spec?.renewTime ?? "", /^2026-01-01T01:00:/);
});

test("crashLoop and neverReady befall the pods that match, from their next start on", () => {
  const world = new World();
  const isNew = (of: { metadata: { labels?: Readonly<Record<string, string>> } }) => of.metadata.labels?.v === "2";
  const end = world.faults.neverReady(isNew);
  const labelled = (name: string, v: string) => {
    const made = pod(name);
    return { ...made, metadata: { ...made.metadata, labels: { v } } };
  };
  world.create(labelled("old", "1"), labelled("new", "2"));
  world.run(20);
  const ready = (name: string) => world.pod(name)?.status?.conditions?.find((c) => c.type === "Ready")?.status;
  assert.equal([ready("old"), ready("new")], ["True", "False"]);
  end();
  world.faults.crashLoop(isNew, 500_000, 7);
  world.create(labelled("newer", "2"));
  world.run(60);
  assert.is(world.pod("newer")?.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 7);
});

test("registry outage: pulls fail until it is over; images that are there do not need it", () => {
  const world = new World();
  world.create(pod("a"));
  world.run(10);
  const end = world.faults.registryOutage("");
  world.create(pod("b"), pod("c", {}, { containers: [{ name: "app", image: "other" }] }));
  world.run(20);
  assert.is(world.pod("b")?.status?.phase, "Running");
  assert.is(world.pod("c")?.status?.phase, "Pending");
  end();
  world.run(60);
  assert.is(world.pod("c")?.status?.phase, "Running");
});

test("a slow registry makes pulls slow", () => {
  const world = new World();
  world.faults.registrySlow(10, "docker.io");
  world.create(pod("a", { pull: "2" }));
  world.run(60);
  const at = Number(
    world
      .story("a")
      .find((line) => line.includes("ready"))
      ?.split(" ")[0],
  );
  assert.ok(at > 20 && at < 23, String(at));
});

test("graceful shutdown ends pods by priority before the power goes off", () => {
  const shutdownGracePeriodByPodPriority = [
    { priority: 0, gracePeriodMicros: 20_000_000 },
    { priority: 1000, gracePeriodMicros: 10_000_000 },
  ];
  const world = new World({ configuration: { shutdownGracePeriodByPodPriority } });
  world.create(pod("low", { stop: "3" }), pod("high", { stop: "3" }, { priority: 2000 }));
  world.at(10, () => world.faults.terminate("n1"));
  world.run(12);
  assert.is(world.condition("Ready")?.message, "node is shutting down");
  world.run(40);
  assert.is(world.faults.nodes()[0]?.role, "down");
  for (const name of ["low", "high"]) {
    assert.is(world.pod(name)?.status?.reason, "Terminated");
    assert.is(world.pod(name)?.status?.message, "Pod was terminated in response to imminent node shutdown.");
  }
  const end = (name: string) =>
    Number(
      world
        .story(name)
        .find((line) => line.includes("exit"))
        ?.split(" ")[0],
    );
  assert.ok(end("low") < end("high"));
});

test("targets are told with zone and labels", () => {
  const labels = { "topology.kubernetes.io/zone": "a" };
  const world = new World({ nodes: [node("n1", { metadata: { name: "n1", uid: "1", labels } })] });
  const [target] = world.faults.nodes();
  assert.equal([target?.name, target?.zone, target?.role], ["n1", "a", "up"]);
});

test.run();
