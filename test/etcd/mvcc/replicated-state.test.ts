// The shared store against the naive one: every answer, every member's sight of every revision at any moment, and the history of
// changes; with members that apply at their own pace, crash back to what their disk has and come back.
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { OpAnswer, StateAnswer } from "../../../sim/etcd/answer.ts";
import { EtcdError } from "../../../sim/etcd/error.ts";
import type { Command } from "../../../sim/etcd/mvcc/command.ts";
import { MemberView } from "../../../sim/etcd/mvcc/member-view.ts";
import { type Position, ReplicatedState } from "../../../sim/etcd/mvcc/replicated-state.ts";
import { validateRequest } from "../../../sim/etcd/mvcc/validate.ts";
import type { WriteRequest } from "../../../sim/etcd/request.ts";
import { write } from "./arbitraries.ts";
import { NaiveStore, type Outcome, plain } from "./naive-store.ts";

interface Twin {
  readonly naive: NaiveStore;
  /** Compacted and newest revision after each entry, from entry 0 on. */
  readonly after: { revision: number; compacted: number }[];
}

function outcome(answer: StateAnswer | EtcdError): Outcome {
  if (answer instanceof EtcdError) return answer;
  switch (answer.kind) {
    case "put":
    case "deleteRange":
    case "txn":
      return opOutcome(answer);
    case "leaseGrant":
      return [answer.revision, answer.ttlSeconds];
    default:
      return [answer.revision];
  }
}

function opOutcome(answer: OpAnswer): readonly unknown[] {
  switch (answer.kind) {
    case "put":
      return ["put", answer.prevKv === null ? null : plain(answer.prevKv)];
    case "deleteRange":
      return ["deleted", answer.deleted, ...answer.prevKvs.map(plain)];
    case "range":
      return ["range", answer.count, ...answer.kvs.map(plain)];
    case "txn":
      return ["txn", answer.succeeded, ...answer.responses.map(opOutcome)];
  }
}

const command = (id: number, request: WriteRequest): Command => ({ id, memberId: 1, request, result: null });
const newState = () => new ReplicatedState({ minLeaseTtlSeconds: 2 });

// whatever a member is asked, it answers as the naive store did when it had come that far
function checkReads(view: MemberView, { naive, after }: Twin): void {
  const { revision, compacted } = after[view.appliedIndex]!;
  assert.is(view.revision, revision);
  assert.is(view.compactedRevision, compacted);
  for (const at of [0, compacted - 1, compacted, compacted + 1, revision - 1, revision, revision + 1]) {
    if (at < 0) continue;
    for (const [key, rangeEnd] of [
      ["a", ""],
      ["a", "b"],
      ["a/1", "\0"],
      ["b", "c"],
    ] as const) {
      const answer = view.range({ kind: "range", key, rangeEnd, revision: at, limit: 0 });
      const expected = naive.range(key, rangeEnd, at, revision, compacted);
      if (answer instanceof EtcdError || expected instanceof EtcdError) {
        assert.is(answer, expected, `range ${key} at ${at}`);
        continue;
      }
      assert.equal(answer.kvs.map(plain), expected, `range ${key} … ${rangeEnd} at ${at} of ${revision}`);
      assert.is(answer.count, expected.length);
      assert.is(answer.revision, revision);
    }
  }
}

test("answers, reads at every revision, changes and leases are those of the naive store", () => {
  const step = fc.tuple(write, fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 7 }));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), (steps) => {
      const state = newState();
      const views = [0, 1, 2].map(() => new MemberView(state));
      for (const view of views) view.isServing = true;
      const durable: Position[] = views.map((view) => view.position());
      const naive = new NaiveStore();
      const twin: Twin = { naive, after: [{ revision: 1, compacted: -1 }] };
      const log: Command[] = [];
      for (const [request, member, act] of steps) {
        if (validateRequest(request) !== null) continue;
        const expected = naive.apply(request);
        log.push(command(log.length + 1, request));
        twin.after.push({ revision: naive.revision, compacted: naive.compacted });
        const view = views[member]!;
        while (view.appliedIndex < log.length) {
          const index = view.appliedIndex + 1;
          const result = view.apply(index, 1, log[index - 1]!);
          assert.is(result, log[index - 1]!.result);
        }
        assert.equal(outcome(log.at(-1)!.result!.answer), expected);
        for (const other of views) checkReads(other, twin);
        if (act === 0) durable[member] = view.position();
        if (act === 1) {
          view.isServing = false;
          view.moveTo(durable[member]!);
          while (view.appliedIndex < log.length) view.apply(view.appliedIndex + 1, 1, log[view.appliedIndex]!);
          view.isServing = true;
          checkReads(view, twin);
        }
        if (act === 2) {
          const ahead = views[(member + 1) % 3]!;
          if (ahead.appliedIndex < view.appliedIndex) ahead.moveTo(view.position());
          checkReads(ahead, twin);
        }
      }
      const { history, leases } = state.store;
      const kept = naive.events.slice(history.begin);
      assert.is(history.end, naive.events.length);
      for (let i = 0; i < kept.length; i++) {
        const version = history.at(history.begin + i);
        const { revision, key, value, isDelete } = kept[i]!;
        // what is before the oldest readable revision of a key is freed
        if (revision <= state.store.prunedRevision) assert.is(version.previous, null);
        assert.equal(
          [version.modRevision, version.key, version.value, version.version === 0],
          [revision, key, value, isDelete],
        );
      }
      // changes from the compacted revision on can still be watched everywhere
      const oldest = Math.min(...views.map((view) => view.compactedRevision));
      assert.ok(naive.events.slice(0, history.begin).every((event) => event.revision < oldest));
      const newest = new MemberView(state);
      newest.moveTo(views.reduce((a, b) => (a.appliedIndex > b.appliedIndex ? a : b)).position());
      assert.equal(
        newest
          .leases()
          .map((lease) => lease.id)
          .sort(),
        [...naive.leases.keys()].sort(),
      );
      for (const lease of newest.leases()) {
        assert.is(lease.ttlSeconds, naive.leases.get(lease.id));
        const held = [...naive.maps.at(-1)!.values()].filter((kv) => kv.lease === lease.id).map((kv) => kv.key);
        assert.equal(newest.leaseKeys(lease), held.sort());
        assert.equal([...lease.keys].sort(), held.sort());
      }
      assert.is(leases.find(99), undefined);
    }),
    { seed: 3, numRuns: 600 },
  );
});

