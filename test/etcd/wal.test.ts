// What a member's log is after a crash: what was synced, and nothing else.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Wal } from "../../sim/etcd/wal.ts";
import { dataEntry, type Entry, placeEntry } from "../../sim/raft/entry.ts";
import type { Ready } from "../../sim/raft/ready.ts";
import { EMPTY_CONF, type HardState, type Snapshot } from "../../sim/raft/storage.ts";

function entries(from: number, to: number, term = 1): Entry[] {
  return Array.from({ length: to - from + 1 }, (_, i) =>
    placeEntry(dataEntry(`${from + i}@${term}`, 10), from + i, term),
  );
}

function ready(parts: { entries?: readonly Entry[]; hardState?: HardState; snapshot?: Snapshot }): Ready {
  const { entries: added = [], hardState = null, snapshot = null } = parts;
  return {
    softState: null,
    hardState,
    readStates: [],
    entries: added,
    snapshot,
    committedEntries: [],
    messages: [],
    mustSync: added.length > 0 || (hardState !== null && hardState.vote !== 0),
  };
}

function write(wal: Wal, parts: Parameters<typeof ready>[0]): void {
  wal.begin(ready(parts));
  wal.complete();
}

const state = (term: number, vote: number, commit: number): HardState => ({ term, vote, commit });
const snapshotAt = (index: number, term = 1): Snapshot => ({ index, term, conf: EMPTY_CONF, data: null });

test("what was synced survives a loss of power, what was being written does not", () => {
  const wal = new Wal();
  write(wal, { entries: entries(1, 3), hardState: state(1, 2, 0) });
  wal.begin(ready({ entries: entries(4, 5), hardState: state(2, 3, 1) }));
  wal.crash(false);
  assert.is(wal.storage.lastIndex(), 3);
  assert.equal(wal.storage.hardState, state(1, 2, 0));
});

test("a killed process leaves its last write to the kernel", () => {
  const wal = new Wal();
  write(wal, { entries: entries(1, 3), hardState: state(1, 2, 0) });
  wal.begin(ready({ entries: entries(4, 5), hardState: state(2, 3, 1) }));
  wal.crash(true);
  assert.is(wal.storage.lastIndex(), 5);
  assert.equal(wal.storage.hardState, state(2, 3, 1));
});

test("a commit index alone is written without a sync: it becomes durable with the next one, or is lost", () => {
  const wal = new Wal();
  write(wal, { entries: entries(1, 3), hardState: state(1, 2, 0) });
  write(wal, { hardState: { term: 1, vote: 0, commit: 2 } });
  assert.is(wal.storage.hardState.commit, 0);
  wal.crash(true);
  assert.is(wal.storage.hardState.commit, 0);
  write(wal, { hardState: { term: 1, vote: 0, commit: 3 } });
  write(wal, { entries: entries(4, 4) });
  assert.is(wal.storage.hardState.commit, 3);
  write(wal, { hardState: { term: 1, vote: 0, commit: 4 } });
  wal.close();
  assert.is(wal.storage.hardState.commit, 4);
});

test("entries of a later term replace those at and after them, on disk too", () => {
  const wal = new Wal();
  write(wal, { entries: entries(1, 5) });
  write(wal, { entries: entries(3, 4, 2) });
  wal.crash(false);
  assert.is(wal.storage.lastIndex(), 4);
  assert.equal(
    [1, 2, 3, 4].map((index) => wal.storage.term(index)),
    [1, 1, 2, 2],
  );
});

test("a log that is shorter in memory than on disk is whole again after a restart", () => {
  const wal = new Wal();
  write(wal, { entries: entries(1, 100), hardState: state(1, 2, 95) });
  wal.saved(snapshotAt(20));
  wal.compactMemory(snapshotAt(60), 50);
  wal.compactMemory(snapshotAt(90), 80);
  assert.is(wal.storage.firstIndex(), 81);
  wal.crash(false);
  // a restart begins at the snapshot on disk
  assert.is(wal.storage.firstIndex(), 21);
  assert.is(wal.storage.lastIndex(), 100);
  assert.equal(
    wal.storage.entries(21, 101, Infinity)!.map((entry) => entry.data),
    entries(21, 100).map((entry) => entry.data),
  );
  assert.is(wal.storage.kept.index, 20);
});

test("a log that is longer in memory than on disk begins at the snapshot after a restart", () => {
  const wal = new Wal();
  write(wal, { entries: entries(1, 100), hardState: state(1, 2, 95) });
  wal.saved(snapshotAt(90));
  wal.compactMemory(snapshotAt(90), 40);
  assert.is(wal.storage.firstIndex(), 41);
  wal.crash(true);
  assert.is(wal.storage.firstIndex(), 91);
  assert.is(wal.storage.lastIndex(), 100);
});

test("a received snapshot takes the place of the log; an unfinished one leaves it", () => {
  const wal = new Wal();
  write(wal, { entries: entries(1, 10), hardState: state(1, 1, 5) });
  wal.begin(ready({ snapshot: snapshotAt(50, 3), hardState: state(3, 0, 50) }));
  wal.crash(true);
  assert.is(wal.storage.lastIndex(), 10);
  write(wal, { snapshot: snapshotAt(50, 3), hardState: state(3, 0, 50) });
  write(wal, { entries: entries(51, 52, 3) });
  wal.crash(false);
  assert.is(wal.storage.firstIndex(), 51);
  assert.is(wal.storage.lastIndex(), 52);
  assert.is(wal.storage.hardState.commit, 50);
});

test("a snapshot that is newer than the commit index on disk is passed over at a restart", () => {
  for (const keepsPageCache of [false, true]) {
    const wal = new Wal();
    write(wal, { entries: entries(1, 10), hardState: state(1, 2, 4) });
    wal.saved(snapshotAt(4));
    // entries up to 9 are applied while the hard state that commits them is on its way to disk
    wal.begin(ready({ entries: entries(11, 12), hardState: state(1, 2, 9) }));
    wal.saved(snapshotAt(9));
    wal.compactMemory(snapshotAt(9), 7);
    assert.is(wal.snapshot.index, 4);
    wal.crash(keepsPageCache);
    const index = keepsPageCache ? 9 : 4;
    assert.is(wal.snapshot.index, index);
    assert.is(wal.storage.hardState.commit, index);
    assert.is(wal.storage.firstIndex(), index + 1);
    assert.is(wal.storage.lastIndex(), keepsPageCache ? 12 : 10);
  }
});

test("a snapshot counts as soon as the commit index on disk has reached it", () => {
  const wal = new Wal();
  write(wal, { entries: entries(1, 10), hardState: state(1, 2, 4) });
  wal.saved(snapshotAt(9));
  assert.is(wal.snapshot.index, 0);
  write(wal, { entries: entries(11, 11), hardState: state(1, 2, 9) });
  assert.is(wal.snapshot.index, 9);
  assert.is(wal.bytesSinceSnapshot, 0);
});

test("a snapshot of its own that a received one has overtaken is of no use", () => {
  const wal = new Wal();
  write(wal, { entries: entries(1, 10), hardState: state(1, 2, 10) });
  write(wal, { snapshot: snapshotAt(50, 3), hardState: state(3, 0, 50) });
  wal.saved(snapshotAt(10));
  assert.is(wal.snapshot.index, 50);
  write(wal, { entries: entries(51, 52, 3) });
  wal.crash(false);
  assert.is(wal.storage.firstIndex(), 51);
  assert.is(wal.storage.lastIndex(), 52);
});

test.run();
