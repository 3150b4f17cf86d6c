// Rule 3: the election timeout is drawn from E … 2E-1 ticks, all alike, whenever a member becomes follower, candidate or leader;
// not when it becomes pre-candidate.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ELECTION_TICKS, MS, Rig, SECOND } from "./rig.ts";

test("all of 10 … 19 ticks are drawn, equally often", () => {
  const counts = new Map<number, number>();
  let draws = 0;
  for (let seed = 0; seed < 100; seed++) {
    const rig = new Rig({ seed, members: 5, boots: true });
    rig.run(210 * MS);
    for (const { raft } of rig.cluster.members) {
      const ticks = raft!.randomizedElectionTicks;
      counts.set(ticks, (counts.get(ticks) ?? 0) + 1);
      draws++;
    }
  }
  assert.equal(
    [...counts.keys()].sort((a, b) => a - b),
    Array.from({ length: ELECTION_TICKS }, (_, i) => ELECTION_TICKS + i),
  );
  const expected = draws / ELECTION_TICKS;
  let chiSquare = 0;
  for (const count of counts.values()) chiSquare += (count - expected) ** 2 / expected;
  // 99.9 % of 9 degrees of freedom
  assert.ok(chiSquare < 27.9, `chi-square ${chiSquare}`);
});

test("drawn again by a candidate and a leader, kept by a pre-candidate", () => {
  const changed = { precandidate: 0, candidate: 0, leader: 0, follower: 0 };
  const seen = { precandidate: 0, candidate: 0, leader: 0, follower: 0 };
  for (let seed = 0; seed < 20; seed++) {
    const rig = new Rig({ seed });
    const last = new Map(rig.cluster.members.map(({ name, raft }) => [name, raft!.randomizedElectionTicks]));
    rig.roles.length = 0;
    rig.cluster.crash(rig.leader.name);
    const end = rig.now + 4 * SECOND;
    while (rig.now < end && !rig.roles.some(({ role }) => role === "leader")) {
      rig.run(500);
      for (const { name, raft } of rig.cluster.members) {
        const ticks = raft?.randomizedElectionTicks;
        if (ticks === undefined || ticks === last.get(name)) continue;
        last.set(name, ticks);
        changed[raft!.role]++;
      }
    }
    for (const { role } of rig.roles) seen[role]++;
  }
  assert.ok(seen.precandidate >= 20 && seen.candidate >= 20 && seen.leader >= 20);
  assert.is(changed.precandidate, 0);
  // one draw of ten is the same again
  assert.ok(changed.candidate >= 0.7 * seen.candidate, `${changed.candidate} of ${seen.candidate}`);
  assert.ok(changed.leader >= 0.7 * seen.leader, `${changed.leader} of ${seen.leader}`);
});

test.run();
