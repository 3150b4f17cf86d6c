// What clients may be told. Every write that is committed goes through the reference store, once and in the order of the log; every
// answer must be what came out there. An answer that came before a request was made bounds the request from below: its revision is
// at least that old one (strict serializability over all keys, with revisions as witnesses).
import type { LeaseGrantAnswer, RangeAnswer } from "../../etcd/answer.ts";
import { ERRORS, type EtcdError } from "../../etcd/error.ts";
import type { AlarmRequest, EtcdRequest, RangeRequest, TxnOp, WriteRequest } from "../../etcd/request.ts";
import { differs, type KvAnswer } from "../compare-answers.ts";
import type { Outcome, ReferenceStore } from "../reference-store.ts";
import type { Report } from "./member-view.ts";

/** One request of a client, from question to answer. */
export interface Operation {
  readonly id: number;
  readonly client: number;
  readonly member: string;
  readonly request: EtcdRequest;
  readonly invokedAt: number;
  /** Newest revision that anybody had been told when it was asked. */
  readonly floor: number;
  /** Newest compaction that anybody had been told of when it was asked. */
  readonly compactedFloor: number;
  /** refused: it had no effect. unknown: whether it had is not known. */
  status: "open" | "answered" | "refused" | "unknown";
  returnedAt: number;
  /** Where it is in the log, 0 = not (yet). */
  index: number;
  /** What the reference store says, once it is committed. */
  outcome: Outcome | null;
  /** Of the reference store after it. */
  revision: number;
}

export class ClientAnswers {
  readonly operations: Operation[] = [];
  private readonly report: Report;
  private readonly store: ReferenceStore;
  /** Writes by the request, which travels through the log as it is. */
  private readonly byRequest = new Map<EtcdRequest, Operation>();
  private newestRevision = 1;
  private newestCompaction = 0;

  constructor(report: Report, store: ReferenceStore) {
    this.report = report;
    this.store = store;
  }

  /** A client asks. */
  invoked(client: number, member: string, request: EtcdRequest, now: number): Operation {
    const operation: Operation = {
      id: this.operations.length + 1,
      client,
      member,
      request,
      invokedAt: now,
      floor: this.newestRevision,
      compactedFloor: this.newestCompaction,
      status: "open",
      returnedAt: Infinity,
      index: 0,
      outcome: null,
      revision: 0,
    };
    this.operations.push(operation);
    if (isWrite(request)) this.byRequest.set(request, operation);
    return operation;
  }

  /** A request is committed. @returns what it must come to */
  committed(
    index: number,
    request: WriteRequest | AlarmRequest,
  ): { readonly outcome: Outcome; readonly revision: number } {
    const operation = this.byRequest.get(request);
    const outcome = this.store.apply(request);
    const { revision } = this.store;
    if (operation !== undefined) {
      if (operation.index !== 0) {
        this.report("applied once", `${tell(operation)} is in the log at ${operation.index} and at ${index}`);
      }
      if (operation.status === "refused" && outcome.kind !== "refused") {
        this.report("refused without effect", `${tell(operation)} was refused and is in the log at ${index}`);
      }
      operation.index = index;
      operation.outcome = outcome;
      operation.revision = revision;
    }
    return { outcome, revision };
  }

  /** An answer came, other than an error. */
  answered(operation: Operation, answer: { readonly kind: string; readonly revision: number }, now: number): void {
    operation.status = "answered";
    operation.returnedAt = now;
    const { request } = operation;
    if (isWrite(request)) this.checkWrite(operation, request, answer);
    else if (request.kind === "range") this.checkRead(operation, request, answer as RangeAnswer);
    else if (request.kind === "leaseKeepAlive" || request.kind === "leaseTimeToLive") return;
    if (typeof answer.revision === "number") this.newestRevision = Math.max(this.newestRevision, answer.revision);
  }

  /** An error came. @returns whether it tells that the request had no effect */
  failed(operation: Operation, error: EtcdError, now: number): boolean {
    const hadNoEffect = !isWrite(operation.request) || NO_EFFECT.has(error.code);
    operation.status = hadNoEffect ? "refused" : "unknown";
    operation.returnedAt = hadNoEffect ? now : Infinity;
    const { request } = operation;
    if (operation.outcome !== null && operation.status === "refused" && operation.outcome.kind !== "refused") {
      this.report("refused without effect", `${tell(operation)}: ${error.message}, but it is in the log`);
    }
    if (request.kind === "range" && error === ERRORS.futureRevision && request.revision <= operation.floor) {
      if (request.serializable !== true) {
        this.report("read not older than a completed write", `${tell(operation)}: refused as a future revision`);
      }
    }
    if (error === ERRORS.compacted && "revision" in request && request.revision > this.store.compactedRevision) {
      this.report(
        "compaction only up to its revision",
        `${tell(operation)}: refused, compacted is ${this.store.compactedRevision}`,
      );
    }
    return hadNoEffect;
  }

  /** The client stopped waiting. */
  gaveUp(operation: Operation): void {
    operation.status = "unknown";
  }

