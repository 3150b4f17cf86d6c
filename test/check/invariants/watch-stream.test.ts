// What a watcher may be told, against a store with known changes.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WatchStream } from "../../../sim/check/invariants/watch-stream.ts";
import { ReferenceStore } from "../../../sim/check/reference-store.ts";
import type { KeyRange, WatchEvent } from "../../../sim/etcd/request.ts";

/** A store with one change per letter: k1 put, k2 put, K1 deleted. */
function storeOf(...changes: readonly string[]): ReferenceStore {
  const store = new ReferenceStore();
  changes.forEach((change, i) => {
    const key = change.toLowerCase();
    if (change === key) store.apply({ kind: "put", key, value: i + 1, valueBytes: 1, lease: 0 });
    else store.apply({ kind: "deleteRange", key, rangeEnd: "" });
  });
  return store;
}

function eventOf(store: ReferenceStore, number: number): WatchEvent {
  const { key, revision, now } = store.changes[number]!;
  const gone = { value: null, createRevision: 0, version: 0, lease: 0 };
  return {
    type: now === null ? "delete" : "put",
    kv: { key, modRevision: revision, valueBytes: 0, ...(now === null ? gone : { ...now }) },
    prevKv: null,
  };
}

function watch(store: ReferenceStore, range: KeyRange = { key: "k", rangeEnd: "l" }, startRevision = 1) {
  const reports: string[] = [];
  const report = (invariant: string) => void reports.push(invariant);
  return { reports, stream: new WatchStream({ name: "watch", range, startRevision, store, report }) };
}

test("everything once and in order is right", () => {
  const store = storeOf("k1", "k2", "K1", "k3");
  const { reports, stream } = watch(store);
  stream.deliver([eventOf(store, 0), eventOf(store, 1)]);
  stream.progress(3);
  assert.not(stream.isCaughtUp());
  stream.deliver([eventOf(store, 2), eventOf(store, 3)]);
  assert.ok(stream.isCaughtUp());
  assert.is(stream.nextRevision, 6);
  assert.equal(reports, []);
});

test("a change that is left out is a gap, when the next one or progress is told", () => {
  const store = storeOf("k1", "k2");
  const later = watch(store);
  later.stream.deliver([eventOf(store, 1)]);
  assert.is(later.reports[0], "watch gap");
  const progress = watch(store);
  progress.stream.deliver([eventOf(store, 0)]);
  progress.stream.progress(3);
  assert.equal(progress.reports, ["watch gap"]);
});

test("a change that is told twice, or before the start, is a duplicate", () => {
  const store = storeOf("k1", "k2");
  const twice = watch(store);
  twice.stream.deliver([eventOf(store, 0)]);
  twice.stream.deliver([eventOf(store, 0)]);
  assert.equal(twice.reports, ["watch duplicate"]);
  const early = watch(store, undefined, 3);
  early.stream.deliver([eventOf(store, 0)]);
  assert.equal(early.reports, ["watch duplicate"]);
});

test("what never happened, happened otherwise, or elsewhere", () => {
  const store = storeOf("k1");
  const wrong = eventOf(store, 0);
  const other = watch(store);
  other.stream.deliver([{ ...wrong, kv: { ...wrong.kv, value: 99 } }]);
  assert.equal(other.reports, ["watch wrong event"]);
  const deleted = watch(store);
  deleted.stream.deliver([{ ...wrong, type: "delete" }]);
  assert.equal(deleted.reports, ["watch wrong event"]);
  const invented = watch(store);
  invented.stream.deliver([wrong, { ...wrong, kv: { ...wrong.kv, modRevision: 7 } }]);
  assert.equal(invented.reports, ["watch invents"]);
});

test("a revision is told whole", () => {
  const store = new ReferenceStore();
  const put = (key: string) => ({ kind: "put", key, value: 1, valueBytes: 1, lease: 0 }) as const;
  store.apply({ kind: "txn", compare: [], success: [put("k1"), put("k2")], failure: [] });
  const { reports, stream } = watch(store);
  stream.deliver([eventOf(store, 0)]);
  assert.equal(reports, ["watch gap"]);
});

test("only a compaction beyond the next event ends a watch", () => {
  const store = storeOf("k1", "k2", "k3", "k4");
  store.apply({ kind: "compact", revision: 4 });
  const behind = watch(store);
  behind.stream.compacted(4);
  assert.equal(behind.reports, []);
  assert.is(behind.stream.nextRevision, 4);
  behind.stream.deliver([eventOf(store, 2), eventOf(store, 3)]);
  assert.equal(behind.reports, []);
  const ahead = watch(store, undefined, 4);
  ahead.stream.compacted(4);
  assert.equal(ahead.reports, ["watch cancelled without reason"]);
  const wrong = watch(store);
  wrong.stream.compacted(5);
  assert.equal(wrong.reports, ["watch cancelled without reason"]);
});

test.run();
