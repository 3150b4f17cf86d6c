// The API server, put together: requests are carried out on etcd, lists and watches served from caches that follow etcd, and
// old revisions compacted. No admission, no flow control, and it is never down itself. Callers see only `Client`.
import type { Distribution } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { KeyValue, KeyValueClient } from "../etcd/client.ts";
import { TemplateDefaults } from "../model/template-defaults.ts";
import { Timestamps } from "../model/timestamp.ts";
import { type ApiKind, type ApiObject, type Client, keyOf } from "./client.ts";
import { Compactor } from "./compactor.ts";
import { Connection, type ServerParts } from "./connection.ts";
import { RequestPipeline } from "./pipeline.ts";
import { Registry } from "./registry.ts";
import { EtcdStorage, prefixOf } from "./storage.ts";
import { type ChangeListener, WatchCache } from "./watch-cache.ts";
import { WatchDelivery } from "./watch-delivery.ts";
import { WatchHub } from "./watch-hub.ts";

export interface ApiServerOptions {
  readonly engine: Engine;
  readonly etcd: KeyValueClient;
  /** The kinds that it serves. */
  readonly kinds: readonly ApiKind[];
  /** On the way to the API server and back, in microseconds; half of it each way. What etcd takes comes between. */
  readonly requestLatencyMicros: Distribution;
  /** The defaults of pod templates, shared with whoever made the objects that a run begins with. */
  readonly templates?: TemplateDefaults;
  /** From the API server's learning of a change to its arrival at a watcher, in microseconds. */
  readonly watchLatencyMicros: Distribution;
}

export class ApiServer {
  private readonly parts: ServerParts;
  private readonly compactor: Compactor;
  private readonly births = new Map<string, number>();
  private readonly listeners: ChangeListener[] = [];

  constructor(options: ApiServerOptions) {
    const { engine, etcd } = options;
    const caches = new Map<ApiKind, WatchCache>();
    const storage = new EtcdStorage(etcd, (kind, key) => caches.get(kind)?.get(key));
    const hub = new WatchHub(new WatchDelivery(engine, options.watchLatencyMicros));
    this.compactor = new Compactor(engine, etcd);
    const changed: ChangeListener = (kind, type, object, before, key) => {
      for (const listener of this.listeners) listener(kind, type, object, before, key);
      hub.publish(kind, type, object, before, key);
    };
    for (const kind of options.kinds) {
      const interrupted = () => hub.interrupt(kind);
      caches.set(kind, new WatchCache(kind, { engine, etcd, storage, changed, interrupted }));
    }
    this.parts = {
      engine,
      pipeline: new RequestPipeline(engine, options.requestLatencyMicros),
      storage,
      caches,
      hub,
      compactor: this.compactor,
      registry: new Registry({
        engine,
        storage,
        caches,
        timestamps: new Timestamps(),
        templates: options.templates ?? new TemplateDefaults(),
        births: this.births,
      }),
    };
  }

  /** Told of every change at the moment at which the API server learns of it, before any client. */
  onChange(listener: ChangeListener): void {
    this.listeners.push(listener);
  }

  /** Begins with caches that are full: these are the keys of /registry at this revision. Before {@link start}. */
  prime(kvs: readonly KeyValue[], revision: number): void {
    const byPrefix = new Map<string, KeyValue[]>();
    for (const kind of this.parts.caches.keys()) byPrefix.set(prefixOf(kind), []);
    for (const kv of kvs) byPrefix.get(kv.key.slice(0, kv.key.indexOf("/", "/registry/".length) + 1))?.push(kv);
    for (const [kind, cache] of this.parts.caches) {
      cache.prime({ kvs: byPrefix.get(prefixOf(kind))!, revision });
      // names that were made from kind and key are taken
      for (const object of cache.list()) {
        const path = `${kind}/${keyOf(kind, object)}`;
        if (object.metadata.uid === path) this.births.set(path, 1);
      }
    }
  }

  /** Opens the watches on etcd. */
  start(): void {
    for (const cache of this.parts.caches.values()) cache.start();
  }

  /**
   * Begins anew as after a restart of the process: caches are listed again. What has to be done when etcd was restored from a
   * backup, since revisions that it knows will come again and mean something else.
   */
  restart(): void {
    for (const cache of this.parts.caches.values()) cache.restart();
  }

  /** A connection for one component; its latencies come from streams of its own. */
  client(name: string): Client {
    return new Connection(this.parts, name);
  }

  /** What the API server believes is stored, in order of creation. */
  list<K extends ApiKind>(kind: K): ApiObject<K>[] {
    return (this.parts.caches.get(kind)?.list() ?? []) as ApiObject<K>[];
  }

  get<K extends ApiKind>(kind: K, key: string): ApiObject<K> | undefined {
    return this.parts.caches.get(kind)?.get(key)?.object as ApiObject<K> | undefined;
  }

  /** Pending events of the engine that only tidy up. */
  get ownTimers(): number {
    return this.compactor.ownTimers;
  }

  /** Requests of clients that are not answered yet. */
  get openRequests(): number {
    return this.parts.pipeline.open;
  }
}
