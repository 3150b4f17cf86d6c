// Requests on one Service, as flows: how many there are, over which nodes they come in, and what becomes of them given what each
// node's proxy believes and what is true. Nothing is drawn: of requests to ten backends of which one is dead a tenth fails.

import type { FailureCause, ServiceState } from "../metrics/service-recorder.ts";
import type { Service } from "../model/objects.ts";
import type { ServiceTraffic } from "../model/traffic-plan.ts";
import type { PodNetwork } from "../network/pod-network.ts";
import type { Place, Reachability } from "../network/reachability.ts";
import { type EndpointView, sameBackends } from "./endpoint-view.ts";

/** Where requests come in, and how large a part of them. */
export interface Source {
  readonly place: Place;
  readonly weight: number;
}

/** What flows are worked out from, besides the Service's own. */
export interface Surroundings {
  readonly podNetwork: PodNetwork;
  readonly reachability: Reachability;
  placeOf(nodeName: string): Place | undefined;
  /** Does the load balancer send requests here that nobody takes? */
  isDead(nodeName: string): boolean;
  /** A pod gets more or less than before: what all Services together send to it has to be known before it is judged. */
  loadChanged(uid: string): void;
}

interface Group {
  readonly view: EndpointView;
  weight: number;
}

type Shares = Record<FailureCause, number>;

export class ServiceLoad {
  readonly traffic: ServiceTraffic;
  readonly key: string;
  /** Row of the recorder. */
  readonly row: number;
  requestsPerSecond = 0;
  service: Service | undefined = undefined;
  // newest last; older ones are kept as long as a proxy may still begin with them
  private views: EndpointView[] = [];
  private readonly viewOf = new Map<string, EndpointView>();
  // requests per second that are sent to each backend
  private sent = new Map<string, number>();

  constructor(traffic: ServiceTraffic, row: number) {
    this.traffic = traffic;
    this.row = row;
    this.key = `${traffic.namespace}/${traffic.name}`;
  }

  get latest(): EndpointView | undefined {
    return this.views[this.views.length - 1];
  }

  /** New endpoints are published. @returns false when they are those that were there */
  publish(view: EndpointView): boolean {
    const { latest } = this;
    if (latest !== undefined && sameBackends(latest, view)) return false;
    this.views.push(view);
    // no proxy is that far behind but those that are cut off, and they keep what they have
    if (this.views.length > 64) this.views = this.views.slice(-32);
    return true;
  }

  /** The rules on a node are now those of this moment. @returns false when that changes nothing */
  adopt(nodeName: string, ofMicros: number): boolean {
    let view: EndpointView | undefined;
    for (let i = this.views.length - 1; i >= 0; i--) {
      view = this.views[i];
      if (view!.atMicros <= ofMicros) break;
    }
    if (view === undefined || this.viewOf.get(nodeName) === view) return false;
    this.viewOf.set(nodeName, view);
    return true;
  }

  /** The node has left. */
  drop(nodeName: string): void {
    this.viewOf.delete(nodeName);
  }

  /** Does the Service's state depend on this pod? */
  *backends(): IterableIterator<string> {
    for (const view of this.inUse()) for (const { uid } of view.backends) yield uid;
  }

  private inUse(): ReadonlySet<EndpointView> {
    const views = new Set(this.viewOf.values());
    if (this.latest !== undefined) views.add(this.latest);
    return views;
  }

  /** What is sent to each backend, in requests per second, as of the last evaluation. */
  get loads(): ReadonlyMap<string, number> {
    return this.sent;
  }

