// The composition root: the only file that knows every part. Builds the processes of one cluster from a plan, lets virtual time
// pass, and freezes what was recorded. `simulate` is a pure function: equal plan, seed and plugins give equal results.
import type { ApiKind, ApiObject } from "./apiserver/client.ts";
import { outsideOf } from "./cluster/api-outside.ts";
import { buildCloud, type Cloud } from "./cluster/cloud.ts";
import { ControlPlane } from "./cluster/control-plane.ts";
import { buildControllers } from "./cluster/controllers.ts";
import { FaultInjection } from "./cluster/fault-injection.ts";
import { type FaultedParts, RunFaultWorld } from "./cluster/fault-world.ts";
import { Heartbeats } from "./cluster/heartbeats.ts";
import { initialObjects } from "./cluster/initial-objects.ts";
import { buildNodes, type Nodes } from "./cluster/nodes.ts";
import { buildSchedulers } from "./cluster/scheduler.ts";
import { buildTraffic } from "./cluster/traffic.ts";
import type { ControllerManagers } from "./controllers/manager.ts";
import { Engine } from "./engine/engine.ts";
import { MINUTE, type Tick } from "./engine/tick.ts";
import type { Target } from "./faults/targets.ts";
import { freezeResult } from "./metrics/freeze.ts";
import { RecordedValues } from "./metrics/metric-values.ts";
import { Recorder, type SeenEvent } from "./metrics/recorder.ts";
import type { Result } from "./metrics/result.ts";
import type { FaultLayer } from "./model/fault-layers.ts";
import type { Pod } from "./model/objects.ts";
import { PodNetwork } from "./network/pod-network.ts";
import { arrangePlan } from "./scenario/arrange.ts";
import type { Plan } from "./scenario/plan.ts";
import type { PluginFactory } from "./scheduler/framework.ts";
import type { Schedulers } from "./scheduler/replica.ts";
import type { Scheduler } from "./scheduler/scheduler.ts";
import { EphemeralVolumes } from "./workload/ephemeral-volumes.ts";
import { WorkloadProcess } from "./workload/sources.ts";

export interface SimulateOptions {
  /** Plugins of the user by name, as the scheduler configuration names them. */
  readonly customPlugins?: ReadonlyMap<string, PluginFactory>;
  /** Never use the node table's shortcuts: the plain evaluation decides everything. Results are the same. */
  readonly plain?: boolean;
  /** Permutes events of equal tick: a result that changes shows a hidden race. For tests. */
  readonly shuffleTies?: string | number | undefined;
  /** Told now and then how far virtual time has come, as a share of the duration; 0 when there is none. */
  readonly onProgress?: (share: number, nowMicros: number) => void;
  /** Told of every event of the cluster as it happens. */
  readonly onEvent?: (event: SeenEvent) => void;
  /** Fills the tables of scheduling cycles, of what held for Services, and of how each node stood. */
  readonly recordsCourse?: boolean;
  /** Follows how near each expectation comes to failing: `margin` of the verdicts. */
  readonly measuresMargins?: boolean;
}

const MAX_EVENTS = 2_000_000;
const PROGRESS_STEPS = 200;
/** More pending events than these are never clockwork alone: two of the scheduler, one of the API server, one of each member. */
const MAX_TIMERS = 64;
/** A run without a duration ends when nothing but vain retries has happened for so long: more than the longest retry period. */
const IDLE_MICROS = 6 * MINUTE;
/** Steps between two looks whether a run without a duration can still come to its end. */
const HOPE_STEPS = 1000;

/**
 * Runs a plan.
 *
 * @param seed of all random streams; equal seeds give equal bytes
 */
export function simulate(plan: Plan, seed: string | number = plan.seed, options: SimulateOptions = {}): Result {
  const cluster = new Cluster(plan, seed, options);
  cluster.run();
  return cluster.freeze();
}

/** A cluster as it stands at one moment of a run. Reading it changes nothing; it does not go on. */
export interface ClusterState {
  readonly nowMicros: number;
  /** The scheduler with its snapshot: nodes, assumed and bound pods. */
  readonly scheduler: Scheduler;
  /** All pods, as the API server has them. */
  readonly pods: readonly Pod[];
  /** All objects of a kind, as the API server has them. */
  list<K extends ApiKind>(kind: K): readonly ApiObject<K>[];
}

/**
 * Runs a plan up to a virtual time and shows the cluster as it is then.
 *
 * @param atMicros null = the end of the run
 */
export function stateAt(
  plan: Plan,
  seed: string | number,
  atMicros: number | null,
  options: SimulateOptions = {},
): ClusterState {
  const cluster = new Cluster(plan, seed, options);
  if (atMicros === null) cluster.run();
  else cluster.runTo(atMicros);
  return cluster.state();
}

