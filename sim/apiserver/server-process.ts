// One kube-apiserver: its caches, store, watches, flow control and processors, and what becomes of them when its process dies, stands
// still or is asked to end. Requests come in from connections and go out as answers; all else is behind.
// Source: behaviour of kube-apiserver 1.36; times of starting and ending as recorded.
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { KeyValue, KeyValueClient } from "../etcd/client.ts";
import type { TemplateDefaults } from "../model/template-defaults.ts";
import type { Timestamps } from "../model/timestamp.ts";
import type { Place } from "../network/reachability.ts";
import type { AggregatedApis } from "./aggregated-api.ts";
import type { ChangeFeed } from "./change-feed.ts";
import type { ApiError, ApiKind } from "./client.ts";
import { Compactor } from "./compactor.ts";
import { ServerCpu } from "./cpu.ts";
import { EventLeases } from "./event-leases.ts";
import type { Request, ServerEnd, StreamEnd } from "./exchange.ts";
import { FlowControl } from "./flow-control/flow-control.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import type { ApiObserver } from "./observer.ts";
import type { RequestPipeline } from "./pipeline.ts";
import { notAllowed } from "./refusals.ts";
import { type AdmissionOptions, Registry } from "./registry.ts";
import type { ServiceAddresses } from "./service-addresses.ts";
import { EtcdStorage, prefixOf } from "./storage.ts";
import { WatchCache } from "./watch-cache.ts";
import type { WatchDelivery } from "./watch-delivery.ts";
import { WatchHub } from "./watch-hub.ts";
import type { WatchStream } from "./watch-stream.ts";

/** What all servers of a cluster share. */
export interface SharedParts {
  readonly engine: Engine;
  readonly kinds: readonly ApiKind[];
  readonly delivery: WatchDelivery;
  readonly balancer: LoadBalancer;
  readonly pipeline: RequestPipeline;
  readonly feed: ChangeFeed;
  readonly timestamps: Timestamps;
  readonly templates: TemplateDefaults;
  readonly births: Map<string, number>;
  readonly observer: ApiObserver | null;
  /** null: requests are not subject to admission. */
  readonly admission: AdmissionOptions | null;
  readonly hasFlowControl: boolean;
  readonly aggregated: AggregatedApis;
  readonly serviceAddresses: ServiceAddresses | null;
}

/** From the start of the process until it accepts connections. */
const LISTEN_MICROS = 400_000;
/** From there until it has loaded who may do what. */
const RBAC_MIN_MICROS = 200_000;
const RBAC_SPREAD_MICROS = 1_500_000;
/** How long open watches keep a process that was asked to end. */
const DRAIN_MICROS = 60_000_000;
const DRAIN_LOOK_MICROS = 1_000_000;

type State = "running" | "starting" | "draining" | "down";

export class ServerProcess implements ServerEnd {
  readonly name: string;
  readonly place: Place | null;
  readonly hub: WatchHub;
  readonly cpu: ServerCpu;
  readonly caches = new Map<ApiKind, WatchCache>();
  readonly registry: Registry;
  /** null: all requests are carried out at once. */
  readonly flow: FlowControl | null;
  readonly storage: EtcdStorage;
  /** Counts the starts of its process. */
  life = 0;
  isPaused = false;
  private readonly shared: SharedParts;
  private readonly compactor: Compactor;
  private state: State = "running";
  private isListening = true;
  private inFlight = 0;
  // requests that came before it knew who may do what
  private readonly early: Request[] = [];
  // bookmarks: the newest revision of all caches at some moments
  private readonly bookmarks: { readonly atMicros: number; readonly revision: number }[] = [];
  private newestRevision = 0;
  private isRbacDue = false;

