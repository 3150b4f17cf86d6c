// What all API servers together know: each change once, at the moment when the first of them learns of it. For those who look at a run
// from outside (recorders, faults, commands), never for clients.
import type { ApiKind, ApiObject, WatchEventType } from "./client.ts";

/** Told of every change, in the order of revisions within a kind. */
export type ChangeListener = (
  kind: ApiKind,
  type: WatchEventType,
  object: ApiObject,
  before: ApiObject | undefined,
  key: string,
) => void;

export class ChangeFeed {
  private readonly listeners: ChangeListener[] = [];
  private readonly objects = new Map<ApiKind, Map<string, ApiObject>>();
  private readonly told = new Map<ApiKind, number>();

  listen(listener: ChangeListener): void {
    this.listeners.push(listener);
  }

  /** In order of creation. */
  list(kind: ApiKind): ApiObject[] {
    return [...(this.objects.get(kind)?.values() ?? [])];
  }

  get(kind: ApiKind, key: string): ApiObject | undefined {
    return this.objects.get(kind)?.get(key);
  }

  /** A server has learned of a change by its watch. */
  event(kind: ApiKind, type: WatchEventType, object: ApiObject, key: string, revision: number): void {
    if (revision <= (this.told.get(kind) ?? 0)) return;
    this.told.set(kind, revision);
    if (type === "DELETED") this.remove(kind, key, object);
    else this.put(kind, key, object);
  }

  /** A server has listed a kind anew: what has changed since is told as if it had changed now. */
  listed(kind: ApiKind, objects: ReadonlyMap<string, ApiObject>, revision: number, isRolledBack: boolean): void {
    // what another server has told as of this revision is the same
    const told = this.told.get(kind);
    if (told !== undefined && revision <= told && !isRolledBack) return;
    this.told.set(kind, revision);
    const known = this.of(kind);
    for (const [key, last] of [...known]) {
      const object = objects.get(key);
      if (object !== undefined && object.metadata.uid === last.metadata.uid) continue;
      this.remove(kind, key, { ...last, metadata: { ...last.metadata, resourceVersion: String(revision) } });
    }
    for (const [key, object] of objects) {
      if (known.get(key)?.metadata.resourceVersion !== object.metadata.resourceVersion) this.put(kind, key, object);
    }
  }

  /** The store is another one: revisions that were told will come again and mean something else. */
  forgetRevisions(): void {
    this.told.clear();
  }

  private put(kind: ApiKind, key: string, object: ApiObject): void {
    const known = this.of(kind);
    const before = known.get(key);
    known.set(key, object);
    for (const listener of this.listeners) {
      listener(kind, before === undefined ? "ADDED" : "MODIFIED", object, before, key);
    }
  }

  private remove(kind: ApiKind, key: string, last: ApiObject): void {
    const known = this.of(kind);
    const before = known.get(key);
    if (before === undefined) return;
    known.delete(key);
    for (const listener of this.listeners) listener(kind, "DELETED", last, before, key);
  }

  private of(kind: ApiKind): Map<string, ApiObject> {
    let known = this.objects.get(kind);
    if (known === undefined) {
      known = new Map();
      this.objects.set(kind, known);
    }
    return known;
  }
}
