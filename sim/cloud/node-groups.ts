// Node groups as the provider keeps them: machines of one pool in one zone with a target size, which its clients change by calls. What is
// asked for is an instance at once; it boots after its time, or carries an error while there is no machine to be had, and is tried again
// every half minute as long as the group wants it. Source: behaviour of managed instance groups.
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import { SECOND, type Tick } from "../engine/tick.ts";
import type { NodeGroupPlan } from "../model/autoscaler-plan.ts";
import type { Node } from "../model/objects.ts";
import { RACK_LABEL } from "../model/topology.ts";
import type { CloudApi } from "./cloud-api.ts";
import type { Machine, Machines } from "./machines.ts";

/** Why an instance could not be made, in the provider's words. */
export interface InstanceError {
  readonly errorClass: "OutOfResource" | "Other";
  readonly code: string;
  readonly message: string;
}

/** Asked for, and not running yet. */
export interface Instance {
  readonly name: string;
  error: InstanceError | null;
}

export class NodeGroup {
  readonly plan: NodeGroupPlan;
  target = 0;
  /** Moves with every change of the group's instances. */
  version = 0;
  readonly creating = new Map<string, Instance>();
  /** Machines that exist, with power or without. */
  readonly machines = new Set<string>();

  constructor(plan: NodeGroupPlan) {
    this.plan = plan;
  }

  has(name: string): boolean {
    return this.machines.has(name) || this.creating.has(name);
  }
}

export interface NodeGroupsOptions {
  readonly engine: Engine;
  readonly api: CloudApi;
  readonly machines: Machines;
  readonly groups: readonly NodeGroupPlan[];
  /** Groups replace machines that are gone. */
  readonly replaces: boolean;
  /** Of groups that do not say how long their machines take. */
  readonly provisionMicros: Distribution;
  /** Machines of each pool when the run begins: the first number that is free. */
  readonly counts: ReadonlyMap<string, number>;
}

type Done = (error: string | null) => void;

const RETRY_MICROS = 30 * SECOND;
const HOSTNAME_LABEL = "kubernetes.io/hostname";
const NO_STOCK: InstanceError = {
  errorClass: "OutOfResource",
  code: "RESOURCE_POOL_EXHAUSTED",
  message: "The zone does not have enough resources available to fulfill the request",
};

export class NodeGroups {
  readonly groups: readonly NodeGroup[];
  private readonly options: NodeGroupsOptions;
  private readonly byPlace = new Map<string, NodeGroup>();
  private readonly next: Map<string, number>;
  private readonly inZone = new Map<NodeGroup, number>();

  constructor(options: NodeGroupsOptions) {
    this.options = options;
    this.groups = options.groups.map((plan) => new NodeGroup(plan));
    for (const group of this.groups) this.byPlace.set(placeOf(group.plan.pool, group.plan.zone), group);
    this.next = new Map(options.counts);
    for (const machine of options.machines.list()) {
      this.changed(machine);
      const group = this.byPlace.get(placeOf(machine.pool, machine.zone));
      if (group === undefined) continue;
      group.target++;
      this.inZone.set(group, group.target);
    }
  }

  /** A machine has come to be, or has gone: its group still wants as many as before. @returns whether it belongs to a group */
  changed({ name, pool, state, zone }: Machine): boolean {
    const group = this.byPlace.get(placeOf(pool, zone));
    if (group === undefined) return false;
    group.version++;
    group.creating.delete(name);
    if (state !== "gone") group.machines.add(name);
    else {
      group.machines.delete(name);
      if (this.options.replaces && group.machines.size + group.creating.size < group.target) this.create(group);
    }
    return true;
  }

  /** Asks how things stand; they can be read when there was no error. */
  refresh(done: Done): void {
    this.call("refresh", done);
  }

  increaseSize(group: NodeGroup, delta: number, done: Done): void {
    this.call(`group/${group.plan.id}/resize`, (error) => {
      if (error === null) {
        group.target += delta;
        group.version++;
        for (let i = 0; i < delta; i++) this.create(group);
      }
      done(error);
    });
  }

  /** The group wants fewer machines than it has ever had: what exists stays. */
  decreaseTargetSize(group: NodeGroup, delta: number, done: Done): void {
    this.call(`group/${group.plan.id}/resize`, (error) => {
      if (error === null) {
        group.target = Math.max(group.machines.size, group.target - delta);
        group.version++;
      }
      done(error);
    });
  }

  /** The group is smaller by these instances, running or not. */
  deleteNodes(group: NodeGroup, names: readonly string[], done: Done): void {
    this.call(`group/${group.plan.id}/delete`, (error) => {
      if (error !== null) return done(error);
      for (const name of names) {
        if (!group.has(name)) continue;
        group.target--;
        group.version++;
        group.creating.delete(name);
        this.options.machines.delete(name, "Machine is deleted by its node group", false);
      }
      done(null);
    });
  }

  private call(purpose: string, done: Done): void {
    const { api, engine } = this.options;
    api.call(null, engine.stream(`cloud/node-groups/${purpose}`), done);
  }

  private create(group: NodeGroup): void {
    const { pool } = group.plan;
    const number = this.next.get(pool) ?? 0;
    this.next.set(pool, number + 1);
    const instance: Instance = { name: `${pool}-${number}`, error: null };
    group.creating.set(instance.name, instance);
    const inZone = this.inZone.get(group) ?? 0;
    this.inZone.set(group, inZone + 1);
    this.attempt(group, instance, nodeOf(group.plan, instance.name, inZone));
  }

  private attempt(group: NodeGroup, instance: Instance, node: Node): void {
    const { engine, machines, provisionMicros } = this.options;
    const { plan } = group;
    const isWanted = () => group.creating.get(instance.name) === instance;
    const after = (micros: number, then: () => void) =>
      engine.at((engine.now + Math.max(0, Math.round(micros))) as Tick, () => {
        if (isWanted()) then();
      });
    if (machines.isOutOfStock(plan.zone, plan.pool)) {
      if (instance.error === null) {
        instance.error = NO_STOCK;
        group.version++;
      }
      after(RETRY_MICROS, () => this.attempt(group, instance, node));
      return;
    }
    if (instance.error !== null) {
      instance.error = null;
      group.version++;
    }
    const stream = engine.stream(`cloud/machine/${instance.name}/provision`);
    after(sample(plan.provisionMicros ?? provisionMicros, stream), () => machines.boot(node));
  }
}

function placeOf(pool: string, zone: string): string {
  return `${pool}\n${zone}`;
}

function nodeOf({ racks, template, zone }: NodeGroupPlan, name: string, inZone: number): Node {
  const labels: Record<string, string> = { ...template.metadata.labels, [HOSTNAME_LABEL]: name };
  if (racks !== null) labels[RACK_LABEL] = `${zone === "" ? "" : `${zone}-`}rack-${inZone % racks}`;
  return { ...template, metadata: { ...template.metadata, name, uid: undefined, labels } };
}
