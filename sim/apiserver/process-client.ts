// A client as one life of a process holds it: when the process has died no answer reaches it any more and its watches end; while it
// stands still they wait. What was sent before is carried out all the same.
import type { Lifetime } from "../engine/lifetime.ts";
import type {
  ApiKind,
  ApiObject,
  Binding,
  Client,
  DeleteOptions,
  Done,
  Patch,
  Selector,
  Watch,
  WatchSink,
} from "./client.ts";

export class ProcessClient implements Client {
  private readonly client: Client;
  private readonly life: Lifetime;
  private readonly watches = new Set<Watch>();

  constructor(client: Client, life: Lifetime) {
    this.client = client;
    this.life = life;
  }

  create<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    if (!this.life.isOver) this.client.create(kind, object, this.guarded(done));
  }

  get<K extends ApiKind>(kind: K, key: string, done: Done<ApiObject<K>>): void {
    if (!this.life.isOver) this.client.get(kind, key, this.life.guard(done));
  }

  list<K extends ApiKind>(kind: K, selector: Selector, done: Done<readonly ApiObject<K>[]>): void {
    if (!this.life.isOver) this.client.list(kind, selector, this.life.guard(done));
  }

  update<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    if (!this.life.isOver) this.client.update(kind, object, this.guarded(done));
  }

  updateStatus<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    if (!this.life.isOver) this.client.updateStatus(kind, object, this.guarded(done));
  }

  patch<K extends ApiKind>(kind: K, key: string, patch: Patch<K>, done?: Done<ApiObject<K>>): void {
    if (!this.life.isOver) this.client.patch(kind, key, patch, this.guarded(done));
  }

  patchStatus<K extends ApiKind>(kind: K, key: string, patch: Patch<K>, done?: Done<ApiObject<K>>): void {
    if (!this.life.isOver) this.client.patchStatus(kind, key, patch, this.guarded(done));
  }

  delete(kind: ApiKind, key: string, options: DeleteOptions, done?: Done<null>): void {
    if (!this.life.isOver) this.client.delete(kind, key, options, this.guarded(done));
  }

  deleteCollection(kind: ApiKind, namespace: string, options: DeleteOptions, done?: Done<null>): void {
    if (!this.life.isOver) this.client.deleteCollection(kind, namespace, options, this.guarded(done));
  }

  evict(key: string, options: DeleteOptions, done?: Done<null>): void {
    if (!this.life.isOver) this.client.evict(key, options, this.guarded(done));
  }

  bind(binding: Binding, done?: Done<null>): void {
    if (!this.life.isOver) this.client.bind(binding, this.guarded(done));
  }

  listAndWatch<K extends ApiKind>(kind: K, selector: Selector, sink: WatchSink<ApiObject<K>>): Watch {
    const watch = this.client.listAndWatch(kind, selector, {
      listed: this.life.guard((items) => sink.listed(items)),
      event: this.life.guard((type, object, key) => sink.event(type, object, key)),
      live: this.life.guard(() => sink.live?.()),
    });
    this.watches.add(watch);
    return {
      get isLive() {
        return watch.isLive;
      },
      stop: () => {
        this.watches.delete(watch);
        watch.stop();
      },
    };
  }

  /** To be called when the life has ended. */
  close(): void {
    for (const watch of this.watches) watch.stop();
    this.watches.clear();
    this.client.close?.();
  }

  private guarded<T>(done: Done<T> | undefined): Done<T> | undefined {
    return done === undefined ? undefined : this.life.guard(done);
  }
}
