import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TrafficWorld, traffic } from "./world.ts";

const test = suite("traffic/process");

/** Two nodes, a pod on each, all well. */
function two(parts = {}): TrafficWorld {
  const world = new TrafficWorld([traffic(parts)]);
  world.node("n1", "a");
  world.node("n2", "b");
  world.podNetwork.open("p1", "n1");
  world.podNetwork.open("p2", "n2");
  world.publish(["p1@n1", "p2@n2"]);
  return world;
}

test("where all is well no request fails, and each is counted", () => {
  const world = two();
  world.runTo(100);
  assert.is(world.counts().requests, 10_000);
  assert.is(world.counts().failed, 0);
});

test("where all has been well for long, nobody asks before kubelets have found their pods", () => {
  const world = new TrafficWorld([traffic({ minAvailable: 2 })], 2);
  const { services } = world.recorder;
  world.node("n1");
  world.publish(["p1@n1", "p2@n1"]);
  world.runTo(0.5);
  assert.is(services.stateOf(services.rowOf("shop/web"))?.available, 2);
  world.podNetwork.open("p1", "n1");
  world.podNetwork.open("p2", "n1");
  world.runTo(11);
  // from the end of the first second on
  assert.equal(world.counts(), { ...world.counts(), requests: 1000, failed: 0, belowSeconds: 0 });
  world.podNetwork.close("p1");
  world.runTo(12);
  assert.equal(world.counts(), { ...world.counts(), requests: 1100, failed: 50, belowSeconds: 1 });
});

test("a load balancer without nodes fails all requests from outside; nodes that are not there ask nothing", () => {
  for (const [from, failed] of [
    ["external", 1000],
    ["nodes", 0],
  ] as const) {
    const world = new TrafficWorld([traffic({ from })]);
    world.runTo(10);
    assert.is(world.counts().loadBalancer, failed);
    assert.is(world.counts().requests, failed);
  }
});

test("a dead pod costs its share of the requests until every proxy knows: minSyncPeriod, then the sync", () => {
  const world = two();
  world.runTo(10);
  world.podNetwork.close("p1");
  world.runTo(20);
  // half of them, for ten seconds
  assert.is(world.counts().notServing, 500);
  world.publish(["-p1@n1", "p2@n2"]);
  world.runTo(40);
  // 50 ms more at 50 per second
  assert.is(world.counts().notServing, 503);
  assert.is(world.counts().failed, 503);
});

test("a second change within minSyncPeriod waits for it", () => {
  const world = two();
  world.runTo(10);
  world.publish(["p1@n1", "p2@n2", "p3@n2"]);
  world.podNetwork.open("p3", "n2");
  world.runTo(10.1);
  world.podNetwork.close("p3");
  world.publish(["p1@n1", "p2@n2"]);
  world.runTo(20);
  // a third of 100/s from 10.1 s until a second after the first sync began, and 50 ms
  assert.is(world.counts().notServing, Math.round((100 / 3) * 0.95));
});

test("no endpoint at all: everything fails, and the time below minAvailable is counted to the microsecond", () => {
  const world = two({ minAvailable: 2 });
  world.runTo(10);
  world.podNetwork.close("p1");
  world.runTo(13);
  world.podNetwork.open("p1", "n1");
  world.runTo(20);
  assert.is(world.counts().belowSeconds, 3);
  world.publish([]);
  world.runTo(30);
  assert.is(world.counts().noEndpoint, 995);
});

test("terminating endpoints that serve are used where there is no ready one (KEP-1669)", () => {
  const world = two();
  world.publish(["~p1@n1", "-p2@n2"]);
  world.runTo(10);
  assert.is(world.counts().failed, 0);
});

