// Requests of clients on Services: what each node's proxy and the load balancer believe, against what answers. Every change of either
// is an instant at which the flows of the Services that it concerns are worked out anew; between two instants nothing changes, so
// failed requests are counted exactly. Knows the API by watches, and the truth on the nodes by the pod network.
// Not modelled: retries, connections that live on, latency of requests.
import type { Client } from "../apiserver/client.ts";
import { Informer } from "../apiserver/informer.ts";
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { ServiceState } from "../metrics/service-recorder.ts";
import type { EndpointSlice, Node, Pod } from "../model/objects.ts";
import type { TrafficPlan } from "../model/traffic-plan.ts";
import type { PodNetwork } from "../network/pod-network.ts";
import type { Place, Reachability } from "../network/reachability.ts";
import { endpointView } from "./endpoint-view.ts";
import { KubeProxy, type ProxyClient } from "./kube-proxy.ts";
import { LoadBalancer } from "./load-balancer.ts";
import { ServiceLoad, type Source, type Surroundings } from "./service-load.ts";

const SERVICE_NAME = "kubernetes.io/service-name";
const ZONE_LABEL = "topology.kubernetes.io/zone";
/** The Service that look-ups go to. */
export const DNS_SERVICE = { namespace: "kube-system", name: "kube-dns" } as const;

export interface TrafficOptions {
  readonly engine: Engine;
  readonly client: Client;
  readonly recorder: Recorder;
  readonly podNetwork: PodNetwork;
  readonly reachability: Reachability;
  /** The connection of the proxy on a node. */
  readonly proxyClient: (place: Place) => ProxyClient;
  readonly plan: TrafficPlan;
  /** A cluster that has been running for long: how many endpoints of a Service (namespace/name) answer. null = it begins with the run. */
  readonly settledEndpoints: ((key: string) => number) | null;
}

// by then kubelets have found their pods, and proxies their endpoints
const SETTLING_MICROS = 1_000_000;
const NO_FAILURES = { dns: 0, noEndpoint: 0, loadBalancer: 0, unreachable: 0, notServing: 0, overloaded: 0 } as const;

export class TrafficProcess {
  private readonly options: TrafficOptions;
  private readonly loads: ServiceLoad[] = [];
  private readonly byKey = new Map<string, ServiceLoad>();
  private readonly dns: ServiceLoad | null;
  private readonly proxies = new Map<string, KubeProxy>();
  private readonly balancer: LoadBalancer;
  private readonly slices = new Map<string, Map<string, EndpointSlice>>();
  private readonly around: Surroundings;
  // client pods per Service and node
  private readonly clients = new Map<ServiceLoad, Map<string, Set<string>>>();
  private readonly clientPods = new Map<string, Pod>();
  // Services by backend, and by client
  private readonly ofPod = new Map<string, Set<ServiceLoad>>();
  private readonly dirty = new Set<ServiceLoad>();
  private readonly factors = new Map<object, { readonly key: string; readonly factor: number }>();
  private isFlushDue = false;
  private isSettling = true;

  constructor(options: TrafficOptions) {
    this.options = options;
    const { engine, plan, podNetwork, reachability, recorder } = options;
    for (const traffic of plan.services) {
      const load = new ServiceLoad(
        traffic,
        recorder.services.add(traffic.namespace, traffic.name, traffic.minAvailable),
      );
      this.loads.push(load);
      this.byKey.set(load.key, load);
    }
    this.dns = this.dnsLoad();
    this.balancer = new LoadBalancer(engine, plan.loadBalancer, () => this.markExternal());
    this.around = {
      podNetwork,
      reachability,
      placeOf: (node) => this.proxies.get(node)?.place,
      isDead: (node) => !podNetwork.isNodeUp(node),
      loadChanged: (uid) => podNetwork.setLoad(uid, this.loadOn(uid)),
    };
  }

