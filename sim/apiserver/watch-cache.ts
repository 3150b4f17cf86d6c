// The API server's copy of one kind, fed by one watch on etcd: lists and watches of all clients are served from it. It shows the
// past by as much as that watch lags, tells each change once and in order, and is listed anew when the watch cannot go on.
// Source: behaviour of kube-apiserver's Cacher: its reflector outlives a missing leader for half a minute, not a compaction.
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { CallContext, EtcdWatch, KeyValue, KeyValueClient, WatchEvent } from "../etcd/client.ts";
import { prefixEnd } from "../etcd/client.ts";
import type { Pod } from "../model/objects.ts";
import { BackOff, REFLECTOR_BACK_OFF } from "./back-off.ts";
import { CacheIndex } from "./cache-index.ts";
import { ApiError, type ApiKind, type ApiObject, isNamespaced, type Selector, type WatchEventType } from "./client.ts";
import { EventWindow } from "./event-window.ts";
import { lazyStream } from "./lazy-stream.ts";
import { isSelected, selectedObjects } from "./selection.ts";
import { type EtcdStorage, type Listing, objectOf, prefixOf, type Versioned } from "./storage.ts";

export interface WatchCacheOptions {
  readonly engine: Engine;
  readonly etcd: KeyValueClient;
  readonly storage: EtcdStorage;
  /** For random streams: whose cache it is. */
  readonly name: string;
  /** It has learned of a change by its watch. */
  readonly changed: (
    kind: ApiKind,
    type: WatchEventType,
    object: ApiObject,
    before: ApiObject | undefined,
    key: string,
    revision: number,
  ) => void;
  /** It has been listed anew, and can serve. */
  readonly listed: (
    kind: ApiKind,
    objects: ReadonlyMap<string, ApiObject>,
    revision: number,
    isRolledBack: boolean,
  ) => void;
  /** What is known may have gaps from now on: clients' watches end. */
  readonly interrupted: (kind: ApiKind) => void;
}

const UNLIMITED: CallContext = { isOver: false };
const RETRY_WATCH_MICROS = 30_000_000;
const RETRY_RESET_MICROS = 60_000_000;

export class WatchCache {
  readonly kind: ApiKind;
  private readonly options: WatchCacheOptions;
  // in order of creation
  private readonly objects = new Map<string, ApiObject>();
  /** The last changes, from which watches go on. */
  readonly window = new EventWindow();
  private readonly indexes = new Map<string, CacheIndex>();
  private readonly prefix: string;
  private readonly backOff: BackOff;
  private ready = false;
  // counts restarts: what was begun before one is dropped
  private life = 0;
  private seenRevision = 0;
  // also over restarts of the process
  private highestRevision = 0;
  private wasRolledBack = false;
  private watch: EtcdWatch | null = null;
  private firstFailureMicros = Number.NEGATIVE_INFINITY;

  constructor(kind: ApiKind, options: WatchCacheOptions) {
    this.kind = kind;
    this.options = options;
    this.prefix = prefixOf(kind);
    this.backOff = new BackOff(
      REFLECTOR_BACK_OFF,
      lazyStream(options.engine, `${options.name}/cache/${kind}/back-off`),
      options.engine.now,
    );
  }

  /** Can it serve lists and watches? */
  get isReady(): boolean {
    return this.ready;
  }

  /** The newest revision of this kind that it knows. */
  get revision(): number {
    return this.seenRevision;
  }

  /** Can a watch go on behind this revision? Not behind one of a store that was replaced by an older one. */
  reaches(revision: number): boolean {
    return this.window.reaches(revision) && !(this.wasRolledBack && revision > this.seenRevision);
  }

  /** Begins with what the store holds; otherwise {@link start} has to list it. */
  prime(listing: Listing): void {
    this.replace(listing);
  }

  start(): void {
    if (this.ready) this.open();
    else this.relist();
  }

  /** The store behind it may be another one: clients' watches break off, and everything is listed anew. */
  restart(): void {
    this.end();
    this.relist();
  }

  /** It knows nothing any more, and follows nothing: its process has died. */
  stop(): void {
    this.end();
    this.objects.clear();
    this.indexes.clear();
    this.seenRevision = 0;
  }

  private end(): void {
    this.life++;
    this.watch?.cancel();
    this.watch = null;
    this.interrupt();
  }

  /** What it believes is stored; nothing while it is not ready. */
  get(key: string): Versioned | undefined {
    const object = this.ready ? this.objects.get(key) : undefined;
    return object === undefined ? undefined : { object, revision: versionOf(object) };
  }

  /** All objects in order of creation. */
  list(): ApiObject[] {
    return [...this.objects.values()];
  }

  get size(): number {
    return this.objects.size;
  }

