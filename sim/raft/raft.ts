// The state of one member, and the transitions between roles (Raft figure 4). No clock, disk or network: ticks and
// messages come in through step.ts, and what is to be sent waits here until a Ready takes it.
import { assert } from "../engine/assert.ts";
import { restoreMembership } from "./configuration.ts";
import { Inflights } from "./inflights.ts";
import { RaftLog } from "./log.ts";
import {
  createMessage,
  draftMessage,
  type Message,
  type MessageDraft,
  type MessageType,
  NONE,
  waitsForAppend,
} from "./message.ts";
import { type RaftOptions, resolveOptions } from "./options.ts";
import { Progress } from "./progress.ts";
import { ReadOnlyQueue, type ReadState } from "./read-only.ts";
import { isEmptyHardState } from "./storage.ts";
import { Tracker } from "./tracker.ts";

export type Role = "follower" | "precandidate" | "candidate" | "leader";

/** Why a message or proposal was not taken; texts as etcd's. */
export type StepError =
  | "raft proposal dropped"
  | "raft: cannot step as peer not found"
  | "raft: cannot step raft local message";

export class Raft {
  readonly id: number;
  readonly options: Required<RaftOptions>;
  /** Never decreases; a member that sees a higher one becomes a follower of it. */
  term = 0;
  /** Whom this member voted for in {@link term}; at most one ever. */
  vote = NONE;
  role: Role = "follower";
  /** Who leads in {@link term}, as far as known. */
  lead = NONE;
  /** Learners replicate and do not campaign; they do vote when asked, as their configuration may be out of date. */
  isLearner = false;
  readonly log: RaftLog;
  readonly tracker: Tracker;
  readonly readOnly = new ReadOnlyQueue();
  /** Reads that came before the leader had committed an entry of its term (dissertation §6.4, step 1). */
  waitingReads: Message[] = [];
  /** To be sent at once. */
  messages: Message[] = [];
  /** To be sent once everything the log holds now is on disk. */
  messagesAfterAppend: Message[] = [];
  /** Reads that may be served. */
  readStates: ReadState[] = [];
  /** Ticks since the leader was heard of, or (leader) since the quorum was checked, or the campaign began. */
  electionElapsedTicks = 0;
  heartbeatElapsedTicks = 0;
  randomizedElectionTicks = 0;
  /** To whom leadership is being moved; proposals are dropped meanwhile. */
  leadTransferee = NONE;
  /** A leader takes no configuration change while entries up to here are not applied: one at a time. */
  pendingConfIndex = 0;
  /** Payload of entries not applied yet, which a leader limits. */
  uncommittedBytes = 0;

  /** A member as it is after a start or restart from its storage. */
  constructor(options: RaftOptions) {
    this.options = resolveOptions(options);
    this.id = options.id;
    this.log = new RaftLog(options.storage, this.options.maxApplyingBytes);
    const { hardState, conf } = options.storage.initialState();
    this.tracker = new Tracker(restoreMembership(conf, (id) => this.newProgress(id)));
    this.isLearner = this.tracker.progress(this.id)?.isLearner === true;
    if (!isEmptyHardState(hardState)) {
      assert(hardState.commit >= this.log.committed, "raft: the stored commit index is before the snapshot");
      this.log.commitTo(hardState.commit);
      this.term = hardState.term;
      this.vote = hardState.vote;
    }
    if (this.options.appliedIndex > 0) this.log.appliedTo(this.options.appliedIndex, 0);
    this.becomeFollower(this.term, NONE);
  }

  /** Makes the record of a new member. It counts as active, or the check of the quorum could fail before it can answer. */
  newProgress(id: number): Progress {
    const inflights = new Inflights(this.options.maxInflightMessages, this.options.maxInflightBytes);
    const progress = new Progress(id, Math.max(this.log.lastIndex(), 1), inflights);
    progress.recentActive = true;
    return progress;
  }

  becomeFollower(term: number, lead: number): void {
    this.reset(term);
    this.lead = lead;
    this.role = "follower";
  }

  /** Begins a term, and votes for itself. */
  becomeCandidate(): void {
    assert(this.role !== "leader", "raft: a leader cannot become candidate");
    this.reset(this.term + 1);
    this.vote = this.id;
    this.role = "candidate";
  }

  /** Asks whether it could win; term and vote stay. */
  becomePreCandidate(): void {
    assert(this.role !== "leader", "raft: a leader cannot become pre-candidate");
    this.tracker.votes.clear();
    this.lead = NONE;
    this.role = "precandidate";
  }

  /** Takes office; the caller appends the empty entry of the term. */
  becomeLeader(): void {
    assert(this.role !== "follower", "raft: a follower cannot become leader without a campaign");
    this.reset(this.term);
    this.lead = this.id;
    this.role = "leader";
    const own = this.tracker.progress(this.id);
    assert(own !== undefined, "raft: a node outside of the configuration cannot lead");
    own.becomeReplicate();
    own.recentActive = true;
    // entries that are not applied may hold a configuration change: none is taken before they are
    this.pendingConfIndex = this.log.lastIndex();
  }

  /** May it campaign? Not when it is no voter, and not while a snapshot is on its way to disk. */
  isPromotable(): boolean {
    const own = this.tracker.progress(this.id);
    return own !== undefined && !own.isLearner && this.log.unstable.snapshot === null;
  }

  /** Is the leader it knows of alive, as far as its clock tells? Then it votes for nobody else. */
  isInLease(): boolean {
    return this.options.checkQuorum && this.lead !== NONE && this.electionElapsedTicks < this.options.electionTicks;
  }

  isPastElectionTimeout(): boolean {
    return this.electionElapsedTicks >= this.randomizedElectionTicks;
  }

  /** Queues a message of the present term. */
  send(type: MessageType, to: number, fields: Partial<Message> = {}): void {
    this.sendInTerm(type, to, this.term, fields);
  }

  /** Queues a message of another term (votes), or of none (forwarded requests, which keep their sender). */
  sendInTerm(type: MessageType, to: number, term: number, fields: Partial<Message>): void {
    const message = createMessage(type, fields);
    if (message.from === NONE) message.from = this.id;
    message.to = to;
    message.term = term;
    this.post(message);
  }

  /** Begins a message of the present term, to be filled and given to {@link post}. */
  draft(type: MessageType, to: number): MessageDraft {
    return draftMessage(type, this.id, to, this.term);
  }

  /** Queues a message. Promises wait for the disk. */
  post(message: Message): void {
    if (waitsForAppend(message.type)) {
      this.messagesAfterAppend.push(message);
      return;
    }
    assert(message.to !== this.id, "raft: a message to itself that need not wait for the disk");
    this.messages.push(message);
  }

  abortLeaderTransfer(): void {
    this.leadTransferee = NONE;
  }

  private reset(term: number): void {
    if (this.term !== term) {
      this.term = term;
      this.vote = NONE;
    }
    this.lead = NONE;
    this.electionElapsedTicks = 0;
    this.heartbeatElapsedTicks = 0;
    const { electionTicks, random } = this.options;
    this.randomizedElectionTicks = electionTicks + random.int(electionTicks);
    this.abortLeaderTransfer();
    this.tracker.votes.clear();
    const last = this.log.lastIndex();
    for (const progress of this.tracker.members) progress.restart(progress.id === this.id ? last : 0, last + 1);
    this.pendingConfIndex = 0;
    this.uncommittedBytes = 0;
    this.readOnly.clear();
  }
}
