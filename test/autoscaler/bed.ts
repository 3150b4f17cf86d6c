// The cluster autoscaler's loop on an API server in memory and a cloud that does what a test says: one group, nodes and pods as a test makes
// them. Nothing schedules, runs or boots here.
import { EventRecorder } from "../../sim/apiserver/event-recorder.ts";
import { SharedInformers } from "../../sim/apiserver/shared-informer.ts";
import { AutoscalerLoop } from "../../sim/autoscaler/autoscaler-loop.ts";
import type { CloudDone, CloudProvider, InstanceError, NodeGroup } from "../../sim/autoscaler/cloud-provider.ts";
import { ClusterView, VIEW_KINDS } from "../../sim/autoscaler/cluster-view.ts";
import { DedupedEvents } from "../../sim/autoscaler/context.ts";
import { Predicates } from "../../sim/autoscaler/predicates.ts";
import type { Engine } from "../../sim/engine/engine.ts";
import { Lifetime } from "../../sim/engine/lifetime.ts";
import { SECOND } from "../../sim/engine/tick.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import { type AutoscalerFlags, DEFAULT_AUTOSCALER_FLAGS, type NodeGroupPlan } from "../../sim/model/autoscaler-plan.ts";
import type { ObjectMeta, PodDisruptionBudget, PodSpec } from "../../sim/model/objects.ts";
import { defaultSchedulerConfiguration } from "../../sim/model/read-scheduler-configuration.ts";
import { pluginRegistry } from "../../sim/scheduler/plugins/registry.ts";
import { Profile } from "../../sim/scheduler/profile.ts";
import { Snapshot } from "../../sim/scheduler/snapshot.ts";
import { SmallWorld } from "../controllers/small-world.ts";
import { makeNode, makePod, requesting } from "../scheduler/builders.ts";

const LABELS = { "kubedrill.dev/pool": "n", "topology.kubernetes.io/zone": "a" };
const ANSWER_MICROS = SECOND / 10;

/** With the plugins of the default scheduler. */
export function predicatesOn(snapshot: Snapshot): Predicates {
  return new Predicates(new Profile(defaultSchedulerConfiguration().profiles[0]!, pluginRegistry(), snapshot));
}

/** A cloud that answers after a tenth of a second, and in which nothing happens by itself. */
export class ToyCloud implements CloudProvider {
  readonly groups: readonly NodeGroup[];
  readonly calls: string[] = [];
  /** What it answers to everything; null = it works. */
  error: string | null = null;
  /** What becomes of each machine that is asked for; null = it is on its way. */
  instanceError: InstanceError | null = null;
  readonly creating = new Map<string, { name: string; error: InstanceError | null }>();
  readonly machines = new Set<string>();
  target = 0;
  version = 0;
  private readonly engine: Engine;

  constructor(engine: Engine, limits: { min: number; max: number }) {
    this.engine = engine;
    const plan: NodeGroupPlan = {
      id: "n",
      pool: "n",
      zone: "a",
      ...limits,
      template: makeNode("t", {}, LABELS),
      racks: null,
      priceMicrosPerHour: null,
      priority: 0,
      provisionMicros: null,
      overrides: {},
    };
    const { creating, machines } = this;
    const [target, version] = [() => this.target, () => this.version];
    const group: NodeGroup = {
      plan,
      creating,
      machines,
      has: (name) => creating.has(name) || machines.has(name),
      get target() {
        return target();
      },
      get version() {
        return version();
      },
    };
    this.groups = [group];
  }

  refresh(done: CloudDone): void {
    this.answer(done, () => undefined);
  }

  increaseSize(_group: NodeGroup, delta: number, done: CloudDone): void {
    this.calls.push(`${this.seconds} +${delta}`);
    this.answer(done, () => {
      for (let i = 0; i < delta; i++) {
        const name = `new-${this.target++}`;
        this.creating.set(name, { name, error: this.instanceError });
      }
    });
  }

  decreaseTargetSize(_group: NodeGroup, delta: number, done: CloudDone): void {
    this.calls.push(`${this.seconds} target -${delta}`);
    this.answer(done, () => {
      this.target -= delta;
    });
  }

  deleteNodes(_group: NodeGroup, names: readonly string[], done: CloudDone): void {
    this.calls.push(`${this.seconds} -${names.join(",")}`);
    this.answer(done, () => {
      for (const name of names) {
        this.creating.delete(name);
        this.machines.delete(name);
        this.target--;
      }
    });
  }

  private get seconds(): number {
    return Math.round(this.engine.now / SECOND);
  }

