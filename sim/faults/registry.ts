// All kinds of fault. A new kind is one file under kinds/ and one line here.
import type { FaultKind } from "./kind.ts";
import { etcdClockDrift } from "./kinds/etcd-clock-drift.ts";
import { etcdCompactionStall } from "./kinds/etcd-compaction-stall.ts";
import { etcdDisasterRestore } from "./kinds/etcd-disaster-restore.ts";
import { etcdFullDisk } from "./kinds/etcd-full-disk.ts";
import { etcdGracefulStop } from "./kinds/etcd-graceful-stop.ts";
import { etcdLeaderFailure } from "./kinds/etcd-leader-failure.ts";
import { etcdLearnerPromotion } from "./kinds/etcd-learner-promotion.ts";
import { etcdLinkFlap } from "./kinds/etcd-link-flap.ts";
import { etcdMemberCrash } from "./kinds/etcd-member-crash.ts";
import { etcdMemberReplace } from "./kinds/etcd-member-replace.ts";
import { etcdMoveLeader } from "./kinds/etcd-move-leader.ts";
import { etcdPartition } from "./kinds/etcd-partition.ts";
import { etcdPause } from "./kinds/etcd-pause.ts";
import { etcdQuorumLoss } from "./kinds/etcd-quorum-loss.ts";
import { etcdRollingRestart } from "./kinds/etcd-rolling-restart.ts";
import { etcdRollingUpgrade } from "./kinds/etcd-rolling-upgrade.ts";
import { etcdSlowDisk } from "./kinds/etcd-slow-disk.ts";
import { etcdSpaceQuota } from "./kinds/etcd-space-quota.ts";
import { etcdStalledDisk } from "./kinds/etcd-stalled-disk.ts";
import { networkBandwidth } from "./kinds/network-bandwidth.ts";
import { networkDelay } from "./kinds/network-delay.ts";
import { networkDuplicate } from "./kinds/network-duplicate.ts";
import { networkLoss } from "./kinds/network-loss.ts";

export const FAULT_KINDS: readonly FaultKind[] = [
  etcdMemberCrash,
  etcdLeaderFailure,
  etcdGracefulStop,
  etcdPause,
  etcdQuorumLoss,
  etcdDisasterRestore,
  etcdPartition,
  etcdLinkFlap,
  networkDelay,
  networkLoss,
  networkDuplicate,
  networkBandwidth,
  etcdSlowDisk,
  etcdStalledDisk,
  etcdFullDisk,
  etcdSpaceQuota,
  etcdClockDrift,
  etcdCompactionStall,
  etcdMoveLeader,
  etcdMemberReplace,
  etcdLearnerPromotion,
  etcdRollingRestart,
  etcdRollingUpgrade,
];

/** The kinds by name. */
export function kindsByName(): ReadonlyMap<string, FaultKind> {
  return new Map(FAULT_KINDS.map((kind) => [kind.name, kind]));
}
