// The API servers of a cluster, put together behind a load balancer: requests are carried out on etcd, lists and watches served from
// caches that follow etcd, and old revisions compacted. Callers see only `Client`; whoever looks from outside sees what all servers
// together know, also while they are down.
import type { Distribution } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { KeyValue, KeyValueClient } from "../etcd/client.ts";
import type { Service } from "../model/objects.ts";
import { TemplateDefaults } from "../model/template-defaults.ts";
import { Timestamps } from "../model/timestamp.ts";
import type { Network } from "../network/network.ts";
import type { Place } from "../network/reachability.ts";
import { type Answers, WebhookFaults } from "./admission/webhook-calls.ts";
import { type AggregatedApi, AggregatedApis } from "./aggregated-api.ts";
import { Authorizer } from "./authorizer.ts";
import { ChangeFeed, type ChangeListener } from "./change-feed.ts";
import { type ApiKind, type ApiObject, keyOf } from "./client.ts";
import { type ClientOptions, Connection } from "./connection.ts";
import { LoadBalancer } from "./load-balancer.ts";
import type { ApiObserver } from "./observer.ts";
import { RequestPipeline } from "./pipeline.ts";
import { ServerProcess, type SharedParts } from "./server-process.ts";
import type { ServiceAddresses } from "./service-addresses.ts";
import { prefixOf } from "./storage.ts";
import { WatchDelivery } from "./watch-delivery.ts";

/** One of the servers. */
export interface ServerOptions {
  readonly name: string;
  /** Where it runs, for partitions; null: nothing ever cuts it off from clients. */
  readonly place: Place | null;
  readonly etcd: KeyValueClient;
}

export interface ApiServerOptions {
  readonly engine: Engine;
  /** A single server that nothing cuts off. Or: */
  readonly etcd?: KeyValueClient;
  readonly servers?: readonly ServerOptions[];
  /** For partitions; default: nothing is ever cut. */
  readonly network?: Network;
  /** The kinds that they serve. */
  readonly kinds: readonly ApiKind[];
  /** On the way to the API server and back, in microseconds; half of it each way. What etcd takes comes between. */
  readonly requestLatencyMicros: Distribution;
  /** The defaults of pod templates, shared with whoever made the objects that a run begins with. */
  readonly templates?: TemplateDefaults;
  /** From the API server's learning of a change to its arrival at a watcher, in microseconds. */
  readonly watchLatencyMicros: Distribution;
  /** Of each server; default 8. */
  readonly cpuCores?: number;
  readonly observer?: ApiObserver;
  /** Requests are subject to priority and fairness; default: they are not. */
  readonly flowControl?: boolean;
  /** Requests are subject to admission. `answers`: what a connection to the pod of a webhook meets; default: it opens. */
  readonly admission?: { readonly answers?: Answers };
  /** Gives Services their addresses; default: they have what they ask for. */
  readonly serviceAddresses?: ServiceAddresses;
}

const CPU_CORES = 8;

export class ApiServer {
  readonly servers: readonly ServerProcess[];
  readonly authorizer: Authorizer;
  readonly balancer: LoadBalancer;
  readonly webhookFaults = new WebhookFaults();
  private readonly engine: Engine;
  private readonly pipeline: RequestPipeline;
  private readonly feed = new ChangeFeed();
  private readonly aggregated = new AggregatedApis();
  private readonly births = new Map<string, number>();

