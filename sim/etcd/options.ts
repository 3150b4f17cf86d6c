// How a cluster is set up, with etcd's own defaults. Durations are microseconds.
// Source: etcd 3.5 and 3.6, embed/config.go and etcdserver.
import type { DiskModel } from "./disk.ts";

export interface MemberOptions {
  readonly name: string;
  readonly zone: string;
  /** Host in the network. */
  readonly host: number;
  readonly disk: DiskModel;
  /** Speed of its clock: 1.01 runs one per cent fast. Default 1. */
  readonly clockRate?: number;
}

export interface InitialKey {
  readonly key: string;
  readonly value: unknown;
  readonly valueBytes: number;
}

export interface EtcdOptions {
  readonly members: readonly MemberOptions[];
  /** One tick. Default 100 ms. */
  readonly heartbeatMicros?: number;
  /** At least 5 heartbeats, at most 50 s. Default 1 s. */
  readonly electionMicros?: number;
  readonly preVote?: boolean;
  /** Applied entries between two snapshots on disk. Default 100,000 (3.5) or 10,000 (3.6). */
  readonly snapshotCount?: number;
  /** Entries kept behind a snapshot for slow followers. Default 5,000. */
  readonly catchUpEntries?: number;
  /** Default 2 GiB. */
  readonly quotaBytes?: number;
  readonly version?: "3.5" | "3.6";
  /** Distinguishes several clusters of one engine: names of event kinds and random streams begin with it. Default "etcd". */
  readonly name?: string;
  /** Runs ticks and heartbeats of a quiet cluster one by one: for tests that compare. Default false. */
  readonly executeQuietTicks?: boolean;
  /** E-2 ticks at once after a start with active peers (--initial-election-tick-advance). Default true. */
  readonly initialElectionTickAdvance?: boolean;
  /** Refuse member changes that endanger the quorum (--strict-reconfig-check). Default true. */
  readonly strictReconfigCheck?: boolean;
  /** What the store holds at the start, in the order in which it was put: the first has revision 2. */
  readonly initialKeys?: readonly InitialKey[];
  /** Leaders tell the log how long leases still have (--experimental-enable-lease-checkpoint). Default false. */
  readonly leaseCheckpoint?: boolean;
  /** CPU time to apply one entry. Default 20 µs. */
  readonly applyMicros?: number;
}

export interface ResolvedOptions extends Required<Omit<EtcdOptions, "snapshotCount">> {
  /** Undefined: what the member's version has. */
  readonly snapshotCount: number | undefined;
  readonly electionTicks: number;
  /** 5 s + 2 election timeouts. */
  readonly requestTimeoutMicros: number;
}

/** The options with etcd's defaults. */
export function resolveEtcdOptions(options: EtcdOptions): ResolvedOptions {
  const version = options.version ?? "3.6";
  const heartbeatMicros = options.heartbeatMicros ?? 100_000;
  const electionMicros = options.electionMicros ?? 1_000_000;
  const electionTicks = Math.floor(electionMicros / heartbeatMicros);
  return {
    members: options.members,
    heartbeatMicros,
    electionMicros,
    preVote: options.preVote ?? true,
    snapshotCount: options.snapshotCount,
    catchUpEntries: options.catchUpEntries ?? 5_000,
    quotaBytes: options.quotaBytes ?? 2 * 1024 * 1024 * 1024,
    version,
    name: options.name ?? "etcd",
    executeQuietTicks: options.executeQuietTicks ?? false,
    initialElectionTickAdvance: options.initialElectionTickAdvance ?? true,
    strictReconfigCheck: options.strictReconfigCheck ?? true,
    initialKeys: options.initialKeys ?? [],
    leaseCheckpoint: options.leaseCheckpoint ?? false,
    applyMicros: options.applyMicros ?? 20,
    electionTicks,
    requestTimeoutMicros: 5_000_000 + 2 * electionTicks * heartbeatMicros,
  };
}