test("a database holds what its changes added and its compactions did not remove", () => {
  fc.assert(
    fc.property(fc.array(write, { minLength: 1, maxLength: 80, size: "max" }), (requests) => {
      const state = newState();
      const view = new MemberView(state);
      const naive = new NaiveStore();
      let index = 0;
      let removed = 0;
      for (const request of requests) {
        if (validateRequest(request) !== null) continue;
        naive.apply(request);
        const { removal } = view.apply(index + 1, 1, command(++index, request));
        if (removal === null) continue;
        removed += removal.removed;
        // what etcd keeps: of each key its last version up to the compacted revision, a deletion only if it is of that very revision
        const upTo = naive.events.filter((event) => event.revision <= removal.revision);
        const kept = upTo.filter(
          (event, i) =>
            !upTo.slice(i + 1).some((later) => later.key === event.key) &&
            (!event.isDelete || event.revision === removal.revision),
        );
        assert.is(upTo.length - removed, kept.length, `kept at ${removal.revision}`);
        assert.is(removal.scanned, kept.length + removal.removed);
      }
    }),
    { seed: 4, numRuns: 400 },
  );
});

test("a backup restores what was readable at its position, and nothing that came later", () => {
  const requests = fc.array(write, { minLength: 1, maxLength: 40, size: "max" });
  fc.assert(
    fc.property(requests, requests, fc.nat(), (before, after, bump) => {
      const state = newState();
      const view = new MemberView(state);
      view.isServing = true;
      const naive = new NaiveStore();
      const twin: Twin = { naive, after: [] };
      let index = 0;
      for (const request of before) {
        if (validateRequest(request) !== null) continue;
        naive.apply(request);
        view.apply(index + 1, 1, command(++index, request));
      }
      twin.after.push({ revision: naive.revision, compacted: naive.compacted });
      const backup = view.backup();
      for (const request of after) {
        if (validateRequest(request) === null) view.apply(index + 1, 1, command(++index, request));
      }
      const newborn = newState();
      backup.restoreInto(newborn);
      const restored = new MemberView(newborn);
      checkReads(restored, twin);
      const order = (a: readonly [number, number], b: readonly [number, number]) => a[0] - b[0];
      const leases = restored.leases().map(({ id, ttlSeconds }) => [id, ttlSeconds] as const);
      assert.equal(leases.sort(order), [...naive.leases].sort(order));
      const bumped = newState();
      backup.restoreInto(bumped, bump, true);
      const late = new MemberView(bumped);
      assert.equal([late.revision, late.compactedRevision], [naive.revision + bump, naive.revision + bump]);
      const all = late.range({ kind: "range", key: "a", rangeEnd: "\0", revision: 0, limit: 0 });
      assert.ok(!(all instanceof EtcdError));
      if (!(all instanceof EtcdError)) assert.equal(all.kvs.map(plain), naive.range("a", "\0", 0));
      backup.release();
      // life goes on in it
      for (const request of after) {
        if (validateRequest(request) !== null) continue;
        const expected = naive.apply(request);
        const { answer } = restored.apply(restored.appliedIndex + 1, 1, command(1, request));
        assert.equal(outcome(answer), expected);
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});

test("a different entry at an index breaks state machine safety, a repeated command does not", () => {
  const state = newState();
  const first = new MemberView(state);
  const second = new MemberView(state);
  const put = command(1, { kind: "put", key: "a", value: 1, valueBytes: 1, lease: 0 });
  first.apply(1, 1, null);
  first.apply(2, 1, put);
  first.apply(3, 1, put);
  assert.is(first.revision, 3);
  assert.throws(() => second.apply(1, 2, null), /state machine safety/);
  assert.throws(() => new MemberView(state).apply(1, 1, put), /state machine safety/);
  assert.throws(() => new MemberView(state).apply(2, 1, put), /without gaps/);
});

test("a member view is not behind what it applied: entries come one by one", () => {
  const state = newState();
  const view = new MemberView(state);
  assert.throws(() => view.apply(2, 1, null), /without gaps/);
  assert.throws(() => view.moveTo({ ...view.position(), appliedIndex: 5 }), /reached before/);
});

test.run();
