// Listens to an etcd cluster and writes down what it hears. Knows members and commands by their shape only, so that metrics need not know
// etcd; cluster.ts hands it to the cluster as its observer.
import type { EtcdRecorder, EtcdRole } from "./etcd-recorder.ts";

/** A member, as far as metrics look. */
export interface SeenMember {
  readonly id: number;
  readonly name: string;
  readonly zone: string;
  readonly raft: SeenRaft | null;
  readonly view: { readonly databaseBytes: number; readonly databaseInUseBytes: number };
}

interface SeenRaft {
  readonly term: number;
  readonly isLearner: boolean;
  readonly role: SeenRole;
  readonly tracker: { progress(id: number): { readonly isLearner: boolean } | undefined };
}

interface SeenCommand {
  readonly request: { readonly kind: string };
}

interface SeenError {
  readonly message: string;
}

type SeenRole = "follower" | "precandidate" | "candidate" | "leader";

/** What only a member itself proposes, and nobody waits for. */
const INTERNAL = new Set(["publish", "leaseCheckpoint", "memberChange", "alarm"]);

export class EtcdObservation {
  private readonly etcd: EtcdRecorder;
  private readonly rows = new Map<number, number>();

  constructor(etcd: EtcdRecorder) {
    this.etcd = etcd;
  }

  started(member: SeenMember): void {
    const row = this.row(member);
    this.etcd.runs(row, true);
    this.etcd.role(row, roleOf(member, "follower"), 0);
  }

  stopped(member: SeenMember, reason: string): void {
    const row = this.row(member);
    this.etcd.stops(row);
    this.etcd.ended(row);
    if (reason === "removed") this.etcd.voter(row, false, true);
  }

  paused(member: SeenMember): void {
    this.etcd.stops(this.row(member));
  }

  resumed(member: SeenMember): void {
    this.etcd.runs(this.row(member), false);
  }

  roleChanged(member: SeenMember, role: SeenRole, term: number): void {
    this.etcd.role(this.row(member), roleOf(member, role), term);
    if (role === "leader") this.membersChanged(member);
  }

  leaderKnown(member: SeenMember, leader: number): void {
    const row = this.row(member);
    this.etcd.term(row, member.raft?.term ?? 0);
    this.etcd.knows(row, this.rows.get(leader) ?? -1);
  }

  termChanged(member: SeenMember, term: number): void {
    this.etcd.term(this.row(member), term);
  }

  membersChanged(member: SeenMember): void {
    const { raft } = member;
    this.row(member);
    // others may not have applied what has long been decided
    if (raft?.role !== "leader") return;
    for (const [id, row] of this.rows) {
      const progress = raft.tracker.progress(id);
      this.etcd.voter(row, progress !== undefined && !progress.isLearner, progress === undefined);
    }
  }

  fsync(member: SeenMember, micros: number): void {
    this.etcd.members[this.row(member)]!.fsync.add(micros);
  }

  backendCommit(member: SeenMember, micros: number): void {
    const row = this.row(member);
    this.etcd.members[row]!.backendCommit.add(micros);
    this.etcd.database(row, member.view.databaseBytes, member.view.databaseInUseBytes);
  }

  proposed(member: SeenMember, command: SeenCommand): void {
    if (!INTERNAL.has(command.request.kind)) this.etcd.proposed(this.row(member));
  }

  acknowledged(member: SeenMember, command: SeenCommand, micros: number): void {
    if (!INTERNAL.has(command.request.kind)) this.etcd.committed(this.row(member), micros);
  }

  failed(member: SeenMember, command: SeenCommand, error: SeenError): void {
    if (!INTERNAL.has(command.request.kind)) this.etcd.failed(this.row(member), error.message, true);
  }

  readServed(member: SeenMember): void {
    this.etcd.members[this.row(member)]!.requests.reads++;
  }

  readFailed(member: SeenMember, error: SeenError): void {
    this.etcd.failed(this.row(member), error.message, false);
  }

  alarm(member: SeenMember, alarm: string, isRaised: boolean): void {
    this.etcd.alarm(this.row(member), alarm, isRaised);
  }

  watchDelivered(member: SeenMember, _events: number, delayMicros: number): void {
    this.etcd.members[this.row(member)]!.watchDelay.add(delayMicros);
  }

  snapshotSent(member: SeenMember): void {
    this.etcd.members[this.row(member)]!.snapshotsSent++;
  }

  restored(): void {
    this.etcd.restored();
  }

  private row(member: SeenMember): number {
    let row = this.rows.get(member.id);
    if (row === undefined) {
      row = this.etcd.member(member.name, member.zone, member.raft?.isLearner !== true);
      this.rows.set(member.id, row);
    }
    return row;
  }
}

function roleOf(member: SeenMember, role: SeenRole): EtcdRole {
  if (role === "precandidate") return "preCandidate";
  return role === "follower" && member.raft?.isLearner === true ? "learner" : role;
}