  constructor(shared: SharedParts, name: string, place: Place | null, etcd: KeyValueClient, cores: number) {
    const { engine, births, templates, timestamps, feed } = shared;
    this.shared = shared;
    this.name = name;
    this.place = place;
    this.cpu = new ServerCpu(cores);
    this.hub = new WatchHub(shared.delivery);
    const leases = shared.kinds.includes("events") ? new EventLeases(engine, etcd) : null;
    this.storage = new EtcdStorage(etcd, (kind, key) => this.caches.get(kind)?.get(key), leases);
    this.compactor = new Compactor(engine, etcd);
    for (const kind of shared.kinds) {
      const cache = new WatchCache(kind, {
        engine,
        etcd,
        storage: this.storage,
        name,
        changed: (of, type, object, before, key, revision) => {
          this.sawRevision(revision);
          this.registry.admission?.changed(of, key);
          if (of === "flowSchemas" || of === "priorityLevelConfigurations") this.flow?.configure();
          feed.event(of, type, object, key, revision);
          const sent = this.hub.publish(of, type, object, before, key, revision);
          if (sent > 0) this.cpu.events(engine.now, sent);
        },
        listed: (of, objects, revision, isRolledBack) => {
          if (isRolledBack) this.rolledBack(revision);
          this.sawRevision(revision);
          this.registry.admission?.listed(of);
          if (objects.size > 0 && (of === "flowSchemas" || of === "priorityLevelConfigurations"))
            this.flow?.configure();
          feed.listed(of, objects, revision, isRolledBack);
          this.cacheReady();
        },
        interrupted: (of) => this.hub.interrupt(of),
      });
      this.caches.set(kind, cache);
    }
    this.registry = new Registry({
      engine,
      storage: this.storage,
      caches: this.caches,
      timestamps,
      templates,
      births,
      admission: shared.admission,
      aggregated: shared.aggregated,
      serviceAddresses: shared.serviceAddresses,
    });
    this.flow = shared.hasFlowControl ? this.flowControl() : null;
  }

  private flowControl(): FlowControl {
    return new FlowControl({
      engine: this.shared.engine,
      objects: (kind) => this.caches.get(kind)?.list() ?? [],
      sizeOf: (kind) => this.caches.get(kind)?.size ?? 0,
      execute: (request) => this.execute(request),
      refuse: (request, error) => this.pipeline.finish(request, error),
    });
  }

  get isRunning(): boolean {
    return this.state !== "down";
  }

  /** Would a new connection be accepted? */
  get isAccepting(): boolean {
    return this.isListening && !this.isPaused && (this.state === "running" || this.state === "starting");
  }

  get isReady(): boolean {
    return this.state === "running" && !this.isPaused;
  }

  /** Pending events of the engine that only tidy up. */
  get ownTimers(): number {
    return this.compactor.ownTimers;
  }

  private get pipeline(): RequestPipeline {
    return this.shared.pipeline;
  }

  /** Begins with caches that are full: these are the keys of /registry at this revision. */
  prime(byPrefix: ReadonlyMap<string, readonly KeyValue[]>, revision: number): void {
    for (const [kind, cache] of this.caches) cache.prime({ kvs: byPrefix.get(prefixOf(kind)) ?? [], revision });
  }

  /** Opens the watches on etcd: as a server that has been running. */
  open(): void {
    for (const cache of this.caches.values()) cache.start();
  }

  /** Lists everything anew: the store behind it may be another one. */
  relist(): void {
    if (this.state !== "down") for (const cache of this.caches.values()) cache.restart();
  }

  /** A request has arrived. */
  receive(request: Request): void {
    this.inFlight++;
    request.isAtServer = true;
    if (this.state === "starting") this.early.push(request);
    else if (this.flow === null || this.flow.admit(request)) this.execute(request);
  }

  begin(request: Request): void {
    request.work(request, this as never);
  }

  endWatch(stream: StreamEnd): void {
    this.hub.remove(stream as WatchStream);
  }

  /** A request of this server is answered, or nobody waits for it any more. */
  private enter(state: State): void {
    this.state = state;
    this.shared.observer?.stateChanged?.(this.name, state);
  }

  finished(request: Request, answer: unknown): void {
    if (!request.isAtServer) return;
    request.isAtServer = false;
    if (this.inFlight > 0) this.inFlight--;
    if (request.level >= 0) this.flow?.release(request);
    this.shared.observer?.finished(this.name, request, answer);
  }

  /** A write was carried out: some day it has to be compacted. */
  wrote(): void {
    this.compactor.written(this.storage.writtenRevision);
  }

  /** Writes that nobody has made grow etcd's database as if somebody had. */
  account(count: number, bytes: number): void {
    this.storage.account(count, bytes, () => this.wrote());
  }

  /** A list of so many objects goes out: encoding it takes time, that of a page is part of every answer's latency. */
  encodeList(request: Request, objects: number): void {
    if (objects === 0) return;
    const micros = this.cpu.list(this.shared.engine.now, objects);
    if (objects > PAGE_OBJECTS) request.responseMicros += micros;
  }

  /** What the last bookmark told the watchers: everything up to this revision has been sent to them a minute ago. */
  bookmarkOf(atMicros: number): number {
    let revision = 0;
    for (const mark of this.bookmarks) {
      if (mark.atMicros > atMicros) break;
      revision = mark.revision;
    }
    return revision;
  }

