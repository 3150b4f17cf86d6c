// The way of a member's own requests into the log and back: proposed, taken by raft or refused, answered when they are applied, or
// told why not. Source: etcd's processInternalRaftRequestOnce, configure and parseProposeCtxErr; rules 7 to 9 of the reference.
import { dataEntry, type Entry } from "../raft/entry.ts";
import { NONE } from "../raft/message.ts";
import type { Done } from "./answer.ts";
import { Change, changeEntry } from "./conf-change.ts";
import { ERRORS, EtcdError } from "./error.ts";
import type { MemberFrame } from "./member-frame.ts";
import { type Membership, majority } from "./membership.ts";
import type { Command } from "./mvcc/command.ts";
import { Proposal, Proposals } from "./proposals.ts";
import { requestBytes } from "./request-bytes.ts";

/** A member refuses requests when it has this many committed entries to apply. */
const MAX_APPLY_GAP = 5_000;
const MAX_REQUEST_BYTES = 1.5 * 1024 * 1024;

export interface ProposingHost {
  readonly frame: MemberFrame;
  readonly membership: Membership;
  /** Who leads, as the server knows. */
  readonly leader: number;
  /** When this member last became leader; -1 for never. */
  readonly leaderElectedAt: number;
  /** Committed entries that are not applied. */
  applyGap(): number;
  toRaft(entry: Entry, ticket: Proposal | Change): void;
  localMicros(micros: number): number;
}

export class Proposing {
  private readonly host: ProposingHost;
  private readonly frame: MemberFrame;
  private readonly proposals: Proposals;
  private readonly changes = new Set<Change>();

  constructor(host: ProposingHost) {
    this.host = host;
    this.frame = host.frame;
    const { engine, kinds, slot } = host.frame;
    this.proposals = new Proposals(engine, this, kinds.proposalTimer, slot);
  }

  isIdle(): boolean {
    return this.changes.size === 0 && this.proposals.isIdle();
  }

  /** Is a timer pending for nobody? */
  get hasIdleTimer(): boolean {
    return this.proposals.hasIdleTimer;
  }

  /** The event: the oldest may be out of time. */
  onTimer(): void {
    this.proposals.onTimer();
  }

  /**
   * Hands a command to raft; `done` hears the answer or why there is none.
   *
   * @returns null when it was refused at once
   */
  propose(request: Command["request"], done: Done): Proposal | null {
    const { frame, host } = this;
    const bytes = requestBytes(request);
    const isGapWide = host.applyGap() > MAX_APPLY_GAP;
    if (isGapWide || bytes > MAX_REQUEST_BYTES) {
      done(isGapWide ? ERRORS.tooManyRequests : ERRORS.requestTooLarge);
      return null;
    }
    const { now } = frame.engine;
    const timeoutAt = now + host.localMicros(frame.options.requestTimeoutMicros);
    const proposal = new Proposal(frame.nextRequestId(), frame.id, request, done, now, timeoutAt);
    this.proposals.add(proposal);
    frame.observer.proposed?.(frame.observed, proposal);
    host.toRaft(dataEntry(proposal, bytes), proposal);
    return proposal;
  }

  /** The caller's time is over: the answer is not waited for, and what no leader has taken yet is not proposed any more. */
  withdraw(proposal: Proposal): void {
    if (proposal.done === null) return;
    proposal.done = null;
    this.proposals.skipAnswered();
    this.frame.observer.failed?.(this.frame.observed, proposal, ERRORS.deadlineExceeded);
  }

  /** Hands a change of the membership to raft; there is no timeout but the caller's. */
  proposeChange(change: Change["change"], done: NonNullable<Change["done"]>): void {
    const proposed = new Change(change, this.frame.id, this.frame.engine.now, done);
    this.changes.add(proposed);
    this.host.toRaft(changeEntry(proposed), proposed);
  }

  /** Raft takes it. @returns false when its caller gave up before */
  take(ticket: unknown): boolean {
    const waiting = ticket as Proposal | Change;
    waiting.isTaken = true;
    return waiting.done !== null;
  }

  /** Raft refused it. */
  dropped(ticket: unknown): void {
    const waiting = ticket as Proposal | Change;
    if (waiting.done === null) return;
    if (waiting instanceof Change) return this.endChange(waiting, ERRORS.proposalDropped);
    this.frame.observer.failed?.(this.frame.observed, waiting, ERRORS.proposalDropped);
    this.end(waiting, ERRORS.proposalDropped);
  }

  /** It was applied at this member. */
  applied(proposal: Proposal, answer: Parameters<Done>[0]): void {
    if (proposal.done === null || proposal.memberId !== this.frame.id) return;
    const { observer, observed, engine } = this.frame;
    if (answer instanceof EtcdError) observer.failed?.(observed, proposal, answer);
    else {
      const { result } = proposal;
      if (result !== null && result.changesEnd > result.changesBegin) this.frame.acknowledged(result.revision);
      observer.acknowledged?.(observed, proposal, engine.now - proposal.proposedAt);
    }
    this.end(proposal, answer);
  }

  changeApplied(change: Change): void {
    if (change.done === null || change.proposer !== this.frame.id) return;
    this.endChange(change, change.verdict ?? null);
  }

  // --- ProposalHost

  timedOut(proposal: Proposal): EtcdError {
    // a proposal that no leader took is withdrawn: the caller's own deadline is all that is to say
    const error = proposal.isTaken ? this.timeoutError(proposal.proposedAt) : ERRORS.deadlineExceeded;
    this.frame.observer.failed?.(this.frame.observed, proposal, error);
    return error;
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

  /** The process is gone: those who wait are told once all else has stopped. @returns how */
  stop(): () => void {
    const waiting = this.proposals.stop();
    const changes = [...this.changes];
    this.changes.clear();
    return () => {
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
    };
  }

  /** What a request that was proposed at `start` and not answered in time is told (parseProposeCtxErr). */
  private timeoutError(start: number): EtcdError {
    const { options, transport, id } = this.frame;
    const { leader, leaderElectedAt, membership } = this.host;
    const lossWindow = 2 * options.electionTicks * options.heartbeatMicros;
    if (leaderElectedAt >= 0 && start > leaderElectedAt - lossWindow && start < leaderElectedAt) {
      return ERRORS.timeoutLeaderFail;
    }
    if (leader === id) {
      const ids = membership.list().map((member) => member.id);
      if (this.connectedSince(start, ids) < majority(ids.length)) return ERRORS.timeoutConnectionLost;
    } else if (leader !== NONE) {
      const since = transport.activeSince(leader);
      if (since === 0 || since >= start) return ERRORS.timeoutConnectionLost;
    }
    return ERRORS.timeout;
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
    done?.(error, this.host.membership.list());
  }
}
