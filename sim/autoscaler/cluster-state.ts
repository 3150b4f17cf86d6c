// What became of the machines that were asked for: per group how many nodes are ready, not ready, starting or missing, which scale-ups are
// under way, which failed, and whether group and cluster are healthy enough to go on. Source: behaviour of clusterstate, 1.36.
import { MINUTE } from "../engine/tick.ts";
import type { AutoscalerFlags } from "../model/autoscaler-plan.ts";
import type { Node } from "../model/objects.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import { NodeGroupBackoff } from "./back-off.ts";
import type { NodeGroup } from "./cloud-provider.ts";
import type { ClusterView, GroupNodes } from "./cluster-view.ts";
import type { AutoscalerContext } from "./context.ts";
import { isNodeReady } from "./node-marks.ts";

/** A node that is not ready counts as one that starts for so long. */
const MAX_NODE_STARTUP_MICROS = 15 * MINUTE;

export interface Readiness {
  readonly ready: number;
  readonly unready: number;
  /** Registered, and never ready so far. */
  readonly notStarted: readonly string[];
  /** Registered, while the machine is gone. */
  readonly deleted: ReadonlySet<string>;
  readonly registered: number;
  readonly unregistered: readonly string[];
  readonly longUnregistered: readonly string[];
}

interface ScaleUpRequest {
  increase: number;
  readonly firstMicros: number;
  timeMicros: number;
  expectedMicros: number;
}

interface GroupState {
  readonly of: GroupNodes;
  readiness: Readiness;
  seenNodes: number;
  seenGroup: number;
  /** When an instance was first missed among the nodes. */
  readonly unregisteredSince: Map<string, number>;
  request: ScaleUpRequest | null;
  /** Instances whose error has been acted on. */
  errors: ReadonlySet<string>;
  incorrect: { readonly current: number; readonly expected: number; readonly sinceMicros: number } | null;
}

const NOTHING: Readiness = {
  ready: 0,
  unready: 0,
  notStarted: [],
  deleted: new Set(),
  registered: 0,
  unregistered: [],
  longUnregistered: [],
};

export class ClusterState {
  readonly backoff: NodeGroupBackoff;
  /** Moves when the picture of any group has changed. */
  changes = 0;
  private readonly context: AutoscalerContext;
  private readonly flags: AutoscalerFlags;
  private readonly states: readonly GroupState[];
  private readonly byGroup = new Map<NodeGroup, GroupState>();
  private readonly others: GroupState;

  constructor(context: AutoscalerContext, view: ClusterView) {
    this.context = context;
    this.flags = context.flags;
    this.backoff = new NodeGroupBackoff(context.flags);
    this.states = view.groups.map(stateOf);
    this.others = stateOf(view.ungrouped);
    for (const state of this.states) this.byGroup.set(state.of.group!, state);
  }

  /** Looks at all groups anew, as far as anything has changed. */
  update(): void {
    const { now } = this.context.engine;
    this.backoff.forgetStale(now);
    for (const state of [...this.states, this.others]) this.count(state, now);
    for (const state of this.states) {
      this.checkRequest(state, now);
      this.checkErrors(state);
      this.checkSize(state, now);
    }
  }

  readiness(group: NodeGroup): Readiness {
    return this.byGroup.get(group)!.readiness;
  }

  get total(): {
    readonly ready: number;
    readonly unready: number;
    readonly registered: number;
    readonly notStarted: number;
  } {
    let [ready, unready, registered, notStarted] = [0, 0, 0, 0];
    for (const { readiness } of [...this.states, this.others]) {
      ready += readiness.ready;
      unready += readiness.unready;
      registered += readiness.registered;
      notStarted += readiness.notStarted.length;
    }
    return { ready, unready, registered, notStarted };
  }

  get isHealthy(): boolean {
    const { registered, unready } = this.total;
    return !this.isTooMuch(unready, registered);
  }

