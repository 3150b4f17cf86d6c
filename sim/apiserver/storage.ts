// How the API server keeps objects in etcd: a key for each object, writes as transactions on the revision that was read, reads
// that etcd confirms with a quorum. Errors of etcd become what kube-apiserver's clients see of them.
// Source: behaviour of kube-apiserver's etcd3 storage (create, GuaranteedUpdate with a cached object, conditional delete).
import {
  type CallContext,
  EtcdError,
  type KeyValue,
  type KeyValueClient,
  prefixEnd,
  type RangeAnswer,
  type RangeRequest,
  type TxnOp,
  type TxnRequest,
} from "../etcd/client.ts";
import { noObjects } from "../model/objects.ts";
import { ApiError, type ApiKind, type ApiObject, type Done, keyOf } from "./client.ts";
import type { EventLeases } from "./event-leases.ts";
import { nameOfKey } from "./kind-rules.ts";
import { alreadyExists, notFound } from "./refusals.ts";
import { ObjectSizes, StoredObject, sameObject } from "./stored-object.ts";
import type { Verdict } from "./verbs.ts";

/** An object and the revision at which it was written. */
export interface Versioned<K extends ApiKind = ApiKind> {
  readonly object: ApiObject<K>;
  readonly revision: number;
}

/** All objects of a kind, and the revision at which they were read. */
export interface Listing {
  readonly kvs: readonly KeyValue[];
  readonly revision: number;
}

const PREFIXES: ReadonlyMap<ApiKind, string> = new Map(
  Object.keys(noObjects()).map((kind) => [kind as ApiKind, `/registry/${kind.toLowerCase()}/`]),
);

/** `/registry/<kind>/`: where the keys of a kind begin. */
export function prefixOf(kind: ApiKind): string {
  return PREFIXES.get(kind) as string;
}

/** The object that a key's value stands for, with its version. */
export function objectOf(kv: KeyValue): ApiObject {
  return (kv.value as StoredObject).at(kv.modRevision);
}

/** A key of etcd with its value. */
export interface Entry {
  readonly key: string;
  readonly value: StoredObject;
  readonly valueBytes: number;
}

/** The key and value under which an object is stored. */
export function entryOf(sizes: ObjectSizes, kind: ApiKind, object: ApiObject): Entry {
  const key = prefixOf(kind) + keyOf(kind, object);
  return { key, value: new StoredObject(object), valueBytes: sizes.bytesOf(object) };
}

/** Under no kind's prefix: nobody watches it. */
const ACCOUNTED_KEY = "accounted";

export class EtcdStorage {
  private readonly etcd: KeyValueClient;
  private readonly leases: EventLeases | null;
  private readonly cached: (kind: ApiKind, key: string) => Versioned | undefined;
  private readonly sizes = new ObjectSizes();
  /** The newest revision that a write of this server has made. */
  writtenRevision = 0;

  /** @param cached what the API server believes an object to be, which may be old */
  constructor(
    etcd: KeyValueClient,
    cached: (kind: ApiKind, key: string) => Versioned | undefined,
    leases: EventLeases | null = null,
  ) {
    this.leases = leases;
    this.etcd = etcd;
    this.cached = cached;
  }

  create<K extends ApiKind>(kind: K, object: ApiObject<K>, done: Done<ApiObject<K>>): void {
    if (kind !== "events" || this.leases === null) return this.createUnder(0, kind, object, done);
    this.leases.get((lease) => {
      if (lease instanceof EtcdError) done(apiErrorOf(lease));
      else this.createUnder(lease, kind, object, done);
    });
  }

  private createUnder<K extends ApiKind>(lease: number, kind: K, object: ApiObject<K>, done: Done<ApiObject<K>>): void {
    const { key, value, valueBytes } = entryOf(this.sizes, kind, object);
    const request: TxnRequest = {
      kind: "txn",
      compare: [{ key, rangeEnd: "", target: "create", result: "=", operand: 0 }],
      success: [{ kind: "put", key, value, valueBytes, lease }],
      failure: [],
    };
    this.etcd.call(request, (answer) => {
      if (answer instanceof EtcdError) done(apiErrorOf(answer));
      else if (answer.succeeded) done(this.stored(value, answer.revision) as ApiObject<K>);
      else done(alreadyExists(kind, object.metadata.name));
    });
  }

  /** One write that stands for many that were not made, of objects that are there. */
  account(count: number, bytes: number, done: () => void): void {
    const standsFor = { count, bytes };
    this.etcd.call({ kind: "put", key: ACCOUNTED_KEY, value: null, valueBytes: 0, lease: 0, standsFor }, (answer) => {
      if (answer instanceof EtcdError) return;
      this.writtenRevision = Math.max(this.writtenRevision, answer.revision);
      done();
    });
  }

  get<K extends ApiKind>(context: CallContext, kind: K, key: string, done: Done<ApiObject<K>>): void {
    this.read(context, kind, key, (answer) => done(answer instanceof ApiError ? answer : answer.object));
  }

  list(context: CallContext, kind: ApiKind, done: (answer: Listing | ApiError) => void): void {
    const key = prefixOf(kind);
    const request: RangeRequest = { kind: "range", key, rangeEnd: prefixEnd(key), revision: 0, limit: 0 };
    const answered = (answer: RangeAnswer | EtcdError) =>
      done(answer instanceof EtcdError ? apiErrorOf(answer) : answer);
    this.etcd.call(request, answered, context);
  }

