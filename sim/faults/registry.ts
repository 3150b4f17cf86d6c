// All kinds of fault. A new kind is one file under kinds/ and one line here.
import type { FaultKind } from "./kind.ts";
import { apiServerCrash } from "./kinds/api-server-crash.ts";
import { apiServerFreeze } from "./kinds/api-server-freeze.ts";
import { apiServerOverload } from "./kinds/api-server-overload.ts";
import { apiServerRestart } from "./kinds/api-server-restart.ts";
import { autoscalerCrash } from "./kinds/autoscaler-crash.ts";
import { badRollout } from "./kinds/bad-rollout.ts";
import { certificateExpiry } from "./kinds/certificate-expiry.ts";
import { clockSkew } from "./kinds/clock-skew.ts";
import { cloudApiOutage } from "./kinds/cloud-api-outage.ts";
import { cloudStockout } from "./kinds/cloud-stockout.ts";
import { containerKill } from "./kinds/container-kill.ts";
import { controllerManagerCrash } from "./kinds/controller-manager-crash.ts";
import { crashLoop } from "./kinds/crash-loop.ts";
import { diskPressure } from "./kinds/disk-pressure.ts";
import { dnsOutage } from "./kinds/dns-outage.ts";
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
import { kubeletStop } from "./kinds/kubelet-stop.ts";
import { leaderLoss } from "./kinds/leader-loss.ts";
import { loadSpike } from "./kinds/load-spike.ts";
import { machineDelete } from "./kinds/machine-delete.ts";
import { massDeletion } from "./kinds/mass-deletion.ts";
import { memoryLeak } from "./kinds/memory-leak.ts";
import { metricsOutage } from "./kinds/metrics-outage.ts";
import { networkBandwidth } from "./kinds/network-bandwidth.ts";
import { networkDelay } from "./kinds/network-delay.ts";
import { networkDuplicate } from "./kinds/network-duplicate.ts";
import { networkLoss } from "./kinds/network-loss.ts";
import { networkPartition } from "./kinds/network-partition.ts";
import { nodeCrash } from "./kinds/node-crash.ts";
import { nodeFlap } from "./kinds/node-flap.ts";
import { nodeFreeze } from "./kinds/node-freeze.ts";
import { nodePartition } from "./kinds/node-partition.ts";
import { nodeReboot } from "./kinds/node-reboot.ts";
import { nodeSlow } from "./kinds/node-slow.ts";
import { oomKill } from "./kinds/oom-kill.ts";
import { podHang } from "./kinds/pod-hang.ts";
import { podKill } from "./kinds/pod-kill.ts";
import { rackOutage } from "./kinds/rack-outage.ts";
import { rbacRevoked } from "./kinds/rbac-revoked.ts";
import { registryOutage } from "./kinds/registry-outage.ts";
import { registrySlow } from "./kinds/registry-slow.ts";
import { runtimeHang } from "./kinds/runtime-hang.ts";
import { schedulerCrash } from "./kinds/scheduler-crash.ts";
import { spotReclaim } from "./kinds/spot-reclaim.ts";
import { watchBreak } from "./kinds/watch-break.ts";
import { webhookDown } from "./kinds/webhook-down.ts";
import { webhookSlow } from "./kinds/webhook-slow.ts";
import { zoneOutage } from "./kinds/zone-outage.ts";

export const FAULT_KINDS: readonly FaultKind[] = [
  nodeCrash,
  nodeReboot,
  nodeFreeze,
  nodeFlap,
  kubeletStop,
  runtimeHang,
  nodeSlow,
  diskPressure,
  memoryLeak,
  clockSkew,
  nodePartition,
  zoneOutage,
  rackOutage,
  networkPartition,
  podKill,
  containerKill,
  oomKill,
  podHang,
  crashLoop,
  badRollout,
  massDeletion,
  apiServerCrash,
  apiServerRestart,
  apiServerFreeze,
  apiServerOverload,
  watchBreak,
  schedulerCrash,
  controllerManagerCrash,
  leaderLoss,
  webhookDown,
  webhookSlow,
  registryOutage,
  registrySlow,
  certificateExpiry,
  rbacRevoked,
  spotReclaim,
  machineDelete,
  cloudApiOutage,
  cloudStockout,
  autoscalerCrash,
  dnsOutage,
  metricsOutage,
  loadSpike,
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
