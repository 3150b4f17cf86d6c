// What a cluster tells of itself while it runs: to metrics, the checker and whoever counts. It only listens; nothing that an
// observer does may change the run. Times are read from the engine's clock; durations are microseconds.

import type { Entry } from "../raft/entry.ts";
import type { Raft, Role } from "../raft/raft.ts";
import type { HardState, Snapshot } from "../raft/storage.ts";
import type { EtcdError } from "./error.ts";
import type { Command } from "./mvcc/command.ts";
import type { MemberView } from "./mvcc/member-view.ts";
import type { AlarmType } from "./request.ts";

/** What an observer may look at. */
export interface ObservedMember {
  readonly id: number;
  readonly name: string;
  readonly zone: string;
  /** The state of its raft; null while no process runs. */
  readonly raft: Raft | null;
  readonly view: MemberView;
  /** The process runs (also when it is paused). */
  readonly isRunning: boolean;
}

export interface EtcdObserver {
  /** The member's role in raft changed; `term` is that of the new role. */
  roleChanged?(member: ObservedMember, role: Role, term: number): void;
  /** The member knows another leader (its id), or none (0). */
  leaderKnown?(member: ObservedMember, leader: number): void;
  termChanged?(member: ObservedMember, term: number): void;
  /** The member runs (after a start or restart), or no longer does. */
  started?(member: ObservedMember): void;
  stopped?(member: ObservedMember, reason: StopReason): void;
  /** The process stands still (SIGSTOP), and goes on. */
  paused?(member: ObservedMember): void;
  resumed?(member: ObservedMember): void;
  /** The member has published itself and answers clients. */
  serving?(member: ObservedMember): void;
  /** A WAL write was made durable. */
  fsync?(member: ObservedMember, micros: number): void;
  backendCommit?(member: ObservedMember, micros: number): void;
  /** What the WAL now holds durably: the tail that was written, and the hard state if it was written too. */
  persisted?(
    member: ObservedMember,
    entries: readonly Entry[],
    hardState: HardState | null,
    snapshot: Snapshot | null,
  ): void;
  /** A request was handed to raft at this member. */
  proposed?(member: ObservedMember, command: Command): void;
  /** The commit index of the member advanced. */
  committed?(member: ObservedMember, index: number): void;
  /** The member applied an entry. */
  applied?(member: ObservedMember, entry: Entry): void;
  /** The member answered a write of its own client with success. `micros` from its proposal. */
  acknowledged?(member: ObservedMember, command: Command, micros: number): void;
  /** A write of the member's own client ended in an error. */
  failed?(member: ObservedMember, command: Command, error: EtcdError): void;
  /** A linearizable read was served, confirmed at `readIndex`. */
  readServed?(member: ObservedMember, readIndex: number): void;
  readFailed?(member: ObservedMember, error: EtcdError): void;
  alarm?(member: ObservedMember, alarm: AlarmType, isRaised: boolean): void;
  /** Events up to `revision` reached a watcher. */
  watchDelivered?(member: ObservedMember, events: number, delayMicros: number): void;
  snapshotSent?(member: ObservedMember, to: number, index: number): void;
  snapshotReceived?(member: ObservedMember, index: number): void;
  /** The set of members changed as this member applied it. */
  membersChanged?(member: ObservedMember): void;
  /** The cluster began anew from a backup: acknowledged writes after it are lost. */
  restored?(lostWrites: number): void;
}

export type StopReason = "crash" | "terminated" | "disk-full" | "removed" | "restore";
