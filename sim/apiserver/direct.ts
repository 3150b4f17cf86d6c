// The API server of runs that do not simulate one: requests reach the in-memory store after a drawn latency and watch events
// lag by another. No admission, no etcd, no flow control: nothing here is ever down. Callers see only `Client`.

import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Pod } from "../model/objects.ts";
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type Binding,
  type Client,
  type DeleteOptions,
  type Done,
  type Selector,
  type Watch,
  type WatchEventType,
  type WatchSink,
} from "./client.ts";
import type { Store } from "./store.ts";

export interface DirectApiServerOptions {
  /** Time from sending a request to its answer, in microseconds; it takes effect halfway. */
  readonly requestLatencyMicros: Distribution;
  /** Time from a change to its arrival at a watcher, in microseconds. */
  readonly watchLatencyMicros: Distribution;
}

interface Request {
  readonly apply: (responseMicros: number) => unknown;
  readonly done: ((answer: never) => void) | undefined;
  readonly responseMicros: number;
  answer: unknown;
}

/** One open watch: what is on its way to the watcher, in order. */
class Stream implements Watch {
  readonly sink: WatchSink<ApiObject>;
  readonly latency: RandomStream;
  open = true;
  lastDueMicros = 0;
  private types: WatchEventType[] = [];
  private objects: ApiObject[] = [];
  private keys: string[] = [];
  private head = 0;

  constructor(sink: WatchSink<ApiObject>, latency: RandomStream) {
    this.sink = sink;
    this.latency = latency;
  }

  push(type: WatchEventType, object: ApiObject, key: string): void {
    this.types.push(type);
    this.objects.push(object);
    this.keys.push(key);
  }

  deliverNext(): void {
    const type = this.types[this.head] as WatchEventType;
    const object = this.objects[this.head] as ApiObject;
    const key = this.keys[this.head] as string;
    this.head++;
    if (this.head === this.types.length) {
      this.types = [];
      this.objects = [];
      this.keys = [];
      this.head = 0;
    } else if (this.head >= 1024) {
      this.types = this.types.slice(this.head);
      this.objects = this.objects.slice(this.head);
      this.keys = this.keys.slice(this.head);
      this.head = 0;
    }
    if (this.open) this.sink.event(type, object, key);
  }

  stop(): void {
    this.open = false;
  }
}

export class DirectApiServer {
  readonly store: Store;
  private readonly engine: Engine;
  private readonly options: DirectApiServerOptions;
  private readonly requests: (Request | undefined)[] = [];
  private readonly freeRequests: number[] = [];
  private readonly streams: Stream[] = [];
  private readonly byKind = new Map<ApiKind, number[]>();
  // watches of one node's pods, so that a change wakes only that node
  private readonly byNode = new Map<string, number[]>();
  private readonly ofAssigned: number[] = [];
  private readonly applyKind: number;
  private readonly answerKind: number;
  private readonly watchKind: number;

  constructor(engine: Engine, store: Store, options: DirectApiServerOptions) {
    this.engine = engine;
    this.store = store;
    this.options = options;
    this.applyKind = engine.register("apiserver/apply", (slot) => this.apply(slot));
    this.answerKind = engine.register("apiserver/answer", (slot) => this.answer(slot));
    this.watchKind = engine.register("apiserver/watch", (stream) => this.streams[stream]!.deliverNext());
    store.onCommit((kind, type, object, before, key) => this.publish(kind, type, object, before, key));
  }

  /** A connection for one component; its latencies come from streams of its own. */
  client(name: string): Client {
    return new DirectClient(this, this.engine.stream(`apiserver/client/${name}/request`), name);
  }

  /** Runs `apply` when the request has arrived, and hands its result to `done` when the answer is back. */
  submit<T>(latency: RandomStream, apply: (responseMicros: number) => T | ApiError, done: Done<T> | undefined): void {
    const totalMicros = drawMicros(this.options.requestLatencyMicros, latency);
    const wayInMicros = Math.ceil(totalMicros / 2);
    const responseMicros = totalMicros - wayInMicros;
    const slot = this.freeRequests.pop() ?? this.requests.length;
    this.requests[slot] = { apply, done, responseMicros, answer: undefined };
    this.engine.after(wayInMicros, this.applyKind, slot);
  }

  /** Opens a watch whose first event comes `listMicros` from now at the earliest: after the list that it continues. */
  open(kind: ApiKind, selector: Selector, sink: WatchSink<ApiObject>, clientName: string, listMicros: number): Watch {
    const id = this.streams.length;
    const stream = new Stream(sink, this.engine.stream(`apiserver/client/${clientName}/watch`));
    stream.lastDueMicros = this.engine.now + listMicros + 1;
    this.streams.push(stream);
    if (kind === "pods" && selector.nodeName !== undefined) append(this.byNode, selector.nodeName, id);
    else if (kind === "pods" && selector.assigned === true) this.ofAssigned.push(id);
    else append(this.byKind, kind, id);
    return stream;
  }