  /** SIGKILL: what is open is reset, what is known is lost. */
  crash(): void {
    if (this.state === "down") return;
    this.enter("down");
    this.isListening = false;
    this.isPaused = false;
    this.life++;
    this.early.length = 0;
    this.compactor.stop();
    this.cpu.reset();
    this.shared.balancer.serverDied(this);
    for (const cache of this.caches.values()) cache.stop();
    this.registry.admission?.reset();
    this.flow?.reset();
    this.bookmarks.length = 0;
    this.inFlight = 0;
  }

  /** Starts the process again: it lists everything, and does not know at first who may do what. */
  start(): void {
    if (this.state !== "down") return;
    const { engine } = this.shared;
    this.enter("starting");
    this.life++;
    const { life } = this;
    this.compactor.start();
    engine.at((engine.now + LISTEN_MICROS) as Tick, () => {
      if (this.life !== life || this.state !== "starting") return;
      this.isListening = true;
      for (const cache of this.caches.values()) cache.start();
      const spread = Math.floor(engine.stream(`${this.name}/start`).nextDouble() * RBAC_SPREAD_MICROS);
      engine.at((engine.now + RBAC_MIN_MICROS + spread) as Tick, () => {
        if (this.life !== life) return;
        this.isRbacDue = true;
        this.cacheReady();
      });
    });
  }

  /** SIGTERM: no new connections; what is under way is finished, and open watches get a minute. */
  terminate(): void {
    if (this.state !== "running" && this.state !== "starting") return;
    const { engine, balancer } = this.shared;
    this.enter("draining");
    this.isListening = false;
    balancer.sendAway(this);
    const { life } = this;
    const endMicros = engine.now + DRAIN_MICROS;
    const look = () => {
      if (this.life !== life || this.state !== "draining") return;
      const isDrained = this.inFlight === 0 && this.hub.open === 0;
      if (isDrained || engine.now >= endMicros) this.crash();
      else engine.at((engine.now + DRAIN_LOOK_MICROS) as Tick, look);
    };
    engine.at((engine.now + DRAIN_LOOK_MICROS) as Tick, look);
  }

  /** SIGSTOP: connections stay open, and nothing passes on them. */
  pause(): void {
    if (this.state === "down" || this.isPaused) return;
    this.isPaused = true;
    this.shared.balancer.serverPaused(this);
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.shared.balancer.serverResumed(this);
  }

  /** All watches end. `isExpired`: what they could go on from is forgotten. */
  breakWatches(isExpired: boolean): void {
    if (isExpired) for (const cache of this.caches.values()) cache.window.reset(this.newestRevision + 1);
    this.hub.interruptAll();
  }

  private cacheReady(): void {
    if (this.state !== "starting" || !this.isRbacDue) return;
    for (const cache of this.caches.values()) if (!cache.isReady) return;
    this.isRbacDue = false;
    const { early, pipeline } = this;
    this.enter("running");
    for (const request of early.splice(0)) {
      if (request.isOver) continue;
      const { identity } = request.client;
      if (identity.groups.includes("system:masters")) this.execute(request);
      else pipeline.finish(request, refusalOf(request));
    }
  }

  private execute(request: Request): void {
    const { engine } = this.shared;
    if (!request.client.may(request)) return this.pipeline.finish(request, refusalOf(request));
    const waitMicros = this.cpu.request(engine.now, request.verb);
    if (waitMicros > 0) this.pipeline.beginLater(request, waitMicros);
    else this.begin(request);
  }

  private rolledBack(revision: number): void {
    this.newestRevision = revision;
    this.bookmarks.length = 0;
  }

  private sawRevision(revision: number): void {
    if (revision <= this.newestRevision) return;
    this.newestRevision = revision;
    const { now } = this.shared.engine;
    const last = this.bookmarks.at(-1);
    if (last !== undefined && now - last.atMicros < BOOKMARK_GRAIN_MICROS) return;
    this.bookmarks.push({ atMicros: now, revision });
    if (this.bookmarks.length > MAX_BOOKMARKS) this.bookmarks.shift();
  }
}

const PAGE_OBJECTS = 500;
const BOOKMARK_GRAIN_MICROS = 10_000_000;
const MAX_BOOKMARKS = 16;

function refusalOf(request: Request): ApiError {
  const { client, kind, name, namespace, subresource, verb } = request;
  const scope = kind === "namespaces" ? name : namespace;
  return notAllowed(kind, verb === "create" ? "" : name, scope, client.identity.user, verb, subresource);
}
