// What faults may do to a cluster of etcd members. Members are chosen by name. What can be taken back returns what takes it back; a
// second call does nothing, faults of one member stack, and a member that is not in the state for it is left alone.
import { assert } from "../engine/assert.ts";
import type { EtcdAnswer } from "./answer.ts";
import type { EtcdCluster } from "./cluster.ts";
import { EtcdError } from "./error.ts";
import type { EtcdMember } from "./member.ts";
import { Backup } from "./mvcc/backup.ts";
import type { EtcdRequest } from "./request.ts";

export type UndoEtcdFault = () => void;

/** A member as a fault sees it. */
export interface MemberTarget {
  readonly name: string;
  readonly zone: string;
  readonly role: "leader" | "follower" | "learner" | "down";
}

/** The store's revision when a request succeeded, or the text of the error. */
interface OperatorAnswer {
  readonly revision: number;
  readonly error: string | null;
}

export class EtcdFaultPoints {
  private readonly cluster: EtcdCluster;

  constructor(cluster: EtcdCluster) {
    this.cluster = cluster;
  }

  /** The members of the cluster, in the order in which they came; not those that were removed or never added. */
  members(): readonly MemberTarget[] {
    const leader = this.cluster.leader();
    return this.cluster.members
      .filter((member) => !member.isRemoved && member.isAdded)
      .map((member) => ({ name: member.name, zone: member.zone, role: roleOf(member, leader) }));
  }

  /** The member's id in the cluster. */
  idOf(name: string): number {
    return this.cluster.member(name).id;
  }

  /** Name of the member's host in the network. */
  hostOf(name: string): string {
    return this.cluster.member(name).hostName;
  }

  /** Its process runs, or is being started. */
  isRunning(name: string): boolean {
    return !this.cluster.member(name).isDown;
  }

  /** It answers clients. */
  isServing(name: string): boolean {
    return this.cluster.member(name).isServing;
  }

  /** Kills the process (SIGKILL), or with `machine` the machine: what was not synced is lost then. */
  crash(name: string, machine = false): void {
    this.cluster.crash(name, machine);
  }

  /** Starts a member that is down; one that runs, or was removed, is left alone. */
  start(name: string): void {
    const member = this.cluster.member(name);
    if (member.isDown && !member.isRemoved) member.start();
  }

  /** SIGTERM: it takes a while until the member has handed over and ended. */
  terminate(name: string): void {
    this.cluster.terminate(name);
  }

  /** SIGSTOP. */
  pause(name: string): void {
    this.cluster.pause(name);
  }

  /** SIGCONT. */
  resume(name: string): void {
    this.cluster.resume(name);
  }

  /** Every fsync takes `factor` times as long, and `extraMicros` more. */
  slowDisk(name: string, factor: number, extraMicros: number): UndoEtcdFault {
    const { disk } = this.cluster.member(name);
    disk.factor *= factor;
    disk.extraMicros += extraMicros;
    return once(() => {
      disk.factor /= factor;
      disk.extraMicros -= extraMicros;
    });
  }

  /** Nothing is written or synced until it is taken back. */
  stallDisk(name: string): UndoEtcdFault {
    const { disk } = this.cluster.member(name);
    disk.stall();
    return once(() => disk.release());
  }

  /** Nothing more fits on the disk: the member ends at its next write, and whenever it is started. */
  fillDisk(name: string): UndoEtcdFault {
    const { disk } = this.cluster.member(name);
    disk.fullCount++;
    return once(() => {
      disk.fullCount--;
    });
  }

  /** The member's clock runs at `rate` times the speed that it has. */
  setClockRate(name: string, rate: number): UndoEtcdFault {
    const member = this.cluster.member(name);
    member.setClockRate(member.clockRate * rate);
    return once(() => member.setClockRate(member.clockRate / rate));
  }

  /** The member deletes nothing of what compactions made unreadable. */
  stallCompaction(name: string): UndoEtcdFault {
    const member = this.cluster.member(name);
    member.stallCompaction();
    return once(() => member.releaseCompaction());
  }

  /** The version that the member has from its next start on. */
  setVersion(name: string, version: "3.5" | "3.6"): void {
    this.cluster.member(name).version = version;
  }

  /** A host and a disk for a new member, which is down; it is no part of the cluster until it is added (memberAdd of its host). */
  prepareMember(zone: string): { readonly name: string; readonly host: string } {
    const { name, hostName } = this.cluster.prepareMember(zone);
    return { name, host: hostName };
  }

  /** A copy of a member's database, of the leader's if there is one; null when no member runs. */
  backup(): Backup | null {
    const { cluster } = this;
    const source = cluster.leader() ?? cluster.members.find((member) => member.isRunning);
    return source === undefined ? null : cluster.backup(source.name);
  }

  /**
   * All members lose their disks and begin anew from a backup.
   *
   * @returns how many acknowledged changes are not in it
   */
  restoreAll(backup: { readonly revision: number }): number {
    assert(backup instanceof Backup, "a backup that this cluster made");
    return this.cluster.restoreAll(backup);
  }

  /** A request of an operator, without a network between. */
  call(name: string, request: EtcdRequest, deadlineMicros: number, done: (answer: OperatorAnswer) => void): void {
    this.cluster.member(name).call(request, { deadlineMicros }, (answer: EtcdAnswer | EtcdError) => {
      if (answer instanceof EtcdError) done({ revision: 0, error: answer.message });
      else done({ revision: answer.revision, error: null });
    });
  }
}

function roleOf(member: EtcdMember, leader: EtcdMember | null): MemberTarget["role"] {
  if (!member.isRunning) return "down";
  if (member === leader) return "leader";
  return member.raft?.isLearner === true ? "learner" : "follower";
}

function once(undo: () => void): UndoEtcdFault {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    undo();
  };
}
