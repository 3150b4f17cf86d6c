// A component's own copy of one kind of object, kept current by a watch, with handlers that see old and new: what client-go
// calls a shared informer. It shows the past by as much as the watch lags, as the real one does.
import {
  type ApiKind,
  type ApiObject,
  type Client,
  keyOf,
  type Selector,
  type Watch,
  type WatchEventType,
} from "./client.ts";

export interface InformerHandlers<T> {
  added?(object: T, key: string): void;
  updated?(before: T, after: T, key: string): void;
  /** `last` is the state in which it was deleted, `before` the one that was told last. */
  deleted?(last: T, key: string, before: T): void;
}

export class Informer<K extends ApiKind> {
  /** The known objects by key, in order of first sight. Read only. */
  readonly cache = new Map<string, ApiObject<K>>();
  private readonly kind: K;
  private readonly handlers: InformerHandlers<ApiObject<K>>;
  private readonly watch: Watch;

  /**
   * Starts at once; objects that exist already arrive as `added` when the list is answered.
   *
   * @param listed called after each list has been taken over
   */
  constructor(
    client: Client,
    kind: K,
    handlers: InformerHandlers<ApiObject<K>>,
    selector: Selector = {},
    listed?: () => void,
  ) {
    this.kind = kind;
    this.handlers = handlers;
    this.watch = client.listAndWatch(kind, selector, {
      listed: (items) => {
        this.replace(items);
        listed?.();
      },
      event: (type, object, key) => this.apply(type, object, key),
    });
  }

  stop(): void {
    this.watch.stop();
  }

  private apply(type: WatchEventType, object: ApiObject<K>, key: string): void {
    const before = this.cache.get(key);
    if (type === "DELETED") {
      this.cache.delete(key);
      if (before !== undefined) this.handlers.deleted?.(object, key, before);
      return;
    }
    this.cache.set(key, object);
    if (before === undefined) this.handlers.added?.(object, key);
    else if (before.metadata.uid !== object.metadata.uid) {
      // deleted and created again under the same name while the watch was away
      this.handlers.deleted?.(before, key, before);
      this.handlers.added?.(object, key);
    } else this.handlers.updated?.(before, object, key);
  }

  private replace(items: readonly ApiObject<K>[]): void {
    // the first list
    if (this.cache.size === 0) {
      for (const object of items) this.apply("ADDED", object, keyOf(this.kind, object));
      return;
    }
    const listed = new Set<string>();
    for (const object of items) listed.add(keyOf(this.kind, object));
    for (const [key, last] of this.cache) {
      if (listed.has(key)) continue;
      this.cache.delete(key);
      this.handlers.deleted?.(last, key, last);
    }
    for (const object of items) {
      const key = keyOf(this.kind, object);
      const before = this.cache.get(key);
      if (before?.metadata.resourceVersion === object.metadata.resourceVersion && before !== undefined) continue;
      this.apply("MODIFIED", object, key);
    }
  }
}
