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
import type { Done, SnapshotAnswer } from "./answer.ts";
import { ApplyQueue } from "./apply.ts";
import { Backend } from "./backend.ts";
import { Change, changeEntry } from "./conf-change.ts";
import { ERRORS, EtcdError } from "./error.ts";
import { Forwarding } from "./forwarding.ts";
import type { MemberFrame } from "./member-frame.ts";
import { type Membership, majority } from "./membership.ts";
import type { Command } from "./mvcc/command.ts";
import type { PeerPayload, PeerRequest } from "./peer-payload.ts";
import { Proposal, Proposals } from "./proposals.ts";
import { ReadRounds } from "./reads.ts";
import { ReadyLoop } from "./ready-loop.ts";
import { requestBytes } from "./request-bytes.ts";
import type { MemberServices, ServiceHost } from "./service-host.ts";
import { settleRole } from "./settled.ts";
import { type SnapshotData, type SnapshotHost, Snapshots } from "./snapshots.ts";
import { Ticker } from "./ticker.ts";

/** A member refuses requests when it has this many committed entries to apply. */
const MAX_APPLY_GAP = 5_000;
const MAX_REQUEST_BYTES = 1.5 * 1024 * 1024;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_INFLIGHT_MESSAGES = 512;
const SNAPSHOT_COUNT = { "3.5": 100_000, "3.6": 10_000 } as const;
const REDIAL_MICROS = 100_000;
/** A member that applies its own removal lives on for so long. */
const REMOVAL_DELAY_MICROS = 1_000_000;

