// One run of a member's process: from its start, with what the disk holds, to its end. Wires raft, ready loop, apply pipeline,
// backend, reads and proposals together, and answers clients' requests (requests.ts).
import type { Tick } from "../engine/tick.ts";
import type { ConfChange, Entry } from "../raft/entry.ts";
import { type Message, NONE } from "../raft/message.ts";
import type { Role } from "../raft/raft.ts";
import { RawNode } from "../raft/raw-node.ts";
import type { ReadState } from "../raft/read-only.ts";
import type { Ready } from "../raft/ready.ts";
import type { Snapshot } from "../raft/storage.ts";
import type { Done, SnapshotAnswer } from "./answer.ts";
import { Applier } from "./applier.ts";
import { ApplyQueue } from "./apply.ts";
import type { Change } from "./conf-change.ts";
import { Database } from "./database.ts";
import { ERRORS } from "./error.ts";
import { Forwarding } from "./forwarding.ts";
import type { MemberFrame } from "./member-frame.ts";
import type { Membership } from "./membership.ts";
import type { Command } from "./mvcc/command.ts";
import type { PeerPayload, PeerRequest } from "./peer-payload.ts";
import type { Proposal } from "./proposals.ts";
import { Proposing } from "./proposing.ts";
import { ReadRounds } from "./reads.ts";
import { ReadyLoop } from "./ready-loop.ts";
import type { MemberServices, ServiceHost } from "./service-host.ts";
import { settleRole } from "./settled.ts";
import { type SnapshotData, type SnapshotHost, Snapshots } from "./snapshots.ts";
import { Ticker } from "./ticker.ts";

const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_INFLIGHT_MESSAGES = 512;
const SNAPSHOT_COUNT = { "3.5": 100_000, "3.6": 10_000 } as const;
const REDIAL_MICROS = 100_000;

export class MemberProcess {
  readonly frame: MemberFrame;
  readonly loop: ReadyLoop;
  readonly apply: ApplyQueue;
  readonly database: Database;
  readonly reads: ReadRounds;
  readonly ticker: Ticker;
  readonly services: MemberServices;
  readonly proposing: Proposing;
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
  private readonly applier: Applier;
  private deferred: (() => void)[] = [];
  isStopped = false;
  private term = 0;

  constructor(frame: MemberFrame, lastReadRequest: number) {
    this.frame = frame;
    const { engine, options, kinds, slot, wal, view } = frame;
    this.membership = frame.database.membership;
    view.moveTo(frame.database.position);
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
    this.loop = new ReadyLoop(node, wal, this, frame.version === "3.5");
    this.apply = new ApplyQueue(engine, this, kinds.applyDone, slot, options.applyMicros);
    this.apply.appliedIndex = wal.storage.kept.index;
    this.apply.appliedTerm = wal.storage.kept.term;
    this.apply.committedIndex = wal.storage.kept.index;
    this.database = new Database(this);
    this.reads = new ReadRounds(engine, this, kinds, slot, options.requestTimeoutMicros, lastReadRequest);
    this.ticker = new Ticker(engine, kinds.tick, slot, options.heartbeatMicros, frame.clockRate);
    this.proposing = new Proposing(this);
    this.applier = new Applier(this);
    this.forwarding = new Forwarding({
      engine,
      id: frame.id,
      sendTo: (peer, payload) => frame.transport.sendTo(peer, payload),
      guard: (action) => this.guard(action),
    });
    this.snapshots = new Snapshots(this.snapshotHost());
    this.services = frame.services.create(this.serviceHost());
    if (frame.isCompactionStalled) this.services.stallCompaction(true);
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
    // a quiet cluster sleeps from here on, and this tick with it
    if (this.role === "leader" && this.frame.trySleep()) return;
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
    this.guard(() => this.database.onTimer());
  }

  onBackendDone(): void {
    const micros = this.frame.disk.end("backend");
    this.guard(() => this.database.onCommitted(micros));
  }

  onProposalTimer(): void {
    this.guard(() => this.proposing.onTimer());
  }

  onReadRetry(): void {
    this.guard(() => this.reads.onRetry());
  }

  onReadTimeout(): void {
    this.guard(() => this.reads.onTimeout());
  }

  /** Serves, and has nothing to do. */
  isQuiet(): boolean {
    return (
      this.isServing &&
      !this.isPaused &&
      !this.isStopped &&
      this.loop.isQuiet() &&
      this.proposing.isIdle() &&
      this.apply.isIdle() &&
      this.database.isQuiet() &&
      this.reads.isIdle() &&
      this.forwarding.isIdle() &&
      this.snapshots.isIdle() &&
      this.services.isQuiet()
    );
  }

