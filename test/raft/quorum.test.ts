// Majorities and joint majorities (Raft §6) against their definitions.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { committedIndex, jointCommittedIndex, jointVoteResult, majorityOf, voteResult } from "../../sim/raft/quorum.ts";

const SEED = { seed: 20260301, numRuns: 500 };
const voters = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 7 });
const indexes = fc.dictionary(fc.integer({ min: 1, max: 9 }).map(String), fc.integer({ min: 1, max: 20 }));
const votes = fc.dictionary(fc.integer({ min: 1, max: 9 }).map(String), fc.boolean());

const lookup = (known: Record<string, number>) => ({ acknowledgedIndex: (id: number) => known[id] });
const asMap = (known: Record<string, boolean>) =>
  new Map(Object.entries(known).map(([id, vote]) => [Number(id), vote]));

test("two majorities of the same voters share one, which is all of Raft's safety (§5.2)", () => {
  for (let count = 1; count <= 9; count++) assert.ok(2 * majorityOf(count) > count);
  assert.equal([1, 2, 3, 4, 5].map(majorityOf), [1, 2, 2, 3, 3]);
});

test("the committed index is the highest that a majority has", () => {
  fc.assert(
    fc.property(voters, indexes, (ids, known) => {
      fc.pre(ids.length > 0);
      const have = (index: number) => ids.filter((id) => (known[id] ?? 0) >= index).length;
      const result = committedIndex(ids, lookup(known));
      assert.ok(have(result) >= majorityOf(ids.length));
      assert.ok(have(result + 1) < majorityOf(ids.length));
    }),
    SEED,
  );
  assert.is(committedIndex([], lookup({})), Infinity);
});

test("a joint configuration commits what both halves have, whichever is first", () => {
  fc.assert(
    fc.property(voters, voters, indexes, (a, b, known) => {
      const result = jointCommittedIndex(a, b, lookup(known));
      assert.is(result, jointCommittedIndex(b, a, lookup(known)));
      assert.is(result, Math.min(committedIndex(a, lookup(known)), committedIndex(b, lookup(known))));
      assert.is(jointCommittedIndex(a, [], lookup(known)), committedIndex(a, lookup(known)));
    }),
    SEED,
  );
});

test("a vote is won or lost as soon as no missing vote can change it", () => {
  fc.assert(
    fc.property(voters, votes, (ids, known) => {
      fc.pre(ids.length > 0);
      const cast = asMap(known);
      const granted = ids.filter((id) => cast.get(id) === true).length;
      const refused = ids.filter((id) => cast.get(id) === false).length;
      const needed = majorityOf(ids.length);
      const expected = granted >= needed ? "won" : ids.length - refused < needed ? "lost" : "pending";
      assert.is(voteResult(ids, cast), expected);
    }),
    SEED,
  );
});

test("a joint vote is lost with either half, and won with both", () => {
  fc.assert(
    fc.property(voters, voters, votes, (a, b, known) => {
      const cast = asMap(known);
      const halves = [voteResult(a, cast), voteResult(b, cast)];
      const expected = halves.includes("lost") ? "lost" : halves.includes("pending") ? "pending" : "won";
      assert.is(jointVoteResult(a, b, cast), expected);
    }),
    SEED,
  );
});

test.run();
