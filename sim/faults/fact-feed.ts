// Turns what etcd's observer and the store tell into facts. Works out only what a condition asks for. Knows members by their shape.
import type { FactName } from "../model/condition.ts";
import type { FactBoard } from "./facts.ts";

/** A member, as far as conditions look. */
interface FactMember {
  readonly id: number;
  readonly name: string;
  readonly raft: { readonly isLearner: boolean; readonly term: number } | null;
  readonly view: { readonly revision: number; readonly databaseBytes: number };
}

type RaftRole = "follower" | "precandidate" | "candidate" | "leader";

interface MemberFacts {
  isRunning: boolean;
  role: RaftRole | "down";
  term: number;
  readonly alarms: Set<string>;
}

export class EtcdFacts {
  private readonly board: FactBoard;
  private readonly members = new Map<string, MemberFacts>();
  private term = 0;
  private elections = 0;
  private leaderTerm = -1;
  private leaderChanges = -1;
  private revision = 0;
  private databaseBytes = 0;
  private failures = 0;

  /** @param members names of those that there will be */
  constructor(board: FactBoard, members: readonly string[]) {
    this.board = board;
    for (const name of members) this.of(name);
  }

  /** Tells what is known before anything has happened. After conditions are watched. */
  begin(): void {
    const nothing: readonly FactName[] = [
      "etcd.term",
      "etcd.leaderChanges",
      "etcd.elections",
      "etcd.running",
      "etcd.revision",
      "etcd.databaseBytes",
      "etcd.alarms",
      "etcd.failedRequests",
    ];
    for (const fact of nothing) this.board.set(fact, 0);
    this.board.set("etcd.leader", "none");
    for (const name of this.members.keys()) this.board.set("etcd.role", "down", name);
  }

  started(member: FactMember): void {
    this.of(member.name).isRunning = true;
    this.roleChanged(member, "follower", 0);
    this.tellRunning();
  }

  stopped(member: FactMember): void {
    this.of(member.name).isRunning = false;
    this.setRole(member.name, "down", false);
    this.tellRunning();
  }

  paused(member: FactMember): void {
    this.of(member.name).isRunning = false;
    this.tellRunning();
  }

  resumed(member: FactMember): void {
    this.of(member.name).isRunning = true;
    this.tellRunning();
  }

  termChanged(member: FactMember, term: number): void {
    this.of(member.name).term = term;
    if (term > this.term) {
      this.term = term;
      this.board.set("etcd.term", term);
    }
  }

  roleChanged(member: FactMember, role: RaftRole, term: number): void {
    if (role === "candidate") this.board.set("etcd.elections", ++this.elections);
    if (role === "leader" && term > this.leaderTerm) {
      this.leaderTerm = term;
      this.board.set("etcd.leaderChanges", Math.max(0, ++this.leaderChanges));
    }
    if (term > 0) this.termChanged(member, term);
    this.setRole(member.name, role, member.raft?.isLearner === true);
  }

  applied(member: FactMember): void {
    if (!this.board.isWatched("etcd.revision") || member.view.revision <= this.revision) return;
    this.revision = member.view.revision;
    this.board.set("etcd.revision", this.revision);
  }

  backendCommit(member: FactMember): void {
    if (member.view.databaseBytes <= this.databaseBytes) return;
    this.databaseBytes = member.view.databaseBytes;
    this.board.set("etcd.databaseBytes", this.databaseBytes);
  }

  failed(): void {
    this.board.set("etcd.failedRequests", ++this.failures);
  }

  readFailed(): void {
    this.failed();
  }

  alarm(member: FactMember, alarm: string, isRaised: boolean): void {
    const { alarms } = this.of(member.name);
    if (isRaised) alarms.add(alarm);
    else alarms.delete(alarm);
    let count = 0;
    for (const facts of this.members.values()) count += facts.alarms.size;
    this.board.set("etcd.alarms", count);
  }

  /** The cluster began anew from a backup: its terms begin at the beginning. */
  restored(): void {
    this.term = 0;
    this.leaderTerm = -1;
    for (const facts of this.members.values()) facts.term = 0;
  }

  private setRole(name: string, role: MemberFacts["role"], isLearner: boolean): void {
    const facts = this.of(name);
    facts.role = role;
    const shown = role === "precandidate" ? "preCandidate" : isLearner && role === "follower" ? "learner" : role;
    this.board.set("etcd.role", shown, name);
    let leader = "none";
    let term = -1;
    for (const [other, known] of this.members) {
      if (known.role !== "leader" || known.term <= term) continue;
      leader = other;
      term = known.term;
    }
    this.board.set("etcd.leader", leader);
  }

  private tellRunning(): void {
    let count = 0;
    for (const facts of this.members.values()) if (facts.isRunning) count++;
    this.board.set("etcd.running", count);
  }

  private of(name: string): MemberFacts {
    let facts = this.members.get(name);
    if (facts === undefined) {
      facts = { isRunning: false, role: "down", term: 0, alarms: new Set() };
      this.members.set(name, facts);
    }
    return facts;
  }
}

interface SeenObject {
  readonly metadata: { readonly deletionTimestamp?: unknown };
  readonly spec?: { readonly nodeName?: string };
  readonly status?: { readonly phase?: string };
}

const OBJECT_FACTS: readonly FactName[] = [
  "pods.created",
  "pods.scheduled",
  "pods.running",
  "pods.finished",
  "pods.deleted",
  "nodes.total",
];

/** Facts about pods and nodes, from the store's changes. */
export class ObjectFacts {
  private readonly board: FactBoard;
  private readonly counts = { created: 0, scheduled: 0, running: 0, finished: 0, deleted: 0, nodes: 0 };

  constructor(board: FactBoard) {
    this.board = board;
  }

  /** Does any condition ask about objects? */
  get isWanted(): boolean {
    return OBJECT_FACTS.some((fact) => this.board.isWatched(fact));
  }

  begin(): void {
    this.tell();
  }

  /** A change of an object of the API, at the moment when it is made. */
  changed(kind: string, type: string, object: unknown, before: unknown): void {
    const { counts } = this;
    if (kind === "nodes") {
      if (type === "ADDED") counts.nodes++;
      else if (type === "DELETED") counts.nodes--;
    } else if (kind === "pods") this.pod(type, object as SeenObject, before as SeenObject | undefined);
    else return;
    this.tell();
  }

  private pod(type: string, pod: SeenObject, before: SeenObject | undefined): void {
    const { counts } = this;
    if (type === "ADDED") counts.created++;
    if (type === "DELETED") {
      counts.deleted++;
      return;
    }
    if (pod.spec?.nodeName && !before?.spec?.nodeName) counts.scheduled++;
    const phase = pod.status?.phase;
    if (phase === before?.status?.phase) return;
    if (phase === "Running") counts.running++;
    if (phase === "Succeeded" || phase === "Failed") counts.finished++;
  }

  private tell(): void {
    const { board, counts } = this;
    board.set("pods.created", counts.created);
    board.set("pods.scheduled", counts.scheduled);
    board.set("pods.running", counts.running);
    board.set("pods.finished", counts.finished);
    board.set("pods.deleted", counts.deleted);
    board.set("nodes.total", counts.nodes);
  }
}
