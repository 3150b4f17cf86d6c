// What a DaemonSet has on each node, kept current by what changes: a sync looks only at nodes that something happened on, never at all of
// them again. A new template makes every node look again.
import type { Node, Pod, PodSpec } from "../../model/objects.ts";
import { isPodAvailable, isPodFinished, isPodReady } from "../framework/pod-state.ts";
import { type Eligibility, eligibilityOf } from "./eligibility.ts";
import { isUpdated, keepsPlace, oldestFirst } from "./pods.ts";

/**
 * How a node stands in a rolling update. Without surge: `busy` = it counts as unavailable; `broken` = its old pod is not available, so it
 * may be replaced at once; `candidate` = its old pod is available; `done` = its new pod is available. With surge: `busy` = a new pod
 * beside the old one is not available yet; `surged` = it is, so that the old one may go.
 */
export type RollState = "none" | "busy" | "broken" | "candidate" | "surged" | "done";

/** Counts of the status. */
export interface DaemonCounts {
  desired: number;
  current: number;
  misscheduled: number;
  ready: number;
  available: number;
  updated: number;
}

interface View extends Eligibility {
  readonly counts: Readonly<DaemonCounts>;
  readonly needsPod: boolean;
  /** Something may have to be deleted there: see manage.ts. */
  readonly needsCare: boolean;
  /** Becomes available by time alone. */
  readonly isWaiting: boolean;
  readonly roll: RollState;
}

/** What the pods are to be like at present. */
export interface DaemonTarget {
  readonly hash: string;
  readonly spec: PodSpec;
  readonly minReadySeconds: number;
  readonly hasSurge: boolean;
}

const NOWHERE: Eligibility = { shouldRun: false, shouldContinue: false };
const NOTHING: readonly Pod[] = [];

export class DaemonTable {
  readonly counts: DaemonCounts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  readonly needing = new Set<string>();
  readonly care = new Set<string>();
  private readonly rolls: Readonly<Record<RollState, Set<string>>> = {
    none: new Set(),
    busy: new Set(),
    broken: new Set(),
    candidate: new Set(),
    surged: new Set(),
    done: new Set(),
  };
  private readonly nodes: ReadonlyMap<string, Node>;
  private readonly pods = new Map<string, Map<string, Pod>>();
  private readonly views = new Map<string, View>();
  private readonly dirty = new Set<string>();
  private readonly waiting = new Set<string>();
  private target: DaemonTarget | null = null;
  private eligible: (node: Node) => Eligibility = () => NOWHERE;

  /** @param nodes all nodes by name, as the informer has them */
  constructor(nodes: ReadonlyMap<string, Node>) {
    this.nodes = nodes;
  }

  putPod(node: string, key: string, pod: Pod): void {
    const pods = this.pods.get(node);
    if (pods === undefined) this.pods.set(node, new Map([[key, pod]]));
    else pods.set(key, pod);
    this.dirty.add(node);
  }

  removePod(node: string, key: string): void {
    const pods = this.pods.get(node);
    pods?.delete(key);
    if (pods?.size === 0) this.pods.delete(node);
    this.dirty.add(node);
  }

  /** The node has come, changed or gone; whether that matters to the pods of the DaemonSet. */
  nodeChanged(name: string): boolean {
    this.dirty.add(name);
    const before = this.views.get(name) ?? NOWHERE;
    const after = this.eligibility(name);
    return before.shouldRun !== after.shouldRun || before.shouldContinue !== after.shouldContinue;
  }

  /** Looks again at what has changed. */
  refresh(target: DaemonTarget, nowMicros: number): void {
    const before = this.target;
    const isSame =
      before !== null &&
      before.hash === target.hash &&
      before.minReadySeconds === target.minReadySeconds &&
      before.hasSurge === target.hasSurge;
    if (before?.spec !== target.spec) this.eligible = eligibilityOf(target.spec);
    this.target = target;
    if (!isSame || before?.spec !== target.spec) {
      for (const name of this.nodes.keys()) this.dirty.add(name);
      for (const name of this.pods.keys()) this.dirty.add(name);
    }
    for (const name of this.waiting) this.dirty.add(name);
    for (const name of this.dirty) this.look(name, target, nowMicros);
    this.dirty.clear();
  }

  /** Pods that keep their place on a node, terminating ones too, the oldest first. */
  podsOn(node: string): readonly Pod[] {
    const pods = this.pods.get(node);
    if (pods === undefined) return NOTHING;
    const kept = [...pods.values()].filter(keepsPlace);
    return kept.length > 1 ? kept.sort(oldestFirst) : kept;
  }