  isGroupHealthy(group: NodeGroup): boolean {
    const { readiness, request } = this.byGroup.get(group)!;
    const min = group.target - readiness.longUnregistered.length - (request?.increase ?? 0);
    const missing = Math.max(0, min - readiness.ready);
    return !this.isTooMuch(missing, readiness.ready + readiness.unready + readiness.notStarted.length);
  }

  /** Why the group cannot be scaled up now; null when it can. */
  hindrance(group: NodeGroup): string | null {
    if (!this.isGroupHealthy(group)) return "not ready for scale-up";
    if (this.isBackedOff(group)) return "in backoff after failed scale-up";
    return null;
  }

  isBackedOff(group: NodeGroup): boolean {
    return this.backoff.isBackedOff(group.plan.id, this.context.engine.now);
  }

  isScalingUp(group: NodeGroup): boolean {
    const { readiness, request } = this.byGroup.get(group)!;
    return request !== null && group.target > readiness.registered - readiness.notStarted.length;
  }

  /** Nodes that are to come, registered or not. */
  upcoming(group: NodeGroup): number {
    const { longUnregistered, ready, unready } = this.readiness(group);
    return Math.max(0, group.target - (ready + unready + longUnregistered.length));
  }

  registerScaleUp(group: NodeGroup, delta: number): void {
    const state = this.byGroup.get(group)!;
    const { now } = this.context.engine;
    const expectedMicros = now + this.provisionTime(group);
    const { request } = state;
    this.changes++;
    if (request === null) {
      if (delta > 0) state.request = { increase: delta, firstMicros: now, timeMicros: now, expectedMicros };
      return;
    }
    if (request.increase + delta <= 0) {
      state.request = null;
      return;
    }
    request.increase += delta;
    if (delta <= 0) return;
    request.timeMicros = now;
    request.expectedMicros = expectedMicros;
  }

  /** @returns until when the group is left alone */
  registerFailedScaleUp(group: NodeGroup, why: string): void {
    const { engine, recorder } = this.context;
    const untilMicros = this.backoff.backOff(group.plan.id, engine.now);
    recorder.autoscaler.backedOff(group.plan.id, untilMicros, why);
    this.changes++;
  }

  /** Instances that have not registered in time. */
  oldUnregistered(group: NodeGroup): readonly string[] {
    return this.readiness(group).longUnregistered;
  }

  /** Instances that could not be made. */
  failedInstances(group: NodeGroup): readonly string[] {
    return [...this.byGroup.get(group)!.errors];
  }

  /** Machines by which the group's target is too large, for long. */
  surplus(group: NodeGroup): number {
    const { incorrect } = this.byGroup.get(group)!;
    if (incorrect === null || incorrect.current >= incorrect.expected) return 0;
    const isOld = incorrect.sinceMicros + this.provisionTime(group) < this.context.engine.now;
    return isOld ? incorrect.expected - incorrect.current : 0;
  }

  private provisionTime({ plan }: NodeGroup): number {
    return plan.overrides.maxNodeProvisionTimeMicros ?? this.flags.maxNodeProvisionTimeMicros;
  }

  private isTooMuch(unready: number, all: number): boolean {
    const { maxTotalUnreadyPercentage, okTotalUnreadyCount } = this.flags;
    return unready > okTotalUnreadyCount && unready > (maxTotalUnreadyPercentage / 100) * all;
  }

  private count(state: GroupState, now: number): void {
    const { of, readiness } = state;
    const version = of.group?.version ?? 0;
    const isQuiet = readiness.notStarted.length === 0 && state.unregisteredSince.size === 0;
    if (state.seenNodes === of.version && state.seenGroup === version && isQuiet) return;
    state.seenNodes = of.version;
    state.seenGroup = version;
    let [ready, unready] = [0, 0];
    const notStarted: string[] = [];
    const deleted = new Set<string>();
    for (const [name, node] of of.nodes) {
      if (of.group !== null && !of.group.machines.has(name)) deleted.add(name);
      else if (isNodeReady(node)) ready++;
      else if (createdMicros(node) + MAX_NODE_STARTUP_MICROS > now) notStarted.push(name);
      else unready++;
    }
    const [unregistered, longUnregistered] = this.unregistered(state, now);
    const registered = of.nodes.size;
    state.readiness = { ready, unready, notStarted, deleted, registered, unregistered, longUnregistered };
    this.changes++;
  }

