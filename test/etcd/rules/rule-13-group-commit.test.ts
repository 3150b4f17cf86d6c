// Rule 13: entries that arrive during an fsync go into the next one together; the database is committed 100 ms after the last commit if
// there is anything to commit, or after 10,000 operations, while reads and applying wait.
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { RangeAnswer } from "../../../sim/etcd/answer.ts";
import { get, MS, outcome, put, Rig, SECOND, SYNC, TRIP } from "./rig.ts";

test("one fsync for all that came during the one before", () => {
  const entries: number[] = [];
  let leader = "";
  const rig = new Rig({
    observer: {
      persisted: ({ name }, written) => {
        if (name === leader && written.length > 0) entries.push(written.length);
      },
    },
  });
  leader = rig.leader.name;
  rig.leader.disk.extraMicros = 10 * MS;
  const replies = [rig.call(rig.leader, put("first"))];
  for (let i = 0; i < 90; i++) {
    rig.run(100);
    replies.push(rig.call(rig.leader, put(`key-${i}`)));
  }
  rig.run(40 * MS);
  assert.equal(entries, [1, 90]);
  assert.equal(new Set(replies.map(outcome)), new Set(["ok"]));
});

test("a database is committed at most every 100 ms, after each change, with two fsyncs", () => {
  const rig = new Rig();
  const { name } = rig.leader;
  rig.backendCommits.length = 0;
  rig.run(SECOND);
  assert.is(rig.backendCommits.length, 0, "nothing changes, nothing is committed");
  rig.quieten();
  const begin = rig.now;
  for (let i = 0; i < 50; i++) {
    rig.call(rig.leader, put(`key-${i}`));
    rig.run(10 * MS);
  }
  rig.run(200 * MS);
  const commits = rig.backendCommits.filter(({ member, at }) => member === name && at > begin);
  assert.equal(new Set(commits.map(({ micros }) => micros)), new Set([2 * SYNC]));
  const gaps = commits.slice(1).map(({ at }, i) => at - commits[i]!.at);
  assert.ok(gaps.length >= 4);
  assert.equal([...new Set(gaps)], [100 * MS + 2 * SYNC]);
});

test("10,000 operations are committed at once", () => {
  const rig = new Rig();
  rig.backendCommits.length = 0;
  const begin = rig.now;
  for (let i = 0; i < 10_001; i++) rig.call(rig.leader, put(`key-${i}`));
  rig.run(20 * MS);
  const [first] = rig.backendCommits.filter(({ member }) => member === rig.leader.name);
  assert.ok(first !== undefined && first.at - begin < 10 * MS, `${first?.at}`);
});

test("reads and puts wait for a commit that is under way", () => {
  const sync = 5 * MS;
  const rig = new Rig({ syncMicros: sync });
  const { leader } = rig;
  rig.call(leader, put("a"));
  // the timer of the database fires 90 ms after the rig is quiet
  rig.run(90 * MS + 200);
  const read = rig.call(leader, get("a", true));
  const other = rig.call(rig.followers[0]!, get("a", true));
  const written = rig.call(leader, put("b"));
  rig.run(50 * MS);
  assert.is(read.took, 2 * sync - 200);
  assert.is(other.took, 2 * sync - 200);
  assert.is(written.took, 2 * sync - 200);
  assert.ok(2 * TRIP + sync < written.took, "without the commit it had been done before");
});

test("reads see what is not committed to the file yet, and a machine's crash does not lose it", () => {
  const rig = new Rig();
  const { leader } = rig;
  rig.backendCommits.length = 0;
  assert.is(outcome(rig.ask(leader, put("a"))), "ok");
  assert.is((rig.call(leader, get("a", true)).value as RangeAnswer).count, 1);
  rig.cluster.crash(leader.name, true);
  assert.equal(rig.backendCommits, []);
  assert.is(leader.wal.storage.hardState.commit, leader.wal.storage.lastIndex() - 1, "nor that it was committed");
  rig.run(3 * SECOND);
  rig.cluster.restart(leader.name);
  rig.run(3 * SECOND);
  assert.is((rig.call(leader, get("a", true)).value as RangeAnswer).count, 1);
});

test.run();