  rolling(state: RollState): ReadonlySet<string> {
    return this.rolls[state];
  }

  eligibility(node: string): Eligibility {
    const object = this.nodes.get(node);
    return object === undefined ? NOWHERE : this.eligible(object);
  }

  hasNode(node: string): boolean {
    return this.nodes.has(node);
  }

  /** Hashes of all pods. */
  liveHashes(label: string): Set<string> {
    const hashes = new Set<string>();
    for (const pods of this.pods.values())
      for (const pod of pods.values()) hashes.add(pod.metadata.labels?.[label] ?? "");
    return hashes;
  }

  private look(name: string, target: DaemonTarget, nowMicros: number): void {
    const before = this.views.get(name);
    const pods = this.podsOn(name);
    const isKnown = this.nodes.has(name);
    const after = isKnown || pods.length > 0 ? this.view(name, pods, target, nowMicros) : undefined;
    this.count(before, -1);
    this.count(after, 1);
    if (after === undefined) this.views.delete(name);
    else this.views.set(name, after);
    toggle(this.needing, name, after?.needsPod === true);
    toggle(this.care, name, after?.needsCare === true);
    toggle(this.waiting, name, after?.isWaiting === true);
    if (before?.roll !== after?.roll) {
      if (before !== undefined) this.rolls[before.roll].delete(name);
      if (after !== undefined) this.rolls[after.roll].add(name);
    }
  }

  private count(view: View | undefined, sign: 1 | -1): void {
    if (view === undefined) return;
    const { counts } = this;
    counts.desired += sign * view.counts.desired;
    counts.current += sign * view.counts.current;
    counts.misscheduled += sign * view.counts.misscheduled;
    counts.ready += sign * view.counts.ready;
    counts.available += sign * view.counts.available;
    counts.updated += sign * view.counts.updated;
  }

  private view(name: string, pods: readonly Pod[], target: DaemonTarget, nowMicros: number): View {
    const { shouldContinue, shouldRun } = this.eligibility(name);
    const { hash, minReadySeconds } = target;
    const [oldest] = pods;
    const counted = shouldRun && oldest !== undefined ? oldest : undefined;
    const isReady = counted !== undefined && isPodReady(counted);
    const live = pods.filter((pod) => pod.metadata.deletionTimestamp == null);
    const isNew = (pod: Pod) => isUpdated(pod, hash);
    const isAvailable = (pod: Pod) => isPodAvailable(pod, minReadySeconds, nowMicros);
    return {
      shouldRun,
      shouldContinue,
      counts: {
        desired: Number(shouldRun),
        current: Number(counted !== undefined),
        misscheduled: Number(!shouldRun && oldest !== undefined && this.nodes.has(name)),
        ready: Number(isReady),
        available: Number(isReady && isAvailable(counted)),
        updated: Number(counted !== undefined && isNew(counted)),
      },
      needsPod: shouldRun && pods.length === 0,
      needsCare: live.length > 1 || live.some((pod) => isPodFinished(pod)) || (!shouldContinue && live.length > 0),
      isWaiting: minReadySeconds > 0 && live.some((pod) => isPodReady(pod) && !isAvailable(pod)),
      roll: rollState(live, pods.length > 0 || shouldRun, target.hasSurge, isNew, isAvailable),
    };
  }
}

function rollState(
  live: readonly Pod[],
  isInvolved: boolean,
  hasSurge: boolean,
  isNew: (pod: Pod) => boolean,
  isAvailable: (pod: Pod) => boolean,
): RollState {
  if (!isInvolved) return "none";
  const fresh = live.filter(isNew);
  const old = live.filter((pod) => !isNew(pod));
  // more than one of a kind: it has to be tidied up first
  if (fresh.length > 1 || old.length > 1) return "busy";
  const [newPod] = fresh;
  const [oldPod] = old;
  if (oldPod !== undefined && newPod === undefined) return isAvailable(oldPod) ? "candidate" : "broken";
  if (hasSurge) {
    if (oldPod === undefined || newPod === undefined) return "done";
    return isAvailable(newPod) ? "surged" : "busy";
  }
  return oldPod === undefined && newPod !== undefined && isAvailable(newPod) ? "done" : "busy";
}

function toggle(set: Set<string>, name: string, isIn: boolean): void {
  if (!isIn) set.delete(name);
  else if (!set.has(name)) set.add(name);
}
