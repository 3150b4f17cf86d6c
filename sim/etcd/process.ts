// One run of a member's process: from its start, with what the disk holds, to its end. Wires raft, ready loop, apply pipeline,
// backend, reads and proposals together, and answers clients' requests (requests.ts).
import { assert } from "../engine/assert.ts";
import type { Tick } from "../engine/tick.ts";
import { type ConfChange, dataEntry, type Entry } from "../raft/entry.ts";
import { type Message, NONE } from "../raft/message.ts";
import type { Role } from "../raft/raft.ts";
import { RawNode } from "../raft/raw-node.ts";
import type { ReadState } from "../raft/read-only.ts";
import type { Ready } from "../raft/ready.ts";
import type { Snapshot } from "../raft/storage.ts";
import type { Backup, Done, SnapshotAnswer } from "./answer.ts";
import { ApplyQueue } from "./apply.ts";
import { Backend } from "./backend.ts";
import { Change, changeEntry } from "./conf-change.ts";
import { ERRORS, EtcdError } from "./error.ts";
import type { MemberFrame } from "./member-frame.ts";
import { type Membership, majority } from "./membership.ts";
import type { Command } from "./mvcc/command.ts";
import type { Position } from "./mvcc/member-view.ts";
import type { ReplicatedState } from "./mvcc/replicated-state.ts";
import { Proposal, Proposals } from "./proposals.ts";
import { ReadRounds } from "./reads.ts";
import { ReadyLoop } from "./ready-loop.ts";
import type { TxnRequest } from "./request.ts";
import type { MemberServices, ServiceHost } from "./service-host.ts";
import { Ticker } from "./ticker.ts";

/** A member refuses requests when it has this many committed entries to apply. */
const MAX_APPLY_GAP = 5_000;
const MAX_REQUEST_BYTES = 1.5 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_INFLIGHT_MESSAGES = 512;
const ADVANCE_POLL_MICROS = 50_000;
const ADVANCE_POLLS = 100;

/** What a backup file holds: a position in the state, which keeps what the position can read. */
export interface MemberBackup extends Backup {
  readonly position: Position;
  readonly state: ReplicatedState;
}

export class MemberProcess {
  readonly frame: MemberFrame;
  readonly loop: ReadyLoop;
  readonly apply: ApplyQueue;
  readonly backend: Backend;
  readonly reads: ReadRounds;
  readonly ticker: Ticker;
  readonly services: MemberServices;
  readonly proposals: Proposals;
  membership: Membership;
  /** Who leads, as the server (not yet raft) knows. */
  leader = NONE;
  role: Role = "follower";
  /** When this member last became leader; -1 for never. */
  leaderElectedAt = -1;
  isServing = false;
  isPaused = false;
  private readonly changes = new Set<Change>();
  private deferred: (() => void)[] = [];
  private isStopped = false;
  private term = 0;

  constructor(frame: MemberFrame, lastReadRequest: number) {
    this.frame = frame;
    const { engine, options, kinds, slot, wal, view } = frame;
    this.membership = frame.database.membership;
    this.durableMembership = this.membership;
    this.committingMembership = this.membership;
    const node = new RawNode({
      id: frame.id,
      storage: wal.storage,
      random: frame.random,
      electionTicks: options.electionTicks,
      heartbeatTicks: 1,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxInflightMessages: MAX_INFLIGHT_MESSAGES,
      checkQuorum: true,
      preVote: options.preVote,
      // etcd hands out everything that is committed; only messages are limited
      maxApplyingBytes: Infinity,
    });
    this.loop = new ReadyLoop(node, wal, this, frame.random, options.version === "3.5");
    this.apply = new ApplyQueue(engine, this, kinds.applyDone, slot, options.applyMicros);
    this.apply.appliedIndex = wal.storage.kept.index;
    this.apply.committedIndex = wal.storage.kept.index;
    this.backend = new Backend(engine, this, kinds.backendTimer, slot, frame.database.position);
    this.reads = new ReadRounds(engine, this, kinds, slot, options.requestTimeoutMicros, lastReadRequest);
    this.ticker = new Ticker(engine, kinds.tick, slot, options.heartbeatMicros, frame.clockRate);
    this.proposals = new Proposals(engine, this, kinds.proposalTimer, slot);
    this.services = frame.services.create(this.serviceHost());
    view.moveTo(frame.database.position);
    this.term = node.raft.term;
  }

