// An answer of etcd beside what the reference store says must have come out.
import type { DeleteRangeAnswer, PutAnswer, RangeAnswer, TxnAnswer } from "../etcd/answer.ts";
import type { KeyValue, TxnOp } from "../etcd/request.ts";
import type { Outcome, Version } from "./reference-store.ts";

export type KvAnswer = PutAnswer | RangeAnswer | DeleteRangeAnswer | TxnAnswer;

/** What is wrong with an answer, in words; undefined when it is as expected. */
export function differs(request: TxnOp, answer: KvAnswer, outcome: Outcome): string | undefined {
  if (outcome.kind === "refused") return "it should have been refused";
  switch (request.kind) {
    case "put":
      if (answer.kind !== "put" || outcome.kind !== "put") return "an answer to something else";
      if (request.prevKv !== true) return undefined;
      return isSame(answer.prevKv, outcome.before) ? undefined : `${request.key} had another value before`;
    case "deleteRange": {
      if (answer.kind !== "deleteRange" || outcome.kind !== "delete") return "an answer to something else";
      const { deleted } = outcome;
      if (answer.deleted !== deleted.length) return `${answer.deleted} deleted, there were ${deleted.length}`;
      if (request.prevKv !== true) return undefined;
      return deleted.every((version, i) => isSame(answer.prevKvs[i] ?? null, version))
        ? undefined
        : "other values were deleted";
    }
    case "range": {
      if (answer.kind !== "range" || outcome.kind !== "range") return "an answer to something else";
      const { found, count } = outcome;
      if (answer.count !== count) return `${answer.count} counted, there were ${count}`;
      if (answer.kvs.length !== found.length) return `${answer.kvs.length} keys found, there were ${found.length}`;
      const wrong = found.findIndex((version, i) => !isSame(answer.kvs[i]!, version));
      if (wrong === -1) return undefined;
      const got = answer.kvs[wrong]!;
      const expected = found[wrong]!;
      return `${got.key} = ${String(got.value)} of revision ${got.modRevision}, it was ${String(expected.value)} of ${expected.modRevision}`;
    }
    case "txn": {
      if (answer.kind !== "txn" || outcome.kind !== "txn") return "an answer to something else";
      if (answer.succeeded !== outcome.succeeded) {
        return `its compares ${answer.succeeded ? "held" : "did not hold"}, which is wrong`;
      }
      const branch = answer.succeeded ? request.success : request.failure;
      for (const [i, op] of branch.entries()) {
        const response = answer.responses[i];
        if (response === undefined) return "an operation without answer";
        const wrong = differs(op, response, outcome.outcomes[i]!);
        if (wrong !== undefined) return wrong;
      }
      return undefined;
    }
  }
}

function isSame(kv: KeyValue | null, version: Version | null): boolean {
  if (kv === null || version === null) return kv === null && version === null;
  return (
    kv.key === version.key &&
    kv.value === version.value &&
    kv.modRevision === version.modRevision &&
    kv.createRevision === version.createRevision &&
    kv.version === version.version &&
    kv.lease === version.lease
  );
}
