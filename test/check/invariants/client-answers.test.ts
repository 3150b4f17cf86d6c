// What clients may be told, by answers made by hand.
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ClientAnswers } from "../../../sim/check/invariants/client-answers.ts";
import { LeaseLives } from "../../../sim/check/invariants/lease-lives.ts";
import { ReferenceStore } from "../../../sim/check/reference-store.ts";
import { ERRORS } from "../../../sim/etcd/error.ts";
import type { PutRequest, RangeRequest } from "../../../sim/etcd/request.ts";

function world() {
  const reports: string[] = [];
  const report = (invariant: string) => void reports.push(invariant);
  const store = new ReferenceStore();
  return { reports, report, store, answers: new ClientAnswers(report, store) };
}

const put = (key: string, value: number): PutRequest => ({ kind: "put", key, value, valueBytes: 1, lease: 0 });
const get = (key: string, more: Partial<RangeRequest> = {}): RangeRequest => ({
  kind: "range",
  key,
  rangeEnd: "",
  revision: 0,
  limit: 0,
  ...more,
});
const putAnswer = (revision: number) => ({ kind: "put", revision, prevKv: null });
const nothing = (revision: number) => ({ kind: "range", revision, kvs: [], count: 0, more: false });

test("a committed write and a read of it are right", () => {
  const { reports, answers, store } = world();
  const request = put("k0", 5);
  const write = answers.invoked(0, "etcd-0", request, 1);
  answers.committed(4, request);
  answers.answered(write, putAnswer(2), 3);
  const read = answers.invoked(1, "etcd-1", get("k0"), 4);
  const found = { ...store.at("k0", 2)!, valueBytes: 1 };
  answers.answered(read, { kind: "range", revision: 2, kvs: [found], count: 1, more: false } as never, 5);
  assert.equal(reports, []);
});

test("an acknowledged write is in the log", () => {
  const { reports, answers } = world();
  answers.answered(answers.invoked(0, "etcd-0", put("k0", 5), 1), putAnswer(2), 3);
  assert.equal(reports, ["acknowledged is committed"]);
});

test("a write is in the log once, and not when it was refused", () => {
  const { reports, answers } = world();
  const twice = put("k0", 5);
  answers.invoked(0, "etcd-0", twice, 1);
  answers.committed(4, twice);
  answers.committed(5, twice);
  const refused = put("k0", 6);
  answers.failed(answers.invoked(0, "etcd-0", refused, 2), ERRORS.requestTooLarge, 3);
  answers.committed(6, refused);
  assert.equal(reports, ["applied once", "refused without effect"]);
});

test("a write that timed out may be in the log", () => {
  const { reports, answers } = world();
  const request = put("k0", 5);
  assert.is(answers.failed(answers.invoked(0, "etcd-0", request, 1), ERRORS.timeout, 2), false);
  answers.committed(4, request);
  assert.equal(reports, []);
});

test("a read is not older than a write that was answered before it, unless it is serializable", () => {
  const { reports, answers } = world();
  const request = put("k0", 5);
  const early = answers.invoked(1, "etcd-1", get("k0"), 1);
  const write = answers.invoked(0, "etcd-0", request, 1);
  answers.committed(4, request);
  answers.answered(write, putAnswer(2), 3);
  answers.answered(early, nothing(1), 4);
  answers.answered(answers.invoked(1, "etcd-1", get("k0", { serializable: true }), 5), nothing(1), 6);
  assert.equal(reports, []);
  answers.answered(answers.invoked(1, "etcd-1", get("k0"), 5), nothing(1), 6);
  assert.equal(reports, ["read not older than a completed write"]);
});

test("a read shows what was there at its revision", () => {
  const { reports, answers } = world();
  const request = put("k0", 5);
  answers.invoked(0, "etcd-0", request, 1);
  answers.committed(4, request);
  answers.answered(answers.invoked(1, "etcd-1", get("k0"), 2), nothing(2), 3);
  assert.equal(reports, ["wrong answer"]);
  answers.answered(answers.invoked(1, "etcd-1", get("k0"), 2), nothing(9), 3);
  assert.equal(reports.at(-1), "reads what is committed");
});

test("compacted revisions are not read", () => {
  const { reports, answers } = world();
  for (let value = 1; value <= 5; value++) {
    const request = put("k0", value);
    answers.invoked(0, "etcd-0", request, 1);
    answers.committed(value, request);
  }
  const compact = { kind: "compact", revision: 5 } as const;
  const operation = answers.invoked(0, "etcd-0", compact, 2);
  answers.committed(6, compact);
  answers.answered(operation, { kind: "compact", revision: 6 }, 3);
  const old = answers.invoked(0, "etcd-0", get("k1", { revision: 3 }), 4);
  answers.answered(old, nothing(6), 5);
  assert.equal(reports, ["compacted is gone"]);
  const fine = answers.invoked(0, "etcd-0", get("k1", { revision: 5 }), 4);
  answers.failed(fine, ERRORS.compacted, 5);
  assert.equal(reports, ["compacted is gone"]);
  answers.failed(answers.invoked(0, "etcd-0", get("k1", { revision: 6 }), 4), ERRORS.compacted, 5);
  assert.equal(reports.at(-1), "compaction only up to its revision");
});

test("a lease lives for its time after every answer, less what a fast clock takes", () => {
  const reports: string[] = [];
  const lives = new LeaseLives((invariant) => void reports.push(invariant), 1.25);
  lives.granted(1, 5, 0);
  lives.renewed(1, 5, 3_000_000);
  assert.is(lives.ended(1, 7_000_000), true);
  assert.equal(reports, []);
  lives.granted(2, 5, 0);
  lives.renewed(2, 5, 3_000_000);
  lives.ended(2, 6_999_999);
  assert.equal(reports, ["no lease expires early"]);
  lives.granted(3, 5, 0);
  lives.revokeAsked(3);
  assert.is(lives.ended(3, 10), false);
  assert.is(reports.length, 1);
});

test.run();