  constructor(options: ApiServerOptions) {
    const { cpuCores = CPU_CORES, engine, kinds, observer = null, templates = new TemplateDefaults() } = options;
    this.engine = engine;
    const delivery = new WatchDelivery(engine, options.watchLatencyMicros);
    this.balancer = new LoadBalancer(engine, options.network ?? null, delivery);
    this.pipeline = new RequestPipeline(engine, options.requestLatencyMicros, (client) =>
      this.balancer.transportOf(client),
    );
    this.balancer.breakOff = (transport, error) => this.pipeline.breakOff(transport, error);
    this.authorizer = new Authorizer((kind) => this.feed.list(kind));
    this.feed.listen((kind) => this.authorizer.changed(kind));
    const shared: SharedParts = {
      engine,
      kinds,
      delivery,
      balancer: this.balancer,
      feed: this.feed,
      pipeline: this.pipeline,
      timestamps: new Timestamps(),
      templates,
      births: this.births,
      observer,
      admission:
        options.admission === undefined
          ? null
          : { faults: this.webhookFaults, answers: options.admission.answers ?? (() => "open") },
      hasFlowControl: options.flowControl === true,
      aggregated: this.aggregated,
      serviceAddresses: options.serviceAddresses ?? null,
    };
    this.feed.listen((kind, type, object, _before, key) => {
      if (kind !== "services") return;
      if (type === "DELETED") options.serviceAddresses?.gone(key);
      else options.serviceAddresses?.known(key, object as Service);
    });
    const given =
      options.servers ?? (options.etcd === undefined ? [] : [{ name: "apiserver-0", place: null, etcd: options.etcd }]);
    this.servers = given.map(({ name, place, etcd }) => new ServerProcess(shared, name, place, etcd, cpuCores));
    this.balancer.servers.push(...this.servers);
  }

  /** Told of every change at the moment at which the first API server learns of it, before any client. */
  onChange(listener: ChangeListener): void {
    this.feed.listen(listener);
  }

  /** Begins with caches that are full: these are the keys of /registry at this revision. Before {@link start}. */
  prime(kvs: readonly KeyValue[], revision: number): void {
    const byPrefix = new Map<string, KeyValue[]>();
    for (const kv of kvs) {
      const prefix = kv.key.slice(0, kv.key.indexOf("/", "/registry/".length) + 1);
      const list = byPrefix.get(prefix);
      if (list === undefined) byPrefix.set(prefix, [kv]);
      else list.push(kv);
    }
    for (const server of this.servers) server.prime(byPrefix, revision);
    // names that were made from kind and key are taken
    for (const kind of this.servers[0]?.caches.keys() ?? []) {
      if (!byPrefix.has(prefixOf(kind))) continue;
      for (const object of this.feed.list(kind)) {
        const path = `${kind}/${keyOf(kind, object)}`;
        if (object.metadata.uid === path) this.births.set(path, 1);
      }
    }
  }

  /** Opens the watches on etcd. */
  start(): void {
    for (const server of this.servers) server.open();
  }

  /**
   * Begins anew as after a restart of the processes: caches are listed again. What has to be done when etcd was restored from a
   * backup, since revisions that it knows will come again and mean something else.
   */
  restart(): void {
    this.feed.forgetRevisions();
    for (const server of this.servers) server.relist();
  }

  /** A client for one component; its latencies come from streams of its own. */
  client(options: string | ClientOptions): Connection {
    const given = typeof options === "string" ? { name: options } : options;
    return new Connection(this.engine, this.pipeline, this.balancer, this.authorizer, given);
  }

  /** This kind is not stored: the provider is asked for it. */
  aggregate<K extends ApiKind>(kind: K, provider: AggregatedApi<K>): void {
    this.aggregated.register(kind, provider);
  }

  /** What the API servers believe is stored, in order of creation. */
  list<K extends ApiKind>(kind: K): ApiObject<K>[] {
    return this.feed.list(kind) as ApiObject<K>[];
  }

  get<K extends ApiKind>(kind: K, key: string): ApiObject<K> | undefined {
    return this.feed.get(kind, key) as ApiObject<K> | undefined;
  }

  /** Writes that were left out: etcd's revision and database grow as if they had been made. */
  accountWrites(count: number, bytes: number): void {
    this.servers.find(({ isReady }) => isReady)?.account(count, bytes);
  }

  /** Pending events of the engine that only tidy up. */
  get ownTimers(): number {
    let timers = 0;
    for (const server of this.servers) timers += server.ownTimers;
    return timers;
  }

  /** Requests of clients that are not answered yet. */
  get openRequests(): number {
    return this.pipeline.open;
  }
}
