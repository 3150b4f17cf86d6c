// The configuration in force, the progress of its members and the votes of a campaign.
import type { Membership } from "./configuration.ts";
import type { Progress } from "./progress.ts";
import { type AcknowledgedIndexes, jointCommittedIndex, jointVoteResult, type VoteResult } from "./quorum.ts";
import type { ConfState } from "./storage.ts";

export class Tracker implements AcknowledgedIndexes {
  conf: ConfState;
  /** All members, learners too, by ascending id. */
  members: readonly Progress[];
  readonly votes = new Map<number, boolean>();
  private byId: ReadonlyMap<number, Progress>;

  constructor(membership: Membership) {
    this.conf = membership.conf;
    this.byId = membership.progress;
    this.members = [...membership.progress.values()];
    this.adopt(membership);
  }

  adopt(membership: Membership): void {
    this.conf = membership.conf;
    this.byId = membership.progress;
    this.members = [...membership.progress.values()];
    for (const progress of this.members) progress.isLearner = this.conf.learners.includes(progress.id);
  }

  get membership(): Membership {
    return { conf: this.conf, progress: this.byId };
  }

  progress(id: number): Progress | undefined {
    return this.byId.get(id);
  }

  acknowledgedIndex(id: number): number | undefined {
    return this.byId.get(id)?.match;
  }

  isJoint(): boolean {
    return this.conf.votersOutgoing.length > 0;
  }

  /** One voter, in no joint configuration: it decides alone. */
  isSingleton(): boolean {
    return this.conf.voters.length === 1 && !this.isJoint();
  }

  isVoter(id: number): boolean {
    return this.conf.voters.includes(id) || this.conf.votersOutgoing.includes(id);
  }

  /** Voters of both halves, ascending. */
  voters(): readonly number[] {
    if (!this.isJoint()) return this.conf.voters;
    return [...new Set([...this.conf.voters, ...this.conf.votersOutgoing])].sort((a, b) => a - b);
  }

  /** Highest index on the disks of a quorum. */
  committed(): number {
    return jointCommittedIndex(this.conf.voters, this.conf.votersOutgoing, this);
  }

  result(votes: ReadonlyMap<number, boolean>): VoteResult {
    return jointVoteResult(this.conf.voters, this.conf.votersOutgoing, votes);
  }

  /** Was a quorum heard of since the last check? */
  isQuorumActive(): boolean {
    const active = new Map<number, boolean>();
    for (const progress of this.members) if (!progress.isLearner) active.set(progress.id, progress.recentActive);
    return this.result(active) === "won";
  }

  /** The first vote of a member counts. */
  recordVote(id: number, isGranted: boolean): void {
    if (!this.votes.has(id)) this.votes.set(id, isGranted);
  }
}
