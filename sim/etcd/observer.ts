// What a cluster tells of itself while it runs: to metrics, the checker and whoever counts. It only listens; nothing that an
// observer does may change the run. Times are read from the engine's clock; durations are microseconds.

import type { Entry } from "../raft/entry.ts";
import type { Role } from "../raft/raft.ts";
import type { HardState, Snapshot } from "../raft/storage.ts";
import type { EtcdError } from "./error.ts";
import type { EtcdMember } from "./member.ts";
import type { Command } from "./mvcc/command.ts";
import type { AlarmType } from "./request.ts";

export interface EtcdObserver {
  /** The member's role in raft changed; `term` is that of the new role. */
  roleChanged?(member: EtcdMember, role: Role, term: number): void;
  /** The member knows another leader (its id), or none (0). */
  leaderKnown?(member: EtcdMember, leader: number): void;
  termChanged?(member: EtcdMember, term: number): void;
  /** The member runs (after a start or restart), or no longer does. */
  started?(member: EtcdMember): void;
  stopped?(member: EtcdMember, reason: StopReason): void;
  /** The member has published itself and answers clients. */
  serving?(member: EtcdMember): void;
  /** A WAL write was made durable. */
  fsync?(member: EtcdMember, micros: number): void;
  backendCommit?(member: EtcdMember, micros: number): void;
  /** What the WAL now holds durably: the tail that was written, and the hard state if it was written too. */
  persisted?(
    member: EtcdMember,
    entries: readonly Entry[],
    hardState: HardState | null,
    snapshot: Snapshot | null,
  ): void;
  /** A request was handed to raft at this member. */
  proposed?(member: EtcdMember, command: Command): void;
  /** The commit index of the member advanced. */
  committed?(member: EtcdMember, index: number): void;
  /** The member applied an entry. */
  applied?(member: EtcdMember, entry: Entry): void;
  /** The member answered a write of its own client with success. `micros` from its proposal. */
  acknowledged?(member: EtcdMember, command: Command, micros: number): void;
  /** A write of the member's own client ended in an error. */
  failed?(member: EtcdMember, command: Command, error: EtcdError): void;
  /** A linearizable read was served, confirmed at `readIndex`. */
  readServed?(member: EtcdMember, readIndex: number): void;
  readFailed?(member: EtcdMember, error: EtcdError): void;
  alarm?(member: EtcdMember, alarm: AlarmType, isRaised: boolean): void;
  /** Events up to `revision` reached a watcher. */
  watchDelivered?(member: EtcdMember, events: number, delayMicros: number): void;
  snapshotSent?(member: EtcdMember, to: number, index: number): void;
  snapshotReceived?(member: EtcdMember, index: number): void;
  /** The set of members changed as this member applied it. */
  membersChanged?(member: EtcdMember): void;
  /** The cluster began anew from a backup: acknowledged writes after it are lost. */
  restored?(lostWrites: number): void;
}

export type StopReason = "crash" | "terminated" | "disk-full" | "removed" | "restore";
