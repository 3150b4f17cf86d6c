// Builds the cluster autoscaler of a run, where the plan has one: its replicas are on the hosts of the control plane.
import type { Component } from "../apiserver/component.ts";
import type { CloudProvider } from "../autoscaler/cloud-provider.ts";
import { clusterAutoscaler } from "../autoscaler/cluster-autoscaler.ts";
import type { NodeGroup, NodeGroups } from "../cloud/node-groups.ts";
import type { Engine } from "../engine/engine.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Plan } from "../scenario/plan.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import { componentChanged } from "./component-events.ts";
import type { ControlPlane } from "./control-plane.ts";
import { firstLife } from "./first-life.ts";
import type { Heartbeats } from "./heartbeats.ts";

export function buildAutoscalers(
  engine: Engine,
  plan: Plan,
  { api }: ControlPlane,
  recorder: Recorder,
  nodeGroups: NodeGroups,
  { elections }: Pick<Heartbeats, "elections">,
  customPlugins: ReadonlyMap<string, PluginFactory> | undefined,
): readonly Component[] {
  const { autoscaler } = plan;
  if (autoscaler === null) return [];
  const { flags, replicas } = autoscaler;
  const zones = plan.etcd.members.map(({ zone }) => zone);
  return Array.from({ length: replicas }, (_, i) => {
    const name = `cluster-autoscaler-${i}`;
    const zone = zones[i % zones.length] ?? "";
    const place = { name, machine: name, zone };
    return clusterAutoscaler({
      engine,
      name,
      zone,
      client: (client) => api.client({ name: client, place, qps: flags.kubeClientQps, burst: flags.kubeClientBurst }),
      provider: providerOf(nodeGroups),
      plan: autoscaler,
      scheduler: plan.scheduler.configuration,
      customPlugins,
      recorder,
      firstLife: firstLife(plan, i),
      changed: (what, reason) => componentChanged(recorder, name, what, reason),
      promises: elections,
    });
  });
}

// groups that the autoscaler hands back are the ones that it was given
function providerOf(nodeGroups: NodeGroups): CloudProvider {
  return {
    groups: nodeGroups.groups,
    refresh: (done) => nodeGroups.refresh(done),
    increaseSize: (group, delta, done) => nodeGroups.increaseSize(group as NodeGroup, delta, done),
    decreaseTargetSize: (group, delta, done) => nodeGroups.decreaseTargetSize(group as NodeGroup, delta, done),
    deleteNodes: (group, names, done) => nodeGroups.deleteNodes(group as NodeGroup, names, done),
  };
}
