// What faults of a run can touch, and the candidates of each layer as they are at a moment.

import type { Client } from "../apiserver/client.ts";
import { ApiFaultPoints } from "../apiserver/fault-points.ts";
import type { ApiServer } from "../apiserver/server.ts";
import { AutoscalerFaultPoints } from "../autoscaler/fault-points.ts";
import { ControllerManagerFaultPoints } from "../controllers/fault-points.ts";
import type { ControllerManagers } from "../controllers/manager.ts";
import type { Engine } from "../engine/engine.ts";
import { EtcdFaultPoints } from "../etcd/fault-points.ts";
import type { Target } from "../faults/targets.ts";
import type { CloudPoints, FaultWorld, ObjectOperator, ObjectSource, ReplicaFaultPoints } from "../faults/world.ts";
import { POOL_LABEL } from "../model/annotations.ts";
import type { FaultLayer } from "../model/fault-layers.ts";
import type { ClusterObjects, KubernetesObject } from "../model/objects.ts";
import { wordOf } from "../model/resource-names.ts";
import { RACK_LABEL, zoneOf } from "../model/topology.ts";
import { NetworkFaultPoints } from "../network/fault-points.ts";
import { NodeFaultPoints } from "../node/fault-points.ts";
import { SchedulerFaultPoints } from "../scheduler/fault-points.ts";
import type { Schedulers } from "../scheduler/replica.ts";
import { TrafficFaultPoints } from "../traffic/fault-points.ts";
import type { TrafficProcess } from "../traffic/process.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Nodes } from "./nodes.ts";

/** The parts of a run that faults act on. */
export interface FaultedParts {
  readonly controlPlane: ControlPlane;
  readonly nodes: Nodes;
  readonly schedulers: Schedulers;
  readonly controllers: ControllerManagers | null;
  readonly traffic: TrafficProcess | null;
  readonly cloud?: CloudPoints | null;
  readonly autoscalers?: AutoscalerFaultPoints | null;
}

const WORKLOADS = ["deployments", "statefulSets", "daemonSets"] as const;

export class RunFaultWorld implements FaultWorld {
  readonly etcd: EtcdFaultPoints;
  readonly network: NetworkFaultPoints;
  readonly nodes: NodeFaultPoints;
  readonly api: ApiFaultPoints;
  readonly schedulers: ReplicaFaultPoints;
  readonly controllerManagers: ReplicaFaultPoints;
  readonly autoscalers: ReplicaFaultPoints;
  readonly cloud: CloudPoints;
  readonly traffic: TrafficFaultPoints;
  readonly objects: ObjectSource;
  readonly operator: ObjectOperator;
  private readonly server: ApiServer;
  private readonly parts: FaultedParts;

  /** @param client of somebody who may do everything */
  constructor(engine: Engine, parts: FaultedParts, client: Client) {
    const { controlPlane, controllers, nodes, schedulers, traffic } = parts;
    const { api, etcd, network } = controlPlane;
    this.parts = parts;
    this.server = api;
    this.etcd = new EtcdFaultPoints(etcd);
    this.network = new NetworkFaultPoints(network);
    this.nodes = nodes.faults ?? new NodeFaultPoints(engine, NO_KUBELETS);
    this.api = new ApiFaultPoints(api);
    this.schedulers = new SchedulerFaultPoints(schedulers);
    this.controllerManagers = new ControllerManagerFaultPoints(controllers);
    this.autoscalers = parts.autoscalers ?? new AutoscalerFaultPoints([]);
    this.cloud = parts.cloud ?? NO_CLOUD;
    this.traffic = new TrafficFaultPoints(traffic ?? NO_TRAFFIC);
    this.objects = api;
    this.operator = {
      patch: (kind, key, change) => client.patch(kind, key, change as never),
      delete: (kind, key) => client.delete(kind, key, {}),
    };
  }

  candidates(layer: FaultLayer): readonly Target[] {
    switch (layer) {
      case "etcd":
        return this.etcd.members();
      case "nodes":
        return this.nodeTargets();
      case "pods":
        return this.podTargets();
      case "apiServers":
        return this.api.servers();
      case "schedulers":
        return this.schedulers.replicas();
      case "controllerManagers":
        return this.controllerManagers.replicas();
      case "autoscalers":
        return this.autoscalers.replicas();
      case "zones":
        return distinct(this.nodeTargets().map(({ zone }) => zone)).map((zone) => ({ name: zone, zone, role: "up" }));
      case "racks":
        return this.rackTargets();
      case "webhooks":
        return distinct(this.api.webhooks()).map((name) => ({ name, zone: "", role: "up" }));
      case "services":
        return this.parts.traffic === null ? [] : this.traffic.services().map(serviceTarget);
      case "machines":
        return this.cloud.machines();
      case "cloud":
        return this.cloud === NO_CLOUD ? [] : [{ name: "cloud", zone: "", role: "up" }];
      case "workloads":
        return WORKLOADS.flatMap((list) => this.server.list(list).map((object) => workloadTarget(list, object)));
      default:
        return [{ name: "cluster", zone: "", role: "up" }];
    }
  }

  private nodeTargets(): readonly Target[] {
    return this.nodes.nodes().map((node) => {
      const rack = node.labels[RACK_LABEL];
      const pool = node.labels[POOL_LABEL];
      return { ...node, ...(rack === undefined ? {} : { rack }), ...(pool === undefined ? {} : { pool }) };
    });
  }

  private rackTargets(): readonly Target[] {
    const racks = new Map<string, Target>();
    for (const { rack, zone } of this.nodeTargets())
      if (rack !== undefined && !racks.has(rack)) racks.set(rack, { name: rack, zone, role: "up" });
    return [...racks.values()];
  }

  // only pods that run: nothing can be done to the others
  private podTargets(): readonly Target[] {
    const zones = new Map(this.server.list("nodes").map((node) => [node.metadata.name, zoneOf(node)]));
    return this.server
      .list("pods")
      .filter(({ spec, status }) => spec.nodeName && status?.phase !== "Succeeded" && status?.phase !== "Failed")
      .map(({ metadata: { labels = {}, name, namespace = "default" }, spec }) => {
        const node = spec.nodeName ?? "";
        return { name: `${namespace}/${name}`, zone: zones.get(node) ?? "", role: "up", labels, namespace, node };
      });
  }
}

function serviceTarget(key: string): Target {
  return { name: key, zone: "", role: "up", namespace: key.slice(0, key.indexOf("/")) };
}

function workloadTarget(list: keyof ClusterObjects, { metadata }: KubernetesObject): Target {
  const { labels = {}, name, namespace = "default" } = metadata;
  return { name: `${wordOf(list)}/${namespace}/${name}`, zone: "", role: "up", labels, namespace };
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== "");
}

const nothing = (): void => undefined;

const NO_CLOUD: CloudPoints = {
  machines: () => [],
  apiOutage: () => nothing,
  stockout: () => nothing,
  deleteMachine: nothing,
  reclaimSpot: nothing,
};

/** Runs without kubelets and traffic have no targets of these kinds. */
const NO_KUBELETS = {
  byName: new Map(),
  registry: { outage: () => nothing, slow: () => nothing },
  metrics: { outage: () => nothing },
  podFaults: { add: nothing, delete: nothing },
} as never;
const NO_TRAFFIC = { services: [], scale: () => nothing } as never;
