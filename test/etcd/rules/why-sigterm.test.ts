// SIGTERM: no new connections, pending requests are answered for at most 7 s, the leader hands over to the voter that is connected longest, which
// campaigns at once without asking first; then the process ends.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { WatchStream } from "../../../sim/etcd/services/watch-stream.ts";
import { get, MS, outcome, put, Rig, SECOND, SYNC, TICK, TRIP } from "./rig.ts";

const REFUSED =
  'Unavailable: connection error: desc = "transport: Error while dialing: dial tcp <addr>: connect: connection refused"';

test("the leader is replaced within some round trips, without a pre-vote, and ends after it has seen that", () => {
  const stopped: [string, string, number][] = [];
  const rig: Rig = new Rig({ observer: { stopped: ({ name }, reason) => void stopped.push([name, reason, rig.now]) } });
  const old = rig.leader;
  const { term } = old.raft!;
  const sent = rig.tap();
  rig.roles.length = 0;
  const begin = rig.now;
  rig.cluster.terminate(old.name);
  assert.is(outcome(rig.call(old, put("refused"))), REFUSED);
  rig.run(SECOND);
  assert.is(rig.roles.filter(({ role }) => role === "precandidate").length, 0);
  const leader = rig.roles.find(({ role }) => role === "leader")!;
  assert.is(leader.term, term + 1);
  // MsgTimeoutNow, a vote of the others with two fsyncs
  assert.is(leader.at - begin, TRIP + 2 * TRIP + 2 * SYNC);
  assert.is(sent.filter(({ message }) => message.type === "MsgTimeoutNow").length, 1);
  // it looks once per tick
  assert.equal(stopped, [[old.name, "terminated", begin + TICK]]);
  assert.is(outcome(rig.ask(rig.leader, put("a"))), "ok");
});

test("voters in lease follow the transfer: the mark of the campaign overrides it", () => {
  const rig = new Rig({ members: 5 });
  rig.ask(rig.leader, put("a"));
  const sent = rig.tap();
  rig.cluster.terminate(rig.leader.name);
  rig.run(20 * MS);
  const votes = sent.filter(({ message }) => message.type === "MsgVote");
  assert.is(votes.length, 4);
  assert.equal([...new Set(votes.map(({ message }) => message.context))], ["CampaignTransfer"]);
  const granted = sent.filter(({ message }) => message.type === "MsgVoteResp" && !message.reject);
  assert.is(granted.length, 4);
});

test("leadership goes to the voter that has been connected longest", () => {
  const rig = new Rig();
  const [one, two] = rig.followers;
  for (const [restarted, expected] of [
    [one!, two!],
    [two!, one!],
  ] as const) {
    rig.run(SECOND);
    while (rig.leader === restarted || rig.leader === expected) {
      // back to the first leader
      const target = rig.cluster.members.find((member) => member !== one && member !== two)!;
      rig.ask(rig.leader, { kind: "moveLeader", target: target.id });
      rig.run(100 * MS);
    }
    rig.cluster.crash(restarted.name);
    rig.run(200 * MS);
    rig.cluster.restart(restarted.name);
    rig.run(4 * SECOND);
    const old = rig.leader;
    rig.cluster.terminate(old.name);
    rig.run(500 * MS);
    assert.is(rig.leader.name, expected.name);
    rig.cluster.restart(old.name);
    rig.run(4 * SECOND);
  }
});

test("requests that are under way are answered first", () => {
  const rig = new Rig();
  const old = rig.leader;
  const replies = [rig.call(old, put("a")), rig.call(old, get("a"))];
  rig.cluster.terminate(old.name);
  rig.run(SECOND);
  assert.equal(replies.map(outcome), ["ok", "ok"]);
  assert.ok(!old.isRunning);
});

test("for at most the request timeout", () => {
  const stopped: number[] = [];
  const rig: Rig = new Rig({ observer: { stopped: () => void stopped.push(rig.now) } });
  const { leader } = rig;
  rig.isolate(leader);
  rig.run(3 * SECOND);
  const pending = rig.call(leader, put("a"));
  rig.run(SECOND);
  const begin = rig.now;
  rig.cluster.terminate(leader.name);
  rig.run(20 * SECOND);
  assert.is(pending.took, 7 * SECOND);
  assert.ok(stopped[0]! - begin >= 6 * SECOND && stopped[0]! - begin <= 7 * SECOND + TICK, `${stopped[0]! - begin}`);
});

test("watches do not hold it up, as on listeners with TLS", () => {
  const rig = new Rig();
  const [follower] = rig.followers;
  const stream = follower!.openWatchStream(false) as WatchStream;
  stream.create({ key: "a", rangeEnd: "", startRevision: 0 }, { told: () => undefined, ended: () => undefined });
  rig.cluster.terminate(follower!.name);
  rig.run(5 * MS);
  assert.ok(!follower!.isRunning);
});

test("a follower ends without further ado", () => {
  const rig = new Rig();
  const { leader } = rig;
  const [follower] = rig.followers;
  rig.cluster.terminate(follower!.name);
  rig.run(5 * MS);
  assert.ok(!follower!.isRunning);
  assert.is(rig.leader.name, leader.name);
});

test("what a follower had forwarded to it at that moment is lost, and ends after 7 s", () => {
  const rig = new Rig();
  const [follower] = rig.followers;
  const { leader } = rig;
  rig.cluster.terminate(leader.name);
  const reply = rig.call(follower!, put("lost"));
  rig.run(8 * SECOND);
  assert.is(reply.took, 7 * SECOND);
  assert.ok(outcome(reply).startsWith("Unavailable: etcdserver: request timed out"));
  assert.is(outcome(rig.ask(follower!, put("a"))), "ok");
});

test("nothing is lost by it: log and database are on disk", () => {
  const rig = new Rig();
  const [follower] = rig.followers;
  rig.ask(rig.leader, put("a"));
  rig.run(2 * TRIP);
  const { revision } = follower!.view;
  rig.cluster.terminate(follower!.name);
  rig.run(5 * MS);
  rig.cluster.restart(follower!.name);
  rig.until(() => follower!.isRunning, SECOND, MS);
  assert.is(follower!.view.revision, revision);
});

test.run();
