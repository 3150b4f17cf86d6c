// A list and its watch, kept going: it goes on from the last revision that it knows when the watch breaks off, and lists anew when the
// server no longer remembers that. Source: behaviour of client-go's reflector with streamed lists, without its own time-outs.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import { BackOff, REFLECTOR_BACK_OFF } from "./back-off.ts";
import {
  ApiError,
  type ApiKind,
  type ApiObject,
  type Done,
  type Selector,
  type Watch,
  type WatchEventType,
  type WatchSink,
} from "./client.ts";
import type { Request, Transport, Verb } from "./exchange.ts";
import { lazyStream } from "./lazy-stream.ts";
import type { ServerProcess } from "./server-process.ts";
import type { StreamSink, WatchStream } from "./watch-stream.ts";

/** The client whose list and watch it is. */
export interface WatchClient {
  readonly name: string;
  readonly engine: Engine;
  call<T>(
    verb: Verb,
    kind: ApiKind,
    subresource: string,
    namespace: string,
    name: string,
    work: (request: Request, server: ServerProcess) => void,
    done: Done<T> | undefined,
  ): void;
  finish(request: Request, answer: unknown): void;
}

const NOT_READY = new ApiError("TooManyRequests", "storage is (re)initializing", 1);
const BOOKMARK_MICROS = 60_000_000;

export class Reflector implements Watch, StreamSink {
  private readonly client: WatchClient;
  private readonly kind: ApiKind;
  private readonly selector: Selector;
  private readonly sink: WatchSink<ApiObject>;
  private readonly gone: (reflector: Reflector) => void;
  private readonly latency: RandomStream;
  private readonly backOff: BackOff;
  private stream: WatchStream | null = null;
  private server: ServerProcess | null = null;
  private stopped = false;
  private hasListed = false;
  // of the newest thing that it knows; 0 = it has to list
  private revision = 0;

  constructor(
    client: WatchClient,
    kind: ApiKind,
    selector: Selector,
    sink: WatchSink<ApiObject>,
    gone: (reflector: Reflector) => void,
  ) {
    this.client = client;
    this.kind = kind;
    this.selector = selector;
    this.sink = sink;
    this.gone = gone;
    const path = `apiserver/client/${client.name}`;
    this.latency = lazyStream(client.engine, `${path}/watch`);
    this.backOff = new BackOff(REFLECTOR_BACK_OFF, lazyStream(client.engine, `${path}/back-off`), client.engine.now);
    this.list();
  }

  get isLive(): boolean {
    return this.hasListed && this.stream !== null && !this.stream.transport.isStalled;
  }

  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.drop();
    this.gone(this);
  }

  event(type: WatchEventType, object: ApiObject, key: string): void {
    this.revision = Number(object.metadata.resourceVersion);
    this.sink.event(type, object, key);
  }

  passes(): void {
    if (this.isLive) this.sink.live?.();
  }

  ended(isComplete: boolean): void {
    const { stream } = this;
    this.stream = null;
    if (this.stopped || stream === null) return;
    if (isComplete) {
      const marked = this.server?.bookmarkOf(this.client.engine.now - BOOKMARK_MICROS);
      this.revision = Math.max(this.revision, marked ?? 0);
    }
    this.resume();
  }

  private list(): void {
    const { client, kind, selector } = this;
    this.revision = 0;
    let revision = 0;
    // listing and opening the watch are one request: nothing can fall between them
    const begin = (request: Request, server: ServerProcess) => {
      const cache = server.caches.get(kind);
      request.isRelist = this.hasListed;
      if (this.stopped) return client.finish(request, []);
      if (cache === undefined || !cache.isReady) return client.finish(request, NOT_READY);
      const objects = cache.select(selector);
      server.encodeList(request, objects.length);
      this.open(server, request, cache.revision);
      revision = cache.revision;
      client.finish(request, objects);
    };
    client.call<readonly ApiObject[]>("list", kind, "", selector.namespace ?? "", "", begin, (items) => {
      if (this.stopped) return;
      if (items instanceof ApiError) {
        this.drop();
        return this.later(() => this.list());
      }
      // events of the watch can only come after the list
      this.revision = revision;
      this.hasListed = true;
      this.sink.listed(items);
      this.sink.live?.();
    });
  }

  private resume(): void {
    const { client, kind, selector, revision } = this;
    const begin = (request: Request, server: ServerProcess) => {
      const cache = server.caches.get(kind);
      if (this.stopped) return client.finish(request, null);
      if (cache === undefined || !cache.isReady) return client.finish(request, NOT_READY);
      const { window } = cache;
      if (!cache.reaches(revision)) {
        const text = `too old resource version: ${revision} (${window.oldest})`;
        return client.finish(request, new ApiError("Expired", text));
      }
      const stream = this.open(server, request, revision);
      window.replay(revision, ({ type, object, before, key }) => server.hub.replay(stream, type, object, before, key));
      client.finish(request, null);
    };
    client.call<null>("watch", kind, "", selector.namespace ?? "", "", begin, (answer) => {
      if (this.stopped) return;
      if (!(answer instanceof ApiError)) return this.sink.live?.();
      this.drop();
      // whoever refuses the connection, or is busy, will let it go on later
      const mayGoOn = answer.reason === "TooManyRequests" || answer.message.endsWith("connection refused");
      this.later(() => (mayGoOn ? this.resume() : this.list()));
    });
  }

  private open(server: ServerProcess, request: Request, sinceRevision: number): WatchStream {
    const transport = request.transport as Transport;
    const { kind, latency, selector } = this;
    this.drop();
    this.server = server;
    this.stream = server.hub.add(kind, selector, this, latency, transport, request.responseMicros, sinceRevision);
    return this.stream;
  }

  private drop(): void {
    const { stream } = this;
    this.stream = null;
    if (stream === null) return;
    stream.forget();
    stream.transport.server.endWatch(stream);
  }

  private later(then: () => void): void {
    const { engine } = this.client;
    engine.at((engine.now + this.backOff.next(engine.now)) as Tick, () => {
      if (!this.stopped) then();
    });
  }
}
