// A stand-in for etcd in tests: one store in memory that answers after a fixed time, or at once, and whose watches tell as late;
// with faults on demand: errors before or after a write is carried out, watches that end.
// Plays what the API server asks for, and refuses the rest.

import type { Engine } from "../../sim/engine/engine.ts";
import type { Tick } from "../../sim/engine/tick.ts";
import type { AnswerTo, LeaseGrantAnswer } from "../../sim/etcd/answer.ts";
import type {
  Compare,
  EtcdWatch,
  KeyValue,
  KeyValueClient,
  OpAnswer,
  TxnOp,
  WatchEvent,
  WatchOptions,
  WatchSink,
} from "../../sim/etcd/client.ts";
import { EtcdError } from "../../sim/etcd/client.ts";
import type { EtcdRequest } from "../../sim/etcd/request.ts";

interface Watcher extends WatchOptions {
  readonly sink: WatchSink;
  readonly onTheWay: WatchEvent[];
  open: boolean;
}

export class MemoryEtcd implements KeyValueClient {
  revision = 1;
  compactedRevision = 0;
  /** Writes that were carried out. */
  writes = 0;
  readonly requests: EtcdRequest[] = [];
  /** Asked before each request: an error to answer with, and whether the request is carried out all the same. */
  fault: (request: EtcdRequest) => { readonly error: EtcdError; readonly carriedOut: boolean } | null = () => null;
  private leases = 0;
  private readonly engine: Engine;
  private readonly delayMicros: number | null;
  private readonly kvs = new Map<string, KeyValue>();
  private readonly history: WatchEvent[] = [];
  private readonly watchers: Watcher[] = [];

  /** @param delayMicros null = everything at once, within the call */
  constructor(engine: Engine, delayMicros: number | null = null) {
    this.engine = engine;
    this.delayMicros = delayMicros;
  }

  get values(): readonly KeyValue[] {
    return [...this.kvs.values()];
  }

  get openWatches(): number {
    return this.watchers.filter((watcher) => watcher.open).length;
  }

  /** The same store, answering at once. */
  instantly(): MemoryEtcd {
    const call = <R extends EtcdRequest>(request: R, done: (answer: AnswerTo<R> | EtcdError) => void) =>
      done(this.carryOut(request) as AnswerTo<R> | EtcdError);
    return Object.assign(Object.create(this) as MemoryEtcd, { call });
  }

  put(key: string, value: unknown, valueBytes = 1): KeyValue {
    const before = this.kvs.get(key);
    this.revision++;
    const kv: KeyValue = {
      key,
      value,
      valueBytes,
      createRevision: before?.createRevision ?? this.revision,
      modRevision: this.revision,
      version: (before?.version ?? 0) + 1,
      lease: 0,
    };
    this.kvs.set(key, kv);
    this.tell({ type: "put", kv, prevKv: null });
    return kv;
  }

  /** Ends every watch, as when members have no leader, or as when what they wait for has been compacted. */
  endWatches(error: EtcdError, compactRevision = 0): void {
    for (const watcher of this.watchers.splice(0)) {
      if (!watcher.open) continue;
      watcher.open = false;
      watcher.sink.ended(error, compactRevision);
    }
  }

  /** Puts the store back to what it was. */
  restore(kvs: readonly KeyValue[], revision: number): void {
    this.kvs.clear();
    for (const kv of kvs) this.kvs.set(kv.key, kv);
    this.revision = revision;
    this.history.length = 0;
  }

  call<R extends EtcdRequest>(request: R, done: (answer: AnswerTo<R> | EtcdError) => void): void {
    this.requests.push(request);
    const fault = this.fault(request);
    const answer = fault === null || fault.carriedOut ? this.carryOut(request) : null;
    const result = fault === null ? answer : fault.error;
    this.later(() => done(result as AnswerTo<R> | EtcdError));
  }