  private answer(done: CloudDone, then: () => void): void {
    this.engine.at((this.engine.now + ANSWER_MICROS) as never, () => {
      if (this.error === null) {
        then();
        this.version++;
      }
      done(this.error);
    });
  }
}

export interface BedOptions {
  readonly flags?: Partial<AutoscalerFlags>;
  readonly min?: number;
  readonly max?: number;
  /** Names of nodes that are there from the beginning, ready. */
  readonly nodes?: readonly string[];
}

export class Bed {
  readonly world = new SmallWorld([], { nodes: false });
  readonly cloud: ToyCloud;
  /** When the process asked to be restarted, in seconds. */
  readonly exits: number[] = [];

  constructor({ flags, max = 20, min = 0, nodes = [] }: BedOptions = {}) {
    this.cloud = new ToyCloud(this.world.engine, { min, max });
    for (const name of nodes) this.node(name);
    this.start({ ...DEFAULT_AUTOSCALER_FLAGS, ...flags });
  }

  /** A machine of the group registers. */
  node(name: string, atSeconds = 0, annotations: Record<string, string> = {}): void {
    this.world.at(atSeconds, () => {
      const { cloud, world } = this;
      if (!cloud.creating.delete(name)) cloud.target++;
      cloud.machines.add(name);
      cloud.version++;
      const made = makeNode(name, {}, { ...LABELS, "kubernetes.io/hostname": name });
      world.create("nodes", { ...made, metadata: { ...made.metadata, annotations } });
    });
    this.ready(name, true, atSeconds + 0.1);
  }

  ready(name: string, isReady: boolean, atSeconds: number): void {
    const condition = { type: "Ready", status: isReady ? "True" : "False" };
    const status = makeNode(name).status!;
    this.world.patchStatus(
      "nodes",
      name,
      (before) => ({ ...before, status: { ...status, conditions: [condition] } }),
      atSeconds,
    );
  }

  /** A pod of a ReplicaSet that runs on the node; without one it fits nowhere, as the scheduler has said. */
  pod(name: string, { cpu = "1", metadata, node, spec }: PodOptions = {}, atSeconds = 0): void {
    const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "web", controller: true };
    const made = makePod(
      name,
      {
        ...requesting({ cpu }),
        terminationGracePeriodSeconds: 0,
        ...spec,
        ...(node === undefined ? {} : { nodeName: node }),
      },
      { labels: { app: "web" }, ownerReferences: [owner], ...metadata },
    );
    this.world.create("pods", made, atSeconds);
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable" };
    const status = node === undefined ? { phase: "Pending", conditions: [condition] } : { phase: "Running" };
    this.world.patchStatus("pods", `default/${name}`, (before) => ({ ...before, status }), atSeconds + 0.1);
  }

  /** Over all pods that {@link pod} makes. */
  budget(disruptionsAllowed: number): void {
    const budget: PodDisruptionBudget = {
      metadata: { name: "web", namespace: "default" },
      spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
    };
    this.world.create("podDisruptionBudgets", budget);
    this.world.patchStatus(
      "podDisruptionBudgets",
      "default/web",
      (before) => ({ ...before, status: { disruptionsAllowed, observedGeneration: before.metadata.generation ?? 0 } }),
      0.1,
    );
  }

  run(untilSeconds: number): this {
    this.world.run(untilSeconds);
    return this;
  }

  /** Of the autoscaler as a whole. */
  get said(): readonly string[] {
    return this.world.events("cluster-autoscaler-status");
  }

  taints(node: string): readonly string[] {
    return (this.world.get("nodes", node).spec?.taints ?? []).map(({ key }) => key);
  }

  private start(flags: AutoscalerFlags): void {
    const { engine, server } = this.world;
    const life = new Lifetime(engine);
    const client = server.client("cluster-autoscaler");
    const informers = new SharedInformers(server.client("informers"), life);
    const snapshot = new Snapshot();
    const view = new ClusterView(snapshot, informers, server.client("feed"), this.cloud, flags, () => engine.now);
    const events = new DedupedEvents(engine, new EventRecorder(life, client, "cluster-autoscaler"));
    const recorder = new Recorder({ clock: () => engine.now, stepMicros: SECOND, maxEvents: 0 });
    const context = { engine, life, client, events, provider: this.cloud, flags, recorder };
    const exit = () => this.exits.push(Math.round(engine.now / SECOND));
    const begin = () => new AutoscalerLoop(context, view, predicatesOn(snapshot)).start(exit);
    // when the first objects are there
    this.world.at(1, () => informers.afterSync(VIEW_KINDS, () => view.start(begin)));
  }
}

interface PodOptions {
  readonly cpu?: string;
  readonly node?: string;
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: Partial<PodSpec>;
}