  start(): void {
    const { client, engine, podNetwork, reachability } = this.options;
    podNetwork.listen({
      servingChanged: ({ uid }) => this.podChanged(uid),
      nodeChanged: (name, isUp) => {
        this.balancer.answers(name, isUp);
        this.markAll();
      },
    });
    reachability.listen(() => this.markAll());
    new Informer(client, "nodes", {
      added: (node) => this.nodeAdded(node),
      deleted: (node) => this.nodeRemoved(node.metadata.name),
    });
    new Informer(client, "services", {
      added: (service, key) => this.serviceSeen(key, service),
      updated: (_before, service, key) => this.serviceSeen(key, service),
      deleted: (_last, key) => this.serviceSeen(key, undefined),
    });
    new Informer(client, "endpointSlices", {
      added: (slice) => this.sliceChanged(slice, false),
      updated: (_before, slice) => this.sliceChanged(slice, false),
      deleted: (slice) => this.sliceChanged(slice, true),
    });
    if (this.loads.some(({ traffic }) => typeof traffic.from === "object")) this.watchClients();
    for (const load of this.loads) {
      for (const { atMicros } of load.traffic.rate) {
        if (atMicros >= engine.now) engine.at(atMicros as Tick, () => this.mark(load));
      }
    }
    // the first lists are what has been so for long
    engine.at((engine.now + SETTLING_MICROS) as Tick, () => {
      this.isSettling = false;
      if (this.options.settledEndpoints !== null) this.markAll();
    });
    this.holdBack();
  }

  // in a cluster that has been running for long, the first moments of its parts are the simulator's affair: nobody asks yet
  private holdBack(): void {
    const { recorder, settledEndpoints } = this.options;
    if (settledEndpoints === null) return;
    for (const { key, row } of this.loads)
      recorder.services.set(row, { requestsPerSecond: 0, failing: NO_FAILURES, available: settledEndpoints(key) });
  }

  /** Multiplies the requests on one Service, or with "" on all of them. @returns what takes it back */
  scale(key: string, factor: number): () => void {
    const token = {};
    this.factors.set(token, { key, factor });
    this.markAll();
    return () => {
      if (this.factors.delete(token)) this.markAll();
    };
  }

  /** Keys of the Services that get requests. */
  get services(): readonly string[] {
    return this.loads.map(({ key }) => key);
  }

  // ---- what is believed --------------------------------------------------------------------------------------------

  private nodeAdded(node: Node): void {
    const { engine, plan, podNetwork } = this.options;
    const { name, labels } = node.metadata;
    const place: Place = { name, machine: name, zone: labels?.[ZONE_LABEL] ?? "" };
    const proxy = new KubeProxy({
      engine,
      place,
      minSyncMicros: plan.proxy.minSyncMicros,
      syncMicros: plan.proxy.syncMicros,
      client: this.options.proxyClient(place),
      synced: ({ place: { name: own } }, ofMicros) => {
        for (const load of this.loads) if (load.adopt(own, ofMicros)) this.mark(load);
      },
    });
    this.proxies.set(name, proxy);
    if (this.isSettling) {
      this.balancer.settled(name);
      for (const load of this.loads) if (load.adopt(name, engine.now)) this.mark(load);
    } else proxy.notify();
    this.balancer.answers(name, podNetwork.isNodeUp(name));
    this.markAll();
  }

  private nodeRemoved(name: string): void {
    this.proxies.get(name)?.stop();
    this.proxies.delete(name);
    this.balancer.removed(name);
    for (const load of this.loads) load.drop(name);
    this.markAll();
  }

  private serviceSeen(key: string, service: ServiceLoad["service"]): void {
    const load = this.byKey.get(key);
    if (load === undefined) return;
    load.service = service;
    this.mark(load);
  }

