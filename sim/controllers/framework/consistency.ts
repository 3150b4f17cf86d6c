// Read your own writes: a key is not worked on before the informers have come as far as the writes of its last sync. Otherwise the
// sync fails and is tried again after a back-off. Source: StaleControllerConsistency* (KEP-5647), on by default in 1.36.
// An informer's progress is known from objects only, not from bookmarks, so what has waited five minutes is let through.
import type { ApiKind, ApiObject } from "../../apiserver/client.ts";
import type { SharedInformer } from "../../apiserver/shared-informer.ts";
import type { Engine } from "../../engine/engine.ts";
import { MINUTE } from "../../engine/tick.ts";

const GIVE_UP_MICROS = 5 * MINUTE;

interface Written {
  revision: number;
  atMicros: number;
}

/** The newest revision that an informer has seen. */
class Progress {
  revision = 0;

  follow<K extends ApiKind>(informer: SharedInformer<K>): void {
    const see = (object: ApiObject<K>) => {
      const revision = Number(object.metadata.resourceVersion ?? 0);
      if (revision > this.revision) this.revision = revision;
    };
    informer.listen({ added: see, updated: (_before, after) => see(after), deleted: see });
  }
}

export class ConsistencyStore {
  private readonly engine: Engine;
  private readonly progress = new Map<ApiKind, Progress>();
  private readonly written = new Map<string, Map<ApiKind, Written>>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** Tells writes of this kind from now on. */
  follow<K extends ApiKind>(kind: K, informer: SharedInformer<K>): void {
    const progress = new Progress();
    this.progress.set(kind, progress);
    progress.follow(informer);
  }

  /** The sync of `key` has written this object. */
  wrote(key: string, kind: ApiKind, object: ApiObject): void {
    const revision = Number(object.metadata.resourceVersion ?? 0);
    if (revision <= (this.progress.get(kind)?.revision ?? 0)) return;
    let kinds = this.written.get(key);
    if (kinds === undefined) {
      kinds = new Map();
      this.written.set(key, kinds);
    }
    const known = kinds.get(kind);
    if (known === undefined) kinds.set(kind, { revision, atMicros: this.engine.now });
    else if (known.revision < revision) {
      known.revision = revision;
      known.atMicros = this.engine.now;
    }
  }

  /** Have the informers seen all that was written for this key? */
  isReady(key: string): boolean {
    const kinds = this.written.get(key);
    if (kinds === undefined) return true;
    for (const [kind, { revision, atMicros }] of kinds) {
      const isSeen = revision <= (this.progress.get(kind)?.revision ?? 0);
      if (!isSeen && this.engine.now - atMicros <= GIVE_UP_MICROS) return false;
    }
    this.written.delete(key);
    return true;
  }

  forget(key: string): void {
    this.written.delete(key);
  }
}
