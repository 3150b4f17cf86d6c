// Slow disk: ticks, Readys and the fsync are one loop, whose ticker keeps one tick: a member with a slow disk has a slow clock. A slow follower of
// three costs a put nothing, a slow leader an fsync; who answers waits for the commits of its database besides.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, outcome, put, Rig, SECOND, SYNC, TICK, TRIP } from "./rig.ts";

test("a slow follower of three costs nothing, also when it is asked second", () => {
  const rig = new Rig();
  rig.followers[0]!.disk.extraMicros = 400 * MS;
  const reply = rig.ask(rig.leader, put("a"));
  assert.is(reply.took, 2 * TRIP + SYNC);
});

test("with both followers slow the faster one decides", () => {
  const rig = new Rig();
  rig.followers[0]!.disk.extraMicros = 400 * MS;
  rig.followers[1]!.disk.extraMicros = 20 * MS;
  assert.is(rig.ask(rig.leader, put("a")).took, 2 * TRIP + SYNC + 20 * MS);
});

test("a slow leader costs every put one fsync", () => {
  for (const version of ["3.5", "3.6"] as const) {
    const rig = new Rig({ etcd: { version } });
    rig.leader.disk.extraMicros = 60 * MS;
    assert.is(rig.ask(rig.leader, put("a")).took, 60 * MS + SYNC);
  }
});

test("through a follower of a slow leader: the fsync, and the way there and back", () => {
  const rig = new Rig();
  rig.leader.disk.extraMicros = 60 * MS;
  assert.is(rig.ask(rig.followers[0]!, put("a")).took, 60 * MS + SYNC + 2 * TRIP);
});

test("under load, puts at a slow leader also wait for its database: 200 ms through a follower, more through it", () => {
  const rig = new Rig();
  const { leader } = rig;
  const [follower] = rig.followers;
  leader.disk.extraMicros = 200 * MS - SYNC;
  const through = (at: typeof leader) => {
    const took: number[] = [];
    for (let i = 0; i < 12; i++) took.push(rig.ask(at, put("a")).took);
    return took.slice(2).reduce((sum, one) => sum + one, 0) / 10 / MS;
  };
  const fast = through(follower!);
  rig.run(2 * SECOND);
  const slow = through(leader);
  // recorded: 200 and about 500 ms
  assert.ok(fast >= 200 && fast < 330, `${fast} ms`);
  assert.ok(slow >= 400 && slow < 650, `${slow} ms`);
});

test("one tick per fsync is kept: the clock of a member that writes without pause is slow", () => {
  const rig = new Rig();
  const { leader } = rig;
  const sent = rig.tap();
  leader.disk.extraMicros = 350 * MS;
  const begin = rig.now;
  const keepWriting = () => {
    rig.call(leader, put("a"));
    rig.run(20 * MS);
  };
  while (rig.now - begin < 3_500 * MS) keepWriting();
  const to = rig.followers[0]!.name;
  const beats = sent.filter(({ message, to: whom }) => message.type === "MsgHeartbeat" && whom === to).length;
  // 35 at a healthy disk; one per fsync here
  assert.ok(beats >= 9 && beats <= 11, `${beats} heartbeats`);
  assert.is(rig.leader.name, leader.name);
});

test("a leader whose gaps exceed the followers' timeouts loses its place", () => {
  const rig = new Rig();
  const { leader } = rig;
  leader.disk.extraMicros = 3 * SECOND;
  rig.call(leader, put("a"));
  rig.run(2_500 * MS);
  rig.call(leader, put("b"));
  rig.run(8 * SECOND);
  assert.is.not(rig.leader.name, leader.name);
  assert.is(outcome(rig.ask(rig.leader, put("c"))), "ok");
});

test("a follower with a stalled disk campaigns late, after its loop is free", () => {
  const rig = new Rig();
  const [slow] = rig.followers;
  slow!.disk.stall();
  rig.call(rig.leader, put("a"));
  rig.run(5 * MS);
  for (const member of rig.cluster.members) if (member !== slow) rig.cluster.crash(member.name);
  rig.roles.length = 0;
  rig.run(10 * SECOND);
  // no tick was taken in all this time
  assert.equal(rig.roles, []);
  assert.is(slow!.raft!.electionElapsedTicks < 2, true);
  slow!.disk.release();
  const begin = rig.now;
  rig.until(() => rig.roles.length > 0, 3 * SECOND, MS);
  assert.ok(rig.now - begin >= 8 * TICK, "one tick was kept, not a hundred");
});

test.run();