test("a partition fails what crosses it, and keeps the proxies behind it from hearing of changes", () => {
  const world = two();
  world.runTo(10);
  const heal = world.faults.partition([{ zones: ["a"] }, { zones: ["b"] }]);
  world.runTo(20);
  // of each node's requests half go to the other one
  assert.is(world.counts().unreachable, 500);
  // the control plane is in zone a: node n2 does not hear that p2 alone is left
  world.publish(["p1@n1"]);
  world.runTo(30);
  const { unreachable } = world.counts();
  assert.is(unreachable, 500 + 250 + 1);
  heal();
  world.runTo(31);
  world.runTo(40);
  assert.is(world.counts().failed, unreachable);
});

test("the load balancer sends to a dead node until three checks have failed", () => {
  const world = two({ from: "external" });
  world.runTo(10);
  world.podNetwork.setNode("n1", false);
  world.podNetwork.close("p1");
  world.runTo(15);
  assert.is(world.counts().loadBalancer, 250);
  world.runTo(60);
  const { loadBalancer } = world.counts();
  // between 20 and 30 seconds at 50 per second
  assert.ok(loadBalancer >= 1000 && loadBalancer <= 1500, String(loadBalancer));
  world.runTo(120);
  assert.is(world.counts().loadBalancer, loadBalancer);
});

test("requests of pods come from the nodes that these pods answer on", () => {
  const world = two({ from: { namespace: "shop", labels: { app: "front" } } });
  world.runTo(10);
  assert.is(world.counts().requests, 0);
  world.pod("f1", "n1", { app: "front" });
  world.podNetwork.open("f1", "n1");
  world.runTo(20);
  assert.is(world.counts().requests, 1000);
  world.podNetwork.close("f1");
  world.runTo(30);
  assert.is(world.counts().requests, 1000);
});

test("what is more than a pod can take fails, and a second pod relieves it", () => {
  const world = new TrafficWorld([traffic()]);
  world.node("n1");
  world.podNetwork.open("p1", "n1", 60);
  world.publish(["p1@n1"]);
  world.runTo(10);
  assert.is(world.counts().overloaded, 400);
  assert.is(world.podNetwork.get("p1")?.requestsPerSecond, 100);
  world.podNetwork.open("p2", "n1", 60);
  world.publish(["p1@n1", "p2@n1"]);
  world.runTo(20);
  assert.is(world.counts().overloaded, 402);
  assert.is(world.podNetwork.get("p1")?.requestsPerSecond, 50);
});

test("a rate has steps, and a spike multiplies it until it is taken back", () => {
  const world = two({
    rate: [
      { atMicros: 0, perSecond: 10 },
      { atMicros: 10_000_000, perSecond: 20 },
    ],
  });
  world.runTo(20);
  assert.is(world.counts().requests, 300);
  const undo = world.traffic.scale("shop/web", 5);
  world.runTo(30);
  assert.is(world.counts().requests, 1300);
  undo();
  world.runTo(40);
  assert.is(world.counts().requests, 1500);
});

test("without DNS the requests that need it fail", () => {
  const world = two({ lookupsPerRequest: 0.5 });
  world.podNetwork.open("d1", "n1");
  world.publish(["d1@n1"], "kube-dns", "kube-system");
  world.runTo(10);
  assert.is(world.counts().failed, 0);
  assert.is(world.counts("kube-dns", "kube-system").requests, 500);
  world.podNetwork.close("d1");
  world.runTo(20);
  assert.is(world.counts().dns, 500);
  assert.is(world.counts("kube-dns", "kube-system").notServing, 500);
});

test("internalTrafficPolicy Local keeps requests on their node", () => {
  const world = two();
  world.service("web", { internalTrafficPolicy: "Local" });
  world.publish(["p1@n1"]);
  world.runTo(10);
  // those of n2 find nobody
  assert.is(world.counts().noEndpoint, 500);
});

test("clients of a headless Service learn of a change from DNS, up to five seconds later", () => {
  const world = two();
  world.service("web", { clusterIP: "None" });
  world.runTo(10);
  world.podNetwork.close("p1");
  world.publish(["p2@n2"]);
  world.runTo(30);
  const { notServing } = world.counts();
  assert.ok(notServing > 5 && notServing < 250, String(notServing));
});

test.run();