  private checkWrite(
    operation: Operation,
    request: WriteRequest,
    answer: { readonly kind: string; readonly revision: number },
  ) {
    // a transaction that only reads is not in the log
    if (operation.index === 0 && request.kind === "txn" && isReadOnly(request))
      return this.checkReadTxn(operation, request, answer);
    if (operation.index === 0) {
      this.report("acknowledged is committed", `${tell(operation)} was acknowledged and is not in the log`);
      return;
    }
    // headers of other services tell the revision at the time of the answer
    const isOwn = request.kind === "put" || request.kind === "deleteRange" || request.kind === "txn";
    if (isOwn ? answer.revision !== operation.revision : answer.revision < operation.revision) {
      const detail = `${tell(operation)} was answered with revision ${answer.revision}, its own is ${operation.revision}`;
      this.report("revision of a write", detail);
    }
    if (
      operation.revision < operation.floor ||
      (changes(operation.outcome!) && operation.revision === operation.floor)
    ) {
      const detail = `${tell(operation)} got revision ${operation.revision}, but ${operation.floor} had been seen before it`;
      this.report("revisions strictly increase", detail);
    }
    if (request.kind === "compact") {
      if (operation.outcome!.kind !== "refused")
        this.newestCompaction = Math.max(this.newestCompaction, request.revision);
    } else if (request.kind === "leaseGrant") {
      if ((answer as LeaseGrantAnswer).ttlSeconds < request.ttlSeconds) {
        this.report("lease as granted", `${tell(operation)}: ${(answer as LeaseGrantAnswer).ttlSeconds} s`);
      }
      if (operation.outcome!.kind === "refused")
        this.report("wrong answer", `${tell(operation)}: it should have been refused`);
    } else if (request.kind === "leaseRevoke") {
      if (operation.outcome!.kind === "refused")
        this.report("wrong answer", `${tell(operation)}: it should have been refused`);
    } else {
      const wrong = differs(request, answer as KvAnswer, operation.outcome!);
      if (wrong !== undefined) this.report("wrong answer", `${tell(operation)}: ${wrong}`);
    }
  }

  private checkReadTxn(
    operation: Operation,
    request: WriteRequest,
    answer: { readonly kind: string; readonly revision: number },
  ) {
    this.checkAge(operation, answer.revision);
    if (request.kind !== "txn" || answer.kind !== "txn") return;
    for (const [i, op] of request.success.entries()) {
      const response = (answer as KvAnswer & { kind: "txn" }).responses[i];
      if (op.kind === "range" && response?.kind === "range") this.checkFound(operation, op, response, answer.revision);
    }
  }

  private checkRead(operation: Operation, request: RangeRequest, answer: RangeAnswer): void {
    if (request.serializable !== true) this.checkAge(operation, answer.revision);
    if (answer.revision > this.store.revision) {
      const detail = `${tell(operation)} was answered from revision ${answer.revision}, committed is ${this.store.revision}`;
      this.report("reads what is committed", detail);
      return;
    }
    this.checkFound(operation, request, answer, answer.revision);
  }

  private checkAge(operation: Operation, revision: number): void {
    if (revision >= operation.floor) return;
    const detail = `${tell(operation)} was answered from revision ${revision}, but ${operation.floor} had been seen before it`;
    this.report("read not older than a completed write", detail);
  }

  private checkFound(operation: Operation, request: RangeRequest, answer: RangeAnswer, revision: number): void {
    const at = request.revision === 0 ? revision : request.revision;
    if (request.revision > 0 && request.revision < operation.compactedFloor && request.serializable !== true) {
      const detail = `${tell(operation)} was answered, although ${operation.compactedFloor} had been compacted before`;
      this.report("compacted is gone", detail);
    }
    const wrong = differs(request, answer, this.store.read(request, at));
    if (wrong !== undefined) this.report("wrong answer", `${tell(operation)}: ${wrong}`);
  }
}

// refusals of the request itself; all other errors leave open what became of it
const NO_EFFECT: ReadonlySet<EtcdError["code"]> = new Set([
  "InvalidArgument",
  "NotFound",
  "FailedPrecondition",
  "OutOfRange",
]);

function isWrite(request: EtcdRequest): request is WriteRequest {
  switch (request.kind) {
    case "put":
    case "deleteRange":
    case "txn":
    case "compact":
    case "leaseGrant":
    case "leaseRevoke":
      return true;
    default:
      return false;
  }
}

function isReadOnly(request: TxnOp): boolean {
  if (request.kind === "txn") return [...request.success, ...request.failure].every(isReadOnly);
  return request.kind === "range";
}

/** Did it make a revision of its own? */
function changes(outcome: Outcome): boolean {
  if (outcome.kind === "put") return true;
  if (outcome.kind === "delete") return outcome.deleted.length > 0;
  return outcome.kind === "txn" && outcome.outcomes.some(changes);
}

/** An operation in words. */
export function tell({ id, client, member, request }: Operation): string {
  const end = "rangeEnd" in request && request.rangeEnd !== "" ? `…${request.rangeEnd}` : "";
  const key = "key" in request ? ` ${request.key}${end}` : "";
  return `#${id} (client ${client} at ${member}: ${request.kind}${key})`;
}
