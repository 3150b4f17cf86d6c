// Rule 12: /health is a linearizable read; it tells alarms, and that there is no leader.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HealthAnswer } from "../../../sim/etcd/answer.ts";
import { MS, type Reply, Rig, SECOND, TRIP } from "./rig.ts";

const health = ({ value }: Reply) => {
  const { isHealthy, reason } = value as HealthAnswer;
  return isHealthy ? "healthy" : reason;
};

test("healthy after a linearizable read", () => {
  const rig = new Rig();
  const atLeader = rig.ask(rig.leader, { kind: "health" });
  assert.is(health(atLeader), "healthy");
  assert.is(atLeader.took, 2 * TRIP);
  assert.is(rig.ask(rig.followers[0]!, { kind: "health" }).took, 4 * TRIP);
});

test("without a leader", () => {
  const rig = new Rig();
  const member = rig.followers[0]!;
  for (const other of rig.cluster.members) if (other !== member) rig.cluster.crash(other.name);
  rig.until(() => member.raft!.lead === 0, 5 * SECOND, MS);
  const reply = rig.call(member, { kind: "health" });
  assert.is(health(reply), "RAFT NO LEADER");
  assert.is(reply.took, 0);
});

test("a leader that is cut off is found out by the read", () => {
  const rig = new Rig();
  const { leader } = rig;
  rig.isolate(leader);
  const reply = rig.ask(leader, { kind: "health" });
  assert.is(health(reply), "RANGE ERROR:etcdserver: request timed out");
  assert.is(reply.took, 7 * SECOND);
});

test("with an alarm, on every member", () => {
  const rig = new Rig();
  const member = rig.followers[0]!.id;
  rig.ask(rig.leader, { kind: "alarm", action: "activate", member, alarm: "NOSPACE" });
  rig.run(10 * MS);
  for (const each of rig.cluster.members) assert.is(health(rig.ask(each, { kind: "health" })), "ALARM NOSPACE");
  rig.ask(rig.leader, { kind: "alarm", action: "deactivate", member, alarm: "NOSPACE" });
  rig.run(10 * MS);
  for (const each of rig.cluster.members) assert.is(health(rig.ask(each, { kind: "health" })), "healthy");
});

test.run();
