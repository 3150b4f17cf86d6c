// What clients asked and were told, key by key, for the check of linearizability. Uses values only: what an answer says about
// revisions is checked elsewhere. Keys that a lease deletes are not part of it, as nobody asks for those deletions.

import type { Compare, KeyRange, TxnOp, TxnRequest } from "../etcd/request.ts";
import type { KvAnswer } from "./compare-answers.ts";
import { ABSENT, checkKey, type KeyOperation, NOTHING } from "./linearizability.ts";
import { isInRange } from "./reference-store.ts";

/** What is known of one key from one answer. */
interface Known {
  sees: number;
  excludes: number;
  writes: number;
}

export interface HistoryVerdict {
  readonly key: string;
  /** The operation that has no place, by its id; -1 when the search was given up. */
  readonly operation: number;
}

export class History {
  /** All keys that clients use; ranges reach no others. */
  private readonly keys: readonly string[];
  private readonly operations = new Map<string, KeyOperation[]>();

  constructor(keys: readonly string[]) {
    this.keys = keys;
    for (const key of keys) this.operations.set(key, []);
  }

  /**
   * An operation is over.
   *
   * @param answer null when none came, or one that leaves open whether it took effect
   * @param returnedAt Infinity without an answer
   */
  add(id: number, request: TxnOp, answer: KvAnswer | null, invokedAt: number, returnedAt: number): void {
    const known = new Map<string, Known>();
    if (answer === null) this.expect(known, request);
    else this.learn(known, request, answer);
    for (const [key, { sees, excludes, writes }] of known) {
      if (sees === NOTHING && excludes === NOTHING && writes === NOTHING) continue;
      this.operations.get(key)!.push({ id, invokedAt, returnedAt, sees, excludes, writes });
    }
  }

  /** Checks all keys. @returns the first that fails, and how many were too much to decide */
  check(): { readonly failed: HistoryVerdict | null; readonly undecided: number } {
    let undecided = 0;
    for (const [key, operations] of this.operations) {
      const outcome = checkKey(operations);
      if (outcome.isLinearizable === "undecided") undecided++;
      else if (!outcome.isLinearizable) return { failed: { key, operation: outcome.operation.id }, undecided };
    }
    return { failed: null, undecided };
  }

  /** The operations of one key, as one line each, up to and including one of them. */
  describe({ key, operation }: HistoryVerdict, last: number): string {
    const all = this.operations.get(key)!;
    const at = all.findIndex((op) => op.id === operation);
    const end = all[at]?.returnedAt ?? Infinity;
    const lines = all
      .filter((op) => op.invokedAt <= end)
      .sort((a, b) => a.invokedAt - b.invokedAt)
      .map((op) => {
        const parts = [`#${op.id} ${op.invokedAt}–${op.returnedAt}`];
        if (op.sees !== NOTHING) parts.push(op.sees === ABSENT ? "sees nothing" : `sees ${op.sees}`);
        if (op.excludes !== NOTHING)
          parts.push(op.excludes === ABSENT ? "sees something" : `does not see ${op.excludes}`);
        if (op.writes !== NOTHING) parts.push(op.writes === ABSENT ? "deletes" : `writes ${op.writes}`);
        return parts.join(" ");
      });
    return lines.slice(-last).join("; ");
  }

  private learn(known: Map<string, Known>, request: TxnOp, answer: KvAnswer): void {
    switch (request.kind) {
      case "put":
        if (answer.kind === "put" && request.prevKv === true) {
          this.sees(known, request.key, answer.prevKv === null ? ABSENT : (answer.prevKv.value as number));
        }
        this.writes(known, request, request.value as number);
        break;
      case "range":
        if (answer.kind !== "range" || request.revision !== 0 || request.serializable === true) break;
        if (answer.more || request.countOnly === true) break;
        for (const key of this.inRange(request)) {
          const found = answer.kvs.find((kv) => kv.key === key);
          this.sees(known, key, found === undefined ? ABSENT : (found.value as number));
        }
        break;
      case "deleteRange":
        if (answer.kind === "deleteRange") {
          const keys = this.inRange(request);
          for (const key of keys) {
            if (request.prevKv === true) {
              const found = answer.prevKvs.find((kv) => kv.key === key);
              this.sees(known, key, found === undefined ? ABSENT : (found.value as number));
            } else if (answer.deleted === 0) this.sees(known, key, ABSENT);
            else if (answer.deleted === keys.length) this.excludes(known, key, ABSENT);
          }
        }
        this.writes(known, request, ABSENT);
        break;
      case "txn": {
        if (answer.kind !== "txn") break;
        this.learnCompares(known, request, answer.succeeded);
        const branch = answer.succeeded ? request.success : request.failure;
        for (const [i, op] of branch.entries()) {
          const response = answer.responses[i];
          if (response !== undefined) this.learn(known, op, response);
        }
      }
    }
  }

  /** What an unanswered request may have done. Failure branches of the workload only read. */
  private expect(known: Map<string, Known>, request: TxnOp): void {
    if (request.kind === "put") this.writes(known, request, request.value as number);
    else if (request.kind === "deleteRange") this.writes(known, request, ABSENT);
    else if (request.kind === "txn") {
      this.learnCompares(known, request, true);
      for (const op of request.success) this.expect(known, op);
      // a condition on a key that is not written is no effect on it
      for (const [key, { writes }] of known) if (writes === NOTHING) known.delete(key);
    }
  }

  private learnCompares(known: Map<string, Known>, request: TxnRequest, succeeded: boolean): void {
    if (!succeeded && request.compare.length !== 1) return;
    for (const compare of request.compare) {
      const value = comparedValue(compare);
      if (value === undefined) continue;
      if (succeeded) this.sees(known, compare.key, value);
      else this.excludes(known, compare.key, value);
    }
  }

  private inRange(range: KeyRange): readonly string[] {
    return this.keys.filter((key) => isInRange(range, key));
  }

  private sees(known: Map<string, Known>, key: string, value: number): void {
    const of = this.of(known, key);
    // after its own write an operation sees that, which tells nothing about others
    if (of !== undefined && of.writes === NOTHING) of.sees = value;
  }

  private excludes(known: Map<string, Known>, key: string, value: number): void {
    const of = this.of(known, key);
    if (of !== undefined && of.writes === NOTHING) of.excludes = value;
  }

  private writes(
    known: Map<string, Known>,
    range: { readonly key: string; readonly rangeEnd?: string },
    value: number,
  ) {
    for (const key of this.inRange({ key: range.key, rangeEnd: range.rangeEnd ?? "" })) {
      const of = this.of(known, key);
      if (of !== undefined) of.writes = value;
    }
  }

  private of(known: Map<string, Known>, key: string): Known | undefined {
    let of = known.get(key);
    if (of === undefined && this.operations.has(key)) {
      of = { sees: NOTHING, excludes: NOTHING, writes: NOTHING };
      known.set(key, of);
    }
    return of;
  }
}

/** The value that a compare asks for, as far as the history knows values: equality, and being there or not. */
function comparedValue({ target, result, operand, rangeEnd }: Compare): number | undefined {
  if (result !== "=" || rangeEnd !== "") return undefined;
  if (target === "value") return operand as number;
  if ((target === "version" || target === "create" || target === "mod") && operand === 0) return ABSENT;
  return undefined;
}
