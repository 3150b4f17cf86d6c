// Which pods of a node would have to move if it were removed, and which of them forbid that. The rules are tried in this order and the first
// that says anything decides. Source: FAQ "What types of pods can prevent CA from removing a node?" and simulator/drainability, 1.36.
import { SECOND } from "../engine/tick.ts";
import { type AutoscalerFlags, DEFAULT_AUTOSCALER_FLAGS } from "../model/autoscaler-plan.ts";
import type { OwnerReference, Pod, Volume } from "../model/objects.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import type { NodeInfo } from "../scheduler/node-info.ts";
import type { PodInfo } from "../scheduler/shape.ts";
import type { Snapshot } from "../scheduler/snapshot.ts";
import type { Budgets } from "./budgets.ts";
import {
  isMirror,
  isOfDaemonSet,
  isOver,
  SAFE_TO_EVICT_ANNOTATION,
  SAFE_TO_EVICT_VOLUMES_ANNOTATION,
} from "./node-marks.ts";

export type BlockReason =
  | "ControllerNotFound"
  | "MinReplicasReached"
  | "NotReplicated"
  | "LocalStorageRequested"
  | "NotSafeToEvictAnnotation"
  | "UnmovableKubeSystemPod"
  | "NotEnoughPdb";

export interface Blocked {
  readonly reason: BlockReason;
  /** namespace/name */
  readonly pod: string;
  readonly message: string;
}

/** What would become of a node's pods. */
export interface PodsToMove {
  readonly pods: readonly PodInfo[];
  readonly daemons: readonly PodInfo[];
  readonly blocked: Blocked | null;
}

/** Beyond the grace period. */
const LONG_TERMINATING_MICROS = 30 * SECOND;
/** Controllers that make their pods again. */
const CONTROLLERS: ReadonlySet<string> = new Set(["ReplicaSet", "ReplicationController", "StatefulSet", "Job"]);

export class Drainability {
  private readonly snapshot: Snapshot;
  private readonly budgets: Budgets;
  private readonly flags: AutoscalerFlags;
  private readonly now: () => number;
  private readonly current: (key: string) => Pod | undefined;

  /** @param current the pod as the API has it: what annotates it is nothing to the snapshot */
  constructor(
    snapshot: Snapshot,
    budgets: Budgets,
    current: (key: string) => Pod | undefined,
    now: () => number,
    flags: AutoscalerFlags = DEFAULT_AUTOSCALER_FLAGS,
  ) {
    this.snapshot = snapshot;
    this.budgets = budgets;
    this.current = current;
    this.now = now;
    this.flags = flags;
  }

  of(node: NodeInfo): PodsToMove {
    const pods: PodInfo[] = [];
    const daemons: PodInfo[] = [];
    for (const info of node.pods) {
      const verdict = this.judge(info);
      if (verdict === "daemon") daemons.push(info);
      else if (verdict === "move") pods.push(info);
      else if (verdict !== "stay") return { pods, daemons, blocked: verdict };
    }
    return { pods, daemons, blocked: null };
  }

  private judge(info: PodInfo): "stay" | "daemon" | "move" | Blocked {
    const pod = this.current(info.key) ?? info.pod;
    const { flags } = this;
    if (isMirror(pod)) return "stay";
    // it has been told to go for longer than it may take
    if (this.isLongTerminating(pod)) return "stay";
    const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
    const few = this.tooFewReplicas(info, owner);
    if (few !== null) return few;
    if (isOfDaemonSet(pod)) return "daemon";
    const safe = pod.metadata.annotations?.[SAFE_TO_EVICT_ANNOTATION];
    const budget = this.budgets.blocks(info);
    const byBudget =
      budget === null ? "move" : blocked("NotEnoughPdb", info, `not enough pod disruption budget to move ${info.key}`);
    if (safe === "true") return byBudget;
    if (isOver(pod)) return "stay";
    if (safe === "false")
      return blocked(
        "NotSafeToEvictAnnotation",
        info,
        `pod annotated as not safe to evict present: ${info.pod.metadata.name}`,
      );
    if (owner === undefined || (flags.skipNodesWithCustomControllerPods && !CONTROLLERS.has(owner.kind)))
      return blocked("NotReplicated", info, `${info.key} is not replicated`);
    if (flags.skipNodesWithSystemPods && this.isUnmovableSystemPod(info, pod))
      return blocked(
        "UnmovableKubeSystemPod",
        info,
        `non-daemonset, non-mirrored, non-pdb-assigned kube-system pod present: ${info.pod.metadata.name}`,
      );
    if (flags.skipNodesWithLocalStorage && hasLocalStorage(pod))
      return blocked("LocalStorageRequested", info, `pod with local storage present: ${info.pod.metadata.name}`);
    return byBudget;
  }

  private isLongTerminating({ metadata, spec }: Pod): boolean {
    const { deletionTimestamp } = metadata;
    const micros = deletionTimestamp == null ? null : parseTimestampMicros(deletionTimestamp);
    if (micros == null) return false;
    const graceMicros = (spec.terminationGracePeriodSeconds ?? 30) * SECOND;
    return micros + graceMicros + LONG_TERMINATING_MICROS < this.now();
  }

  private isUnmovableSystemPod(info: PodInfo, { metadata }: Pod): boolean {
    if (info.shape.namespace !== "kube-system" || this.budgets.isUnderOne(info)) return false;
    const created = metadata.creationTimestamp == null ? null : parseTimestampMicros(metadata.creationTimestamp);
    return created == null || created + this.flags.blockingSystemPodDistruptionTimeoutMicros > this.now();
  }

  private tooFewReplicas(info: PodInfo, owner: OwnerReference | undefined): Blocked | null {
    const { minReplicaCount } = this.flags;
    if (minReplicaCount === 0 || owner === undefined) return null;
    const { replicaSets, replicationControllers } = this.snapshot.objects;
    const list =
      owner.kind === "ReplicaSet"
        ? replicaSets
        : owner.kind === "ReplicationController"
          ? replicationControllers
          : null;
    if (list === null) return null;
    const found = list.find(({ metadata }) => metadata.uid === owner.uid);
    if (found === undefined)
      return blocked("ControllerNotFound", info, `${owner.kind} for ${info.key} is not available`);
    const replicas = found.spec?.replicas ?? 1;
    if (replicas >= minReplicaCount) return null;
    return blocked(
      "MinReplicasReached",
      info,
      `${owner.kind} for ${info.key} has too few replicas spec: ${replicas} min: ${minReplicaCount}`,
    );
  }
}

/** Volumes on the node's own disk, unless the pod says of all of them that they may be lost. */
function hasLocalStorage({ metadata, spec }: Pod): boolean {
  const safe = new Set(
    (metadata.annotations?.[SAFE_TO_EVICT_VOLUMES_ANNOTATION] ?? "").split(",").map((s) => s.trim()),
  );
  return (spec.volumes ?? []).some((volume) => isLocal(volume) && !safe.has(volume.name));
}

function isLocal({ emptyDir, hostPath }: Volume): boolean {
  return hostPath != null || (emptyDir != null && (emptyDir as { readonly medium?: string }).medium !== "Memory");
}

function blocked(reason: BlockReason, { key }: PodInfo, message: string): Blocked {
  return { reason, pod: key, message };
}
