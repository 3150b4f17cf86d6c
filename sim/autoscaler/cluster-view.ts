// The cluster as the autoscaler sees it, kept current by watches: a scheduler's snapshot of nodes and pods without expendable ones, the pods
// that fit nowhere, and which nodes belong to which group. It notes what has changed, so that a pass over an unchanged cluster costs nothing.
import type { Client } from "../apiserver/client.ts";
import type { SharedInformers } from "../apiserver/shared-informer.ts";
import { SECOND } from "../engine/tick.ts";
import { POOL_LABEL } from "../model/annotations.ts";
import type { AutoscalerFlags } from "../model/autoscaler-plan.ts";
import type { DaemonSet, Node, Pod } from "../model/objects.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import { ZONE_LABEL } from "../model/topology.ts";
import { nodeMattersToScheduler } from "../scheduler/object-changes.ts";
import { ObjectFeed } from "../scheduler/object-feed.ts";
import { PodCache } from "../scheduler/pod-cache.ts";
import type { Snapshot } from "../scheduler/snapshot.ts";
import type { CloudProvider, NodeGroup } from "./cloud-provider.ts";
import { DELETION_CANDIDATE_TAINT, isNodeReady, isOver, isUnschedulable } from "./node-marks.ts";

/** The registered nodes of a group; `group` is null for all nodes that belong to none. */
export interface GroupNodes {
  readonly group: NodeGroup | null;
  readonly nodes: Map<string, Node>;
  /** Moves when a node comes, goes, or changes whether it is ready. */
  version: number;
}

/** A pod that was found unschedulable longer ago wakes nobody up. */
const RECENT_MICROS = 10 * SECOND;
export const VIEW_KINDS = ["pods", "nodes", "daemonSets"] as const;

export class ClusterView {
  readonly snapshot: Snapshot;
  /** By namespace/name, in the order in which they were found to fit nowhere. */
  readonly pending = new Map<string, Pod>();
  readonly groups: readonly GroupNodes[];
  readonly ungrouped: GroupNodes = { group: null, nodes: new Map(), version: 0 };
  /** Nodes with the mark of those that may go. */
  readonly softTainted = new Set<string>();
  /** Nodes whose pods or allocatable resources have changed since somebody has looked. */
  readonly dirtyNodes = new Set<string>();
  /** Counts what may change where a pod fits, or whether it may be moved. */
  changes = 0;
  daemonSetChanges = 0;
  /** Told when a pod is found to fit nowhere. */
  onUnschedulable: (() => void) | null = null;
  private readonly informers: SharedInformers;
  private readonly feed: ObjectFeed;
  private readonly cache: PodCache;
  private readonly cutoff: number;
  private readonly byPlace = new Map<string, GroupNodes>();
  private readonly byNode = new Map<string, GroupNodes>();
  private readonly now: () => number;

  constructor(
    snapshot: Snapshot,
    informers: SharedInformers,
    client: Client,
    provider: CloudProvider,
    flags: AutoscalerFlags,
    now: () => number,
  ) {
    this.snapshot = snapshot;
    this.informers = informers;
    this.cache = new PodCache(snapshot);
    this.cutoff = flags.expendablePodsPriorityCutoff;
    this.now = now;
    this.groups = provider.groups.map((group) => ({ group, nodes: new Map(), version: 0 }));
    for (const known of this.groups) this.byPlace.set(placeOf(known.group!.plan.pool, known.group!.plan.zone), known);
    this.feed = new ObjectFeed(client, snapshot, () => this.changes++);
  }

  /**
   * Begins to follow; the {@link VIEW_KINDS} must have been listed.
   *
   * @param synced called when all else that plugins read has been listed, too
   */
  start(synced: () => void): void {
    const missing = new Set(this.feed.kinds);
    this.feed.start((kind) => {
      if (missing.delete(kind) && missing.size === 0) synced();
    });
    this.informers.of("nodes").listen({
      added: (node) => this.nodeAdded(node),
      updated: (before, node) => this.nodeChanged(before, node),
      deleted: (node) => this.nodeRemoved(node),
    });
    this.informers.of("pods").listen({
      added: (pod, key) => this.podChanged(undefined, pod, key),
      updated: (before, pod, key) => this.podChanged(before, pod, key),
      deleted: (_pod, key) => this.podGone(key),
    });
    const daemonSets = () => this.daemonSetChanges++;
    this.informers.of("daemonSets").listen({ added: daemonSets, updated: daemonSets, deleted: daemonSets });
  }

