// Builds the cloud of a run with controllers: its API, the machines behind the nodes, CSI drivers and the cloud controller manager.
import type { Component } from "../apiserver/component.ts";
import { CloudApi } from "../cloud/cloud-api.ts";
import { cloudControllerManager, csiDriver } from "../cloud/cloud-controller-manager.ts";
import { CloudFaultPoints } from "../cloud/fault-points.ts";
import { Machines } from "../cloud/machines.ts";
import type { Engine } from "../engine/engine.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { DEFAULT_CONTROLLER_FLAGS } from "../model/controller-flags.ts";
import type { Kubelets } from "../node/kubelets.ts";
import type { Plan } from "../scenario/plan.ts";
import type { ControlPlane } from "./control-plane.ts";

export interface Cloud {
  readonly machines: Machines;
  readonly faultPoints: CloudFaultPoints;
  /** Pending events of the engine that are only clockwork. */
  readonly ownTimers: number;
  start(): void;
}

export function buildCloud(
  engine: Engine,
  plan: Plan,
  { api: apiServer }: ControlPlane,
  recorder: Recorder,
  kubelets: Kubelets | null,
): Cloud | null {
  if (kubelets === null) return null;
  const { cloud } = plan;
  const api = new CloudApi({ engine, callsPerSecond: cloud.callsPerSecond, burst: cloud.burst });
  const machines: Machines = new Machines({
    engine,
    api,
    recorder,
    nodes: [...plan.objects.nodes, ...plan.lateNodes.flatMap(({ nodes }) => nodes)],
    replaces: cloud.replacesMachines,
    provisionMicros: cloud.provisionMachineMicros,
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
    isSettled: plan.start === "settled" && i === 0,
  });
  const managers: Component[] = cloud.hasControllerManager
    ? Array.from({ length: cloud.replicas }, (_, i) =>
        cloudControllerManager(options(`cloud-controller-manager-${i}`, i)),
      )
    : [];
  const processes = [...managers, csiDriver(options("csi-driver-0", 0))];
  return {
    machines,
    faultPoints: new CloudFaultPoints(api, machines, managers),
    get ownTimers() {
      return processes.reduce((sum, { ownTimers }) => sum + ownTimers, 0);
    },
    start: () => {
      for (const component of processes) component.start();
    },
  };
}
