// The border between a member and its services (watches, the lessor, quota and alarms, compaction, defragmentation): what the
// member gives them, and what it tells them.
import type { Engine } from "../engine/engine.ts";
import type { Done } from "./answer.ts";
import type { EtcdError } from "./error.ts";
import type { ApplyResult, Command } from "./mvcc/command.ts";
import type { MemberView } from "./mvcc/member-view.ts";
import type { EtcdObserver, ObservedMember } from "./observer.ts";
import type { ResolvedOptions } from "./options.ts";
import type { EtcdRequest } from "./request.ts";

/** What a service may use of its member. The same object for the whole life of the process. */
export interface ServiceHost {
  readonly engine: Engine;
  readonly options: ResolvedOptions;
  /** Place of the member in the cluster's list: the first argument of its events. */
  readonly slot: number;
  readonly member: ObservedMember;
  readonly view: MemberView;
  readonly observer: EtcdObserver;
  /** Is this member the leader, as far as it knows? */
  isLeader(): boolean;
  /** Id of the leader that this member knows; 0 for none. */
  leader(): number;
  /** Puts a request through the log; done hears the answer or why there is none. */
  propose(request: Command["request"], done: Done): void;
  /** Waits until the member's state is as new as the cluster's was at the call: a linearizable read. */
  waitForReadIndex(done: (error: EtcdError | null) => void): void;
  /** A duration of the member's own clock, in engine microseconds. */
  localMicros(micros: number): number;
  /** Something was written to the database: it is committed with the next backend commit. */
  noteBackendWrite(operations: number): void;
  /** Is the database locked by a commit now? Reads and writes wait for it. */
  isBackendLocked(): boolean;
  /** Time to read and write `bytes` of the database anew, as a defragmentation does. */
  diskCopyMicros(bytes: number): number;
}

/** The services of one running member. */
export interface MemberServices {
  /** An entry took effect; `command` is null for one that says nothing to the store. */
  applied(command: Command | null, result: ApplyResult): void;
  /** All entries of a batch took effect. */
  batchApplied(): void;
  /** This member leads, and has applied the first entry of its term. */
  promoted(): void;
  /** This member does not lead (any more). */
  demoted(): void;
  /** The known leader changed; 0 for none. */
  leaderChanged(leader: number): void;
  /** A snapshot took the place of the state. */
  snapshotApplied(): void;
  /** Why a write is refused before it is proposed, or null. */
  admit(request: EtcdRequest): EtcdError | null;
  /** Answers a request that is theirs (leaseKeepAlive, leaseTimeToLive, defragment). @returns false when it is not */
  call(request: EtcdRequest, done: Done): boolean;
  /** The process is gone or stops. */
  stop(): void;
  /** Nothing of theirs is in flight; timers of their own do not count. */
  isQuiet(): boolean;
}

/** Kinds of events are registered once per cluster, before members exist. */
export interface ServiceFactory {
  /** Makes the services of a process that begins. */
  create(host: ServiceHost): MemberServices;
}

/** For a cluster that needs none. */
export const NO_SERVICES: ServiceFactory = {
  create: () => ({
    applied: () => undefined,
    batchApplied: () => undefined,
    promoted: () => undefined,
    demoted: () => undefined,
    leaderChanged: () => undefined,
    snapshotApplied: () => undefined,
    admit: () => null,
    call: () => false,
    stop: () => undefined,
    isQuiet: () => true,
  }),
};