  get raft() {
    return this.loop.node.raft;
  }

  /** Begins to run: the ticker, the connections' check and the announcement of its name. */
  start(): void {
    this.ticker.start();
    this.frame.membersChanged(this.membership);
    this.advanceTicks(0);
    this.publish();
    this.loop.pump();
  }

  // --- events

  onTick(): void {
    this.ticker.next();
    this.guard(() => this.loop.tick(), "tick");
  }

  onWalDone(): void {
    const micros = this.frame.disk.end("wal");
    this.guard(() => {
      this.frame.observer.fsync?.(this.frame.observed, micros);
      this.loop.written();
    });
  }

  onApplyDone(): void {
    this.guard(() => this.apply.finish());
  }

  onBackendTimer(): void {
    this.guard(() => this.backend.begin());
  }

  onBackendDone(): void {
    const micros = this.frame.disk.end("backend");
    this.guard(() => {
      this.durableMembership = this.committingMembership;
      this.backend.committed();
      this.frame.observer.backendCommit?.(this.frame.observed, micros);
      this.apply.unlock();
      this.releaseBackendWaiters();
    });
  }

  onProposalTimer(): void {
    this.guard(() => this.proposals.onTimer());
  }

  onReadRetry(): void {
    this.guard(() => this.reads.onRetry());
  }

  onReadTimeout(): void {
    this.guard(() => this.reads.onTimeout());
  }

  unreachable(peer: number): void {
    this.loop.act((node) => node.reportUnreachable(peer));
  }

  snapshotFailed(peer: number): void {
    this.loop.act((node) => node.reportSnapshot(peer, false));
  }

  /** Something for when the process runs on. */
  later(action: () => void): void {
    this.deferred.push(action);
  }

  receive(message: Message): void {
    if (this.isPaused) return void this.deferred.push(() => this.receive(message));
    if (this.membership.isRemoved(message.from)) return;
    if (message.type === "MsgProp") this.loop.proposeForwarded(message);
    else this.loop.receive(message);
    this.noteTerm();
  }

  // --- LoopHost

  softState(lead: number, role: Role): void {
    const { frame } = this;
    const isNewLeader = lead !== NONE && lead !== this.leader;
    const isLeaderChange = lead !== this.leader;
    const wasLeader = this.role === "leader";
    this.leader = lead;
    if (role !== this.role) {
      this.role = role;
      frame.observer.roleChanged?.(frame.observed, role, this.raft.term);
    }
    if (isLeaderChange) frame.observer.leaderKnown?.(frame.observed, lead);
    if (role === "leader") {
      if (isNewLeader) this.leaderElectedAt = frame.engine.now;
    } else if (wasLeader) this.services.demoted();
    if (isLeaderChange) this.services.leaderChanged(lead);
    if (isNewLeader) this.reads.leaderChanged();
    this.noteTerm();
  }

  readState(state: ReadState): void {
    this.reads.confirmed(state);
  }

  committed(entries: readonly Entry[], snapshot: Snapshot | null): void {
    const last = entries.at(-1);
    if (last !== undefined) this.frame.observer.committed?.(this.frame.observed, last.index);
    this.apply.push(entries, snapshot);
  }

  isApplied(index: number): boolean {
    return this.apply.appliedIndex >= index;
  }

  send(messages: readonly Message[]): void {
    if (messages.length > 0) this.frame.transport.send(messages);
  }

  write(bytes: number, _ready: Ready): void {
    const { disk } = this.frame;
    if (disk.isFull) return this.frame.exit("disk-full");
    disk.begin("wal", bytes, 1);
  }

  persisted(ready: Ready): void {
    this.frame.observer.persisted?.(this.frame.observed, ready.entries, ready.hardState, ready.snapshot);
  }

  take(ticket: unknown): boolean {
    const waiting = ticket as Proposal | Change;
    waiting.isTaken = true;
    return waiting.done !== null;
  }

  dropped(ticket: unknown): void {
    const waiting = ticket as Proposal | Change;
    if (waiting.done === null) return;
    if (waiting instanceof Change) return this.endChange(waiting, ERRORS.proposalDropped);
    this.frame.observer.failed?.(this.frame.observed, waiting, ERRORS.proposalDropped);
    this.end(waiting, ERRORS.proposalDropped);
  }

  // --- ApplyHost

