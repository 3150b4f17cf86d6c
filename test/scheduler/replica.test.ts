import { test } from "uvu";
import * as assert from "uvu/assert";
import { Component } from "../../sim/apiserver/component.ts";
import { ApiFaultPoints } from "../../sim/apiserver/fault-points.ts";
import { Cluster } from "../../sim/cluster.ts";
import { MILLISECOND, SECOND } from "../../sim/engine/tick.ts";
import { DEFAULT_CONTROLLER_FLAGS } from "../../sim/model/controller-flags.ts";
import { noObjects } from "../../sim/model/objects.ts";
import { DEFAULT_ELECTION } from "../../sim/scenario/controller-manager.ts";
import type { Plan } from "../../sim/scenario/plan.ts";
import { SchedulerFaultPoints } from "../../sim/scheduler/fault-points.ts";
import { makePlan } from "../plans.ts";
import { makeNode, makePod, requesting } from "../scheduler/builders.ts";

function cluster(
  replicas: number,
  parts: Partial<Plan["scheduler"]> = {},
): { made: Cluster; points: SchedulerFaultPoints } {
  const nodes = [0, 1, 2].map((i) => makeNode(`n${i}`, { cpu: "8" }, { "kubernetes.io/hostname": `n${i}` }));
  const declared = { ...noObjects(), namespaces: [{ metadata: { name: "default" } }], nodes };
  const plan = makePlan({
    objects: declared,
    declared,
    controllerManagers: { replicas: 1, flags: DEFAULT_CONTROLLER_FLAGS },
  });
  const made = new Cluster({ ...plan, scheduler: { ...plan.scheduler, replicas, ...parts } }, 1);
  return { made, points: new SchedulerFaultPoints(made.schedulers) };
}

function create(made: Cluster, ...names: string[]): void {
  const client = made.controlPlane.api.client("test");
  for (const name of names) client.create("pods", makePod(name, requesting({ cpu: "1" })));
}

const bound = (made: Cluster) => made.controlPlane.api.list("pods").filter(({ spec }) => spec.nodeName).length;

test("a crash loses what was assumed: pods are bound again from what the API says, none twice and none too many", () => {
  // a binding takes long enough to be cut off by the crash
  const { made, points } = cluster(1, { bindLatencyMicros: { kind: "constant", value: 2 * SECOND } });
  made.runTo(5 * SECOND);
  create(made, "a", "b", "c");
  made.runTo(6 * SECOND);
  const before = made.schedulers.leader;
  assert.is(bound(made), 0);
  points.crash("kube-scheduler-0");
  assert.is(points.replicas()[0]!.role, "down");
  made.runTo(6500 * MILLISECOND);
  assert.is(bound(made), 0);
  made.runTo(40 * SECOND);
  assert.is(bound(made), 3);
  assert.is.not(made.schedulers.leader, before);
  const used = ["n0", "n1", "n2"].map((n) => made.schedulers.leader.scheduler.snapshot.node(n)?.requestedCpuMilli ?? 0);
  assert.is(
    used.reduce((sum, cpu) => sum + cpu),
    3000,
  );
});

test("it stands for election only once all kinds have been listed", () => {
  const { made } = cluster(1);
  let ready: () => void = () => assert.unreachable("it was not prepared");
  const component = new Component({
    engine: made.engine,
    name: "other-scheduler-0",
    zone: "",
    lockName: "other-scheduler",
    client: (name) => made.controlPlane.api.client(name),
    election: DEFAULT_ELECTION,
    releases: true,
    needsApi: false,
    warmUpMicros: 0,
    prepare: (_self, prepared) => {
      ready = prepared;
    },
    work: () => undefined,
  });
  component.start();
  made.runTo(30 * SECOND);
  const leases = () => made.controlPlane.api.list("leases").map(({ metadata }) => metadata.name);
  assert.not(leases().includes("other-scheduler"));
  assert.is(component.role, "follower");
  ready();
  made.runTo(31 * SECOND);
  assert.ok(leases().includes("other-scheduler"));
  assert.is(component.role, "leader");
});

test("after an outage it leads when its last informer has synced, not when the server is back", () => {
  const { made, points } = cluster(1);
  const api = new ApiFaultPoints(made.controlPlane.api);
  const server = api.servers()[0]!.name;
  made.runTo(20 * SECOND);
  api.crash(server);
  points.crash("kube-scheduler-0");
  made.runTo(60 * SECOND);
  api.start(server);
  made.runTo(63 * SECOND);
  // its lists were refused since 21 s: some of them wait for 13 to 51 s more
  assert.is(points.replicas()[0]!.role, "follower");
  made.runTo(150 * SECOND);
  assert.is(points.replicas()[0]!.role, "leader");
});

test("the other replica takes over when the leader's lease has run out, and at once when it was given back", () => {
  for (const how of ["crash", "terminate"] as const) {
    const { made, points } = cluster(2);
    made.runTo(20 * SECOND);
    const leader = points.replicas().find(({ role }) => role === "leader")!.name;
    // the loser is started again too late to be the first
    if (how === "crash") points.stop(leader);
    else points.terminate(leader);
    create(made, "a");
    made.runTo((how === "crash" ? 31 : 26) * SECOND);
    assert.is(bound(made), how === "crash" ? 0 : 1, how);
    made.runTo(50 * SECOND);
    assert.is(bound(made), 1, how);
  }
});

test("a follower follows but does not decide", () => {
  const { made, points } = cluster(2);
  made.runTo(20 * SECOND);
  create(made, "a", "b");
  made.runTo(30 * SECOND);
  const scheduled = made.controlPlane.api.list("events").filter(({ reason }) => reason === "Scheduled");
  assert.is(scheduled.length, 2);
  assert.equal(
    points
      .replicas()
      .map(({ role }) => role)
      .sort(),
    ["follower", "leader"],
  );
  const counts = made.schedulers.replicas.map(({ last }) => last!.scheduler.snapshot.nodeCount);
  assert.equal(counts, [3, 3]);
});

test("a frozen scheduler decides nothing, and all that has waited when it goes on", () => {
  const { made, points } = cluster(1);
  made.runTo(10 * SECOND);
  const thaw = points.freeze("kube-scheduler-0");
  create(made, "a");
  made.runTo(15 * SECOND);
  assert.is(bound(made), 0);
  thaw();
  made.runTo(16 * SECOND);
  assert.is(bound(made), 1);
});

test.run();