  private unregistered({ of, unregisteredSince }: GroupState, now: number): readonly [string[], string[]] {
    const lists: [string[], string[]] = [[], []];
    const { group, nodes } = of;
    if (group === null) return lists;
    for (const name of unregisteredSince.keys())
      if (!group.has(name) || nodes.has(name)) unregisteredSince.delete(name);
    const provisionMicros = this.provisionTime(group);
    const see = (name: string) => {
      if (nodes.has(name)) return;
      const since = unregisteredSince.get(name) ?? now;
      unregisteredSince.set(name, since);
      lists[since + provisionMicros < now ? 1 : 0].push(name);
    };
    for (const name of group.creating.keys()) see(name);
    for (const name of group.machines) see(name);
    return lists;
  }

  private checkRequest(state: GroupState, now: number): void {
    const { readiness, request } = state;
    const group = state.of.group!;
    if (request === null) return;
    if (group.target <= readiness.registered - readiness.notStarted.length) {
      state.request = null;
      this.backoff.forget(group.plan.id);
      this.context.recorder.autoscaler.scaledUp(group.plan.id);
      this.changes++;
      return;
    }
    if (request.expectedMicros >= now) return;
    const after = goDuration(now - request.timeMicros);
    this.context.events.log(
      "Warning",
      "ScaleUpTimedOut",
      `Nodes added to group ${group.plan.id} failed to register within ${after}`,
    );
    state.request = null;
    const why = `Scale-up timed out for node group ${group.plan.id} after ${after}`;
    this.context.recorder.autoscaler.scaleUpFailed(group.plan.id, why);
    this.registerFailedScaleUp(group, why);
  }

  private checkErrors(state: GroupState): void {
    const group = state.of.group!;
    if (group.creating.size === 0 && state.errors.size === 0) return;
    const failed = new Set<string>();
    const unseen = new Map<string, { count: number; message: string }>();
    for (const { error, name } of group.creating.values()) {
      if (error === null) continue;
      failed.add(name);
      if (state.errors.has(name)) continue;
      const code = `${error.errorClass}.${error.code}`;
      const known = unseen.get(code);
      if (known === undefined) unseen.set(code, { count: 1, message: error.message });
      else known.count++;
    }
    state.errors = failed;
    for (const [code, { count, message }] of unseen) {
      const text = `Failed adding ${count} nodes to group ${group.plan.id} due to ${code}; source errors: ${message}`;
      this.context.events.log("Warning", "ScaleUpFailed", text);
      this.registerScaleUp(group, -count);
      this.registerFailedScaleUp(group, text);
      this.context.recorder.autoscaler.scaleUpFailed(group.plan.id, text);
    }
  }

  private checkSize(state: GroupState, now: number): void {
    const { readiness } = state;
    const { target } = state.of.group!;
    const missing = readiness.unregistered.length + readiness.longUnregistered.length;
    const current = readiness.registered;
    if (current <= target && current >= target - missing) {
      state.incorrect = null;
      return;
    }
    const known = state.incorrect;
    if (known?.current === current && known.expected === target) return;
    state.incorrect = { current, expected: target, sinceMicros: now };
  }
}

function stateOf(of: GroupNodes): GroupState {
  return {
    of,
    readiness: NOTHING,
    seenNodes: -1,
    seenGroup: -1,
    unregisteredSince: new Map(),
    request: null,
    errors: new Set(),
    incorrect: null,
  };
}

function createdMicros({ metadata }: Node): number {
  const { creationTimestamp } = metadata;
  return creationTimestamp == null ? 0 : (parseTimestampMicros(creationTimestamp) ?? 0);
}

/** A duration as Go prints it, in whole seconds. */
export function goDuration(micros: number): string {
  const seconds = Math.round(micros / 1_000_000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${h > 0 ? `${h}h` : ""}${h > 0 || m > 0 ? `${m}m` : ""}${s}s`;
}
