// A world for traffic alone: objects come and go by hand, as an API server's watches would tell them.
import type { ApiKind, ApiObject, Client, Selector, Watch, WatchSink } from "../../sim/apiserver/client.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import type { EndpointSlice, Service } from "../../sim/model/objects.ts";
import type { ServiceTraffic, TrafficPlan } from "../../sim/model/traffic-plan.ts";
import { NetworkFaultPoints } from "../../sim/network/fault-points.ts";
import { Network } from "../../sim/network/network.ts";
import { PodNetwork } from "../../sim/network/pod-network.ts";
import type { Place } from "../../sim/network/reachability.ts";
import type { ProxyClient } from "../../sim/traffic/kube-proxy.ts";
import { TrafficProcess } from "../../sim/traffic/process.ts";

/** A proxy's connection, which is open while the way is. */
class HandProxyClient {
  private readonly connects: () => boolean;
  private readonly network: Network;

  constructor(network: Network, place: Place) {
    this.network = network;
    this.connects = () => network.reachability.connects(place, API_SERVER);
  }

  listAndWatch(_kind: ApiKind, _selector: Selector, sink: WatchSink<ApiObject>): Watch {
    const { connects } = this;
    let wasLive = true;
    this.network.reachability.listen(() => {
      if (connects() && !wasLive) sink.live?.();
      wasLive = connects();
    });
    return {
      get isLive() {
        return connects();
      },
      stop: () => undefined,
    };
  }
}

const API_SERVER: Place = { name: "apiserver-0", machine: "apiserver-0", zone: "a" };

/** A client whose watches are told by hand. */
class HandClient {
  private readonly sinks = new Map<ApiKind, WatchSink<ApiObject>[]>();

  listAndWatch<K extends ApiKind>(kind: K, _selector: Selector, sink: WatchSink<ApiObject<K>>): Watch {
    const list = this.sinks.get(kind) ?? [];
    list.push(sink as unknown as WatchSink<ApiObject>);
    this.sinks.set(kind, list);
    return { isLive: true, stop: () => undefined };
  }

  tell(kind: ApiKind, type: "ADDED" | "MODIFIED" | "DELETED", object: ApiObject): void {
    const { namespace, name } = object.metadata;
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    for (const sink of this.sinks.get(kind) ?? []) sink.event(type, object, key);
  }
}

export const PLAN: Omit<TrafficPlan, "services"> = {
  loadBalancer: { intervalMicros: 10 * SECOND, unhealthyChecks: 3, healthyChecks: 2 },
  proxy: {
    minSyncMicros: SECOND,
    syncMicros: { kind: "constant", value: 50_000 },
    dnsMicros: { kind: "uniform", min: 0, max: 5 * SECOND },
  },
};

export const traffic = (parts: Partial<ServiceTraffic> = {}): ServiceTraffic => ({
  namespace: "shop",
  name: "web",
  rate: [{ atMicros: 0, perSecond: 100 }],
  from: "nodes",
  minAvailable: 1,
  lookupsPerRequest: 0,
  ...parts,
});

export class TrafficWorld {
  readonly engine = new Engine({ seed: 1 });
  readonly network = new Network(this.engine);
  readonly faults = new NetworkFaultPoints(this.network);
  readonly podNetwork = new PodNetwork();
  readonly recorder: Recorder;
  readonly traffic: TrafficProcess;
  private readonly client = new HandClient();

  constructor(services: readonly ServiceTraffic[], settledEndpoints: number | null = null) {
    const clock = () => this.engine.now;
    this.recorder = new Recorder({ clock, stepMicros: 60 * SECOND, maxEvents: 0 });
    this.traffic = new TrafficProcess({
      engine: this.engine,
      client: this.client as unknown as Client,
      recorder: this.recorder,
      podNetwork: this.podNetwork,
      reachability: this.network.reachability,
      proxyClient: (place) => new HandProxyClient(this.network, place) as unknown as ProxyClient,
      plan: { ...PLAN, services },
      settledEndpoints: settledEndpoints === null ? null : () => settledEndpoints,
    });
    this.traffic.start();
  }

  node(name: string, zone = "a"): void {
    this.client.tell("nodes", "ADDED", { metadata: { name, labels: { "topology.kubernetes.io/zone": zone } } });
  }

  service(name: string, spec: Service["spec"], namespace = "shop"): void {
    this.client.tell("services", "ADDED", { metadata: { name, namespace }, spec });
  }

  /** Publishes the endpoints `pod@node`; a leading - says that it is not ready, a leading ~ that it terminates and serves. */
  publish(endpoints: readonly string[], name = "web", namespace = "shop"): void {
    const slice: EndpointSlice = {
      metadata: { name: `${name}-x`, namespace, labels: { "kubernetes.io/service-name": name } },
      addressType: "IPv4",
      endpoints: endpoints.map((text) => {
        const [pod, nodeName] = text.replace(/^[-~]/, "").split("@") as [string, string];
        const terminating = text.startsWith("~");
        const ready = !terminating && !text.startsWith("-");
        return {
          addresses: [pod],
          conditions: { ready, serving: ready || terminating, terminating },
          nodeName,
          targetRef: { kind: "Pod", name: pod, uid: pod },
        };
      }),
    };
    this.client.tell("endpointSlices", "MODIFIED", slice);
  }

  pod(name: string, nodeName: string, labels: Readonly<Record<string, string>>): void {
    this.client.tell("pods", "ADDED", {
      metadata: { name, namespace: "shop", uid: name, labels },
      spec: { containers: [], nodeName },
    });
  }

  runTo(seconds: number): void {
    this.engine.run(Math.round(seconds * SECOND) as Tick);
  }

  /** Requests, failed ones, and failed ones by cause, rounded to whole requests. */
  counts(name = "web", namespace = "shop") {
    this.recorder.services.finish();
    const row = this.recorder.services.rowOf(`${namespace}/${name}`);
    const { numbers } = this.recorder.services.table;
    const whole = (column: keyof typeof numbers) => Math.round(numbers[column].get(row) / SECOND);
    return {
      requests: whole("requestMillionths"),
      failed: whole("failedMillionths"),
      dns: whole("failed_dns"),
      noEndpoint: whole("failed_noEndpoint"),
      loadBalancer: whole("failed_loadBalancer"),
      unreachable: whole("failed_unreachable"),
      notServing: whole("failed_notServing"),
      overloaded: whole("failed_overloaded"),
      belowSeconds: numbers.belowMinAvailableMicros.get(row) / SECOND,
    };
  }
}