/** One run. Whoever looks on (and acts, as people do) hooks into its parts after it is built and before {@link Cluster.run}. */
export class Cluster {
  private readonly plan: Plan;
  private readonly seed: string | number;
  private readonly options: SimulateOptions;
  readonly engine: Engine;
  private readonly recorder: Recorder;
  private readonly podNetwork = new PodNetwork();
  readonly controlPlane: ControlPlane;
  private readonly heartbeats: Heartbeats;
  private readonly faults: FaultInjection;
  readonly schedulers: Schedulers;
  private readonly workload: WorkloadProcess;
  readonly controllers: ControllerManagers | null;
  /** null where the run has no controllers. */
  readonly cloud: Cloud | null;
  readonly nodes: Nodes;
  private readonly parts: FaultedParts;
  private lastProgressMicros = 0;
  private gaveUp = false;

  constructor(given: Plan, seed: string | number, options: SimulateOptions = {}) {
    this.seed = seed;
    this.options = options;
    const plan = arrangePlan(given, seed);
    this.plan = plan;
    const engine = new Engine({ seed, shuffleTies: options.shuffleTies });
    this.engine = engine;
    const clock = () => engine.now;
    const recorder = new Recorder({
      clock,
      stepMicros: plan.reports.timeseriesStepMicros,
      maxEvents: MAX_EVENTS,
      hasEventObjects: plan.controllerManagers !== null,
      onEvent: options.onEvent,
      typicalPods: plan.typicalPods,
      recordsCourse: options.recordsCourse ?? false,
    });
    this.recorder = recorder;
    this.heartbeats = new Heartbeats(engine, plan, recorder);
    this.faults = new FaultInjection(
      engine,
      plan,
      recorder,
      (kind) => this.heartbeats.disturb(kind),
      options.measuresMargins,
    );
    const objects = initialObjects(plan, options.customPlugins);
    this.controlPlane = new ControlPlane(
      engine,
      plan,
      objects,
      this.faults.observer,
      outsideOf(engine, recorder, this.podNetwork),
    );
    const { api, network } = this.controlPlane;
    this.heartbeats.follow(network.reachability);
    api.onChange((kind, type, object, before) => recorder.changed(kind, type, object, before));
    api.onChange((kind, type, object) => this.heartbeats.changed(kind, type, object));
    this.schedulers = buildSchedulers(engine, plan, this.controlPlane, recorder, options, this.heartbeats);
    this.nodes = buildNodes(engine, plan, this.controlPlane, recorder, this.podNetwork, seed, objects, this.heartbeats);
    this.workload = new WorkloadProcess({
      engine,
      client: api.client("workload"),
      recorder,
      seed,
      sources: plan.workload,
    });
    const shapes = plan.workload.flatMap((source) => (source.kind === "trace" ? source.shapes : [source.shape]));
    const ephemeral = [...plan.objects.pods, ...shapes].some((pod) => EphemeralVolumes.concerns(pod));
    this.controllers = buildControllers(engine, plan, this.controlPlane, recorder, this.heartbeats);
    this.cloud = buildCloud(
      engine,
      plan,
      this.controlPlane,
      recorder,
      this.nodes.kubelets,
      this.heartbeats,
      options.customPlugins,
    );
    const traffic = buildTraffic(engine, plan, this.controlPlane, recorder, this.podNetwork, objects);
    this.parts = {
      controlPlane: this.controlPlane,
      nodes: this.nodes,
      schedulers: this.schedulers,
      controllers: this.controllers,
      cloud: this.cloud?.faultPoints ?? null,
      autoscalers: this.cloud?.autoscalers ?? null,
      traffic,
    };
    this.faults.arm(this.parts);
    this.controlPlane.start();
    this.heartbeats.start(api);
    this.schedulers.start();
    // a watch on all pods is not free: it is opened only where it has something to do
    if (ephemeral) new EphemeralVolumes(engine, api.client("ephemeral-volumes"), plan.objects).start();
    this.nodes.start();
    this.workload.start();
    this.controllers?.start();
    this.cloud?.start();
    traffic?.start();
    this.faults.begin();
  }

  run(): void {
    if (this.plan.durationMicros === null) this.runUntilIdle();
    else this.runFor(this.plan.durationMicros);
    this.schedulers.finish();
    this.heartbeats.finish();
    this.nodes.kubelets?.finish();
    this.recorder.finish();
  }

  runTo(atMicros: number): void {
    this.engine.run(atMicros as Tick);
  }

  state(): ClusterState {
    const { api } = this.controlPlane;
    return {
      nowMicros: this.engine.now,
      scheduler: this.schedulers.leader.scheduler,
      pods: api.list("pods"),
      list: (kind) => {
        if (kind === "leases") return this.heartbeats.renewed(api.list("leases")) as never;
        const { kubelets } = this.nodes;
        if (kind !== "nodes" || kubelets === null) return api.list(kind) as never;
        return this.heartbeats.reported(api.list("nodes"), (name) => kubelets.reportedMicros(name)) as never;
      },
    };
  }