  private apply(slot: number): void {
    const request = this.requests[slot] as Request;
    request.answer = request.apply(request.responseMicros);
    if (request.done !== undefined) this.engine.after(request.responseMicros, this.answerKind, slot);
    else this.release(slot);
  }

  private answer(slot: number): void {
    const request = this.requests[slot] as Request;
    this.release(slot);
    request.done?.(request.answer as never);
  }

  private release(slot: number): void {
    this.requests[slot] = undefined;
    this.freeRequests.push(slot);
  }

  private publish(
    kind: ApiKind,
    type: WatchEventType,
    object: ApiObject,
    before: ApiObject | undefined,
    key: string,
  ): void {
    for (const id of this.byKind.get(kind) ?? []) this.send(id, type, object, key);
    if (kind !== "pods") return;
    const nodeName = (object as Pod).spec.nodeName;
    if (!nodeName) return;
    // to a watcher of bound pods a pod comes into being when it is bound
    const seenAs = type === "MODIFIED" && (before as Pod).spec.nodeName !== nodeName ? "ADDED" : type;
    for (const id of this.ofAssigned) this.send(id, seenAs, object, key);
    for (const id of this.byNode.get(nodeName) ?? []) this.send(id, seenAs, object, key);
  }

  private send(id: number, type: WatchEventType, object: ApiObject, key: string): void {
    const stream = this.streams[id] as Stream;
    if (!stream.open) return;
    const dueMicros = this.engine.now + drawMicros(this.options.watchLatencyMicros, stream.latency);
    // one connection delivers in order, however the latencies fall
    stream.lastDueMicros = Math.max(stream.lastDueMicros, dueMicros);
    stream.push(type, object, key);
    this.engine.after(stream.lastDueMicros - this.engine.now, this.watchKind, id);
  }
}

class DirectClient implements Client {
  private readonly server: DirectApiServer;
  private readonly latency: RandomStream;
  private readonly name: string;

  constructor(server: DirectApiServer, latency: RandomStream, name: string) {
    this.server = server;
    this.latency = latency;
    this.name = name;
  }

  create<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    this.server.submit(this.latency, () => this.server.store.create(kind, object), done);
  }

  get<K extends ApiKind>(kind: K, key: string, done: Done<ApiObject<K>>): void {
    this.server.submit(this.latency, () => this.server.store.get(kind, key), done);
  }

  list<K extends ApiKind>(kind: K, selector: Selector, done: Done<readonly ApiObject<K>[]>): void {
    this.server.submit(this.latency, () => selected(this.server.store.list(kind), selector), done);
  }

  update<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    this.server.submit(this.latency, () => this.server.store.update(kind, object), done);
  }

  updateStatus<K extends ApiKind>(kind: K, object: ApiObject<K>, done?: Done<ApiObject<K>>): void {
    this.server.submit(this.latency, () => this.server.store.updateStatus(kind, object), done);
  }

  delete(kind: ApiKind, key: string, options: DeleteOptions, done?: Done<null>): void {
    this.server.submit(this.latency, () => this.server.store.delete(kind, key, options), done);
  }

  bind(binding: Binding, done?: Done<null>): void {
    this.server.submit(this.latency, () => this.server.store.bind(binding), done);
  }

  listAndWatch<K extends ApiKind>(kind: K, selector: Selector, sink: WatchSink<ApiObject<K>>): Watch {
    let stream: Watch | undefined;
    let stopped = false;
    // listing and opening the watch are one step on the server: nothing can fall between them
    const begin = (responseMicros: number) => {
      if (stopped) return [];
      stream = this.server.open(kind, selector, sink as unknown as WatchSink<ApiObject>, this.name, responseMicros);
      return selected(this.server.store.list(kind), selector);
    };
    this.server.submit<readonly ApiObject<K>[]>(this.latency, begin, (items) => {
      if (!stopped && !(items instanceof ApiError)) sink.listed(items);
    });
    return {
      stop: () => {
        stopped = true;
        stream?.stop();
      },
    };
  }
}

function selected<T extends ApiObject>(objects: T[], selector: Selector): T[] {
  const { nodeName, assigned } = selector;
  if (nodeName === undefined && assigned !== true) return objects;
  return objects.filter((object) => {
    const own = (object as unknown as Pod).spec.nodeName ?? "";
    return nodeName === undefined ? own !== "" : own === nodeName;
  });
}

function append<K>(lists: Map<K, number[]>, key: K, id: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [id]);
  else list.push(id);
}

function drawMicros(distribution: Distribution, stream: RandomStream): number {
  return Math.max(0, Math.round(sample(distribution, stream)));
}
