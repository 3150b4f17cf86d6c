// A leader that is cut off: it accepts proposals until it finds that no quorum was heard of since the last check, 1 to 2 election timeouts
// after the cut, then asks for votes in vain without raising its term; after the cut it follows the new leader, whose entries replace its own.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RangeAnswer } from "../../../sim/etcd/answer.ts";
import { get, MS, outcome, put, Rig, SECOND, TICK } from "./rig.ts";

test("it steps down 1 to 2 election timeouts after the cut, by its own clock", () => {
  const after: number[] = [];
  for (let seed = 0; seed < 15; seed++) {
    const rig = new Rig({ seed });
    rig.run((seed * 104_729) % SECOND);
    const { leader } = rig;
    rig.isolate(leader);
    const begin = rig.now;
    rig.until(() => leader.raft!.role !== "leader", 4 * SECOND, MS);
    after.push(rig.now - begin);
  }
  for (const micros of after) assert.ok(micros >= 10 * TICK - 5 * MS && micros <= 20 * TICK + MS, `${micros} µs`);
  assert.ok(Math.max(...after) - Math.min(...after) > 5 * TICK, "by the phase of its checks");
});

test("a fast clock checks earlier", () => {
  const rig = new Rig();
  const { leader } = rig;
  leader.setClockRate(2);
  rig.run(SECOND);
  rig.isolate(leader);
  const begin = rig.now;
  rig.until(() => leader.raft!.role !== "leader", 4 * SECOND, MS);
  assert.ok(rig.now - begin <= 10 * TICK + MS, `${rig.now - begin}`);
});

test("one member of five in touch is not enough, two are", () => {
  const rig = new Rig({ members: 5 });
  const { leader } = rig;
  const [one, two, three, four] = rig.followers;
  rig.faults.partition([
    { hosts: [leader.hostName, one!.hostName, two!.hostName] },
    { hosts: [three!.hostName, four!.hostName] },
  ]);
  rig.run(5 * SECOND);
  assert.is(rig.leader.name, leader.name);
  rig.isolate(two!);
  rig.run(2 * 10 * TICK + MS);
  assert.is.not(leader.raft!.role, "leader");
});

test("puts before it steps down are appended and never committed, later ones wait for a leader", () => {
  const rig = new Rig();
  const { leader } = rig;
  const undo = rig.isolate(leader);
  const early = rig.call(leader, put("lost"));
  assert.is(leader.raft!.log.lastIndex(), leader.raft!.log.committed + 1);
  rig.until(() => leader.raft!.role !== "leader", 4 * SECOND, MS);
  const late = rig.call(leader, put("late"));
  const stale = rig.call(leader, get("a", true));
  assert.is(outcome(stale), "ok");
  const { term } = leader.raft!;
  rig.run(8 * SECOND);
  assert.is(leader.raft!.term, term);
  assert.is(outcome(early), "Unavailable: etcdserver: request timed out");
  assert.is(outcome(late), "DeadlineExceeded: context deadline exceeded");
  const next = rig.leader;
  assert.is.not(next.name, leader.name);
  assert.is(outcome(rig.ask(next, put("new"))), "ok");
  undo();
  // TCP finds out in its own time
  rig.until(() => leader.view.revision === next.view.revision, 60 * SECOND, 10 * MS);
  assert.is(rig.leader.name, next.name, "pre-vote: nobody is disturbed");
  assert.is((rig.ask(leader, get("lost")).value as RangeAnswer).count, 0);
  assert.is((rig.ask(leader, get("new")).value as RangeAnswer).count, 1);
});

test.run();
