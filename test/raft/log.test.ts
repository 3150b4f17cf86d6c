// The log over stable storage and unstable tail: against a plain list of entries, and rule by rule.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dataEntry, type Entry, entryBytes, limitEntries, placeEntry } from "../../sim/raft/entry.ts";
import { RaftLog } from "../../sim/raft/log.ts";
import { MemoryStorage } from "../../sim/raft/memory-storage.ts";
import { EMPTY_CONF, type Snapshot } from "../../sim/raft/storage.ts";

const entry = (index: number, term: number, data = ""): Entry => placeEntry(dataEntry(data, data.length), index, term);
const entries = (first: number, terms: readonly number[]) => terms.map((term, i) => entry(first + i, term));
const snapshotAt = (index: number, term: number): Snapshot => ({ index, term, conf: EMPTY_CONF, data: null });

function logOf(terms: readonly number[]): RaftLog {
  const log = new RaftLog(new MemoryStorage(), Infinity);
  log.append(entries(1, terms));
  return log;
}

const termsOf = (log: RaftLog) => {
  const terms: (number | undefined)[] = [];
  for (let i = log.firstIndex(); i <= log.lastIndex(); i++) terms.push(log.term(i));
  return terms;
};

test("Raft §5.3: entries are taken only after one that matches, and replace those that conflict", () => {
  const log = logOf([1, 1, 2, 2]);
  assert.is(log.maybeAppend(5, 2, [], 0), undefined, "there is no entry 5");
  assert.is(log.maybeAppend(3, 1, [], 0), undefined, "entry 3 is of another term");
  assert.is(log.maybeAppend(2, 1, entries(3, [3]), 0), 3);
  assert.equal(termsOf(log), [1, 1, 3]);
});

test("Raft §5.3: an old message that the log contains already does not cut it short", () => {
  const log = logOf([1, 1, 2, 2]);
  assert.is(log.maybeAppend(1, 1, entries(2, [1]), 0), 2);
  assert.equal(termsOf(log), [1, 1, 2, 2]);
});

test("a follower commits no further than the entries it knows to match", () => {
  const log = logOf([1, 1, 1]);
  log.maybeAppend(1, 1, entries(2, [1]), 3);
  assert.is(log.committed, 2);
  log.commitTo(1);
  assert.is(log.committed, 2, "and never back");
});

test("a committed entry is never overwritten", () => {
  const log = logOf([1, 1, 1]);
  log.commitTo(2);
  assert.throws(() => log.maybeAppend(1, 1, entries(2, [2]), 0), /committed entry would be overwritten/);
  assert.throws(() => log.commitTo(9), /beyond the last entry/);
});

test("Raft §5.4.1: up-to-date is the higher last term, then the longer log", () => {
  const log = logOf([1, 2, 2]);
  assert.ok(log.isUpToDate(1, 3));
  assert.ok(log.isUpToDate(3, 2));
  assert.not(log.isUpToDate(2, 2));
  assert.not(log.isUpToDate(9, 1));
});

test("Raft §5.3: the hint skips all entries of terms that are too high", () => {
  const log = logOf([1, 1, 4, 4, 4, 6]);
  assert.equal(log.findConflictByTerm(6, 5), { index: 5, term: 4 });
  assert.equal(log.findConflictByTerm(5, 3), { index: 2, term: 1 });
  assert.equal(log.findConflictByTerm(6, 0), { index: 0, term: 0 });
  assert.equal(log.findConflictByTerm(9, 5), { index: 9, term: 0 }, "beyond the log nothing is known");
});

test("an acknowledged write of entries that were replaced meanwhile makes nothing stable", () => {
  const log = logOf([1, 1, 1]);
  log.unstable.acceptInProgress();
  log.append(entries(2, [2]));
  log.unstable.stableTo(3, 1);
  assert.is(log.unstable.offset, 1);
  log.unstable.stableTo(2, 1);
  assert.is(log.unstable.offset, 1, "entry 2 has another term now");
  assert.equal(log.unstable.nextEntries(), entries(2, [2]), "only the new entry is to be written");
  log.unstable.stableTo(1, 1);
  assert.is(log.unstable.offset, 2);
});

test("the log begins anew after a snapshot, which is applied before anything else", () => {
  const log = logOf([1, 1, 1]);
  log.restore(snapshotAt(7, 3));
  assert.equal([log.firstIndex(), log.lastIndex(), log.lastTerm(), log.committed], [8, 7, 3, 7]);
  log.append(entries(8, [3]));
  log.commitTo(8);
  assert.not(log.hasNextCommitted(true), "the snapshot is not on disk");
  log.unstable.stableSnapshotTo(6);
  assert.not(log.hasNextCommitted(true), "another snapshot is");
});

test("committed entries are handed out once, limited by bytes that are not applied yet", () => {
  const storage = new MemoryStorage();
  const log = new RaftLog(storage, 2 * entryBytes(entry(1, 1, "ab")));
  log.append([1, 2, 3].map((index) => entry(index, 1, "ab")));
  log.commitTo(3);
  const first = log.nextCommitted(true);
  assert.equal(
    first.map(({ index }) => index),
    [1, 2],
  );
  log.acceptApplying(2, 2 * entryBytes(first[0]!), true);
  assert.not(log.hasNextCommitted(true));
  log.appliedTo(2, 2 * entryBytes(first[0]!));
  assert.equal(
    log.nextCommitted(true).map(({ index }) => index),
    [3],
  );
  assert.equal(log.nextCommitted(false), [], "with asynchronous writes only what is on disk");
});

test("at least one entry passes any limit", () => {
  const three = [1, 2, 3].map((index) => entry(index, 1, "abcdef"));
  assert.is(limitEntries(three, 0).length, 1);
  assert.is(limitEntries(three, 2 * entryBytes(three[0]!)).length, 2);
  assert.is(limitEntries(three, Infinity).length, 3);
});

test("over random appends, writes and compactions the log is what a plain list would be", () => {
  const change = fc.oneof(
    fc.record({ kind: fc.constant("append"), back: fc.nat(4), count: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant("write"), back: fc.nat(3), count: fc.constant(0) }),
    fc.record({ kind: fc.constant("compact"), back: fc.nat(9), count: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), fc.nat(200), (changes, limit) => {
      const storage = new MemoryStorage();
      const log = new RaftLog(storage, Infinity);
      const plain: number[] = [];
      let term = 1;
      let compacted = 0;
      for (const { kind, back, count } of changes) {
        if (kind === "append") {
          term++;
          const from = Math.max(compacted, plain.length - back);
          plain.length = from;
          for (let i = 0; i < count; i++) plain.push(term);
          log.append(entries(from + 1, plain.slice(from)));
        } else if (kind === "write") {
          storage.append(log.unstable.nextEntries());
          log.unstable.acceptInProgress();
          const stable = log.lastIndex() - back;
          if (stable > compacted) log.unstable.stableTo(stable, log.term(stable)!);
        } else {
          const to = Math.min(log.unstable.offset - 1, compacted + back);
          storage.compact(to);
          compacted = Math.max(compacted, to);
        }
        assert.is(log.lastIndex(), plain.length);
        assert.equal(termsOf(log), plain.slice(compacted));
        assert.is(log.slice(compacted, plain.length + 1, Infinity), undefined, "before the first index");
        const all = log.slice(compacted + 1, plain.length + 1, Infinity)!;
        assert.equal(log.slice(compacted + 1, plain.length + 1, limit), limitEntries(all, limit));
      }
    }),
    { seed: 20260302, numRuns: 300 },
  );
});

test.run();
