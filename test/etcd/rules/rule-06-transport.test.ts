// Rule 6: messages to a peer without connection are dropped, and raft is told (Replicate -> Probe); 4096 messages wait for a stream;
// readers dial every 100 ms.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, outcome, put, Rig, SECOND, TRIP } from "./rig.ts";

test("a peer that has died is probed", () => {
  const rig = new Rig();
  const [dead] = rig.followers;
  rig.cluster.crash(dead!.name);
  rig.run(2 * TRIP);
  rig.call(rig.leader, put("a"));
  rig.run(5 * MS);
  const progress = rig.leader.raft!.tracker.progress(dead!.id)!;
  assert.is(progress.state, "probe");
});

test("a peer that came back follows as soon as its readers have dialled", () => {
  const rig = new Rig();
  const [dead] = rig.followers;
  rig.cluster.crash(dead!.name);
  rig.run(3 * SECOND);
  rig.ask(rig.leader, put("a"));
  rig.cluster.restart(dead!.name);
  rig.until(() => dead!.isRunning, SECOND, MS);
  const begin = rig.now;
  rig.until(() => dead!.raft!.log.lastIndex() === rig.leader.raft!.log.lastIndex(), SECOND, MS);
  // two handshakes and requests, a heartbeat that finds it, and what it has missed
  assert.ok(rig.now - begin <= 250 * MS, `${rig.now - begin} µs`);
  assert.ok(rig.leader.transport.activeSince(dead!.id) > 0);
});

test("an unreachable reader is dialled every 100 ms", () => {
  const rig = new Rig();
  const down = rig.followers[0]!;
  const other = rig.followers[1]!;
  rig.cluster.crash(down.name);
  rig.run(5 * SECOND);
  for (let i = 0; i < 12; i++) {
    rig.cluster.restart(down.name);
    rig.until(() => down.isRunning, SECOND, MS);
    const begin = rig.now;
    // the other's reader of what it sends finds it within a dial's pause, and a handshake
    rig.until(() => down.transport.messageStream(other.id)!.isOpen, SECOND, 100);
    assert.ok(rig.now - begin <= 100 * MS + 8 * TRIP, `${rig.now - begin} µs`);
    rig.run(37 * MS);
    rig.cluster.crash(down.name);
    rig.run(SECOND + i * 29 * MS);
  }
});

test("4096 messages wait for a peer that does not read; what comes after is lost", () => {
  const rig = new Rig();
  const { leader } = rig;
  const [follower] = rig.followers;
  rig.cluster.pause(leader.name);
  const replies = [];
  for (let i = 0; i < 4_400; i++) {
    replies.push(rig.call(follower!, put(`key-${i}`, 0, 10_000)));
    rig.run(100);
  }
  rig.cluster.resume(leader.name);
  rig.run(2 * SECOND);
  const done = replies.filter((reply) => outcome(reply) === "ok").length;
  // 4096 of the queue, and what sockets hold: some 150 kB
  assert.ok(done >= 4_096 && done <= 4_096 + 20, `${done} arrived`);
  assert.is(outcome(replies.at(-1)!), "waiting");
  assert.is(outcome(replies[0]!), "ok");
});

test.run();
