// Configuration changes as pure functions: what they refuse, and what holds of every configuration they lead to.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  changeMembership,
  changeSimply,
  enterJoint,
  leaveJoint,
  type Membership,
  restoreMembership,
} from "../../sim/raft/configuration.ts";
import type { ConfChangeStep } from "../../sim/raft/entry.ts";
import { Inflights } from "../../sim/raft/inflights.ts";
import { Progress } from "../../sim/raft/progress.ts";
import { EMPTY_CONF } from "../../sim/raft/storage.ts";
import { Tracker } from "../../sim/raft/tracker.ts";
import { parseOperators } from "../interaction/describe.ts";

const create = (id: number) => new Progress(id, 1, new Inflights(1, 0));
const of = (voters: readonly number[]) => restoreMembership({ ...EMPTY_CONF, voters }, create);

function accepted(result: Membership | string): Membership {
  if (typeof result === "string") throw new Error(result);
  return result;
}

test("what is refused changes nothing", () => {
  const three = of([1, 2, 3]);
  const joint = accepted(enterJoint(three, parseOperators("v4 r1"), false, create));
  assert.is(
    changeSimply(three, parseOperators("v4 v5"), create),
    "more than one voter changed without entering joint config",
  );
  assert.is(changeSimply(of([1]), parseOperators("r1"), create), "removed all voters");
  assert.is(changeSimply(joint, parseOperators("v5"), create), "can't apply simple config change in joint config");
  assert.is(enterJoint(joint, [], false, create), "config is already joint");
  assert.is(enterJoint(of([]), parseOperators("v1"), false, create), "can't make a zero-voter config joint");
  assert.is(enterJoint(three, parseOperators("r1 r2 r3"), false, create), "removed all voters");
  assert.is(leaveJoint(three), "can't leave a non-joint config");
  assert.equal(three.conf.voters, [1, 2, 3]);
  assert.equal([...three.progress.keys()], [1, 2, 3]);
  assert.equal(joint.conf.votersOutgoing, [1, 2, 3]);
});

test("an entry's transition decides: simple, joint and left by itself, joint until told", () => {
  const change = (text: string, transition: "auto" | "implicit" | "explicit") =>
    accepted(changeMembership(of([1, 2, 3]), { version: 2, transition, changes: parseOperators(text) }, create)).conf;
  assert.equal(change("v4", "auto").votersOutgoing, []);
  const several = change("v4 r1", "auto");
  assert.equal([several.votersOutgoing, several.autoLeave], [[1, 2, 3], true]);
  assert.is(change("v4", "implicit").autoLeave, true);
  const explicit = change("v4", "explicit");
  assert.equal([explicit.votersOutgoing, explicit.autoLeave], [[1, 2, 3], false]);
});

test("a voter that is demoted keeps its vote and its progress until the joint configuration is left", () => {
  const three = of([1, 2, 3]);
  const joint = accepted(enterJoint(three, parseOperators("l3"), true, create));
  assert.equal(joint.conf.learnersNext, [3]);
  assert.equal(joint.conf.learners, []);
  const left = accepted(leaveJoint(joint));
  assert.equal(left.conf, { voters: [1, 2], learners: [3], votersOutgoing: [], learnersNext: [], autoLeave: false });
  assert.is(left.progress.get(3), three.progress.get(3));
});

const step: fc.Arbitrary<ConfChangeStep> = fc.record({
  operation: fc.constantFrom("add", "learner", "remove", "update"),
  node: fc.integer({ min: 0, max: 6 }),
});
const change = fc.record({
  version: fc.constant(2 as const),
  transition: fc.constantFrom("auto" as const, "implicit" as const, "explicit" as const),
  changes: fc.array(step, { maxLength: 4 }),
});

test("over any changes: somebody votes, learners do not, each member has one progress, and majorities overlap", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      let now = of([1, 2, 3]);
      for (const each of changes) {
        const next = changeMembership(now, each, create);
        if (typeof next === "string") continue;
        const { voters, learners, votersOutgoing, learnersNext } = next.conf;
        assert.ok(voters.length > 0);
        assert.not(learners.some((id) => voters.includes(id) || votersOutgoing.includes(id)));
        assert.ok(learnersNext.every((id) => votersOutgoing.includes(id) && !voters.includes(id)));
        if (votersOutgoing.length === 0) assert.equal(learnersNext, []);
        const members = new Set([...voters, ...learners, ...votersOutgoing]);
        assert.equal(
          [...next.progress.keys()],
          [...members].sort((a, b) => a - b),
        );
        for (const [id, progress] of next.progress) {
          if (now.progress.has(id)) assert.is(progress, now.progress.get(id), "what is known of a member is kept");
        }
        // Raft §6: any quorum before and any quorum after have a member in common
        if (votersOutgoing.length === 0 && now.conf.votersOutgoing.length === 0) {
          const added = voters.filter((id) => !now.conf.voters.includes(id)).length;
          const removed = now.conf.voters.filter((id) => !voters.includes(id)).length;
          assert.ok(added + removed <= 1);
        }
        assert.equal(restoreMembership(next.conf, create).conf, next.conf);
        now = next;
      }
    }),
    { seed: 20260305, numRuns: 500 },
  );
});

test("the tracker knows voters of both halves, and who is a learner", () => {
  const joint = accepted(enterJoint(of([1, 2, 3]), parseOperators("v4 l3 l5"), true, create));
  const tracker = new Tracker(joint);
  assert.equal(tracker.voters(), [1, 2, 3, 4]);
  assert.ok(tracker.isJoint());
  assert.not(tracker.isSingleton());
  assert.ok(tracker.isVoter(3), "of the outgoing half");
  assert.equal(
    tracker.members.map(({ id, isLearner }) => [id, isLearner]).filter(([, is]) => is),
    [[5, true]],
  );
  tracker.adopt(accepted(leaveJoint(joint)));
  assert.equal(tracker.voters(), [1, 2, 4]);
  assert.not(tracker.isVoter(3));
});

test("the check of the quorum counts voters that were heard of, not learners", () => {
  const tracker = new Tracker(accepted(changeSimply(of([1, 2, 3]), parseOperators("l4 l5"), create)));
  for (const id of [1, 4, 5]) tracker.progress(id)!.recentActive = true;
  assert.not(tracker.isQuorumActive());
  tracker.progress(2)!.recentActive = true;
  assert.ok(tracker.isQuorumActive());
});

test.run();