  private sliceChanged(slice: EndpointSlice, isGone: boolean): void {
    const { engine } = this.options;
    const key = `${slice.metadata.namespace ?? "default"}/${slice.metadata.labels?.[SERVICE_NAME] ?? ""}`;
    const load = this.byKey.get(key);
    if (load === undefined) return;
    let slices = this.slices.get(key);
    if (slices === undefined) {
      slices = new Map();
      this.slices.set(key, slices);
    }
    if (isGone) slices.delete(slice.metadata.name);
    else slices.set(slice.metadata.name, slice);
    if (!load.publish(endpointView(engine.now, slices.values()))) return;
    for (const { uid } of load.latest?.backends ?? []) {
      const loads = this.ofPod.get(uid);
      if (loads === undefined) this.ofPod.set(uid, new Set([load]));
      else loads.add(load);
    }
    this.mark(load);
    if (load.service?.spec?.clusterIP === "None") return this.publishByDns(load);
    for (const [name, proxy] of this.proxies) {
      if (this.isSettling) load.adopt(name, engine.now);
      else proxy.notify();
    }
  }

  // clients of a headless Service ask DNS, which tells what it has heard, for as long as an answer may be kept
  private publishByDns(load: ServiceLoad): void {
    const { engine, plan } = this.options;
    const ofMicros = engine.now;
    for (const [name, { place }] of this.proxies) {
      const delay = this.isSettling ? 0 : draw(plan.proxy.dnsMicros, engine, `traffic/dns/${place.name}`);
      engine.at((ofMicros + delay) as Tick, () => {
        if (load.adopt(name, ofMicros)) this.mark(load);
      });
    }
  }

  // ---- who asks ----------------------------------------------------------------------------------------------------

  private watchClients(): void {
    const put = (pod: Pod, key: string) => {
      this.removeClient(key);
      const phase = pod.status?.phase;
      if (!pod.spec.nodeName || phase === "Succeeded" || phase === "Failed") return;
      for (const load of this.loads) {
        const { from } = load.traffic;
        if (typeof from !== "object" || from.namespace !== (pod.metadata.namespace ?? "default")) continue;
        const { labels } = pod.metadata;
        if (!Object.keys(from.labels).every((name) => labels?.[name] === from.labels[name])) continue;
        let nodes = this.clients.get(load);
        if (nodes === undefined) {
          nodes = new Map();
          this.clients.set(load, nodes);
        }
        const uids = nodes.get(pod.spec.nodeName);
        if (uids === undefined) nodes.set(pod.spec.nodeName, new Set([pod.metadata.uid ?? ""]));
        else uids.add(pod.metadata.uid ?? "");
        this.clientPods.set(key, pod);
        this.mark(load);
      }
    };
    const settings = {
      added: put,
      updated: (_before: Pod, pod: Pod, key: string) => put(pod, key),
      deleted: (_last: Pod, key: string) => this.removeClient(key),
    };
    new Informer(this.options.client, "pods", settings, { assigned: true });
  }

  private removeClient(key: string): void {
    const pod = this.clientPods.get(key);
    if (pod === undefined) return;
    this.clientPods.delete(key);
    for (const [load, nodes] of this.clients) {
      const uids = nodes.get(pod.spec.nodeName ?? "");
      if (uids?.delete(pod.metadata.uid ?? "") !== true) continue;
      if (uids.size === 0) nodes.delete(pod.spec.nodeName ?? "");
      this.mark(load);
    }
  }

  private sourcesOf(load: ServiceLoad): readonly Source[] {
    const { podNetwork } = this.options;
    const { from } = load.traffic;
    const sources: Source[] = [];
    if (from === "external") {
      for (const { place } of this.proxies.values())
        if (this.balancer.isHealthy(place.name)) sources.push({ place, weight: 1 });
    } else if (from === "nodes") {
      for (const { place } of this.proxies.values())
        if (podNetwork.isNodeUp(place.name)) sources.push({ place, weight: 1 });
    } else {
      for (const [name, uids] of this.clients.get(load) ?? []) {
        const place = this.proxies.get(name)?.place;
        let weight = 0;
        // only those that live ask
        for (const uid of uids) if (podNetwork.get(uid)?.isServing === true) weight++;
        if (place !== undefined && weight > 0) sources.push({ place, weight });
      }
    }
    return sources;
  }

  // ---- what becomes of it ------------------------------------------------------------------------------------------

