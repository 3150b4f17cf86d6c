// What etcd did in a run, per member and for the cluster: who led when, elections, requests, disk times, sizes, alarms, watch delays.
// Told by etcd's observer (wired in cluster.ts); members are known by their row, in order of appearance.
import { assert } from "../engine/assert.ts";
import { NumberColumn } from "./column.ts";
import { EtcdRequests } from "./etcd-requests.ts";
import type { SystemEvent } from "./event-log.ts";
import { Histogram } from "./histogram.ts";
import { LatencySteps } from "./latency-steps.ts";
import { Spans } from "./spans.ts";
import { type Table, TableBuilder } from "./table.ts";

export type EtcdRole = "leader" | "follower" | "candidate" | "preCandidate" | "learner" | "down";

/** One member, as far as it is known. */
export interface EtcdMemberRecord {
  readonly name: string;
  readonly zone: string;
  isVoter: boolean;
  /** Its process runs and is not paused. */
  isRunning: boolean;
  /** It was taken out of the cluster. */
  isRemoved: boolean;
  role: EtcdRole;
  term: number;
  /** Row of the leader that it knows; -1 for none. */
  leader: number;
  timesLeader: number;
  ledMicros: number;
  leadsSinceMicros: number;
  downMicros: number;
  downSinceMicros: number;
  preVotes: number;
  votes: number;
  restarts: number;
  snapshotsSent: number;
  databaseBytes: number;
  databasePeakBytes: number;
  databaseInUseBytes: number;
  alarms: number;
  readonly raised: Set<string>;
  readonly fsync: Histogram;
  readonly backendCommit: Histogram;
  readonly watchDelay: Histogram;
  readonly requests: EtcdRequests;
}

/** Writes take milliseconds; whatever waits for so long waits for more than a disk. */
const STALL_MICROS = 500_000;

/** A time in which a member led, as it saw it itself. */
const LEADERSHIP = ["term", "fromMicros", "toMicros"] as const;

export class EtcdRecorder {
  readonly members: EtcdMemberRecord[] = [];
  readonly leadership = new TableBuilder(LEADERSHIP, ["member"] as const);
  /** Times without a leader that a quorum knows. */
  readonly leaderless = new Spans();
  /** Times in which fewer voters ran than a quorum. */
  readonly noQuorum = new Spans();
  /** Times in which writes waited, and none was answered with success for longer than STALL_MICROS. */
  readonly stalls = new Spans();
  /** When another member became leader than before, or the same in a later term; the first time is not counted. */
  readonly leaderChanges = new NumberColumn();
  readonly elections = new NumberColumn();
  readonly failures = new NumberColumn();
  /** Writes of all members, from a write's arrival to its answer. */
  readonly steps: LatencySteps;
  /** Called when something is seen that may be the first sign of a fault. */
  onSign: () => void = () => undefined;
  /** Called when leaders, or what is known of them, may have changed. */
  onChange: () => void = () => undefined;
  private readonly clock: () => number;
  private readonly event: SystemEvent;
  private readonly byName = new Map<string, number>();
  private leaderRow = -1;
  private hadLeader = false;
  private leaderTerm = -1;
  private waiting = 0;
  /** Since when writes wait without one being answered. */
  private waitingSince = 0;
  private readonly leadershipRow: number[] = [];

  /** @param stepMicros distance of the rows of time series */
  constructor(clock: () => number, event: SystemEvent, stepMicros: number) {
    this.clock = clock;
    this.steps = new LatencySteps(stepMicros);
    this.event = event;
  }