  applyEntry(entry: Entry): void {
    const { view, observer, observed } = this.frame;
    const { index, term } = entry;
    if (entry.change !== null) return this.applyChange(entry, entry.change);
    const command = entry.data as Proposal | null;
    // what the database holds already is not done again after a restart
    if (index > view.appliedIndex) {
      const result = view.apply(index, term, command);
      this.backend.note();
      if (command !== null) {
        if (command.request.kind === "publish") {
          this.membership = this.membership.publish(command.request.member, command.request.name);
        }
        this.services.applied(command, result);
        observer.applied?.(observed, entry);
        if (command.done !== null && command.memberId === this.frame.id) this.acknowledge(command, result.answer);
        return;
      }
    }
    observer.applied?.(observed, entry);
    if (command === null) this.firstOfTerm();
  }

  snapshotMicros(_snapshot: Snapshot): number {
    return this.frame.disk.readMicros(0);
  }

  applySnapshot(_snapshot: Snapshot): void {
    assert(false, "snapshots are not received yet");
  }

  applied(): void {
    this.services.batchApplied();
    this.reads.applied();
    this.loop.applied();
  }

  // --- BackendHost

  position() {
    this.committingMembership = this.membership;
    return this.frame.view.position();
  }

  beginCommit(): void {
    const { disk } = this.frame;
    if (disk.isFull) return this.frame.exit("disk-full");
    this.apply.lock();
    disk.begin("backend", 4096, 2);
  }

  // --- ReadHost

  readIndex(request: number): void {
    this.loop.act((node) => node.readIndex(request, 8));
  }

  appliedIndex(): number {
    return this.apply.appliedIndex;
  }

  localMicros(micros: number): number {
    return this.frame.clockRate === 1 ? micros : Math.round(micros / this.frame.clockRate);
  }

  // --- ProposalHost

  timedOut(proposal: Proposal): EtcdError {
    // a proposal that no leader took is withdrawn: the caller's own deadline is all that is to say
    const error = proposal.isTaken ? this.timeoutError(proposal.proposedAt) : ERRORS.deadlineExceeded;
    this.frame.observer.failed?.(this.frame.observed, proposal, error);
    return error;
  }

  /** What a request that was proposed at `start` and not answered in time is told (parseProposeCtxErr). */
  timeoutError(start: number): EtcdError {
    const { options, transport, id } = this.frame;
    const { leaderElectedAt } = this;
    const lossWindow = 2 * options.electionTicks * options.heartbeatMicros;
    if (leaderElectedAt >= 0 && start > leaderElectedAt - lossWindow && start < leaderElectedAt) {
      return ERRORS.timeoutLeaderFail;
    }
    if (this.leader === id) {
      const members = this.membership.list();
      if (
        this.connectedSince(
          start,
          members.map((member) => member.id),
        ) < majority(members.length)
      ) {
        return ERRORS.timeoutConnectionLost;
      }
    } else if (this.leader !== NONE) {
      const since = transport.activeSince(this.leader);
      if (since === 0 || since >= start) return ERRORS.timeoutConnectionLost;
    }
    return ERRORS.timeout;
  }

  /** How many of these members, with itself, have been connected since before `time`. */
  connectedSince(time: number, ids: readonly number[]): number {
    let count = 0;
    for (const id of ids) {
      const since = this.frame.transport.activeSince(id);
      if (id === this.frame.id || (since !== 0 && since < time)) count++;
    }
    return count;
  }

  // --- for requests and services

  /** Hands a command to raft; `done` hears the answer or why there is none. */
  propose(request: Command["request"], done: Done): void {
    const { frame } = this;
    if (this.apply.committedIndex > this.apply.appliedIndex + MAX_APPLY_GAP) return done(ERRORS.tooManyRequests);
    const bytes = requestBytes(request);
    if (bytes > MAX_REQUEST_BYTES) return done(ERRORS.requestTooLarge);
    const { now } = frame.engine;
    const timeoutAt = now + this.localMicros(frame.options.requestTimeoutMicros);
    const proposal = new Proposal(frame.nextRequestId(), frame.id, request, done, now, timeoutAt);
    this.proposals.add(proposal);
    frame.observer.proposed?.(frame.observed, proposal);
    this.loop.propose(dataEntry(proposal, bytes), proposal);
  }

  /** Hands a change of the membership to raft; there is no timeout but the caller's. */
  proposeChange(change: Change["change"], done: NonNullable<Change["done"]>): void {
    const proposed = new Change(change, this.frame.id, this.frame.engine.now, done);
    this.changes.add(proposed);
    this.loop.propose(changeEntry(proposed), proposed);
  }

