// Informers that the controllers of one process share: one watch per kind, any number of listeners, and indexes that are kept
// current with the cache. Source: behaviour of client-go's SharedIndexInformer.
import type { Lifetime } from "../engine/lifetime.ts";
import type { ApiKind, ApiObject, Client } from "./client.ts";
import { Informer, type InformerHandlers } from "./informer.ts";

export type { InformerHandlers } from "./informer.ts";

/** Objects of a kind by a value that is worked out of each, such as the uid of the owner. */
export class ObjectIndex<T> {
  private readonly valuesOf: (object: T) => readonly string[];
  private readonly objects = new Map<string, Map<string, T>>();

  constructor(valuesOf: (object: T) => readonly string[]) {
    this.valuesOf = valuesOf;
  }

  has(value: string): boolean {
    return this.objects.has(value);
  }

  /** In order of first sight; empty when there are none. */
  get(value: string): readonly T[] {
    const found = this.objects.get(value);
    return found === undefined ? [] : [...found.values()];
  }

  put(key: string, object: T, before: T | undefined): void {
    const values = this.valuesOf(object);
    if (before !== undefined) {
      for (const value of this.valuesOf(before)) if (!values.includes(value)) this.drop(key, value);
    }
    for (const value of values) {
      const found = this.objects.get(value);
      if (found === undefined) this.objects.set(value, new Map([[key, object]]));
      else found.set(key, object);
    }
  }

  remove(key: string, last: T): void {
    for (const value of this.valuesOf(last)) this.drop(key, value);
  }

  private drop(key: string, value: string): void {
    const found = this.objects.get(value);
    found?.delete(key);
    if (found?.size === 0) this.objects.delete(value);
  }
}

export class SharedInformer<K extends ApiKind> {
  private readonly informer: Informer<K>;
  private readonly listeners: InformerHandlers<ApiObject<K>>[] = [];
  private readonly indexes = new Map<string, ObjectIndex<ApiObject<K>>>();
  private readonly whenSynced: (() => void)[] = [];
  private isSynced = false;

  constructor(client: Client, kind: K) {
    this.informer = new Informer(
      client,
      kind,
      {
        added: (object, key) => {
          for (const index of this.indexes.values()) index.put(key, object, undefined);
          for (const listener of this.listeners) listener.added?.(object, key);
        },
        updated: (before, after, key) => {
          for (const index of this.indexes.values()) index.put(key, after, before);
          for (const listener of this.listeners) listener.updated?.(before, after, key);
        },
        deleted: (last, key, before) => {
          for (const index of this.indexes.values()) index.remove(key, before);
          for (const listener of this.listeners) listener.deleted?.(last, key, before);
        },
      },
      {},
      () => this.synced(),
    );
  }

  /** The known objects by key, in order of first sight. Read only. */
  get cache(): ReadonlyMap<string, ApiObject<K>> {
    return this.informer.cache;
  }

  get hasSynced(): boolean {
    return this.isSynced;
  }

  /** Tells of every change from now on; of what is known already as `added`, at once. */
  listen(handlers: InformerHandlers<ApiObject<K>>): void {
    this.listeners.push(handlers);
    for (const [key, object] of this.informer.cache) handlers.added?.(object, key);
  }

  /** The index of this name, made now if there is none. */
  index(name: string, valuesOf: (object: ApiObject<K>) => readonly string[]): ObjectIndex<ApiObject<K>> {
    let index = this.indexes.get(name);
    if (index === undefined) {
      index = new ObjectIndex(valuesOf);
      for (const [key, object] of this.informer.cache) index.put(key, object, undefined);
      this.indexes.set(name, index);
    }
    return index;
  }

  /** Calls back once the first list has arrived; at once when it has. */
  afterSync(then: () => void): void {
    if (this.isSynced) then();
    else this.whenSynced.push(then);
  }

  stop(): void {
    this.informer.stop();
  }

  private synced(): void {
    if (this.isSynced) return;
    this.isSynced = true;
    for (const then of this.whenSynced.splice(0)) then();
  }
}

/** All shared informers of one process' life, made when first asked for. */
export class SharedInformers {
  private readonly client: Client;
  private readonly life: Lifetime;
  private readonly informers = new Map<ApiKind, SharedInformer<ApiKind>>();

  constructor(client: Client, life: Lifetime) {
    this.client = client;
    this.life = life;
  }

  of<K extends ApiKind>(kind: K): SharedInformer<K> {
    let informer = this.informers.get(kind);
    if (informer === undefined) {
      informer = new SharedInformer<ApiKind>(this.client, kind);
      this.informers.set(kind, informer);
    }
    return informer as unknown as SharedInformer<K>;
  }

  /** Calls back once the first lists of all these kinds have arrived. */
  afterSync(kinds: readonly ApiKind[], then: () => void): void {
    let missing = kinds.length;
    const oneMore = this.life.guard(() => {
      if (--missing === 0) then();
    });
    if (missing === 0) then();
    for (const kind of kinds) this.of(kind).afterSync(oneMore);
  }

  /** Ends all watches: the process has ended. */
  stop(): void {
    for (const informer of this.informers.values()) informer.stop();
  }
}