  /** The row of a member, added when it is new. */
  member(name: string, zone: string, isVoter: boolean): number {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const row = this.members.length;
    this.byName.set(name, row);
    this.members.push({
      name,
      zone,
      isVoter,
      isRunning: false,
      isRemoved: false,
      role: "down",
      term: 0,
      leader: -1,
      timesLeader: 0,
      ledMicros: 0,
      leadsSinceMicros: -1,
      downMicros: 0,
      downSinceMicros: this.clock(),
      preVotes: 0,
      votes: 0,
      restarts: -1,
      snapshotsSent: 0,
      databaseBytes: Number.NaN,
      databasePeakBytes: Number.NaN,
      databaseInUseBytes: Number.NaN,
      alarms: 0,
      raised: new Set(),
      fsync: new Histogram(),
      backendCommit: new Histogram(),
      watchDelay: new Histogram(),
      requests: new EtcdRequests(),
    });
    this.leadershipRow.push(-1);
    this.look();
    return row;
  }

  row(name: string): number {
    return this.byName.get(name) ?? -1;
  }

  /** The member's process began to run, or went on after a pause. */
  runs(row: number, isRestart: boolean): void {
    const member = this.at(row);
    if (member.isRunning) return;
    member.isRunning = true;
    if (isRestart) member.restarts++;
    member.downMicros += this.clock() - member.downSinceMicros;
    this.look();
  }

  /** The process ended or was paused. */
  stops(row: number): void {
    const member = this.at(row);
    if (!member.isRunning) return;
    member.isRunning = false;
    member.downSinceMicros = this.clock();
    this.look();
  }

  /** The process is gone, with its role and what waited for it. */
  ended(row: number): void {
    const { requests } = this.at(row);
    this.done(requests.pending, false);
    requests.end();
    this.role(row, "down", this.at(row).term);
    this.at(row).leader = -1;
  }

  /** The cluster began anew: its terms begin at the beginning. */
  restored(): void {
    this.leaderTerm = -1;
    for (const member of this.members) member.term = 0;
  }

  voter(row: number, isVoter: boolean, isRemoved: boolean): void {
    const member = this.at(row);
    member.isVoter = isVoter;
    member.isRemoved = isRemoved;
    this.look();
  }

  role(row: number, role: EtcdRole, term: number): void {
    const member = this.at(row);
    const now = this.clock();
    const before = member.role;
    member.role = role;
    if (term > member.term) member.term = term;
    if (before === "leader" && role !== "leader") {
      member.ledMicros += now - member.leadsSinceMicros;
      member.leadsSinceMicros = -1;
      this.leadership.numbers.toMicros.set(this.leadershipRow[row]!, now);
    }
    if (role === "leader" && before !== "leader") {
      member.timesLeader++;
      member.leadsSinceMicros = now;
      member.leader = row;
      const span = this.leadership.add();
      this.leadershipRow[row] = span;
      this.event("Normal", "LeaderElected", "EtcdMember", member.name, `became leader at term ${term}`);
      this.leadership.texts.member.set(span, member.name);
      this.leadership.numbers.term.set(span, term);
      this.leadership.numbers.fromMicros.set(span, now);
    }
    if (role === "preCandidate") member.preVotes++;
    if (role === "candidate") {
      member.votes++;
      this.elections.push(now);
    }
    if (role === "preCandidate" || role === "candidate") this.onSign();
    this.look();
  }

  /** The member knows another leader now; -1 for none. */
  knows(row: number, leader: number): void {
    const member = this.at(row);
    if (member.leader === leader) return;
    member.leader = leader;
    if (leader < 0 && member.isRunning) this.onSign();
    this.look();
  }

  database(row: number, bytes: number, inUseBytes: number): void {
    const member = this.at(row);
    member.databaseBytes = bytes;
    member.databaseInUseBytes = inUseBytes;
    if (!(bytes <= member.databasePeakBytes)) member.databasePeakBytes = bytes;
  }

  alarm(row: number, type: string, isRaised: boolean): void {
    const member = this.at(row);
    if (!isRaised) member.raised.delete(type);
    else if (!member.raised.has(type)) {
      member.raised.add(type);
      member.alarms++;
      this.onSign();
    }
  }

  /** The member that leads with a quorum's knowledge; -1 for none. */
  get leader(): number {
    return this.leaderRow;
  }