  /**
   * Moves leadership to a voter, and looks every tick whether that has happened (etcdserver.moveLeader).
   *
   * @param done hears null, or why it did not happen
   */
  transferLeadership(target: number, done: (error: EtcdError | null) => void): void {
    const { engine, options } = this.frame;
    const member = this.membership.get(target);
    if (member === undefined || member.isLearner) return done(ERRORS.badLeaderTransferee);
    const givesUpAt = engine.now + this.localMicros(options.requestTimeoutMicros);
    this.loop.act((node) => node.transferLeader(target));
    const look = () => {
      if (this.isStopped) return done(ERRORS.serverReset);
      if (this.leader === target) return done(null);
      if (engine.now >= givesUpAt) return done(ERRORS.leaderTransferTimeout);
      const next = Math.min(givesUpAt, engine.now + this.localMicros(options.heartbeatMicros));
      engine.at(next as Tick, () => (this.isStopped ? done(ERRORS.serverReset) : this.guard(look)));
    };
    look();
  }

  /** The database as of now. */
  backup(): SnapshotAnswer {
    const { view } = this.frame;
    const { appliedIndex, revision, databaseBytes } = view;
    const backup: MemberBackup = {
      appliedIndex,
      revision,
      databaseBytes,
      position: view.position(),
      state: view.state,
    };
    return { kind: "snapshot", revision, backup };
  }

  /** Runs when the database is not locked by a commit. */
  whenBackendFree(action: () => void): void {
    if (this.backend.isCommitting) this.backendWaiters.push(action);
    else action();
  }

  /** The caller's deadline is over. */
  withdraw(proposal: Proposal, error: EtcdError): void {
    if (proposal.done === null) return;
    this.frame.observer.failed?.(this.frame.observed, proposal, error);
    this.end(proposal, error);
  }

  // --- pause and end

  pause(): void {
    this.isPaused = true;
    this.loop.isHalted = true;
  }

  /** What came while it was paused is done now, at most one tick of it. */
  resume(): void {
    this.isPaused = false;
    this.loop.isHalted = false;
    const { deferred } = this;
    this.deferred = [];
    for (const action of deferred) if (!this.isStopped) this.guard(action);
    if (!this.isStopped) this.loop.pump();
  }

  /** The process is gone, in the middle of whatever it did. @returns number of its last read request */
  kill(keepsPageCache: boolean): number {
    this.isStopped = true;
    this.ticker.stop();
    this.apply.stop();
    this.backend.stop();
    this.loop.isHalted = true;
    this.services.stop();
    const { frame } = this;
    frame.disk.abandon();
    frame.wal.crash(keepsPageCache);
    frame.database = { position: this.backend.durable, membership: this.durableMembership };
    const lastRead = this.reads.lastRequest;
    const waitingReads = this.reads.stop();
    const waiting = this.proposals.stop();
    const changes = [...this.changes];
    this.changes.clear();
    this.deferred = [];
    this.backendWaiters = [];
    for (const proposal of waiting) {
      const { done } = proposal;
      proposal.done = null;
      done?.(ERRORS.serverReset);
    }
    for (const change of changes) {
      const { done } = change;
      change.done = null;
      done?.(ERRORS.serverReset, []);
    }
    for (const done of waitingReads) done(ERRORS.serverReset, 0);
    return lastRead;
  }

  // --- private

  // members as the database file has them, and as the commit in progress writes them
  private durableMembership: Membership;
  private committingMembership: Membership;
  private backendWaiters: (() => void)[] = [];

  /** Runs what an event does; later, if the process is paused; and tells when the term has changed. */
  private guard(action: () => void, once?: "tick"): void {
    if (this.isStopped) return;
    if (this.isPaused) {
      if (once === "tick" && this.hasDeferredTick) return;
      if (once === "tick") this.hasDeferredTick = true;
      this.deferred.push(action);
      return;
    }
    this.hasDeferredTick = false;
    action();
    this.noteTerm();
  }
  private hasDeferredTick = false;

  private noteTerm(): void {
    const { term } = this.raft;
    if (term === this.term) return;
    this.term = term;
    this.frame.observer.termChanged?.(this.frame.observed, term);
  }