export class MemberProcess {
  readonly frame: MemberFrame;
  readonly loop: ReadyLoop;
  readonly apply: ApplyQueue;
  readonly backend: Backend;
  readonly reads: ReadRounds;
  readonly ticker: Ticker;
  readonly services: MemberServices;
  readonly proposals: Proposals;
  readonly snapshots: Snapshots;
  readonly forwarding: Forwarding;
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
  isStopped = false;
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
    this.loop = new ReadyLoop(node, wal, this, frame.loopRandom, frame.version === "3.5");
    this.apply = new ApplyQueue(engine, this, kinds.applyDone, slot, options.applyMicros);
    this.apply.appliedIndex = wal.storage.kept.index;
    this.apply.appliedTerm = wal.storage.kept.term;
    this.apply.committedIndex = wal.storage.kept.index;
    this.backend = new Backend(engine, this, kinds.backendTimer, slot, frame.database.position);
    this.reads = new ReadRounds(engine, this, kinds, slot, options.requestTimeoutMicros, lastReadRequest);
    this.ticker = new Ticker(engine, kinds.tick, slot, options.heartbeatMicros, frame.clockRate);
    this.proposals = new Proposals(engine, this, kinds.proposalTimer, slot);
    this.forwarding = new Forwarding({
      engine,
      id: frame.id,
      sendTo: (peer, payload) => frame.transport.sendTo(peer, payload),
      guard: (action) => this.guard(action),
    });
    this.snapshots = new Snapshots(this.snapshotHost());
    this.services = frame.services.create(this.serviceHost());
    if (frame.isCompactionStalled) this.services.stallCompaction(true);
    view.moveTo(frame.database.position);
    this.term = node.raft.term;
  }

  get raft() {
    return this.loop.node.raft;
  }

  /**
   * Goes on as a process that has been running for long: its log is applied, it knows who leads and answers clients. In two steps,
   * each for all members before the next: first the logs, then the leader.
   */
  settleLog(): void {
    this.loop.pump();
    this.apply.finishNow();
  }

  /** @param phaseMicros how much of the present tick is over */
  settleLeader(leader: number, phaseMicros: number): void {
    this.loop.act((node) => settleRole(node.raft, leader));
    if (leader === this.frame.id) this.services.promoted();
    this.ticker.start(phaseMicros);
    this.isServing = true;
    this.frame.serving();
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
      this.releaseDatabaseWaiters();
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
    if (this.isStopped) return;
    this.loop.act((node) => node.reportUnreachable(peer));
  }

  snapshotBroken(peer: number): void {
    this.snapshots.broken(peer);
  }

  /** Something for when the process runs on. */
  later(action: () => void): void {
    this.deferred.push(action);
  }

  receive(payload: PeerPayload): void {
    if (this.isPaused) return this.later(() => this.receive(payload));
    if (this.membership.isRemoved(payload.from)) return;
    switch (payload.type) {
      case "snapshotSaved":
        return this.snapshots.saved(payload);
      case "gone":
        return this.wasRemoved();
      case "peerRequest":
        return this.answerPeer(payload);
      case "peerAnswer":
        return this.forwarding.answered(payload);
      case "MsgSnap":
        return this.saveSnapshot(payload);
      default:
        this.stepMessage(payload);
    }
  }

  private stepMessage(message: Message): void {
    if (message.type === "MsgProp") this.loop.proposeForwarded(message);
    else this.loop.receive(message);
    this.noteTerm();
  }

  /** The database that came is written to disk before raft hears of it; then the sender is told. */
  private saveSnapshot(message: Message): void {
    const { engine, disk, transport, id } = this.frame;
    const { index, data } = message.snapshot!;
    const micros = disk.writeMicros((data as SnapshotData).position.fileBytes);
    engine.at((engine.now + micros) as Tick, () =>
      this.guard(() => {
        transport.answerSnapshot(message.from, { type: "snapshotSaved", from: id, index });
        this.stepMessage(message);
      }),
    );
  }

  /** Another member asks what only the leader knows. */
  private answerPeer({ from, id, request }: PeerRequest): void {
    const { transport } = this.frame;
    const done: Done = (answer) => {
      if (!this.isStopped) transport.sendTo(from, { type: "peerAnswer", from: this.frame.id, id, answer });
    };
    if (request.kind === "memberPromote") this.frame.promote(request, done);
    else if (!this.services.answerAsLeader(request, done)) done(ERRORS.notLeader);
  }

  /** A peer says that this member was removed: it looked when it dialled again. */
  private wasRemoved(): void {
    const { engine, loopRandom } = this.frame;
    engine.at((engine.now + loopRandom.int(REDIAL_MICROS)) as Tick, () => this.guard(() => this.frame.exit("removed")));
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
    if (messages.length === 0) return;
    for (let i = 0; i < messages.length; i++) if (messages[i]!.type === "MsgSnap") this.snapshots.request(messages[i]!);
    this.frame.transport.send(messages);
    if (!this.snapshots.isIdle() && this.apply.isIdle()) this.snapshots.atBorder();
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
        const refusal = this.services.applied(command, result);
        observer.applied?.(observed, entry);
        if (command.done !== null && command.memberId === this.frame.id) {
          this.acknowledge(command, refusal ?? result.answer);
        }
        return;
      }
      this.services.applied(null, result);
    }
    observer.applied?.(observed, entry);
    if (command === null) this.firstOfTerm();
  }

  snapshotMicros(snapshot: Snapshot): number {
    return this.frame.disk.readMicros((snapshot.data as SnapshotData).position.fileBytes);
  }

  applySnapshot(snapshot: Snapshot): void {
    const { view, observer, observed } = this.frame;
    const { position, membership } = snapshot.data as SnapshotData;
    view.moveTo(position);
    this.backend.replace(position);
    this.membership = membership;
    this.durableMembership = membership;
    this.committingMembership = membership;
    this.snapshots.received(snapshot.index);
    this.frame.membersChanged(membership);
    this.services.snapshotApplied();
    observer.snapshotReceived?.(observed, snapshot.index);
  }

  applied(): void {
    this.reads.applied();
    this.loop.applied();
    this.snapshots.atBorder();
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

  /** The database as of now. */
  backup(): SnapshotAnswer {
    const { view } = this.frame;
    const { revision } = view;
    const backup = view.backup();
    return { kind: "snapshot", revision, backup };
  }

  /** Runs when the database is not locked by a commit. */
  whenBackendFree(action: () => void): void {
    if (this.backend.isCommitting) this.backendWaiters.push(action);
    else action();
  }

  /** Takes the database for itself as soon as no commit has it. */
  private holdDatabase(micros: () => number, done: () => void): void {
    this.whenBackendFree(() => {
      const { engine } = this.frame;
      this.backend.isCommitting = true;
      this.apply.lock();
      engine.at((engine.now + micros()) as Tick, () =>
        this.guard(() => {
          this.backend.isCommitting = false;
          this.backend.note(0);
          this.apply.unlock();
          done();
          this.releaseBackendWaiters();
        }),
      );
    });
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

  /** Ends in good order: log and database are synced. @returns as {@link kill} */
  close(): number {
    const { wal, view } = this.frame;
    wal.close();
    this.backend.replace(view.position());
    this.durableMembership = this.membership;
    return this.kill(true);
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
    const { snapshot } = frame.wal;
    const saved = snapshot.data as SnapshotData | null;
    // a snapshot that was received and not loaded yet is loaded at the restart
    frame.database =
      saved !== null && saved.position.appliedIndex > this.backend.durable.appliedIndex
        ? saved
        : { position: this.backend.durable, membership: this.durableMembership };
    const lastRead = this.reads.lastRequest;
    const waitingReads = this.reads.stop();
    const forwarded = this.forwarding.stop();
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
    for (const done of forwarded) done(ERRORS.serverReset);
    return lastRead;
  }

  // --- private

  // members as the database file has them, and as the commit in progress writes them
  private durableMembership: Membership;
  private committingMembership: Membership;
  private backendWaiters: (() => void)[] = [];
  private databaseWaiters: { readonly index: number; readonly done: () => void }[] = [];

  /** Runs what an event does; later, if the process is paused; and tells when the term has changed. */
  guard(action: () => void, once?: "tick"): void {
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
    else {
      const { result } = proposal;
      if (result !== null && result.changesEnd > result.changesBegin) this.frame.acknowledged(result.revision);
      observer.acknowledged?.(observed, proposal, engine.now - proposal.proposedAt);
    }
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
    // null is a verdict too: a restarted member applies the change to raft again
    if (change.verdict === undefined) change.verdict = this.membership.refusal(change.change);
    const isNew = entry.index > view.appliedIndex;
    if (isNew) {
      this.services.applied(null, view.apply(entry.index, entry.term, null));
      this.backend.note();
    }
    if (change.verdict === null) {
      this.loop.applyConfChange(raftChange);
      if (isNew) this.membership = this.membership.apply(change.change);
      this.frame.membersChanged(this.membership);
      observer.membersChanged?.(observed);
    }
    if (isNew && change.verdict === null && change.change.change === "remove" && change.change.id === this.frame.id) {
      const { engine } = this.frame;
      engine.at((engine.now + this.localMicros(REMOVAL_DELAY_MICROS)) as Tick, () =>
        this.guard(() => this.frame.exit("removed")),
      );
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

  private snapshotHost(): SnapshotHost {
    const { frame } = this;
    const { engine, options, wal, view } = frame;
    return {
      engine,
      wal,
      snapshotCount: options.snapshotCount ?? SNAPSHOT_COUNT[frame.version],
      catchUpEntries: options.catchUpEntries,
      compactsMemory: frame.version !== "3.5",
      appliedIndex: () => this.apply.appliedIndex,
      conf: () => this.raft.tracker.conf,
      data: () => ({ position: view.position(), membership: this.membership }),
      commitDatabase: (done) => this.commitDatabase(done),
      sendSnapshot: (message, databaseBytes) => {
        const isSent = frame.transport.sendSnapshot(message, databaseBytes);
        if (isSent) frame.observer.snapshotSent?.(frame.observed, message.to, message.snapshot!.index);
        return isSent;
      },
      report: (peer, isOk) => this.loop.act((node) => node.reportSnapshot(peer, isOk)),
      isStopped: () => this.isStopped,
    };
  }

  /** Makes durable what is applied now, and says when it is. */
  private commitDatabase(done: () => void): void {
    const index = this.frame.view.appliedIndex;
    this.databaseWaiters.push({ index, done });
    if (!this.backend.isCommitting) this.backend.begin();
    this.releaseDatabaseWaiters();
  }

  private releaseDatabaseWaiters(): void {
    const durable = this.backend.durable.appliedIndex;
    const ready = this.databaseWaiters.filter(({ index }) => index <= durable);
    if (ready.length === 0) return;
    this.databaseWaiters = this.databaseWaiters.filter(({ index }) => index > durable);
    for (const { done } of ready) done();
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
      guard: (action) => this.guard(action),
      forward: (leader, request, timeoutMicros, done) => this.forwarding.ask(leader, request, timeoutMicros, done),
      holdDatabase: (micros, done) => this.holdDatabase(micros, done),
      diskCopyMicros: (bytes) => frame.disk.readMicros(bytes) + frame.disk.writeMicros(bytes),
    };
  }
}
