// Builds the cloud of a run with controllers: its API, the machines behind the nodes, CSI drivers and the cloud controller manager.
import type { Component } from "../apiserver/component.ts";
import { AutoscalerFaultPoints } from "../autoscaler/fault-points.ts";
import { CloudApi } from "../cloud/cloud-api.ts";
import { cloudControllerManager, csiDriver } from "../cloud/cloud-controller-manager.ts";
import { CloudFaultPoints } from "../cloud/fault-points.ts";
import { Machines } from "../cloud/machines.ts";
import { NodeGroups } from "../cloud/node-groups.ts";
import type { Engine } from "../engine/engine.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { POOL_LABEL } from "../model/annotations.ts";
import { DEFAULT_CONTROLLER_FLAGS } from "../model/controller-flags.ts";
import type { Node } from "../model/objects.ts";
import type { Kubelets } from "../node/kubelets.ts";
import type { Plan } from "../scenario/plan.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import { buildAutoscalers } from "./autoscaler.ts";
import type { ControlPlane } from "./control-plane.ts";
import { firstLife } from "./first-life.ts";
import type { Heartbeats } from "./heartbeats.ts";

export interface Cloud {
  readonly machines: Machines;
  readonly faultPoints: CloudFaultPoints;
  readonly autoscalers: AutoscalerFaultPoints;
  /** Pending events of the engine that are only clockwork. */
  readonly ownTimers: number;
  start(): void;
}

export function buildCloud(
  engine: Engine,
  plan: Plan,
  controlPlane: ControlPlane,
  recorder: Recorder,
  kubelets: Kubelets | null,
  heartbeats: Heartbeats,
  customPlugins: ReadonlyMap<string, PluginFactory> | undefined,
): Cloud | null {
  if (kubelets === null) return null;
  const { cloud } = plan;
  const { api: apiServer } = controlPlane;
  // the first machines are there before anybody follows them
  let nodeGroups: NodeGroups | null = null;
  const nodes = [...plan.objects.nodes, ...plan.lateNodes.flatMap(({ nodes: late }) => late)];
  const api = new CloudApi({ engine, callsPerSecond: cloud.callsPerSecond, burst: cloud.burst });
  const machines: Machines = new Machines({
    engine,
    api,
    recorder,
    nodes,
    replaces: cloud.replacesMachines,
    provisionMicros: cloud.provisionMachineMicros,
    changed: (machine) => nodeGroups?.changed(machine) ?? false,
    host: {
      booted: (node) => {
        const known = kubelets.byName.get(node.metadata.name);
        if (known === undefined) kubelets.add(node);
        else known.powerOn();
      },
      // a node that can end its pods in time does so; others go on until the power goes
      warned: (name) => {
        if (plan.kubelet.shutdownGracePeriodByPodPriority.length > 0)
          kubelets.byName.get(name)?.shutDown(() => undefined);
      },
      off: (name) => {
        if (machines.get(name)?.state === "gone") kubelets.remove(name);
        else kubelets.byName.get(name)?.powerOff();
      },
    },
  });
  nodeGroups = new NodeGroups({
    engine,
    api,
    machines,
    groups: plan.nodeGroups,
    replaces: cloud.replacesMachines,
    provisionMicros: cloud.provisionMachineMicros,
    counts: poolCounts(nodes),
  });
  const autoscalers = buildAutoscalers(engine, plan, controlPlane, recorder, nodeGroups, heartbeats, customPlugins);
  const zones = plan.etcd.members.map(({ zone }) => zone);
  const options = (name: string, i: number) => ({
    engine,
    name,
    zone: zones[i % zones.length] ?? "",
    client: (client: string) =>
      apiServer.client({
        name: client,
        place: { name, machine: name, zone: zones[i % zones.length] ?? "" },
        qps: DEFAULT_CONTROLLER_FLAGS.kubeApiQps,
        burst: DEFAULT_CONTROLLER_FLAGS.kubeApiBurst,
      }),
    api,
    machines,
    plan: cloud,
    firstLife: firstLife(plan, i),
  });
  const managers: Component[] = cloud.hasControllerManager
    ? Array.from({ length: cloud.replicas }, (_, i) =>
        cloudControllerManager(options(`cloud-controller-manager-${i}`, i)),
      )
    : [];
  const processes = [...managers, csiDriver(options("csi-driver-0", 0)), ...autoscalers];
  return {
    machines,
    faultPoints: new CloudFaultPoints(api, machines, managers),
    autoscalers: new AutoscalerFaultPoints(autoscalers),
    get ownTimers() {
      return processes.reduce((sum, { ownTimers }) => sum + ownTimers, 0);
    },
    start: () => {
      for (const component of processes) component.start();
    },
  };
}

/** Machines of each pool, whose names are numbered from 0. */
function poolCounts(nodes: readonly Node[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { metadata } of nodes) {
    const pool = metadata.labels?.[POOL_LABEL];
    if (pool !== undefined) counts.set(pool, (counts.get(pool) ?? 0) + 1);
  }
  return counts;
}
