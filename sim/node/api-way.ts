// A kubelet's way to the API server, which can be cut: what is on the way waits, as TCP sends it again, and after 45 s the connection
// is given up (HTTP/2 health check: 30 s without a frame, 15 s for the ping). Then requests fail, and watches begin anew with a
// reflector's pauses once the way is open again. Refuses to know why it is cut.
import { ApiError, type ApiKind, type Client, type Done, type WatchSink } from "../apiserver/client.ts";
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import { SECOND, type Tick } from "../engine/tick.ts";

const CONNECTION_LOST_MICROS = 45 * SECOND;
const DIAL_TIMEOUT_MICROS = 30 * SECOND;
/** A reflector's pauses have grown to this, and are stretched by up to as much again. */
const LONGEST_PAUSE_MICROS = 30 * SECOND;
const FIRST_PAUSE_MICROS = 800_000;

const LOST = new ApiError("NoAnswer", "http2: client connection lost");
const NO_ROUTE = new ApiError("NoAnswer", "dial tcp: i/o timeout");

export interface ApiWayOptions {
  readonly engine: Engine;
  readonly pauses: RandomStream;
  /** Watches catch up as soon as the way is open, without a reflector's pause. */
  readonly catchesUpAtOnce: boolean;
}

export class ApiWay {
  private readonly options: ApiWayOptions;
  // what waits for the way to be open, in order
  private waiting: { readonly go: () => void; readonly fail: (() => void) | null }[] = [];
  private readonly cuts = new Set<symbol>();
  private cutAtMicros = 0;
  private lossTimer: EventHandle | null = null;
  private isLost = false;

  constructor(options: ApiWayOptions) {
    this.options = options;
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
      const { engine } = this.options;
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

  private watched<K extends ApiKind>(sink: WatchSink<never>): WatchSink<never> {
    void (0 as unknown as K);
    return {
      listed: (items) => this.pass(() => sink.listed(items), null),
      event: (type, object, key) => this.pass(() => sink.event(type, object, key), null),
    };
  }

  private close(): void {
    const { engine } = this.options;
    this.cutAtMicros = engine.now;
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
    const { catchesUpAtOnce, engine, pauses } = this.options;
    if (this.lossTimer !== null) engine.cancel(this.lossTimer);
    this.lossTimer = null;
    const wasLost = this.isLost;
    this.isLost = false;
    if (!wasLost || catchesUpAtOnce) return this.flush();
    // somewhere in a pause whose length has grown with the time away
    const awayMicros = engine.now - this.cutAtMicros - CONNECTION_LOST_MICROS;
    let pauseMicros = FIRST_PAUSE_MICROS;
    for (let sum = 0; sum < awayMicros && pauseMicros < LONGEST_PAUSE_MICROS; sum += pauseMicros) pauseMicros *= 2;
    pauseMicros = Math.min(LONGEST_PAUSE_MICROS, pauseMicros) * (1 + pauses.next());
    engine.at((engine.now + Math.ceil(pauseMicros * pauses.next())) as Tick, () => {
      if (this.isOpen) this.flush();
    });
  }

  private flush(): void {
    for (const { go } of this.waiting.splice(0)) go();
  }
}
