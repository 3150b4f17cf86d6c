// Builds the control plane of a run: network, etcd, its client in the API server, and the API server itself. It begins as one that
// has been running for long: the cluster's objects are stored, etcd has a leader, connections are open and caches full.

import type { Answers } from "../apiserver/admission/webhook-calls.ts";
import {
  initialEntries,
  withKubernetesService,
  withNamespaces,
  withServiceAddresses,
} from "../apiserver/initial-state.ts";
import type { ApiObserver } from "../apiserver/observer.ts";
import { ApiServer } from "../apiserver/server.ts";
import { ServiceAddresses } from "../apiserver/service-addresses.ts";
import type { Distribution } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import { MILLISECOND } from "../engine/tick.ts";
import { EtcdClient, type KeyValue } from "../etcd/client.ts";
import { MemberEndpoint } from "../etcd/client-endpoint.ts";
import { EtcdCluster } from "../etcd/cluster.ts";
import type { EtcdObserver } from "../etcd/observer.ts";
import { ETCD_SERVICES } from "../etcd/services/member-services.ts";
import { AGGREGATED } from "../model/kinds.ts";
import { type ClusterObjects, noObjects } from "../model/objects.ts";
import { TemplateDefaults } from "../model/template-defaults.ts";
import { Network } from "../network/network.ts";
import type { EtcdPlan, Plan } from "../scenario/plan.ts";

/** Between clients and the API server, in microseconds: there and back, and what a watch event takes. */
const API_REQUEST: Distribution = { kind: "constant", value: MILLISECOND };
const API_WATCH: Distribution = { kind: "constant", value: MILLISECOND };

/** What the API servers tell, and what they ask of the world outside. */
export interface Outside {
  readonly observer?: ApiObserver;
  /** What a connection to the pod of a webhook meets; default: it opens. */
  readonly answers?: Answers;
}

export class ControlPlane {
  readonly network: Network;
  readonly etcd: EtcdCluster;
  readonly api: ApiServer;
  private readonly clients: EtcdClient[] = [];

  /** Registers kinds of events: at set-up. Nothing runs before {@link start}. */
  constructor(
    engine: Engine,
    plan: Pick<Plan, "apiServers" | "etcd" | "network" | "controllerManagers" | "kubelet" | "workload">,
    objects: ClusterObjects,
    observer: EtcdObserver,
    outside: Outside = {},
  ) {
    this.network = new Network(engine, plan.network);
    const templates = new TemplateDefaults();
    // without controllers nothing is subject to admission: pods are only placed, run and go
    const hasAdmission = plan.controllerManagers !== null;
    const serviceAddresses = new ServiceAddresses((path) => engine.stream(path));
    let whole = objects;
    if (hasAdmission) {
      whole = withKubernetesService(withNamespaces(objects, namespacesOf(plan)), plan.apiServers.servers.length);
      whole = withServiceAddresses(whole, serviceAddresses, templates);
    }
    const entries = initialEntries(whole, templates);
    this.etcd = new EtcdCluster(
      engine,
      this.network,
      etcdOptions(this.network, plan.etcd, entries),
      observer,
      ETCD_SERVICES,
    );
    // whoever restores etcd restarts its API servers, as Kubernetes' manual says
    this.etcd.whenRestored = () => this.api.restart();
    const servers = plan.apiServers.servers.map(({ name, zone }) => {
      const etcd = new EtcdClient({
        engine,
        network: this.network,
        name,
        host: this.network.addHost(name, zone),
        endpoints: this.etcd.members.map((member) => new MemberEndpoint(member)),
      });
      this.clients.push(etcd);
      return { name, place: { name, machine: name, zone }, etcd };
    });
    this.api = new ApiServer({
      engine,
      servers,
      network: this.network,
      cpuCores: plan.apiServers.cpuCores,
      kinds: Object.keys(noObjects()) as (keyof ClusterObjects)[],
      requestLatencyMicros: plan.apiServers.requestLatencyMicros ?? API_REQUEST,
      templates,
      ...(hasAdmission ? { admission: { answers: outside.answers }, flowControl: true, serviceAddresses } : {}),
      observer: outside.observer,
      watchLatencyMicros: API_WATCH,
    });
    // until somebody says that he serves them
    for (const kind of AGGREGATED) this.api.aggregate(kind, { list: () => null });
  }

  /** Pending events of the engine that only keep it going: they alone are no reason for a run to go on. */
  get ownTimers(): number {
    return this.etcd.ownTimers + this.api.ownTimers;
  }

  /** Listeners of the API server hear of the objects that the run begins with. */
  start(): void {
    const { store } = this.etcd.state;
    const kvs: KeyValue[] = [];
    for (let number = 0; number < store.history.end; number++) kvs.push(store.history.at(number));
    this.api.prime(kvs, store.revision);
    this.etcd.startSettled();
    this.network.settle(() => {
      for (const client of this.clients) client.start(true);
    });
    this.api.start();
  }
}

// of pods that are no objects when the run begins
function namespacesOf({ kubelet, workload }: Pick<Plan, "kubelet" | "workload">): string[] {
  const pods = workload.flatMap((source) => (source.kind === "trace" ? source.shapes : [source.shape]));
  for (const set of kubelet.staticPods) pods.push(...set.pods);
  return pods.map(({ metadata }) => metadata.namespace ?? "default");
}

function etcdOptions(network: Network, plan: EtcdPlan, initialKeys: ReturnType<typeof initialEntries>) {
  const { members, disk, ...settings } = plan;
  return {
    ...settings,
    members: members.map(({ name, zone, clockRate }) => ({
      name,
      zone,
      clockRate,
      host: network.addHost(name, zone),
      disk,
    })),
    initialKeys,
  };
}
