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
import type { WatchStream } from "./services/watch-stream.ts";

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
  /** Runs what a timer of theirs does: later, while the process is paused; never, once it is gone. */
  guard(action: () => void): void;
  /** Asks the leader over HTTP, beside the log; an error at once when there is no connection to it. */
  forward(leader: number, request: EtcdRequest, timeoutMicros: number, done: Done): void;
  /** Takes the database for itself as soon as no commit has it, for as long as `micros` says then; nobody reads or applies. */
  holdDatabase(micros: () => number, done: () => void): void;
  /** Time to read and write `bytes` of the database anew, as a defragmentation does. */
  diskCopyMicros(bytes: number): number;
}

/** The services of one running member. */
export interface MemberServices {
  /**
   * An entry took effect; `command` is null for one that says nothing to the store.
   *
   * @returns what its client is told in place of the result, or null
   */
  applied(command: Command | null, result: ApplyResult): EtcdError | null;
  /** This member leads, and has applied the first entry of its term. */
  promoted(): void;
  /** This member does not lead (any more). */
  demoted(): void;
  /** The known leader changed; 0 for none. */
  leaderChanged(leader: number): void;
  /** A snapshot took the place of the state. */
  snapshotApplied(): void;
  /** Is there space for a write? Asked before it is proposed. */
  hasRoomFor(request: EtcdRequest): boolean;
  /** Refuses a write for which there is no space. */
  refuseForSpace(done: Done): void;
  /** Answers what another member forwarded. @returns false when this one does not lead */
  answerAsLeader(request: EtcdRequest, done: Done): boolean;
  /** A client's stream of watches; an error when it is refused at once. */
  openWatches(requireLeader: boolean, isWritable?: () => boolean): WatchStream | EtcdError;
  /** Answers a request that is theirs (leaseKeepAlive, leaseTimeToLive, defragment). @returns false when it is not */
  call(request: EtcdRequest, done: Done): boolean;
  /** A fault: nothing that was compacted is deleted while it holds. */
  stallCompaction(isStalled: boolean): void;
  /** The process is gone or stops. */
  stop(): void;
  /** Pending events of the engine that only wait for leases to run out, or tell watches that nothing happens. */
  readonly ownTimers: number;
  /** Nothing of theirs is in flight; timers of their own do not count. */
  isQuiet(): boolean;
}

/** Kinds of events are registered once per cluster, before members exist. */
export interface ServiceFactory {
  /** Makes the services of a process that begins. */
  create(host: ServiceHost): MemberServices;
}
