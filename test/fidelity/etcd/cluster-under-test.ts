// The simulated cluster as the recorder sees it: members by number, each in a host of its own behind one switch, all on one disk.
// What the recorder read in logs comes from the observer.
import type { Engine } from "../../../sim/engine/engine.ts";
import type { Tick } from "../../../sim/engine/tick.ts";
import type { AnswerTo, Done, EtcdAnswer } from "../../../sim/etcd/answer.ts";
import { EtcdCluster } from "../../../sim/etcd/cluster.ts";
import type { EtcdError } from "../../../sim/etcd/error.ts";
import type { EtcdMember } from "../../../sim/etcd/member.ts";
import type { EtcdRequest, PutRequest, RangeRequest } from "../../../sim/etcd/request.ts";
import { ETCD_SERVICES } from "../../../sim/etcd/services/member-services.ts";
import { NetworkFaultPoints } from "../../../sim/network/fault-points.ts";
import { Network } from "../../../sim/network/network.ts";
import type { Raft } from "../../../sim/raft/raft.ts";
import type { Listener } from "./channel.ts";
import { APPLY_MICROS, type Machine } from "./machine.ts";
import type { Op } from "./op.ts";

export interface ClusterSetup {
  readonly members: number;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  /** Added to each frame between members, one way. */
  readonly oneWayDelayMs: number;
  readonly snapshotCount?: number;
  readonly quotaBytes?: number;
}

/** What a member answers to Status, as far as the recorder used it. */
export interface MemberStatus {
  /** Id; 0 for none. */
  readonly leader: number;
  readonly term: number;
}

const POLL_MICROS = 20_000;
/** How often the recorder asks for each member's status. */
const STATUS_MICROS = 10_000;

export class ClusterUnderTest {
  readonly cluster: EtcdCluster;
  readonly size: number;
  onRole: (role: "precandidate" | "candidate" | "leader") => void = () => undefined;
  onStopped: (member: number) => void = () => undefined;
  onDraining: (member: number) => void = () => undefined;
  onSnapshot: (what: "sent" | "received") => void = () => undefined;
  private readonly engine: Engine;
  private readonly machine: Machine;
  private readonly names: string[] = [];
  private readonly faults: NetworkFaultPoints;
  private readonly puts: PutRequest[] = [];
  /** SIGTERM was sent: it takes no new requests. */
  private readonly isDraining: boolean[] = [];
  /** By member: when it has answered what waited while it was stopped. */
  private readonly busyUntil: number[] = [];
  private readonly lread: RangeRequest = { kind: "range", key: "key", rangeEnd: "", revision: 0, limit: 0 };
  /** Requests of the recorder since the last pause. */
  private calls = 0;
  private pausedAt = 0;
  private readonly sread: RangeRequest = { ...this.lread, serializable: true };

  constructor(engine: Engine, machine: Machine, setup: ClusterSetup) {
    this.engine = engine;
    this.machine = machine;
    this.size = setup.members;
    const network = new Network(engine, {
      sameZone: {
        latencyMicros: { kind: "uniform", min: 30, max: 90 },
        ...(setup.oneWayDelayMs > 0 && {
          latencyMicros: {
            kind: "uniform",
            min: setup.oneWayDelayMs * 1000 + 300,
            max: setup.oneWayDelayMs * 1000 + 300,
          },
          // the switch is a process beside the others
          jitterMicros: { kind: "exponential", mean: machine.switchMicros },
        }),
      },
    });
    this.faults = new NetworkFaultPoints(network);
    const members = Array.from({ length: setup.members }, (_, i) => {
      const name = `m${i + 1}`;
      this.names.push(name);
      this.isDraining.push(false);
      this.puts.push({ kind: "put", key: `key-${i}`, value: "", valueBytes: 256, lease: 0 });
      return { name, zone: "a", host: network.addHost(name, "a"), disk: machine.disk };
    });
    this.cluster = new EtcdCluster(
      engine,
      network,
      {
        members,
        heartbeatMicros: setup.heartbeatMs * 1000,
        electionMicros: setup.electionMs * 1000,
        version: "3.5",
        applyMicros: APPLY_MICROS,
        ...(setup.snapshotCount !== undefined && { snapshotCount: setup.snapshotCount }),
        ...(setup.quotaBytes !== undefined && { quotaBytes: setup.quotaBytes }),
      },
      {
        started: (member) => this.readLog(this.cluster.member(member.name).raft!),
        snapshotSent: () => this.onSnapshot("sent"),
        snapshotReceived: () => this.onSnapshot("received"),
        stopped: (member) => this.onStopped(this.names.indexOf(member.name)),
      },
      ETCD_SERVICES,
    );
    for (const stall of machine.diskStalls) {
      engine.at(stall.at as Tick, () => this.eachDisk((member) => member.disk.stall()));
      engine.at(stall.until as Tick, () => this.eachDisk((member) => member.disk.release()));
    }
  }

  /** Starts all members and waits until they serve clients under one leader. */
  boot(limitMicros: number): void {
    this.cluster.start();
    this.settle(limitMicros);
  }

