// cluster-autoscaler: one process that makes node groups larger and smaller. Several replicas stand for election and one works; what it
// knew (back-offs, since when nodes are unneeded, removals under way) is gone with its life. It runs outside of the cluster's nodes: its own
// pod is not modelled. Source: behaviour of cluster-autoscaler 1.36.
import type { Client } from "../apiserver/client.ts";
import { Component, type ComponentLife, type ComponentOptions } from "../apiserver/component.ts";
import { EventRecorder } from "../apiserver/event-recorder.ts";
import { SharedInformers } from "../apiserver/shared-informer.ts";
import type { Engine } from "../engine/engine.ts";
import { SECOND } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { AutoscalerPlan } from "../model/autoscaler-plan.ts";
import type { SchedulerConfiguration } from "../model/scheduler-configuration.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import { pluginRegistry } from "../scheduler/plugins/registry.ts";
import { Profile } from "../scheduler/profile.ts";
import { Snapshot } from "../scheduler/snapshot.ts";
import { AutoscalerLoop } from "./autoscaler-loop.ts";
import type { CloudProvider } from "./cloud-provider.ts";
import { ClusterView, VIEW_KINDS } from "./cluster-view.ts";
import { DedupedEvents } from "./context.ts";
import { Predicates } from "./predicates.ts";

export interface ClusterAutoscalerOptions {
  readonly engine: Engine;
  readonly name: string;
  readonly zone: string;
  readonly client: (name: string) => Client;
  readonly provider: CloudProvider;
  readonly plan: AutoscalerPlan;
  /** Its first profile says which filters a pod has to pass. */
  readonly scheduler: SchedulerConfiguration;
  readonly customPlugins?: ReadonlyMap<string, PluginFactory> | undefined;
  readonly recorder: Recorder;
  readonly firstLife: ComponentOptions["firstLife"];
  readonly changed?: ComponentOptions["changed"];
  readonly promises?: ComponentOptions["promises"];
}

export function clusterAutoscaler(options: ClusterAutoscalerOptions): Component {
  const { changed, client, engine, firstLife, name, plan, promises, zone } = options;
  const component: Component = new Component({
    engine,
    name,
    zone,
    lockName: "cluster-autoscaler",
    client,
    election: plan.election,
    releases: true,
    needsApi: true,
    warmUpMicros: SECOND,
    firstLife,
    changed,
    promises,
    work: (self) => work(options, self, (why) => component.crash(why)),
  });
  return component;
}

function work(options: ClusterAutoscalerOptions, self: ComponentLife, exit: (why: string) => void): void {
  const { customPlugins, engine, name, plan, provider, recorder, scheduler } = options;
  const { flags } = plan;
  const { life } = self;
  // all that it asks for goes through one client and its rate
  const client = self.client(name);
  const informers = new SharedInformers(self.client(`${name}/informers`), life);
  const snapshot = new Snapshot();
  const registry = new Map([...pluginRegistry(), ...(customPlugins ?? [])]);
  const predicates = new Predicates(new Profile(scheduler.profiles[0]!, registry, snapshot));
  const view = new ClusterView(
    snapshot,
    informers,
    self.client(`${name}/informers`),
    provider,
    flags,
    () => engine.now,
  );
  const events = new DedupedEvents(engine, new EventRecorder(life, client, "cluster-autoscaler"));
  const context = { engine, life, client, events, provider, flags, recorder };
  const restart = () => {
    const message = `no pass has succeeded for ${flags.maxFailingTimeMicros / SECOND}s`;
    recorder.autoscaler.note("restart", "", "", "done", message);
    exit("last successful activity is too long ago");
  };
  const begin = life.guard(() => new AutoscalerLoop(context, view, predicates).start(restart));
  informers.afterSync(VIEW_KINDS, () => view.start(begin));
}
