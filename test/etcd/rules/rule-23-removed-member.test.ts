// Rule 23: a member that applies its own removal stops; one that was away when it was removed hears of it when it comes back.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MS, outcome, put, Rig, SECOND } from "./rig.ts";

function seasoned(members: number, stopped: [string, string, number][]): Rig {
  const rig: Rig = new Rig({
    members,
    observer: { stopped: ({ name }, reason) => void stopped.push([name, reason, rig.now]) },
  });
  rig.run(5 * SECOND);
  return rig;
}

test("a follower stops a second after it has applied its removal", () => {
  const stopped: [string, string, number][] = [];
  const rig = seasoned(3, stopped);
  const [gone] = rig.followers;
  const { leader } = rig;
  assert.is(outcome(rig.ask(leader, { kind: "memberRemove", id: gone!.id })), "ok");
  rig.run(3 * SECOND);
  assert.equal(
    stopped.map(([name, reason]) => [name, reason]),
    [[gone!.name, "removed"]],
  );
  assert.ok(gone!.isRemoved && !gone!.isRunning);
  assert.is(rig.leader.name, leader.name);
  assert.is(leader.raft!.tracker.voters().length, 2);
  assert.is(outcome(rig.ask(leader, put("a"))), "ok");
});

test("a leader that is removed answers, stops, and another one leads", () => {
  const stopped: [string, string, number][] = [];
  const rig = seasoned(3, stopped);
  const { leader } = rig;
  const reply = rig.ask(leader, { kind: "memberRemove", id: leader.id });
  assert.is(outcome(reply), "ok");
  rig.run(4 * SECOND);
  assert.equal(
    stopped.map(([name, reason]) => [name, reason]),
    [[leader.name, "removed"]],
  );
  assert.ok(stopped[0]![2] - reply.at <= SECOND, `${stopped[0]![2] - reply.at}`);
  assert.is.not(rig.leader.name, leader.name);
  assert.is(outcome(rig.ask(rig.leader, put("a"))), "ok");
});

test("who was down when it was removed stops soon after it has come back", () => {
  const stopped: [string, string, number][] = [];
  const rig = seasoned(3, stopped);
  const [gone] = rig.followers;
  rig.cluster.crash(gone!.name);
  rig.run(SECOND);
  stopped.length = 0;
  assert.is(outcome(rig.ask(rig.leader, { kind: "memberRemove", id: gone!.id })), "ok");
  rig.run(5 * SECOND);
  const { term } = rig.leader.raft!;
  rig.cluster.restart(gone!.name);
  rig.run(5 * SECOND);
  assert.equal(
    stopped.map(([name, reason]) => [name, reason]),
    [[gone!.name, "removed"]],
  );
  assert.is(rig.leader.raft!.term, term, "it disturbs nobody");
  assert.is(outcome(rig.ask(rig.leader, put("a"))), "ok");
  assert.ok(rig.now > MS);
});

test.run();
