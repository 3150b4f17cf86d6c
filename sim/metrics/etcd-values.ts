// What expectations may ask about etcd and faults, by the names of sim/scenario/expectation.ts. undefined = not measured.
import type { EtcdRecorder } from "./etcd-recorder.ts";
import { togetherOf } from "./etcd-table.ts";
import type { FaultRecorder } from "./fault-recorder.ts";
import type { Histogram } from "./histogram.ts";
import { quantiles } from "./quantiles.ts";

type Facts = { readonly etcd: EtcdRecorder; readonly faults: FaultRecorder };

const sum = (etcd: EtcdRecorder, of: (member: EtcdRecorder["members"][number]) => number): number =>
  etcd.members.reduce((total, member) => total + of(member), 0);

const OF_ETCD: Readonly<Record<string, (etcd: EtcdRecorder) => number>> = {
  etcdLeaderChanges: (etcd) => etcd.leaderChanges.length,
  etcdElections: (etcd) => etcd.elections.length,
  etcdFailedRequests: (etcd) => etcd.failures.length,
  etcdRestarts: (etcd) => sum(etcd, (member) => Math.max(0, member.restarts)),
  etcdSnapshotsSent: (etcd) => sum(etcd, (member) => member.snapshotsSent),
  etcdAlarms: (etcd) => sum(etcd, (member) => member.alarms),
  etcdMembers: (etcd) => etcd.members.filter((member) => member.isVoter && !member.isRemoved).length,
  etcdLeaderlessSeconds: (etcd) => etcd.leaderless.total,
  etcdNoQuorumSeconds: (etcd) => etcd.noQuorum.total,
  etcdStalledSeconds: (etcd) => etcd.stalls.total,
  etcdDatabaseBytes: (etcd) =>
    etcd.members.reduce((max, { databaseBytes }) => (databaseBytes <= max ? max : databaseBytes), Number.NaN),
};

const OF_FAULTS: Readonly<Record<string, (faults: FaultRecorder) => number>> = {
  faultsInjected: (faults) => faults.injections,
  faultsMissed: (faults) => faults.misses,
  lostWrites: (faults) => faults.lostWrites,
};

/** A single number. */
export function etcdValue({ etcd, faults }: Facts, metric: string): number | undefined {
  const fault = OF_FAULTS[metric];
  if (fault !== undefined) return fault(faults);
  const value = OF_ETCD[metric];
  return value === undefined || etcd.members.length === 0 ? undefined : measured(value(etcd));
}

/** A quantile (0 … 1), or the mean where the share is null. */
export function etcdAggregate({ etcd, faults }: Facts, metric: string, share: number | null): number | undefined {
  const histogram = histogramOf(etcd, metric);
  if (histogram !== undefined) return measured(share === null ? histogram.mean : histogram.quantile(share));
  const [from, to] = FAULT_TIMES[metric] ?? [];
  if (from === undefined || to === undefined) return undefined;
  const { numbers } = faults.table;
  const start = numbers[from].freeze();
  const times = numbers[to].freeze().map((end, row) => end - start[row]!);
  if (share !== null) return measured(quantiles(times, [share])[0]!);
  const known = times.filter((micros) => !Number.isNaN(micros));
  return measured(known.reduce((total, micros) => total + micros, 0) / known.length);
}

const FAULT_TIMES: Readonly<Record<string, readonly ["injectedMicros", "detectedMicros" | "restoredMicros"]>> = {
  faultDetectSeconds: ["injectedMicros", "detectedMicros"],
  faultRecoverySeconds: ["injectedMicros", "restoredMicros"],
};

function histogramOf(etcd: EtcdRecorder, metric: string): Histogram | undefined {
  if (metric === "etcdFsyncSeconds") return togetherOf(etcd, (member) => member.fsync);
  if (metric === "etcdCommitSeconds") return togetherOf(etcd, (member) => member.requests.commitLatency);
  return undefined;
}

function measured(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}