  private podChanged(uid: string): void {
    for (const load of this.ofPod.get(uid) ?? []) this.mark(load);
    for (const load of this.clients.keys()) this.mark(load);
  }

  private markExternal(): void {
    for (const load of this.loads) if (load.traffic.from === "external") this.mark(load);
  }

  private markAll(): void {
    for (const load of this.loads) this.mark(load);
  }

  // many changes of one instant are one change
  private mark(load: ServiceLoad): void {
    this.dirty.add(load);
    if (this.isFlushDue) return;
    this.isFlushDue = true;
    const { engine } = this.options;
    engine.at(engine.now as Tick, () => this.flush());
  }

  private flush(): void {
    this.isFlushDue = false;
    const { recorder, settledEndpoints } = this.options;
    if (this.isSettling && settledEndpoints !== null) return;
    const { services } = recorder;
    const { dns } = this;
    const dirty = [...this.dirty].filter((load) => load !== dns);
    const isDnsDirty = dns !== null && (this.dirty.has(dns) || dirty.length > 0);
    this.dirty.clear();
    for (const load of this.loads) if (load !== dns) load.requestsPerSecond = this.rateOf(load);
    let concerned = dirty;
    if (dns !== null && isDnsDirty) {
      const before = failingShare(services.stateOf(dns.row));
      dns.requestsPerSecond = this.lookUps();
      this.evaluate(dns, 0);
      if (failingShare(services.stateOf(dns.row)) !== before) concerned = this.loads.filter((load) => load !== dns);
    }
    const dnsFailing = dns === null ? 0 : failingShare(services.stateOf(dns.row));
    for (const load of concerned) this.evaluate(load, dnsFailing);
  }

  private evaluate(load: ServiceLoad, dnsFailing: number): void {
    const { podNetwork, recorder } = this.options;
    const before = load.loads;
    recorder.services.set(load.row, load.evaluate(this.sourcesOf(load), this.around, dnsFailing));
    for (const uid of before.keys()) if (!load.loads.has(uid)) podNetwork.setLoad(uid, this.loadOn(uid));
  }

  private loadOn(uid: string): number {
    let sum = 0;
    for (const load of this.ofPod.get(uid) ?? []) sum += load.loads.get(uid) ?? 0;
    return sum;
  }

  private rateOf(load: ServiceLoad): number {
    const { now } = this.options.engine;
    let perSecond = 0;
    for (const step of load.traffic.rate) if (step.atMicros <= now) perSecond = step.perSecond;
    for (const { key, factor } of this.factors.values()) if (key === "" || key === load.key) perSecond *= factor;
    return perSecond;
  }

  // look-ups per second, of Services with somebody who asks
  private lookUps(): number {
    let sum = 0;
    for (const load of this.loads) {
      if (load === this.dns || load.traffic.lookupsPerRequest === 0) continue;
      if (this.sourcesOf(load).length > 0) sum += load.requestsPerSecond * load.traffic.lookupsPerRequest;
    }
    return sum;
  }

  private dnsLoad(): ServiceLoad | null {
    const { plan, recorder } = this.options;
    const { namespace, name } = DNS_SERVICE;
    const known = this.byKey.get(`${namespace}/${name}`);
    if (known !== undefined) return known;
    if (!plan.services.some(({ lookupsPerRequest }) => lookupsPerRequest > 0)) return null;
    const traffic = { namespace, name, rate: [], from: "nodes", minAvailable: 1, lookupsPerRequest: 0 } as const;
    const load = new ServiceLoad(traffic, recorder.services.add(namespace, name, 1));
    this.loads.push(load);
    this.byKey.set(load.key, load);
    return load;
  }
}

function failingShare(state: ServiceState | null): number {
  if (state === null) return 0;
  let share = 0;
  for (const part of Object.values(state.failing)) share += part;
  return Math.min(1, share);
}

function draw(distribution: Distribution, engine: Engine, path: string): number {
  return Math.max(0, Math.round(sample(distribution, engine.stream(path))));
}
