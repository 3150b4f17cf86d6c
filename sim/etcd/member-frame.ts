// What outlives a member's process: its place in the cluster, its disk with the log and the database, and its connections.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Done } from "./answer.ts";
import type { Disk } from "./disk.ts";
import type { Membership } from "./membership.ts";
import type { MemberView, Position } from "./mvcc/member-view.ts";
import type { EtcdObserver, ObservedMember, StopReason } from "./observer.ts";
import type { ResolvedOptions } from "./options.ts";
import type { MemberPromoteRequest } from "./request.ts";
import type { ServiceFactory } from "./service-host.ts";
import type { Transport } from "./transport.ts";
import type { Wal } from "./wal.ts";

/** Kinds of events, registered once per cluster; their first argument is the member's slot. */
export interface EventKinds {
  readonly tick: number;
  readonly walDone: number;
  readonly backendDone: number;
  readonly backendTimer: number;
  readonly applyDone: number;
  readonly proposalTimer: number;
  readonly readRetry: number;
  readonly readTimeout: number;
}

/** What the database file holds durably. */
export interface DurableDatabase {
  readonly position: Position;
  readonly membership: Membership;
}

export interface MemberFrame {
  readonly engine: Engine;
  readonly options: ResolvedOptions;
  readonly kinds: EventKinds;
  readonly slot: number;
  readonly id: number;
  readonly name: string;
  /** Name of its host. */
  readonly hostName: string;
  readonly disk: Disk;
  readonly wal: Wal;
  readonly view: MemberView;
  readonly transport: Transport;
  /** Of raft: election timeouts. */
  readonly random: RandomStream;
  /** What Go's select and timers leave to chance. */
  readonly loopRandom: RandomStream;
  readonly observer: EtcdObserver;
  readonly observed: ObservedMember;
  readonly services: ServiceFactory;
  database: DurableDatabase;
  clockRate: number;
  /** A fault keeps compactions from deleting. */
  isCompactionStalled: boolean;
  /** Of the binary that is started the next time; that of the cluster, until it is upgraded. */
  version: ResolvedOptions["version"];
  /** Numbers requests; unique in the cluster. */
  nextRequestId(): number;
  /** The id that a member on this host gets when it is added. */
  memberIdOf(host: string): number;
  /** Promotes a learner, as leader. */
  promote(request: MemberPromoteRequest, done: Done): void;
  /** A client was told of a change. */
  acknowledged(revision: number): void;
  /** A tick of this leader is due: need it be executed? @returns true when the cluster sleeps instead */
  trySleep(): boolean;
  /** Something is about to happen. */
  wake(): void;
  /** Tells one that was removed, and talks to this member, that it is no member any more. */
  tellGone(id: number): void;
  /** The process ends itself. */
  exit(reason: StopReason): void;
  /** The member answers clients from now on. */
  serving(): void;
  /** The set of members changed: connections follow it. */
  membersChanged(membership: Membership): void;
}