  private acknowledge(proposal: Proposal, answer: Parameters<Done>[0]): void {
    const { observer, observed, engine } = this.frame;
    if (answer instanceof EtcdError) observer.failed?.(observed, proposal, answer);
    else observer.acknowledged?.(observed, proposal, engine.now - proposal.proposedAt);
    this.end(proposal, answer);
  }

  private end(proposal: Proposal, answer: Parameters<Done>[0]): void {
    const { done } = proposal;
    proposal.done = null;
    this.proposals.skipAnswered();
    done?.(answer);
  }

  private endChange(change: Change, error: EtcdError | null): void {
    const { done } = change;
    change.done = null;
    this.changes.delete(change);
    done?.(error, this.membership.list());
  }

  private applyChange(entry: Entry, raftChange: ConfChange): void {
    const { view, observer, observed } = this.frame;
    const change = entry.data as Change;
    change.verdict ??= this.membership.refusal(change.change);
    const isNew = entry.index > view.appliedIndex;
    if (isNew) {
      view.apply(entry.index, entry.term, null);
      this.backend.note();
    }
    if (change.verdict === null) {
      this.loop.applyConfChange(raftChange);
      if (isNew) this.membership = this.membership.apply(change.change);
      this.frame.membersChanged(this.membership);
      observer.membersChanged?.(observed);
    }
    observer.applied?.(observed, entry);
    if (change.proposer === this.frame.id && change.done !== null) this.endChange(change, change.verdict);
  }

  /** The empty entry of a leader's term was applied. */
  private firstOfTerm(): void {
    this.reads.firstCommitInTerm();
    if (this.role === "leader") this.services.promoted();
  }

  private releaseBackendWaiters(): void {
    const waiters = this.backendWaiters;
    this.backendWaiters = [];
    for (const action of waiters) action();
  }

  /** Tells the others its name, until that is through; then clients are answered. */
  private publish(): void {
    const { id, name } = this.frame;
    this.propose({ kind: "publish", member: id, name }, (answer) => {
      if (this.isStopped) return;
      if (answer instanceof EtcdError) return this.publish();
      this.isServing = true;
      this.frame.serving();
    });
  }

  /** Once other members are seen there is no need to wait a whole election timeout for a leader (adjustTicks). */
  private advanceTicks(polls: number): void {
    const { engine, options, transport } = this.frame;
    const count = this.membership.list().length || options.members.length;
    const advance = (ticks: number) =>
      this.loop.act((node) => {
        for (let i = 0; i < ticks; i++) node.tick();
      });
    if (count === 1) return advance(options.electionTicks - 1);
    if (!options.initialElectionTickAdvance || polls >= ADVANCE_POLLS) return;
    engine.at((engine.now + this.localMicros(ADVANCE_POLL_MICROS)) as Tick, () =>
      this.guard(() => {
        if (transport.activePeers() > 1) advance(options.electionTicks - 2);
        else this.advanceTicks(polls + 1);
      }),
    );
  }

  private serviceHost(): ServiceHost {
    const { frame } = this;
    const { engine, options, slot, view, observer } = frame;
    return {
      engine,
      options,
      slot,
      member: frame.observed,
      view,
      observer,
      isLeader: () => this.role === "leader",
      leader: () => this.leader,
      propose: (request, done) => this.propose(request, done),
      waitForReadIndex: (done) => this.reads.wait((error) => done(error)),
      localMicros: (micros) => this.localMicros(micros),
      noteBackendWrite: (operations) => this.backend.note(operations),
      isBackendLocked: () => this.backend.isCommitting,
      diskCopyMicros: (bytes) => frame.disk.readMicros(bytes) + frame.disk.writeMicros(bytes),
    };
  }
}

/** Encoded size of a request, about. */
function requestBytes(request: Command["request"]): number {
  switch (request.kind) {
    case "put":
      return 24 + request.key.length + request.valueBytes;
    case "txn":
      return 24 + txnBytes(request);
    case "deleteRange":
      return 24 + request.key.length + request.rangeEnd.length;
    default:
      return 32;
  }
}

function txnBytes(txn: TxnRequest): number {
  let bytes = 8;
  for (const { key, rangeEnd } of txn.compare) bytes += 16 + key.length + rangeEnd.length;
  for (const branch of [txn.success, txn.failure]) {
    for (const op of branch) {
      if (op.kind === "txn") bytes += txnBytes(op);
      else if (op.kind === "put") bytes += 8 + op.key.length + op.valueBytes;
      else bytes += 8 + op.key.length + op.rangeEnd.length;
    }
  }
  return bytes;
}
