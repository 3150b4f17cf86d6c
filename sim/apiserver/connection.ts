// One component's connection to the API server: its verbs, and watches that begin anew by themselves, as client-go's reflectors
// do. The only thing that components get to see of the API server.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { Pod } from "../model/objects.ts";
import type { Timestamps } from "../model/timestamp.ts";
import { BackOff, REFLECTOR_BACK_OFF } from "./back-off.ts";
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type Binding,
  type Client,
  type DeleteOptions,
  type Done,
  keyOf,
  type Patch,
  type Selector,
  type Watch,
  type WatchEventType,
  type WatchSink,
} from "./client.ts";
import type { Compactor } from "./compactor.ts";
import type { Request, RequestPipeline } from "./pipeline.ts";
import { type EtcdStorage, objectOf } from "./storage.ts";
import { bound, created, deleted, type Moment, statusUpdated, updated, type Verdict } from "./verbs.ts";
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
  readonly timestamps: Timestamps;
  /** How often each name was given to a new object, by kind and key. */
  readonly births: Map<string, number>;
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
    const { pipeline, storage } = this.parts;
    const begin = (request: Request) => {
      const uid = object.metadata.uid ?? newUid(this.parts.births, kind, keyOf(kind, object));
      storage.create(kind, created(object, uid, this.moment()), (answer) => this.written(request, answer));
    };
    pipeline.submit(this.latency, begin, done);
  }

  get<K extends ApiKind>(kind: K, key: string, done: Done<ApiObject<K>>): void {
    const { pipeline, storage } = this.parts;
    const begin = (request: Request) => storage.get(request, kind, key, (answer) => pipeline.finish(request, answer));
    pipeline.submit(this.latency, begin, done);
  }

  list<K extends ApiKind>(kind: K, selector: Selector, done: Done<readonly ApiObject<K>[]>): void {
    const { pipeline, storage } = this.parts;
    const begin = (request: Request) =>
      storage.list(request, kind, (answer) => {
        const objects = answer instanceof ApiError ? answer : selected(answer.kvs.map(objectOf), selector);
        pipeline.finish(request, objects);
      });
    pipeline.submit(this.latency, begin, done);
  }

  update<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    this.change(kind, keyOf(kind, object), (before) => updated(kind, before, object), done);
  }

  updateStatus<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    this.change(kind, keyOf(kind, object), (before) => statusUpdated(kind, before, object), done);
  }

  patch<K extends ApiKind>(kind: K, key: string, patch: Patch<K>, done?: Done<ApiObject<K>>): void {
    this.change(kind, key, (before) => updated(kind, before, patch(before)), done);
  }

  patchStatus<K extends ApiKind>(kind: K, key: string, patch: Patch<K>, done?: Done<ApiObject<K>>): void {
    this.change(kind, key, (before) => statusUpdated(kind, before, patch(before)), done);
  }

  evict(key: string, options: DeleteOptions, done?: Done<null>): void {
    this.delete("pods", key, options, done);
  }

  delete(kind: ApiKind, key: string, options: DeleteOptions, done?: Done<null>): void {
    this.change(kind, key, (before) => deleted(kind, before, options, this.moment()), withoutObject(done));
  }

  bind(binding: Binding, done?: Done<null>): void {
    const key = `${binding.namespace}/${binding.name}`;
    this.change("pods", key, (before) => bound(before, binding, this.moment()), withoutObject(done));
  }

  listAndWatch<K extends ApiKind>(kind: K, selector: Selector, sink: WatchSink<ApiObject<K>>): Watch {
    return new Reflector(this.parts, this.name, kind, selector, sink as unknown as WatchSink<ApiObject>);
  }

  private change<K extends ApiKind>(
    kind: K,
    key: string,
    decide: (before: ApiObject<K>) => Verdict<K>,
    done: Done<ApiObject<K>> | undefined,
  ): void {
    const { pipeline, storage } = this.parts;
    const begin = (request: Request) =>
      storage.change(request, kind, key, decide, (answer) => this.written(request, answer));
    pipeline.submit(this.latency, begin, done);
  }

  private written(request: Request, answer: ApiObject | ApiError): void {
    const { compactor, pipeline } = this.parts;
    if (!(answer instanceof ApiError)) compactor.written(Number(answer.metadata.resourceVersion));
    pipeline.finish(request, answer);
  }

  private moment(): Moment {
    return { nowMicros: this.parts.engine.now, timestamps: this.parts.timestamps };
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
    this.stream?.stop();
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
        listed: (items: readonly ApiObject[]) => this.sink.listed(items),
        event: (type: WatchEventType, object: ApiObject, key: string) => this.sink.event(type, object, key),
        interrupted: () => this.later(),
      };
      this.stream = hub.open(kind, selector, sink, this.events, request.responseMicros);
      pipeline.finish(request, selected(cache.list(), selector));
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

function withoutObject<T>(done: Done<null> | undefined): Done<T> | undefined {
  return done === undefined ? undefined : (answer) => done(answer instanceof ApiError ? answer : null);
}

function selected<T extends ApiObject>(objects: T[], selector: Selector): T[] {
  const { nodeName, assigned } = selector;
  if (nodeName === undefined && assigned !== true) return objects;
  return objects.filter((object) => {
    const own = (object as unknown as Pod).spec.nodeName ?? "";
    return nodeName === undefined ? own !== "" : own === nodeName;
  });
}

// from the object's own name, so that a further object elsewhere never changes anybody's uid, and with it his luck
function newUid(births: Map<string, number>, kind: ApiKind, key: string): string {
  const path = `${kind}/${key}`;
  const number = (births.get(path) ?? 0) + 1;
  births.set(path, number);
  return number === 1 ? path : `${path}#${number}`;
}