  wake(): void {
    this.frame.wake();
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
    if (this.membership.isRemoved(payload.from)) return this.frame.tellGone(payload.from);
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
    if (this.isStopped) return;
    const { disk } = this.frame;
    if (disk.isFull) return this.frame.exit("disk-full");
    disk.begin("wal", bytes, 1);
  }

  persisted(ready: Ready): void {
    this.frame.observer.persisted?.(this.frame.observed, ready.entries, ready.hardState, ready.snapshot);
  }

  take(ticket: unknown): boolean {
    return this.proposing.take(ticket);
  }

  dropped(ticket: unknown): void {
    this.proposing.dropped(ticket);
  }

  // --- ApplyHost

  applyEntry(entry: Entry): void {
    this.applier.apply(entry);
  }

  snapshotMicros(snapshot: Snapshot): number {
    return this.frame.disk.readMicros((snapshot.data as SnapshotData).position.fileBytes);
  }

  applySnapshot(snapshot: Snapshot): void {
    this.applier.applySnapshot(snapshot);
  }

  applied(): void {
    this.reads.applied();
    this.loop.applied();
    this.snapshots.atBorder();
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

  // --- for requests and services

  /** Hands a command to raft; `done` hears the answer or why there is none. */
  propose(request: Command["request"], done: Done): Proposal | null {
    return this.proposing.propose(request, done);
  }

  /** The database as of now. */
  backup(): SnapshotAnswer {
    const { view } = this.frame;
    const { revision } = view;
    const backup = view.backup();
    return { kind: "snapshot", revision, backup };
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
    this.frame.wal.close();
    this.database.close();
    return this.kill(true);
  }

  /** The process is gone, in the middle of whatever it did. @returns number of its last read request */
  kill(keepsPageCache: boolean): number {
    this.isStopped = true;
    this.ticker.stop();
    this.apply.stop();
    this.loop.isEnded = true;
    this.services.stop();
    const { frame } = this;
    frame.disk.abandon();
    frame.wal.crash(keepsPageCache);
    const { snapshot } = frame.wal;
    const saved = snapshot.data as SnapshotData | null;
    const durable = this.database.stop();
    // a snapshot that was received and not loaded yet is loaded at the restart
    const isSnapshotNewer = saved !== null && saved.position.appliedIndex > durable.position.appliedIndex;
    frame.database = isSnapshotNewer ? saved : durable;
    const lastRead = this.reads.lastRequest;
    const waitingReads = this.reads.stop();
    const forwarded = this.forwarding.stop();
    const tellProposers = this.proposing.stop();
    this.deferred = [];
    tellProposers();
    for (const done of waitingReads) done(ERRORS.serverReset, 0);
    for (const done of forwarded) done(ERRORS.serverReset);
    return lastRead;
  }

  // --- private

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

  // --- ApplierHost and others

  changeRaft(change: ConfChange): void {
    this.loop.applyConfChange(change);
  }

  firstOfTerm(): void {
    this.reads.firstCommitInTerm();
    if (this.role === "leader") this.services.promoted();
  }

  snapshotApplied(index: number): void {
    this.snapshots.received(index);
  }

  applyGap(): number {
    return this.apply.committedIndex - this.apply.appliedIndex;
  }

  toRaft(entry: Entry, ticket: Proposal | Change): void {
    this.loop.propose(entry, ticket);
  }

  lock(): void {
    this.apply.lock();
  }

  unlock(): void {
    this.apply.unlock();
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
      appliedTerm: () => this.apply.appliedTerm,
      conf: () => this.raft.tracker.conf,
      data: () => ({ position: view.position(), membership: this.membership }),
      commitDatabase: (done) => this.database.commit(done),
      sendSnapshot: (message, databaseBytes) => {
        const isSent = frame.transport.sendSnapshot(message, databaseBytes);
        if (isSent) frame.observer.snapshotSent?.(frame.observed, message.to, message.snapshot!.index);
        return isSent;
      },
      report: (peer, isOk) => this.loop.act((node) => node.reportSnapshot(peer, isOk)),
      isStopped: () => this.isStopped,
    };
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
      propose: (request, done) => void this.propose(request, done),
      waitForReadIndex: (done) => this.reads.wait((error) => done(error)),
      localMicros: (micros) => this.localMicros(micros),
      noteBackendWrite: (operations) => this.database.note(operations),
      guard: (action) => this.guard(action),
      forward: (leader, request, timeoutMicros, done) => this.forwarding.ask(leader, request, timeoutMicros, done),
      holdDatabase: (micros, done) => this.database.hold(micros, done),
      diskCopyMicros: (bytes) => frame.disk.readMicros(bytes) + frame.disk.writeMicros(bytes),
    };
  }
}