  /** Takes over what else plugins read; before a pass. */
  flush(): void {
    this.feed.flush();
  }

  get nodes(): ReadonlyMap<string, Node> {
    return this.informers.of("nodes").cache;
  }

  get daemonSets(): IterableIterator<DaemonSet> {
    return this.informers.of("daemonSets").cache.values();
  }

  /** As the API has it; the snapshot's may be older in what is nothing to scheduling. */
  pod(key: string): Pod | undefined {
    return this.informers.of("pods").cache.get(key);
  }

  groupOf(nodeName: string): NodeGroup | null {
    return this.byNode.get(nodeName)?.group ?? null;
  }

  private nodeAdded(node: Node): void {
    const { labels = {}, name } = node.metadata;
    const known = this.byPlace.get(placeOf(labels[POOL_LABEL] ?? "", labels[ZONE_LABEL] ?? "")) ?? this.ungrouped;
    known.nodes.set(name, node);
    known.version++;
    this.byNode.set(name, known);
    this.cache.nodeAdded(node);
    this.noteMark(node);
    this.touch(name);
  }

  private nodeChanged(before: Node, node: Node): void {
    const { name } = node.metadata;
    const known = this.byNode.get(name)!;
    known.nodes.set(name, node);
    if (isNodeReady(before) !== isNodeReady(node)) known.version++;
    const matters = nodeMattersToScheduler(before, node);
    if (matters) {
      this.snapshot.updateNode(node);
      this.noteMark(node);
    }
    if (matters || before.metadata.annotations !== node.metadata.annotations) this.touch(name);
  }

  private nodeRemoved(node: Node): void {
    const { name } = node.metadata;
    const known = this.byNode.get(name)!;
    known.nodes.delete(name);
    known.version++;
    this.byNode.delete(name);
    this.softTainted.delete(name);
    this.cache.nodeRemoved(node);
    this.touch(name);
  }

  private noteMark({ metadata, spec }: Node): void {
    const isMarked = spec?.taints?.some(({ key }) => key === DELETION_CANDIDATE_TAINT) ?? false;
    if (isMarked) this.softTainted.add(metadata.name);
    else this.softTainted.delete(metadata.name);
  }

  private podChanged(before: Pod | undefined, pod: Pod, key: string): void {
    if (isOver(pod) || (pod.spec.priority ?? 0) < this.cutoff) {
      this.podGone(key);
      return;
    }
    if (pod.spec.nodeName) {
      if (this.pending.delete(key)) this.changes++;
      const known = this.cache.get(key);
      const info = this.cache.assigned(pod, key);
      // what may be done to a pod stands in its annotations
      if (info !== known || before?.metadata.annotations !== pod.metadata.annotations) this.touch(info.nodeName);
      return;
    }
    if (!isUnschedulable(pod)) {
      if (this.pending.delete(key)) this.changes++;
      return;
    }
    if (!this.pending.has(key)) this.changes++;
    this.pending.set(key, pod);
    if (this.isRecent(pod)) this.onUnschedulable?.();
  }

  private podGone(key: string): void {
    if (this.pending.delete(key)) this.changes++;
    const info = this.cache.get(key);
    if (info === undefined) return;
    this.cache.removed(info);
    this.touch(info.nodeName);
  }

  private isRecent({ status }: Pod): boolean {
    const since = status?.conditions?.find(({ type }) => type === "PodScheduled")?.lastTransitionTime;
    const micros = since == null ? null : parseTimestampMicros(since);
    return micros != null && micros + RECENT_MICROS >= this.now();
  }

  private touch(nodeName: string): void {
    this.changes++;
    this.dirtyNodes.add(nodeName);
  }
}

function placeOf(pool: string, zone: string): string {
  return `${pool}\n${zone}`;
}
