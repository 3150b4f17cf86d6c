// Every state that three members can reach within small limits, by the real code: with any message lost, doubled,
// reordered or late, and crashes at any time. `npm run exhaustive:raft` searches further.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isThorough } from "../thorough.ts";
import { search } from "./state-space.ts";

const SMALL = {
  nodes: 3,
  terms: 1,
  entries: 2,
  preVote: false,
  crashes: true,
  beats: false,
  maxStates: 500_000,
  fault: null,
};

test("one term, two entries, crashes: no property is violated", () => {
  const result = search(SMALL);
  assert.is(result.violation, null);
  assert.ok(result.isComplete);
  assert.ok(result.states > 5_000, `${result.states} states`);
  assert.ok(result.committedTuples > 1_000, "entries are committed");
});

if (isThorough)
  test("two terms, one entry: no property is violated", () => {
    const result = search({ ...SMALL, terms: 2, entries: 1 });
    assert.is(result.violation, null);
    assert.ok(result.isComplete);
    assert.ok(result.committedTuples > 1_000, "entries of the second term are committed");
  });

test("pre-vote, one term: no property is violated", () => {
  const result = search({ ...SMALL, entries: 1, preVote: true });
  assert.is(result.violation, null);
  assert.ok(result.isComplete);
});

test("a search that is cut short says so", () => {
  assert.not(search({ ...SMALL, maxStates: 100 }).isComplete);
});

test("planted: a vote that does not survive a crash is found", () => {
  assert.match(search({ ...SMALL, entries: 1, fault: "forgets-vote" }).violation!, /election safety/);
});

test("planted: entries acknowledged before they are written are found", () => {
  const result = search({ ...SMALL, entries: 1, fault: "forgets-entries" });
  assert.match(result.violation!, /not on a quorum's disks|leader append-only|leader completeness/);
});

test.run();