  get highestTerm(): number {
    return this.members.reduce((highest, member) => Math.max(highest, member.term), 0);
  }

  /** A member took up a write. */
  proposed(row: number): void {
    this.at(row).requests.propose();
    if (this.waiting++ === 0) this.waitingSince = this.clock();
  }

  /** A write was answered with success. */
  committed(row: number, latencyMicros: number): void {
    this.at(row).requests.commit(latencyMicros);
    this.steps.answered(this.clock(), latencyMicros);
    this.done(1, true);
  }

  /** A request ended in an error. */
  failed(row: number, text: string, isProposal: boolean): void {
    if (isProposal) this.done(1, false);
    this.at(row).requests.fail(text, isProposal);
    this.failures.push(this.clock());
    this.steps.failedAt(this.clock());
    this.onSign();
  }

  /** The leadership table of a result: who led from when to when, and after that when nobody did (member is empty). */
  leadershipTable(): Table {
    const { from, to } = this.leaderless;
    for (let i = 0; i < from.length; i++) {
      const row = this.leadership.add();
      this.leadership.numbers.fromMicros.set(row, from.get(i));
      this.leadership.numbers.toMicros.set(row, to.get(i));
    }
    return this.leadership.freeze();
  }

  /** Closes what is open at the end of a run. */
  finish(): void {
    const now = this.clock();
    for (const [row, member] of this.members.entries()) {
      if (member.leadsSinceMicros >= 0) {
        member.ledMicros += now - member.leadsSinceMicros;
        member.leadsSinceMicros = now;
        this.leadership.numbers.toMicros.set(this.leadershipRow[row]!, now);
      }
      if (!member.isRunning) {
        member.downMicros += now - member.downSinceMicros;
        member.downSinceMicros = now;
      }
    }
    this.steps.finish();
    this.leaderless.close(now);
    this.noQuorum.close(now);
    if (this.waiting > 0) this.done(0, true);
  }

  term(row: number, term: number): void {
    const member = this.at(row);
    if (term > member.term) member.term = term;
  }

  /** Do all members run and know the same leader? */
  get isWhole(): boolean {
    const { leaderRow, members } = this;
    return leaderRow >= 0 && members.every((m) => m.isRemoved || (m.isRunning && m.leader === leaderRow));
  }

  private done(count: number, isAnswered: boolean): void {
    this.waiting -= count;
    if (!isAnswered && this.waiting > 0) return;
    const now = this.clock();
    if (now - this.waitingSince > STALL_MICROS && (isAnswered || count > 0)) this.stalls.add(this.waitingSince, now);
    this.waitingSince = now;
  }

  private look(): void {
    const now = this.clock();
    const voters = this.members.filter((member) => member.isVoter && !member.isRemoved);
    const quorum = Math.floor(voters.length / 2) + 1;
    this.noQuorum.set(voters.filter((member) => member.isRunning).length < quorum, now);
    const leader = this.leaderOf(voters, quorum);
    const term = leader < 0 ? this.leaderTerm : this.members[leader]!.term;
    this.leaderless.set(leader < 0, now);
    if (leader >= 0 && term !== this.leaderTerm) {
      if (this.hadLeader) this.leaderChanges.push(now);
      this.hadLeader = true;
      this.leaderTerm = term;
    }
    this.leaderRow = leader;
    this.onChange();
  }

  /** A running member that leads and that a quorum of running voters knows as the leader, of the highest term. */
  private leaderOf(voters: readonly EtcdMemberRecord[], quorum: number): number {
    let best = -1;
    for (const [row, member] of this.members.entries()) {
      if (member.role !== "leader" || !member.isRunning) continue;
      if (voters.filter((voter) => voter.isRunning && voter.leader === row).length < quorum) continue;
      if (best < 0 || member.term > this.members[best]!.term) best = row;
    }
    return best;
  }

  private at(row: number): EtcdMemberRecord {
    const member = this.members[row];
    assert(member !== undefined, `etcd member ${row} is known`);
    return member;
  }
}