  /** Runs until every running member serves clients and knows the leader. */
  settle(limitMicros: number): void {
    const until = this.engine.now + limitMicros;
    while (!this.isSettled()) {
      if (this.engine.now >= until) throw new Error("the cluster under test finds no leader");
      this.engine.run((this.engine.now + POLL_MICROS) as Tick);
    }
  }

  indices(): number[] {
    return this.names.map((_, i) => i);
  }

  /** The member that leads, or -1. */
  leader(): number {
    const leader = this.cluster.leader();
    return leader === null ? -1 : this.names.indexOf(leader.name);
  }

  member(index: number): EtcdMember {
    return this.cluster.member(this.names[index]!);
  }

  newestTerm(): number {
    return this.indices().reduce((term, i) => Math.max(term, this.member(i).raft?.term ?? 0), 0);
  }

  newestLeader(): number {
    return this.cluster.leader()?.id ?? 0;
  }

  /** The recorder's request; `done` hears of an error, or null. */
  call(index: number, op: Op, done: (error: EtcdError | EtcdAnswer) => void): void {
    this.calls++;
    const request = op === "put" ? this.puts[index]! : op === "lread" ? this.lread : this.sread;
    this.member(index).call(request, {}, done);
  }

  request(index: number, request: EtcdRequest, done: Done): void {
    this.member(index).call(request, {}, done);
  }

  /** Null when it does not answer. */
  status(index: number): MemberStatus | null {
    const member = this.member(index);
    const { process } = member;
    if (process === null || !member.isServing || member.isPaused) return null;
    if (this.engine.now < (this.busyUntil[index] ?? 0)) return null;
    return { leader: process.leader, term: process.apply.appliedTerm };
  }

  listener(index: number): Listener {
    if (this.isDraining[index]!) return "refusing";
    const member = this.member(index);
    if (!member.isRunning) return "refusing";
    return member.isServing ? "serving" : "accepting";
  }

  kill(index: number): void {
    this.cluster.crash(this.names[index]!);
  }

  terminate(index: number): void {
    this.isDraining[index] = true;
    this.onDraining(index);
    this.cluster.terminate(this.names[index]!);
  }

  restart(index: number): void {
    this.isDraining[index] = false;
    this.cluster.restart(this.names[index]!);
  }

  pause(index: number): void {
    this.calls = 0;
    this.pausedAt = this.engine.now;
    this.cluster.pause(this.names[index]!);
  }

  resume(index: number): void {
    const polls = (this.engine.now - this.pausedAt) / STATUS_MICROS;
    this.busyUntil[index] = this.machine.backlog(this.engine.now, Math.round(this.calls / this.size + polls));
    this.cluster.resume(this.names[index]!);
  }

  moveLeader(from: number, to: number, done: Done): void {
    this.member(from).call({ kind: "moveLeader", target: this.member(to).id }, {}, done);
  }

  /** Puts a request to a member and runs until it is answered. */
  ask<R extends EtcdRequest>(
    index: number,
    request: R,
    requireLeader = false,
    deadlineMicros?: number,
  ): AnswerTo<R> | EtcdError {
    let answer: EtcdAnswer | EtcdError | null = null;
    this.member(index).call(
      request,
      { requireLeader, ...(deadlineMicros !== undefined && { deadlineMicros }) },
      (given) => {
        answer = given;
      },
    );
    while (answer === null && this.engine.step());
    if (answer === null) throw new Error(`no answer to ${request.kind}`);
    return answer as AnswerTo<R> | EtcdError;
  }

  /** Adds a member that the cluster does not know yet. @returns its number, and its host */
  prepareMember(): { readonly index: number; readonly host: string } {
    const { name, hostName } = this.cluster.prepareMember("a");
    this.names.push(name);
    return { index: this.names.length - 1, host: hostName };
  }

  /** Drops what some send to others. @returns what undoes it */
  drop(from: readonly number[], to: readonly number[]): () => void {
    return this.faults.block({ hosts: from.map((i) => this.names[i]!) }, { hosts: to.map((i) => this.names[i]!) });
  }

  /** Each fsync of the member returns so much later. */
  slowDisk(index: number, micros: number): void {
    this.member(index).disk.extraMicros = micros;
  }

  /** Each line that raft logs of a campaign, also of one in the role that it has already. */
  private readLog(raft: Raft): void {
    const { becomePreCandidate, becomeCandidate, becomeLeader } = raft;
    raft.becomePreCandidate = () => {
      becomePreCandidate.call(raft);
      this.onRole("precandidate");
    };
    raft.becomeCandidate = () => {
      becomeCandidate.call(raft);
      this.onRole("candidate");
    };
    raft.becomeLeader = () => {
      becomeLeader.call(raft);
      this.onRole("leader");
    };
  }

  /** Each fsync of every member takes so many times as long. */
  contend(factor: number): void {
    this.eachDisk((member) => {
      member.disk.factor = factor;
    });
  }

  private eachDisk(act: (member: EtcdMember) => void): void {
    for (const index of this.indices()) act(this.member(index));
  }

  private isSettled(): boolean {
    const leader = this.newestLeader();
    return (
      leader !== 0 &&
      this.indices().every((i) => {
        const member = this.member(i);
        return !member.isRunning || (member.isServing && member.process?.leader === leader);
      })
    );
  }
}