  /** What a selector lets through, without looking at the rest where there is an index. */
  select(selector: Selector): ApiObject[] {
    const { name, namespace, nodeName } = selector;
    if (name !== undefined && (namespace !== undefined || !isNamespaced(this.kind))) {
      const object = this.objects.get(namespace === undefined ? name : `${namespace}/${name}`);
      return object !== undefined && isSelected(this.kind, object, selector) ? [object] : [];
    }
    if (nodeName !== undefined && this.kind === "pods") {
      return selectedObjects(this.kind, this.index("node", nodeOf).get(nodeName), selector);
    }
    if (namespace !== undefined) return selectedObjects(this.kind, this.inNamespace(namespace), selector);
    return selectedObjects(this.kind, this.list(), selector);
  }

  inNamespace(namespace: string): ApiObject[] {
    return this.index("namespace", namespaceOf).get(namespace);
  }

  // made when first asked for: most kinds never are
  private index(name: string, readValue: (object: ApiObject) => string): CacheIndex {
    let index = this.indexes.get(name);
    if (index === undefined) {
      index = new CacheIndex(readValue);
      for (const [key, object] of this.objects) index.put(key, object, undefined);
      this.indexes.set(name, index);
    }
    return index;
  }

  private relist(): void {
    const { life } = this;
    this.options.storage.list(UNLIMITED, this.kind, (answer) => {
      if (life !== this.life) return;
      if (answer instanceof ApiError) return this.later(() => this.relist());
      this.replace(answer);
      this.open();
    });
  }

  private open(): void {
    const { prefix } = this;
    const options = {
      key: prefix,
      rangeEnd: prefixEnd(prefix),
      startRevision: this.seenRevision + 1,
      requireLeader: true,
    };
    this.watch = this.options.etcd.watch(options, {
      events: (events) => this.events(events),
      ended: (_error, compactRevision) => this.ended(compactRevision),
    });
  }

  private events(events: readonly WatchEvent[]): void {
    this.firstFailureMicros = Number.NEGATIVE_INFINITY;
    for (const { type, kv } of events) {
      const key = kv.key.slice(this.prefix.length);
      this.seenRevision = kv.modRevision;
      this.highestRevision = kv.modRevision;
      if (type === "put") this.put(key, objectOf(kv), kv.modRevision);
      else this.remove(key, kv.modRevision);
    }
  }

  private put(key: string, object: ApiObject, revision: number): void {
    const before = this.objects.get(key);
    this.objects.set(key, object);
    for (const index of this.indexes.values()) index.put(key, object, before);
    this.tell(before === undefined ? "ADDED" : "MODIFIED", object, before, key, revision);
  }

  private remove(key: string, revision: number): void {
    const before = this.objects.get(key);
    if (before === undefined) return;
    this.objects.delete(key);
    for (const index of this.indexes.values()) index.remove(key, before);
    // the last state, at the revision of its deletion
    const last = { ...before, metadata: { ...before.metadata, resourceVersion: String(revision) } };
    this.tell("DELETED", last, before, key, revision);
  }

  private tell(
    type: WatchEventType,
    object: ApiObject,
    before: ApiObject | undefined,
    key: string,
    revision: number,
  ): void {
    this.window.push({ revision, atMicros: this.options.engine.now, type, object, before, key });
    this.options.changed(this.kind, type, object, before, key, revision);
  }

  private ended(compactRevision: number): void {
    const { engine } = this.options;
    this.watch = null;
    const now = engine.now;
    if (compactRevision === 0) {
      if (now - this.firstFailureMicros > RETRY_RESET_MICROS) this.firstFailureMicros = now;
      if (now - this.firstFailureMicros <= RETRY_WATCH_MICROS) return this.later(() => this.open());
    }
    this.interrupt();
    this.later(() => this.relist());
  }

  private interrupt(): void {
    this.ready = false;
    this.options.interrupted(this.kind);
  }

  private later(then: () => void): void {
    const { engine } = this.options;
    const { life } = this;
    engine.at((engine.now + this.backOff.next(engine.now)) as Tick, () => {
      if (life === this.life) then();
    });
  }

  private replace({ kvs, revision }: Listing): void {
    this.objects.clear();
    this.indexes.clear();
    for (const kv of [...kvs].sort(byCreation)) this.objects.set(kv.key.slice(this.prefix.length), objectOf(kv));
    const isRolledBack = revision < this.highestRevision;
    this.wasRolledBack ||= isRolledBack;
    this.seenRevision = revision;
    this.highestRevision = revision;
    this.window.reset(revision);
    this.ready = true;
    this.options.listed(this.kind, this.objects, revision, isRolledBack);
  }
}

function byCreation(a: KeyValue, b: KeyValue): number {
  return a.createRevision - b.createRevision || (a.key < b.key ? -1 : 1);
}

function versionOf(object: ApiObject): number {
  return Number(object.metadata.resourceVersion);
}

function nodeOf(object: ApiObject): string {
  return (object as Pod).spec.nodeName ?? "";
}

function namespaceOf({ metadata }: ApiObject): string {
  return metadata.namespace ?? "default";
}
