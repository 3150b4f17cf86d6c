// After the vote: the new leader appends an empty entry; reads wait for its commit, and the first write follows within one more round trip.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { get, MS, outcome, put, Rig, SECOND, SYNC, TRIP } from "./rig.ts";

function elected(): { rig: Rig; at: number } {
  const rig = new Rig();
  rig.cluster.crash(rig.leader.name);
  rig.roles.length = 0;
  while (!rig.roles.some(({ role }) => role === "leader")) rig.engine.step();
  return { rig, at: rig.now };
}

test("the first entry of its term is empty, and is committed a round trip and an fsync later", () => {
  const { rig, at } = elected();
  const { leader } = rig;
  const { log } = leader.raft!;
  const entry = log.slice(log.lastIndex(), log.lastIndex() + 1, Infinity)![0]!;
  assert.is(entry.data, null);
  assert.is(entry.change, null);
  assert.is(entry.term, leader.raft!.term);
  const read = rig.call(leader, get("a"));
  const write = rig.call(leader, put("a"));
  rig.run(20 * MS);
  const commit = 2 * TRIP + SYNC;
  const applied = rig.applied.find(({ member, index }) => member === leader.name && index === entry.index)!;
  assert.is(applied.at - at, commit);
  assert.is(read.at - at, commit + 2 * TRIP);
  // followers are probed with the empty entry first: what follows is sent when they have answered
  assert.is(write.at - at, 2 * commit);
});

test("what the old leader had told to one of them is committed with it", () => {
  const rig = new Rig();
  const [one, two] = rig.followers;
  rig.faults.cut({ hosts: [rig.leader.hostName] }, { hosts: [two!.hostName] });
  const reply = rig.call(rig.leader, put("a"));
  rig.run(TRIP + SYNC + 100);
  assert.is(outcome(reply), "waiting");
  rig.cluster.crash(rig.leader.name);
  rig.run(4 * SECOND);
  // only who has the entry can win (Raft §5.4.1)
  assert.is(rig.leader.name, one!.name);
  assert.is(outcome(rig.ask(one!, { kind: "range", key: "a", rangeEnd: "", revision: 0, limit: 0 })), "ok");
  assert.is(one!.view.revision, 2);
  assert.is(two!.view.revision, 2);
});

test.run();
