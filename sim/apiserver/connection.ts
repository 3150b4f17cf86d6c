// One component's connection to the API server: its verbs, and watches that begin anew by themselves, as client-go's reflectors
// do. The only thing that components get to see of the API server.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import { BackOff, REFLECTOR_BACK_OFF } from "./back-off.ts";
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type Binding,
  type Client,
  type DeleteOptions,
  type Done,
  type Patch,
  type Selector,
  type Watch,
  type WatchEventType,
  type WatchSink,
} from "./client.ts";
import type { Compactor } from "./compactor.ts";
import type { Request, RequestPipeline } from "./pipeline.ts";
import type { Registry } from "./registry.ts";
import { selectedObjects } from "./selection.ts";
import { type EtcdStorage, objectOf } from "./storage.ts";
import type { WatchCache } from "./watch-cache.ts";
import type { WatchHub } from "./watch-hub.ts";
import type { WatchStream } from "./watch-stream.ts";

/** What connections share: the API server from inside. */
export interface ServerParts {
  readonly engine: Engine;
  readonly pipeline: RequestPipeline;
  readonly storage: EtcdStorage;
  readonly caches: ReadonlyMap<ApiKind, WatchCache>;
  readonly hub: WatchHub;
  readonly compactor: Compactor;
  readonly registry: Registry;
}

const NOT_READY = new ApiError("TooManyRequests", "storage is (re)initializing");

export class Connection implements Client {
  private readonly parts: ServerParts;
  private readonly name: string;
  private readonly latency: RandomStream;

  constructor(parts: ServerParts, name: string) {
    this.parts = parts;
    this.name = name;
    this.latency = parts.engine.stream(`apiserver/client/${name}/request`);
  }

  create<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    this.write((request, then) => this.parts.registry.create(request, kind, object, then), done);
  }

  get<K extends ApiKind>(kind: K, key: string, done: Done<ApiObject<K>>): void {
    const { pipeline, registry } = this.parts;
    const begin = (request: Request) => registry.get(request, kind, key, (answer) => pipeline.finish(request, answer));
    pipeline.submit(this.latency, begin, done);
  }

  list<K extends ApiKind>(kind: K, selector: Selector, done: Done<readonly ApiObject<K>[]>): void {
    const { pipeline, storage } = this.parts;
    const begin = (request: Request) =>
      storage.list(request, kind, (answer) => {
        const objects =
          answer instanceof ApiError
            ? answer
            : (selectedObjects(kind, answer.kvs.map(objectOf), selector) as ApiObject<K>[]);
        pipeline.finish(request, objects);
      });
    pipeline.submit(this.latency, begin, done);
  }

  update<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    this.write((request, then) => this.parts.registry.update(request, kind, object, then), done);
  }

  updateStatus<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    this.write((request, then) => this.parts.registry.updateStatus(request, kind, object, then), done);
  }

  patch<K extends ApiKind>(kind: K, key: string, patch: Patch<K>, done?: Done<ApiObject<K>>): void {
    this.write((request, then) => this.parts.registry.patch(request, kind, key, patch, then), done);
  }

  patchStatus<K extends ApiKind>(kind: K, key: string, patch: Patch<K>, done?: Done<ApiObject<K>>): void {
    this.write((request, then) => this.parts.registry.patchStatus(request, kind, key, patch, then), done);
  }

  delete(kind: ApiKind, key: string, options: DeleteOptions, done?: Done<null>): void {
    this.write((request, then) => this.parts.registry.delete(request, kind, key, options, then), done);
  }

  evict(key: string, options: DeleteOptions, done?: Done<null>): void {
    this.write((request, then) => this.parts.registry.evict(request, key, options, then), done);
  }

  bind(binding: Binding, done?: Done<null>): void {
    this.write((request, then) => this.parts.registry.bind(request, binding, then), done);
  }

  listAndWatch<K extends ApiKind>(kind: K, selector: Selector, sink: WatchSink<ApiObject<K>>): Watch {
    return new Reflector(this.parts, this.name, kind, selector, sink as unknown as WatchSink<ApiObject>);
  }

  private write<T>(begin: (request: Request, then: Done<T>) => void, done: Done<T> | undefined): void {
    const { pipeline } = this.parts;
    pipeline.submit(this.latency, (request) => begin(request, (answer) => this.written(request, answer)), done);
  }

  private written(request: Request, answer: unknown): void {
    const { compactor, pipeline } = this.parts;
    // a deletion is answered without its object; the store's revision has moved all the same
    if (!(answer instanceof ApiError)) compactor.written(this.parts.storage.writtenRevision);
    pipeline.finish(request, answer);
  }
}

/** Lists, watches from there, and begins anew after a pause when the API server breaks the watch off. */
class Reflector implements Watch {
  private readonly parts: ServerParts;
  private readonly kind: ApiKind;
  private readonly selector: Selector;
  private readonly sink: WatchSink<ApiObject>;
  private readonly requests: RandomStream;
  private readonly events: RandomStream;
  private readonly backOff: BackOff;
  private stream: WatchStream | null = null;
  private stopped = false;

  constructor(parts: ServerParts, clientName: string, kind: ApiKind, selector: Selector, sink: WatchSink<ApiObject>) {
    this.parts = parts;
    const { engine } = parts;
    this.kind = kind;
    this.selector = selector;
    this.sink = sink;
    const path = `apiserver/client/${clientName}`;
    this.requests = engine.stream(`${path}/request`);
    this.events = engine.stream(`${path}/watch`);
    this.backOff = new BackOff(REFLECTOR_BACK_OFF, engine.stream(`${path}/back-off`));
    this.list();
  }

  stop(): void {
    this.stopped = true;
    if (this.stream !== null) this.parts.hub.remove(this.stream);
  }

  private list(): void {
    const { kind, selector } = this;
    const { caches, hub, pipeline } = this.parts;
    // listing and opening the watch are one step on the server: nothing can fall between them
    const begin = (request: Request) => {
      const cache = caches.get(kind);
      if (this.stopped) return pipeline.finish(request, []);
      if (cache === undefined || !cache.isReady) return pipeline.finish(request, NOT_READY);
      const sink = {
        event: (type: WatchEventType, object: ApiObject, key: string) => this.sink.event(type, object, key),
        interrupted: () => this.later(),
      };
      this.stream = hub.add(kind, selector, sink, this.events, request.responseMicros);
      pipeline.finish(request, cache.select(selector));
    };
    pipeline.submit<readonly ApiObject[]>(this.requests, begin, (items) => {
      if (this.stopped) return;
      if (items instanceof ApiError) this.later();
      else this.sink.listed(items);
    });
  }

  private later(): void {
    const { engine } = this.parts;
    engine.at((engine.now + this.backOff.next(engine.now)) as Tick, () => {
      if (!this.stopped) this.list();
    });
  }
}