  /**
   * What becomes of the requests now.
   *
   * @param dnsFailing share of DNS look-ups that fail
   */
  evaluate(sources: readonly Source[], around: Surroundings, dnsFailing: number): ServiceState {
    const failing: Shares = { dns: 0, noEndpoint: 0, loadBalancer: 0, unreachable: 0, notServing: 0, overloaded: 0 };
    let total = 0;
    for (const { weight } of sources) total += weight;
    this.sent = new Map();
    const available = this.available(around.podNetwork);
    // clients that are pods or nodes ask nothing when there are none; those outside do, and meet a load balancer without nodes
    if (total === 0 && this.traffic.from !== "external") return { requestsPerSecond: 0, failing, available };
    if (total === 0) {
      failing.loadBalancer = 1;
      return { requestsPerSecond: this.requestsPerSecond, failing, available };
    }
    failing.dns = Math.min(1, this.traffic.lookupsPerRequest * dnsFailing);
    const left = 1 - failing.dns;
    if (around.reachability.isWhole && !this.isLocal) this.byGroups(sources, total, left, around, failing);
    else this.bySources(sources, total, left, around, failing);
    return { requestsPerSecond: this.requestsPerSecond, failing, available };
  }

  private get isLocal(): boolean {
    const spec = this.service?.spec;
    return this.traffic.from === "external"
      ? spec?.externalTrafficPolicy === "Local"
      : spec?.internalTrafficPolicy === "Local";
  }

  private available(podNetwork: PodNetwork): number {
    let count = 0;
    for (const { uid } of this.latest?.backends ?? []) if (podNetwork.get(uid)?.isServing === true) count++;
    return count;
  }

  // all nodes with the same endpoints are alike
  private byGroups(
    sources: readonly Source[],
    total: number,
    left: number,
    around: Surroundings,
    failing: Shares,
  ): void {
    const groups = new Map<EndpointView | undefined, Group>();
    for (const { place, weight } of sources) {
      if (around.isDead(place.name)) {
        failing.loadBalancer += (left * weight) / total;
        continue;
      }
      const view = this.viewOf.get(place.name);
      const group = groups.get(view);
      if (group !== undefined) group.weight += weight;
      else groups.set(view, { view: view ?? { atMicros: 0, backends: [] }, weight });
    }
    for (const { view, weight } of groups.values()) {
      const share = (left * weight) / total;
      if (view.backends.length === 0) failing.noEndpoint += share;
      else this.spread(view, share);
    }
    this.judge(around, failing);
  }

  private bySources(
    sources: readonly Source[],
    total: number,
    left: number,
    around: Surroundings,
    failing: Shares,
  ): void {
    const { isLocal } = this;
    for (const { place, weight } of sources) {
      const share = (left * weight) / total;
      if (around.isDead(place.name)) {
        failing.loadBalancer += share;
        continue;
      }
      const all = this.viewOf.get(place.name)?.backends ?? [];
      const backends = isLocal ? all.filter(({ nodeName }) => nodeName === place.name) : all;
      if (backends.length === 0) {
        failing.noEndpoint += share;
        continue;
      }
      const each = share / backends.length;
      for (const { uid, nodeName } of backends) {
        const to = around.placeOf(nodeName);
        if (to !== undefined && nodeName !== place.name && !around.reachability.connects(place, to))
          failing.unreachable += each;
        else this.add(uid, each * this.requestsPerSecond);
      }
    }
    this.judge(around, failing);
  }

  private spread(view: EndpointView, share: number): void {
    const each = (share / view.backends.length) * this.requestsPerSecond;
    for (const { uid } of view.backends) this.add(uid, each);
  }

  private add(uid: string, perSecond: number): void {
    this.sent.set(uid, (this.sent.get(uid) ?? 0) + perSecond);
  }

  // what arrives at each pod is answered, or not
  private judge(around: Surroundings, failing: Shares): void {
    for (const uid of this.sent.keys()) around.loadChanged(uid);
    if (this.requestsPerSecond === 0) return;
    for (const [uid, perSecond] of this.sent) {
      const pod = around.podNetwork.get(uid);
      const share = perSecond / this.requestsPerSecond;
      if (pod === undefined || !pod.isServing) failing.notServing += share;
      else {
        // of all Services that send to it
        const load = pod.requestsPerSecond;
        if (load > pod.capacityPerSecond) failing.overloaded += share * (1 - pod.capacityPerSecond / load);
      }
    }
  }
}
