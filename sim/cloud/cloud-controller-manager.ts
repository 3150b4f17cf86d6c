// cloud-controller-manager: node lifecycle, load balancers of Services and routes, in one process that elects a leader.
// Not modelled: the initialization of nodes that register with the uninitialized taint. Source: cloud-provider 1.36.
import type { Client } from "../apiserver/client.ts";
import { Component, type ComponentLife, type FirstLife } from "../apiserver/component.ts";
import { EventRecorder } from "../apiserver/event-recorder.ts";
import type { LeaderElectionTimes } from "../apiserver/leader-election.ts";
import { SharedInformers } from "../apiserver/shared-informer.ts";
import type { Engine } from "../engine/engine.ts";
import { SECOND } from "../engine/tick.ts";
import type { CloudPlan } from "../model/cloud-plan.ts";
import { Timestamps } from "../model/timestamp.ts";
import type { CloudApi } from "./cloud-api.ts";
import { startCloudNodeLifecycle } from "./cloud-node-lifecycle.ts";
import type { CloudContext } from "./context.ts";
import { CSI_KINDS, startCsiDriver } from "./csi-driver.ts";
import type { Machines } from "./machines.ts";
import { startRoutes } from "./routes.ts";
import { startServiceLoadBalancers } from "./service-load-balancers.ts";

export interface CloudProcessOptions {
  readonly engine: Engine;
  readonly name: string;
  readonly zone: string;
  readonly client: (name: string) => Client;
  readonly api: CloudApi;
  readonly machines: Machines;
  readonly plan: CloudPlan;
  readonly firstLife: FirstLife;
}

const ELECTION: LeaderElectionTimes = {
  leaseDurationMicros: 15 * SECOND,
  renewDeadlineMicros: 10 * SECOND,
  retryPeriodMicros: 2 * SECOND,
};

const CONTROLLERS: readonly (readonly [string, string, (context: CloudContext) => void])[] = [
  ["cloud-node-lifecycle-controller", "cloud-node-lifecycle-controller", startCloudNodeLifecycle],
  ["service-lb-controller", "service-controller", startServiceLoadBalancers],
  ["node-route-controller", "route_controller", startRoutes],
];

export function cloudControllerManager(options: CloudProcessOptions): Component {
  return component(options, "cloud-controller-manager", ELECTION, (self, informers) => {
    for (const [controller, source, start] of CONTROLLERS) {
      informers.afterSync(["nodes", "services"], () => start(contextOf(options, self, informers, controller, source)));
    }
  });
}

/** The controllers of all CSI drivers, as one process without election. */
export function csiDriver(options: CloudProcessOptions): Component {
  return component(options, "external-provisioner", null, (self, informers) => {
    const context = contextOf(options, self, informers, "csi-driver", "external-provisioner");
    informers.afterSync(CSI_KINDS, () => startCsiDriver(context));
  });
}

function component(
  { client, engine, firstLife, name, zone }: CloudProcessOptions,
  lockName: string,
  election: LeaderElectionTimes | null,
  work: (self: ComponentLife, informers: SharedInformers) => void,
): Component {
  return new Component({
    engine,
    name,
    zone,
    lockName,
    client,
    election,
    releases: false,
    needsApi: election !== null,
    warmUpMicros: SECOND,
    firstLife,
    work: (self) => work(self, new SharedInformers(self.client(`${name}/informers`), self.life)),
  });
}

function contextOf(
  { api, engine, machines, name, plan }: CloudProcessOptions,
  self: ComponentLife,
  informers: SharedInformers,
  controller: string,
  source: string,
): CloudContext {
  const client = self.client(`${name}/${controller}`);
  const timestamps = new Timestamps();
  return {
    engine,
    life: self.life,
    client,
    informers,
    events: new EventRecorder(self.life, client, source),
    api,
    machines,
    plan,
    now: () => timestamps.at(engine.now),
    stream: (purpose) => engine.stream(`cloud/${controller}/${purpose}`),
  };
}
