// Restart: a member answers clients once it has put its name through the log and applied that: with the quorum lost it answers nothing.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { get, MS, outcome, put, Rig, SECOND } from "./rig.ts";

test("a restarted member answers once it has caught up and published its name", () => {
  const rig = new Rig();
  const [one] = rig.followers;
  rig.cluster.crash(one!.name);
  for (let i = 0; i < 50; i++) rig.ask(rig.leader, put(`key-${i}`));
  rig.cluster.restart(one!.name);
  rig.until(() => one!.isRunning, SECOND, MS);
  const stale = rig.call(one!, get("key-49", true));
  assert.is(outcome(stale), "waiting");
  const before = rig.leader.raft!.log.lastIndex();
  rig.until(() => one!.isServing, SECOND, 100);
  assert.is(rig.leader.raft!.log.lastIndex(), before + 1, "its name is an entry");
  assert.is(one!.process!.apply.appliedIndex, before + 1);
  rig.run(MS);
  assert.is((stale.value as { count?: number }).count, 1, "it waited, and sees all that came before");
});

test("with the quorum lost restarted members answer nothing, not even what needs no quorum", () => {
  const rig = new Rig();
  const names = rig.cluster.members.map(({ name }) => name);
  for (const name of names) rig.cluster.crash(name);
  rig.run(SECOND);
  rig.cluster.restart(names[0]!);
  rig.run(SECOND);
  const member = rig.cluster.member(names[0]!);
  assert.ok(member.isRunning);
  const replies = [get("a"), get("a", true), put("a"), { kind: "status" } as const].map((request) =>
    rig.call(member, request),
  );
  rig.run(30 * SECOND);
  assert.equal(new Set(replies.map(outcome)), new Set(["waiting"]));
  assert.is(member.isServing, false);
  rig.cluster.restart(names[1]!);
  rig.run(5 * SECOND);
  assert.ok(member.isServing);
  assert.equal(new Set(replies.map(outcome)), new Set(["ok"]));
});

test("all that was acknowledged is there after all machines lose power", () => {
  const rig = new Rig();
  const names = rig.cluster.members.map(({ name }) => name);
  for (let i = 0; i < 30; i++) rig.ask(rig.leader, put(`key-${i}`));
  for (const name of names) rig.cluster.crash(name, true);
  rig.run(SECOND);
  for (const name of names) rig.cluster.restart(name);
  rig.run(5 * SECOND);
  for (const name of names) {
    const reply = rig.ask(rig.cluster.member(name), { ...get("key-", true), rangeEnd: "key." });
    assert.is((reply.value as { count?: number }).count, 30);
  }
});

test("a killed process leaves what it wrote to the kernel, a machine without power loses what was not synced", () => {
  for (const losesPower of [false, true]) {
    const rig = new Rig();
    const { leader } = rig;
    const before = leader.wal.storage.lastIndex();
    leader.disk.extraMicros = 50 * MS;
    rig.call(leader, put("a"));
    rig.run(20 * MS);
    rig.cluster.crash(leader.name, losesPower);
    assert.is(leader.wal.storage.lastIndex(), losesPower ? before : before + 1);
  }
});

test.run();
