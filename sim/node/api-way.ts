// The way of a recorded hollow node to the API server, which can be cut: what is on the way waits, after 45 s requests fail, and when the way
// is open again watches catch up at once. The real kubelets' connections are the API server's own model (apiserver/connection.ts).
import { ApiError, type Client, type Done, type WatchSink } from "../apiserver/client.ts";
import type { Engine, EventHandle } from "../engine/engine.ts";
import { SECOND, type Tick } from "../engine/tick.ts";

const CONNECTION_LOST_MICROS = 45 * SECOND;
const DIAL_TIMEOUT_MICROS = 30 * SECOND;

const LOST = new ApiError("NoAnswer", "http2: client connection lost");
const NO_ROUTE = new ApiError("NoAnswer", "dial tcp: i/o timeout");

export class ApiWay {
  private readonly engine: Engine;
  // what waits for the way to be open, in order
  private waiting: { readonly go: () => void; readonly fail: (() => void) | null }[] = [];
  private readonly cuts = new Set<symbol>();
  private lossTimer: EventHandle | null = null;
  private isLost = false;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  get isOpen(): boolean {
    return this.cuts.size === 0;
  }

  /** Cuts the way. @returns what opens it again */
  cut(): () => void {
    const key = Symbol("cut");
    if (this.isOpen) this.close();
    this.cuts.add(key);
    return () => {
      if (this.cuts.delete(key) && this.isOpen) this.reopen();
    };
  }

  /** The client behind this way. */
  through(client: Client): Client {
    const ask = <T>(begin: (done: Done<T>) => void, done: Done<T> | undefined): void => this.request(begin, done);
    return {
      create: (kind, object, done) => ask((d) => client.create(kind, object, d), done),
      get: (kind, key, done) => ask((d) => client.get(kind, key, d), done),
      list: (kind, selector, done) => ask((d) => client.list(kind, selector, d), done),
      update: (kind, object, done) => ask((d) => client.update(kind, object, d), done),
      updateStatus: (kind, object, done) => ask((d) => client.updateStatus(kind, object, d), done),
      patch: (kind, key, patch, done) => ask((d) => client.patch(kind, key, patch, d), done),
      patchStatus: (kind, key, patch, done) => ask((d) => client.patchStatus(kind, key, patch, d), done),
      delete: (kind, key, options, done) => ask((d) => client.delete(kind, key, options, d), done),
      deleteCollection: (kind, namespace, options, done) =>
        ask((d) => client.deleteCollection(kind, namespace, options, d), done),
      evict: (key, options, done) => ask((d) => client.evict(key, options, d), done),
      bind: (binding, done) => ask((d) => client.bind(binding, d), done),
      listAndWatch: (kind, selector, sink) => client.listAndWatch(kind, selector, this.watched(sink)),
    };
  }

  private request<T>(begin: (done: Done<T>) => void, done: Done<T> | undefined): void {
    if (this.isOpen) {
      // an answer that comes when the way is cut waits as well
      begin((answer) =>
        this.pass(
          () => done?.(answer),
          () => done?.(LOST),
        ),
      );
      return;
    }
    if (this.isLost) {
      const { engine } = this;
      engine.at((engine.now + DIAL_TIMEOUT_MICROS) as Tick, () => done?.(NO_ROUTE));
      return;
    }
    this.waiting.push({ go: () => this.request(begin, done), fail: () => done?.(LOST) });
  }

  private pass(go: () => void, fail: (() => void) | null): void {
    if (this.isOpen) go();
    else if (this.isLost && fail !== null) fail();
    else this.waiting.push({ go, fail });
  }

  private watched<T>(sink: WatchSink<T>): WatchSink<T> {
    return {
      listed: (items) => this.pass(() => sink.listed(items), null),
      event: (type, object, key) => this.pass(() => sink.event(type, object, key), null),
    };
  }

  private close(): void {
    const { engine } = this;
    this.lossTimer = engine.at((engine.now + CONNECTION_LOST_MICROS) as Tick, () => this.lose());
  }

  private lose(): void {
    this.lossTimer = null;
    this.isLost = true;
    const failed = this.waiting.filter(({ fail }) => fail !== null);
    this.waiting = this.waiting.filter(({ fail }) => fail === null);
    for (const { fail } of failed) fail?.();
  }

  private reopen(): void {
    if (this.lossTimer !== null) this.engine.cancel(this.lossTimer);
    this.lossTimer = null;
    this.isLost = false;
    for (const { go } of this.waiting.splice(0)) go();
  }
}