  watch(options: WatchOptions, sink: WatchSink): EtcdWatch {
    const watcher: Watcher = { ...options, sink, onTheWay: [], open: true };
    if (options.startRevision <= this.compactedRevision) {
      const error = new EtcdError("OutOfRange", "etcdserver: mvcc: required revision has been compacted");
      this.later(() => sink.ended(error, this.compactedRevision));
      return { cancel: () => undefined };
    }
    this.watchers.push(watcher);
    for (const event of this.history) if (event.kv.modRevision >= options.startRevision) this.send(watcher, event);
    return {
      cancel: () => {
        watcher.open = false;
      },
    };
  }

  private carryOut(request: EtcdRequest): OpAnswer | LeaseGrantAnswer | EtcdError | { readonly revision: number } {
    switch (request.kind) {
      case "put":
      case "range":
      case "deleteRange":
        return this.operate(request);
      case "txn": {
        const succeeded = request.compare.every((compare) => this.holds(compare));
        const ops = succeeded ? request.success : request.failure;
        const responses = ops.map((op) => this.operate(op));
        return { kind: "txn", revision: this.revision, succeeded, responses };
      }
      case "leaseGrant":
        return this.granted(request.ttlSeconds);
      case "compact":
        if (request.revision > this.revision) {
          return new EtcdError("OutOfRange", "etcdserver: mvcc: required revision is a future revision");
        }
        this.compactedRevision = request.revision;
        return { revision: this.revision };
      default:
        throw new Error(`not played by this store: ${request.kind}`);
    }
  }

  private granted(ttlSeconds: number): LeaseGrantAnswer {
    return { kind: "leaseGrant", revision: this.revision, id: ++this.leases, ttlSeconds };
  }

  private operate(op: TxnOp): OpAnswer {
    switch (op.kind) {
      case "put":
        this.put(op.key, op.value, op.valueBytes);
        this.writes++;
        return { kind: "put", revision: this.revision, prevKv: null };
      case "range": {
        const one = op.rangeEnd === "" ? this.kvs.get(op.key) : undefined;
        const kvs =
          op.rangeEnd === ""
            ? one === undefined
              ? []
              : [one]
            : [...this.kvs.values()].filter(({ key }) => key >= op.key && key < op.rangeEnd);
        kvs.sort((a, b) => (a.key < b.key ? -1 : 1));
        return { kind: "range", revision: this.revision, kvs, count: kvs.length, more: false };
      }
      case "deleteRange": {
        const isThere = this.kvs.delete(op.key);
        if (isThere) {
          this.revision++;
          this.writes++;
          const kv = { key: op.key, value: null, valueBytes: 0, createRevision: 0, version: 0, lease: 0 };
          this.tell({ type: "delete", kv: { ...kv, modRevision: this.revision }, prevKv: null });
        }
        return { kind: "deleteRange", revision: this.revision, deleted: isThere ? 1 : 0, prevKvs: [] };
      }
      case "txn":
        throw new Error("not played by this store: nested txn");
    }
  }

  private holds({ key, target, operand }: Compare): boolean {
    const kv = this.kvs.get(key);
    if (target === "create") return (kv?.createRevision ?? 0) === operand;
    if (target === "mod") return (kv?.modRevision ?? 0) === operand;
    return (kv?.version ?? 0) === operand;
  }

  private tell(event: WatchEvent): void {
    this.history.push(event);
    for (const watcher of this.watchers) this.send(watcher, event);
  }

  private send(watcher: Watcher, event: WatchEvent): void {
    if (event.kv.key < watcher.key || event.kv.key >= watcher.rangeEnd) return;
    watcher.onTheWay.push(event);
    // in order, also where ties are shuffled
    this.later(() => {
      const next = watcher.onTheWay.shift() as WatchEvent;
      if (watcher.open) watcher.sink.events([next]);
    });
  }

  private later(then: () => void): void {
    if (this.delayMicros === null) then();
    else this.engine.at((this.engine.now + this.delayMicros) as Tick, then);
  }
}
