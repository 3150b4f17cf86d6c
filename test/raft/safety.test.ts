// Raft's figure 3 under random schedules: election safety, leader append-only, log matching, leader completeness, state
// machine safety, and reads that are never stale; with the faults that the checks must notice.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AssertionError } from "../../sim/engine/assert.ts";
import { runSchedule, SafetyViolation, type ScheduleOptions, type ScheduleResult } from "./random-schedule.ts";

const ACTIONS = 4000;
const SEEDS = 30;

function runSeeds(options: Omit<ScheduleOptions, "seed" | "actions" | "fault">): ScheduleResult {
  const total = { terms: 0, applied: 0, reads: 0, snapshots: 0, confChanges: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = runSchedule({ ...options, seed, actions: ACTIONS, fault: null });
    total.terms += result.terms;
    total.applied += result.applied;
    total.reads += result.reads;
    total.snapshots += result.snapshots;
    total.confChanges += result.confChanges;
  }
  return total;
}

for (const [voters, preVote, checkQuorum] of [
  [3, false, false],
  [3, true, false],
  [5, true, true],
] as const) {
  test(`${voters} members, pre-vote ${preVote}, check-quorum ${checkQuorum}: safe, and live once faults heal`, () => {
    const total = runSeeds({ voters, spares: 0, preVote, checkQuorum });
    // the schedules get to what they are for
    assert.ok(total.terms > SEEDS * 4, `${total.terms} terms`);
    assert.ok(total.applied > SEEDS * 20, `${total.applied} applied`);
    assert.ok(total.reads > SEEDS, `${total.reads} reads`);
    assert.ok(total.snapshots > SEEDS, `${total.snapshots} snapshots`);
  });
}

test("configuration changes under faults, joint and simple: safe", () => {
  const total = runSeeds({ voters: 3, spares: 2, preVote: false, checkQuorum: true });
  assert.ok(total.confChanges > SEEDS * 3, `${total.confChanges} changes applied`);
  assert.ok(total.applied > SEEDS * 20, `${total.applied} applied`);
});

test("the same seed gives the same run", () => {
  const options = { seed: 7, voters: 3, spares: 2, actions: 1000, preVote: true, checkQuorum: true, fault: null };
  assert.equal(runSchedule(options), runSchedule(options));
});

function violations(fault: "forgets-vote" | "forgets-entries", seeds: number): string[] {
  const found: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      runSchedule({ seed, voters: 3, spares: 0, actions: ACTIONS, preVote: false, checkQuorum: false, fault });
    } catch (error) {
      // the members' own assertions notice too
      if (!(error instanceof SafetyViolation || error instanceof AssertionError)) throw error;
      found.push(error.message);
    }
  }
  return found;
}

test("planted: a vote that does not survive a crash gives two leaders in a term", () => {
  assert.ok(violations("forgets-vote", 40).some((message) => message.includes("election safety")));
});

test("planted: entries acknowledged before they are written are lost", () => {
  assert.ok(violations("forgets-entries", 5).length > 0);
});

test.run();