  /** Everything that faults of a layer could hit now. */
  candidates(layer: FaultLayer): readonly Target[] {
    return new RunFaultWorld(this.engine, this.parts, this.controlPlane.api.client("search")).candidates(layer);
  }

  freeze(): Result {
    const { refused } = this.workload;
    const warnings = [...this.plan.warnings];
    if (this.gaveUp) warnings.push("the run ended before it was idle: nothing can be written to etcd any more");
    const { shuffleTies } = this.options;
    if (shuffleTies !== undefined)
      warnings.push(`simultaneous events came in a random order (shuffle ties: ${shuffleTies})`);
    const ignored = this.plan.ignored.map(({ kind, count }) => `${kind} (${count})`);
    if (ignored.length > 0) warnings.push(`kinds that are not read: ${ignored.join(", ")}`);
    if (refused.length > 0)
      warnings.push(`${refused.length} pods were refused by the API server, the first: ${refused[0]}`);
    const unknown = this.schedulers.leader.unknownSchedulers;
    for (const [name, count] of unknown)
      warnings.push(`no profile for scheduler "${name}": ${count} pods were never tried`);
    const {
      verdicts,
      voidReasons,
      warnings: ofExpectations,
    } = this.faults.judge(new RecordedValues(this.recorder, this.engine.now));
    warnings.push(...ofExpectations);
    return freezeResult(this.recorder, {
      verdicts,
      voidReasons,
      scenario: this.plan.variant === "" ? this.plan.name : `${this.plan.name}[${this.plan.variant}]`,
      scenarioSha256: this.plan.sha256,
      configuration: { ...this.plan.scheduler, etcd: this.plan.etcd, network: this.plan.network },
      seed: String(this.seed),
      endMicros: this.engine.now,
      eventsProcessed: this.engine.eventsProcessed,
      digest: this.engine.digest.hex(),
      warnings,
    });
  }

  private runFor(durationMicros: number): void {
    for (let step = 1; step <= PROGRESS_STEPS; step++) {
      this.engine.run(Math.floor((durationMicros / PROGRESS_STEPS) * step) as Tick);
      this.options.onProgress?.(step / PROGRESS_STEPS, this.engine.now);
    }
    this.engine.run(durationMicros as Tick);
  }

  /** After a fault that nobody undoes: clients would try again for ever. */
  private isStuck(): boolean {
    if (this.engine.now - this.lastProgressMicros <= IDLE_MICROS) return false;
    this.gaveUp = this.faults.isHopeless(this.controlPlane);
    return this.gaveUp;
  }

  /** Until nothing is left to happen but retries of the scheduler that cannot end otherwise than the last time. */
  private runUntilIdle(): void {
    this.controlPlane.api.onChange((kind, type, object, before) => {
      // heartbeats and Events are no progress
      if (kind === "leases" || kind === "events") return;
      // the autoscaler says after each pass how things stand
      if (kind === "configMaps" && object.metadata.name === "cluster-autoscaler-status") return;
      // the scheduler's own remarks on a waiting pod are no progress, nor is what kubelets report of their nodes
      const remark = (kind === "pods" || kind === "nodes") && type === "MODIFIED" && sameButForStatus(object, before);
      if (!remark) this.lastProgressMicros = this.engine.now;
    });
    // back-offs of Jobs and of pulls are longer than any of the scheduler's
    const idleMicros = this.controllers === null ? IDLE_MICROS : 2 * IDLE_MICROS;
    let steps = 0;
    while (this.engine.step()) {
      if (++steps % 100_000 === 0) this.options.onProgress?.(0, this.engine.now);
      if (steps % HOPE_STEPS === 0 && this.isStuck()) break;
      const { pending } = this.engine;
      // most steps leave more than any clockwork
      const own = this.ownTimers();
      if (pending > MAX_TIMERS + own) continue;
      if (pending > this.schedulers.ownTimers + this.controlPlane.ownTimers + this.faults.ownTimers + own) continue;
      if (this.controllers === null && this.schedulers.waitsForEvents) break;
      if (this.engine.now - this.lastProgressMicros > idleMicros) break;
    }
  }

  /** Pending events of everything that only goes round: controllers, clouds, and heartbeats that are executed. */
  private ownTimers(): number {
    const controllers = (this.controllers?.ownTimers ?? 0) + (this.cloud?.ownTimers ?? 0);
    return controllers + this.heartbeats.calm.ownTimers + this.nodes.ownTimers;
  }
}

interface Changing {
  readonly spec?: unknown;
  readonly status?: { readonly phase?: string };
}

function sameButForStatus(object: ApiObject, before: ApiObject | undefined): boolean {
  const now = object as Changing;
  const old = before as Changing | undefined;
  return now.spec === old?.spec && now.status?.phase === old?.status?.phase;
}
