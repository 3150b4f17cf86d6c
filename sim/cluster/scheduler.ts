// Builds the schedulers of a run. Without controllers there is one that leads without asking, as nothing else is simulated either.
import { assert } from "../engine/assert.ts";
import type { Engine } from "../engine/engine.ts";
import { SECOND } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Plan } from "../scenario/plan.ts";
import type { PluginFactory } from "../scheduler/framework.ts";
import { hintTable } from "../scheduler/hints.ts";
import { SchedulerLives } from "../scheduler/lives.ts";
import { type SchedulerParts, SchedulerReplica, Schedulers } from "../scheduler/replica.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { Snapshot } from "../scheduler/snapshot.ts";
import { componentChanged } from "./component-events.ts";
import type { ControlPlane } from "./control-plane.ts";
import { firstLife } from "./first-life.ts";
import type { Heartbeats } from "./heartbeats.ts";

/** Defaults of the scheduler configuration's clientConnection. */
const CLIENT_QPS = 50;
const CLIENT_BURST = 100;

export interface SchedulerBuildOptions {
  readonly customPlugins?: ReadonlyMap<string, PluginFactory>;
  readonly plain?: boolean;
}

export function buildSchedulers(
  engine: Engine,
  plan: Plan,
  { api }: ControlPlane,
  recorder: Recorder,
  options: SchedulerBuildOptions,
  { elections }: Heartbeats,
): Schedulers {
  const { clientRate, election, replicas } = plan.scheduler;
  const isBare = plan.controllerManagers === null;
  const lives = new SchedulerLives(engine);
  const zones = plan.etcd.members.map(({ zone }) => zone);
  return new Schedulers(
    Array.from({ length: replicas }, (_, i) => {
      // the streams of a scheduler that is alone keep their names
      const name = isBare ? "scheduler" : `kube-scheduler-${i}`;
      return new SchedulerReplica({
        engine,
        name,
        zone: zones[i % zones.length] ?? "",
        client: (component) =>
          api.client(
            isBare
              ? component
              : {
                  name: component,
                  place: { name, machine: name, zone: zones[i % zones.length] ?? "" },
                  qps: clientRate?.qps ?? CLIENT_QPS,
                  burst: clientRate?.burst ?? CLIENT_BURST,
                },
          ),
        election: isBare ? null : election,
        changed: isBare ? undefined : (what, reason) => componentChanged(recorder, name, what, reason),
        firstLife: isBare ? "working" : firstLife(plan, i),
        writesEvents: !isBare,
        promises: elections,
        parts: () => partsOf(engine, plan, recorder, lives, options),
      });
    }),
  );
}

function partsOf(
  engine: Engine,
  plan: Plan,
  recorder: Recorder,
  lives: SchedulerLives,
  { customPlugins, plain }: SchedulerBuildOptions,
): SchedulerParts {
  const { bindLatencyMicros, configuration, cycleLatencyMicros, tieBreak } = plan.scheduler;
  const scheduler = new Scheduler({
    configuration,
    snapshot: new Snapshot(),
    tieBreak,
    stream: engine.stream("scheduler/tie-break"),
    streamFor: (purpose) => engine.stream(`scheduler/${purpose}`),
    customPlugins,
    plain,
    clock: engine,
  });
  const profiles = configuration.profiles.map((profile) => {
    const plugins = scheduler.profiles.get(profile.schedulerName)?.plugins.keys() ?? [];
    return [profile.schedulerName, hintTable(plugins, new Map(Object.entries(profile.args)) as never)] as const;
  });
  const sort = [...scheduler.profiles.values()][0]?.queueSortPlugins[0];
  assert(sort?.less !== undefined, "a profile has a queue sort plugin");
  return {
    engine,
    scheduler,
    recorder,
    profiles: new Map(profiles),
    less: sort.less.bind(sort),
    cycleMicros: cycleLatencyMicros,
    bindMicros: bindLatencyMicros,
    initialBackoffMicros: configuration.podInitialBackoffSeconds * SECOND,
    maxBackoffMicros: configuration.podMaxBackoffSeconds * SECOND,
    lives,
  };
}