  /**
   * Stores what `decide` makes of the stored object, however often it has to be asked: first with what the cache has, then
   * with what a transaction or a read has found instead. A refusal counts only when it is made of the newest state.
   */
  change<K extends ApiKind>(
    context: CallContext,
    kind: K,
    key: string,
    decide: (before: ApiObject<K>) => Verdict<K>,
    done: Done<ApiObject<K>>,
  ): void {
    if (kind !== "events" || this.leases === null) return this.changeUnder(0, context, kind, key, decide, done);
    // what is counted up lives for another hour
    this.leases.get((lease) => {
      if (lease instanceof EtcdError) done(apiErrorOf(lease));
      else if (!context.isOver) this.changeUnder(lease, context, kind, key, decide, done);
    });
  }

  /** As {@link change}, of an object that was written just now: no cache has heard of it yet. */
  changeWritten<K extends ApiKind>(
    context: CallContext,
    kind: K,
    written: ApiObject<K>,
    key: string,
    decide: (before: ApiObject<K>) => Verdict<K>,
    done: Done<ApiObject<K>>,
  ): void {
    const before = { object: written, revision: Number(written.metadata.resourceVersion) };
    this.attempt(0, context, kind, key, decide, before, true, done);
  }

  private changeUnder<K extends ApiKind>(
    lease: number,
    context: CallContext,
    kind: K,
    key: string,
    decide: (before: ApiObject<K>) => Verdict<K>,
    done: Done<ApiObject<K>>,
  ): void {
    const cached = this.cached(kind, key) as Versioned<K> | undefined;
    if (cached !== undefined) this.attempt(lease, context, kind, key, decide, cached, false, done);
    else this.attemptFresh(lease, context, kind, key, decide, done);
  }

  private attemptFresh<K extends ApiKind>(
    lease: number,
    context: CallContext,
    kind: K,
    key: string,
    decide: (before: ApiObject<K>) => Verdict<K>,
    done: Done<ApiObject<K>>,
  ): void {
    this.read(context, kind, key, (answer) => {
      if (answer instanceof ApiError) done(answer);
      else if (!context.isOver) this.attempt(lease, context, kind, key, decide, answer, true, done);
    });
  }

  private attempt<K extends ApiKind>(
    lease: number,
    context: CallContext,
    kind: K,
    key: string,
    decide: (before: ApiObject<K>) => Verdict<K>,
    before: Versioned<K>,
    isCurrent: boolean,
    done: Done<ApiObject<K>>,
  ): void {
    const verdict = decide(before.object);
    const isNoChange = !(verdict instanceof ApiError) && !verdict.remove && sameObject(verdict.object, before.object);
    if (verdict instanceof ApiError || isNoChange) {
      // old news decide nothing
      if (!isCurrent) this.attemptFresh(lease, context, kind, key, decide, done);
      else done(verdict instanceof ApiError ? verdict : before.object);
      return;
    }
    const path = prefixOf(kind) + key;
    const value = new StoredObject(verdict.object);
    const write: TxnOp = verdict.remove
      ? { kind: "deleteRange", key: path, rangeEnd: "" }
      : { kind: "put", key: path, value, valueBytes: this.sizes.bytesOf(verdict.object), lease };
    const request: TxnRequest = {
      kind: "txn",
      compare: [{ key: path, rangeEnd: "", target: "mod", result: "=", operand: before.revision }],
      success: [write],
      failure: [{ kind: "range", key: path, rangeEnd: "", revision: 0, limit: 0 }],
    };
    this.etcd.call(request, (answer) => {
      if (answer instanceof EtcdError) done(apiErrorOf(answer));
      else if (answer.succeeded) done(this.stored(value, answer.revision) as ApiObject<K>);
      else if (!context.isOver) {
        const found = answer.responses[0];
        const kv = found?.kind === "range" ? found.kvs[0] : undefined;
        if (kv === undefined) done(notFound(kind, nameOfKey(key)));
        else this.attempt(lease, context, kind, key, decide, versionedOf(kv), true, done);
      }
    });
  }

  private stored(value: StoredObject, revision: number): ApiObject {
    if (revision > this.writtenRevision) this.writtenRevision = revision;
    return value.at(revision);
  }

  private read<K extends ApiKind>(
    context: CallContext,
    kind: K,
    key: string,
    done: (answer: Versioned<K> | ApiError) => void,
  ): void {
    const request: RangeRequest = { kind: "range", key: prefixOf(kind) + key, rangeEnd: "", revision: 0, limit: 0 };
    const answered = (answer: RangeAnswer | EtcdError) => {
      if (answer instanceof EtcdError) return done(apiErrorOf(answer));
      const [kv] = answer.kvs;
      done(kv === undefined ? notFound(kind, nameOfKey(key)) : versionedOf(kv));
    };
    this.etcd.call(request, answered, context);
  }
}

function versionedOf<K extends ApiKind>(kv: KeyValue): Versioned<K> {
  return { object: objectOf(kv) as ApiObject<K>, revision: kv.modRevision };
}

/** What kube-apiserver answers when etcd fails: status 500 without a reason, and the client library's text. */
export function apiErrorOf({ code, message }: EtcdError): ApiError {
  const isOwnText = message.startsWith("etcdserver: ");
  return new ApiError("Unknown", isOwnText ? message : `rpc error: code = ${code} desc = ${message}`);
}
