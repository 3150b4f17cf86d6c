// Rule 1: one tick is one heartbeat interval; a leader sends a heartbeat every tick; the election timeout is a whole number of ticks.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, Rig, SECOND, TICK } from "./rig.ts";

/** Times between heartbeats of the leader to one follower. */
function heartbeatGaps(rig: Rig, micros: number): number[] {
  const sent = rig.tap();
  rig.run(micros);
  const to = rig.followers[0]!.name;
  const times = sent.filter((one) => one.message.type === "MsgHeartbeat" && one.to === to).map(({ at }) => at);
  return times.slice(1).map((at, i) => at - times[i]!);
}

test("a leader sends a heartbeat to each follower every 100 ms, and nothing else while nothing happens", () => {
  const rig = new Rig({ etcd: { executeQuietTicks: true } });
  const gaps = heartbeatGaps(rig, 2 * SECOND);
  assert.ok(gaps.length >= 18);
  assert.equal([...new Set(gaps)], [TICK]);
  const others = rig.sent.filter(({ from }) => from !== rig.leader.name);
  assert.equal([...new Set(others.map(({ message }) => message.type))], ["MsgHeartbeatResp"]);
});

test("the heartbeat interval is the tick of all members", () => {
  const rig = new Rig({ etcd: { heartbeatMicros: 50 * MS, electionMicros: 500 * MS, executeQuietTicks: true } });
  assert.equal([...new Set(heartbeatGaps(rig, SECOND))], [50 * MS]);
  for (const member of rig.cluster.members) assert.is(member.raft!.options.electionTicks, 10);
});

test("by the clock of the leader", () => {
  for (const rate of [0.8, 1.25]) {
    const rig = new Rig({ etcd: { executeQuietTicks: true } });
    rig.leader.setClockRate(rate);
    rig.run(SECOND);
    assert.equal([...new Set(heartbeatGaps(rig, 2 * SECOND))], [TICK / rate]);
  }
});

test("election timeout in ticks is a division without remainder", () => {
  const rig = new Rig({ etcd: { heartbeatMicros: 300 * MS, electionMicros: 1_700 * MS } });
  for (const member of rig.cluster.members) assert.is(member.raft!.options.electionTicks, 5);
  // and the request timeout follows the ticks: 5 s + 2 x 5 x 300 ms
  assert.is(rig.cluster.options.requestTimeoutMicros, 8 * SECOND);
});

test("a follower that hears nothing for less than nine ticks does not campaign", () => {
  for (let seed = 0; seed < 10; seed++) {
    const rig = new Rig({ seed });
    rig.cluster.pause(rig.leader.name);
    const begin = rig.now;
    rig.until(() => rig.roles.some(({ role }) => role === "precandidate"), 3 * SECOND, MS);
    const { at } = rig.roles.find(({ role }) => role === "precandidate")!;
    // the last heartbeat is up to a tick old, on its way for a trip
    assert.ok(at - begin > 8 * TICK, `campaigns after ${at - begin} µs`);
    assert.ok(at - begin <= 19 * TICK + MS, `campaigns after ${at - begin} µs`);
  }
});

test.run();
