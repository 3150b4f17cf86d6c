// Raft's promises (figure 3 of the paper, dissertation §3.6 and §4), checked over all members at once: election safety, leader
// append-only, log matching, leader completeness, state machine safety; besides, that a commit index only moves over entries that
// a quorum has on disk, that nothing moves backwards, and that configurations change one at a time. Looks at what changed only.
import type { Entry } from "../../raft/entry.ts";
import type { Raft, Role } from "../../raft/raft.ts";
import type { ConfState } from "../../raft/storage.ts";
import { type Configurations, isMajority } from "./configurations.ts";
import type { MemberView, Report } from "./member-view.ts";

/** What was seen of a member last. */
interface Seen {
  raft: Raft | null;
  term: number;
  vote: number;
  role: Role;
  lastIndex: number;
  lastTerm: number;
  committed: number;
  /** What it counts as committed itself, and the configurations in force when it came to. */
  believed: number;
  beliefs: { readonly upTo: number; readonly before: ConfState; readonly after: ConfState }[];
  applied: number;
  conf: ConfState | null;
  /** Position of its configuration in the order of the log. */
  confAt: number;
  /** What it knows of followers, as leader. */
  readonly matches: Map<number, number>;
  /** Terms of its entries by index, as far as they were looked at. */
  terms: number[];
}

/** Called when a commit index moves over an entry for the first time. */
export type CommitObserver = (entry: Entry) => void;

// index and term of an entry as one number: neither comes near 2^26 in a checked seed
const TERM_SPAN = 67_108_864;

export class RaftSafety {
  /** All entries that were committed, by index - 1. */
  readonly committed: Entry[] = [];
  /** The terms in which they were, as whoever had them committed first knew it. */
  private readonly commitTerms: number[] = [];
  private readonly report: Report;
  private readonly configurations: Configurations;
  private readonly members: () => readonly MemberView[];
  private readonly onCommit: CommitObserver;
  private readonly countsOwnAtOnce: boolean;
  private readonly seen = new Map<number, Seen>();
  private readonly leaders = new Map<number, number>();
  /** The halves whose majorities committed an entry, by index - 1. */
  private readonly deciders: (readonly (readonly number[])[])[] = [];
  private appliedIndex = 0;
  /** Entry and term of the one before it, by index and term. */
  private readonly entries = new Map<number, { readonly entry: Entry; readonly previousTerm: number }>();

  constructor(options: {
    readonly report: Report;
    readonly configurations: Configurations;
    readonly members: () => readonly MemberView[];
    readonly onCommit: CommitObserver;
    /**
     * etcd 3.5: a member counts its own vote and its own entries before they are on its disk, but tells nobody until they are.
     * Until then they do not count here.
     */
    readonly countsOwnAtOnce: boolean;
  }) {
    this.report = options.report;
    this.configurations = options.configurations;
    this.members = options.members;
    this.onCommit = options.onCommit;
    this.countsOwnAtOnce = options.countsOwnAtOnce;
  }

  /** Highest committed index. */
  get lastCommitted(): number {
    return this.committed.length;
  }

  /** Looks at a member. @returns whether anything was different */
  look(member: MemberView): boolean {
    const { raft } = member;
    const seen = this.seen.get(member.id);
    if (raft === null) {
      if (seen === undefined || seen.raft === null) return false;
      seen.raft = null;
      return true;
    }
    const { log } = raft;
    const lastIndex = log.lastIndex();
    if (
      seen !== undefined &&
      seen.raft === raft &&
      seen.committed === log.committed &&
      seen.lastIndex === lastIndex &&
      seen.term === raft.term &&
      seen.vote === raft.vote &&
      seen.role === raft.role &&
      seen.applied === log.applied &&
      seen.conf === raft.tracker.conf &&
      seen.lastTerm === log.lastTerm()
    ) {
      return false;
    }
    if (seen === undefined || seen.raft !== raft) this.lookAtStart(member, raft, seen);
    this.lookAtChange(member, raft, this.seen.get(member.id)!);
    return true;
  }

  /** A process begins: it must know all that its disk holds. */
  private lookAtStart(member: MemberView, raft: Raft, before: Seen | undefined): void {
    const { durable } = member;
    const { log } = raft;
    if (raft.term < durable.term) {
      this.report("monotonic term", `${member.name} restarts in term ${raft.term} with term ${durable.term} on disk`);
    }
    if (raft.term === durable.term && durable.vote !== 0 && raft.vote !== durable.vote) {
      const detail = `${member.name} restarts with vote ${raft.vote} in term ${raft.term}, on disk is ${durable.vote}`;
      this.report("monotonic vote", detail);
    }
    if (log.committed < durable.commit) {
      this.report("monotonic commit", `${member.name} restarts at ${log.committed} with ${durable.commit} on disk`);
    }
    const { lastIndex } = durable;
    const isShorter = log.lastIndex() < lastIndex;
    const isOther = lastIndex >= log.firstIndex() && log.term(lastIndex) !== durable.lastTerm();
    // a write that only the kernel had may have replaced entries by those of a later term
    if ((isShorter || isOther) && log.lastTerm() <= durable.lastTerm()) {
      const detail = `${member.name} restarts with a log up to ${log.lastIndex()}, on disk it ends at ${lastIndex}`;
      this.report("durable log", detail);
    }
    durable.found(raft);
    this.seen.set(member.id, {
      raft,
      term: raft.term,
      vote: raft.vote,
      role: "follower",
      lastIndex: 0,
      lastTerm: 0,
      committed: Math.min(log.firstIndex() - 1, log.committed),
      believed: 0,
      beliefs: [],
      matches: new Map(),
      applied: 0,
      conf: null,
      confAt: 0,
      terms: before?.terms ?? [],
    });
  }

  private lookAtChange(member: MemberView, raft: Raft, seen: Seen): void {
    const { log } = raft;
    if (raft.term < seen.term) this.report("monotonic term", `${member.name}: ${seen.term} → ${raft.term}`);
    if (raft.term === seen.term && seen.vote !== 0 && raft.vote !== seen.vote) {
      this.report("monotonic vote", `${member.name} in term ${raft.term}: ${seen.vote} → ${raft.vote}`);
    }
    const ledBefore = seen.role === "leader" && seen.term === raft.term;
    const leads = raft.role === "leader";
    if (log.lastIndex() !== seen.lastIndex || log.lastTerm() !== seen.lastTerm) {
      this.lookAtLog(member, raft, seen, ledBefore && leads);
    }
    if (leads && !ledBefore) this.lookAtLeader(member, raft);
    if (raft.role !== seen.role && (raft.role === "candidate" || raft.role === "precandidate")) {
      this.lookAtCampaign(member, raft);
    }
    if (log.committed > seen.believed) {
      const { conf } = raft.tracker;
      // a change may have taken effect in the same moment
      seen.beliefs.push({ upTo: log.committed, before: seen.conf ?? conf, after: conf });
      seen.believed = log.committed;
    }
    const committed = this.committedOf(member, raft, seen);
    if (committed !== seen.committed) this.lookAtCommit(member, raft, seen, committed, leads && ledBefore);
    if (log.applied > log.committed) {
      this.report("applied within commit", `${member.name} applied ${log.applied}, committed is ${log.committed}`);
    }
    if (log.applied < seen.applied) {
      this.report("monotonic applied", `${member.name}: ${seen.applied} → ${log.applied}`);
    }
    if (raft.tracker.conf !== seen.conf) this.lookAtConfiguration(member, raft, seen);
    if (leads) this.lookAtMatches(member, raft, seen);
    seen.term = raft.term;
    seen.vote = raft.vote;
    seen.role = raft.role;
    seen.lastIndex = log.lastIndex();
    seen.lastTerm = log.lastTerm();
    seen.committed = committed;
    while (seen.beliefs.length > 0 && seen.beliefs[0]!.upTo <= committed) seen.beliefs.shift();
    seen.applied = log.applied;
    seen.conf = raft.tracker.conf;
  }

  private lookAtLog(member: MemberView, raft: Raft, seen: Seen, isLeader: boolean): void {
    const { log } = raft;
    const first = log.firstIndex();
    const last = log.lastIndex();
    if (isLeader && (last < seen.lastIndex || log.term(seen.lastIndex) !== seen.lastTerm)) {
      const detail = `${member.name} leads term ${raft.term} and its log went from ${seen.lastIndex} to ${last}`;
      this.report("leader append-only", detail);
    }
    if (last < log.committed) this.report("state machine safety", `${member.name}: committed entries are gone`);
    const { terms } = seen;
    // backwards to the first entry that was there before: those below it were looked at then
    let from = last + 1;
    while (from > first && (from - 1 > seen.lastIndex || terms[from - 1] !== log.term(from - 1))) from--;
    for (let gap = terms.length; gap < from; gap++) terms.push(0);
    terms.length = Math.min(terms.length, from);
    if (from > last) return;
    let previousTerm = log.term(from - 1);
    let pendingChanges = 0;
    for (const entry of log.slice(from, last + 1, Infinity)!) {
      terms.push(entry.term);
      if (entry.index !== terms.length - 1) this.report("log matching", `${member.name}: gap before ${entry.index}`);
      this.lookAtEntry(member, entry, previousTerm);
      previousTerm = entry.term;
      if (entry.change !== null) pendingChanges++;
    }
    if (isLeader && pendingChanges > 0) this.lookAtPendingChanges(member, raft);
  }

  /** Equal index and term mean the same entry, and the same one before it (and so on, by induction). */
  private lookAtEntry(member: MemberView, entry: Entry, previousTerm: number | undefined): void {
    const key = entry.index * TERM_SPAN + entry.term;
    const known = this.entries.get(key);
    if (known === undefined) {
      this.entries.set(key, { entry, previousTerm: previousTerm ?? 0 });
      return;
    }
    if (known.entry !== entry && known.entry.data !== entry.data) {
      // what a lone voter lost before it was on its disk, and took again: nobody else had it
      const isLost =
        this.countsOwnAtOnce && !this.members().some(({ durable }) => durable.holds(entry.index, entry.term));
      if (isLost) return void this.entries.set(key, { entry, previousTerm: previousTerm ?? 0 });
      this.report("log matching", `${member.name}: two entries ${entry.index} of term ${entry.term}`);
    }
    if (previousTerm !== undefined && known.previousTerm !== previousTerm) {
      const detail = `${member.name}: entry ${entry.index} of term ${entry.term} comes after one of term ${previousTerm}`;
      this.report("log matching", `${detail}, elsewhere ${known.previousTerm}`);
    }
  }

  /** Dissertation §4.1: a leader adds a change only when it has applied the one before. */
  private lookAtPendingChanges(member: MemberView, raft: Raft): void {
    const { log } = raft;
    const pending = log.slice(Math.max(log.applied + 1, log.firstIndex()), log.lastIndex() + 1, Infinity) ?? [];
    const changes = pending.filter((entry) => entry.change !== null);
    if (changes.slice(1).some((entry) => entry.term === raft.term)) {
      const detail = `${member.name} has changes at ${changes.map((entry) => entry.index).join(" and ")}, applied is ${log.applied}`;
      this.report("one configuration change at a time", detail);
    }
  }

  /** A change of the quorum that is known to be committed must be in force before a campaign counts votes. */
  private lookAtCampaign(member: MemberView, { log, term }: Raft): void {
    const from = Math.max(log.applied + 1, log.firstIndex());
    const pending = from > log.committed ? [] : (log.slice(from, log.committed + 1, Infinity) ?? []);
    const change = pending.find((entry) => entry.change !== null);
    if (change === undefined) return;
    const detail = `${member.name} campaigns in term ${term} with the change ${change.index} committed and not applied`;
    this.report("campaigns in the newest configuration", detail);
  }

  private lookAtLeader(member: MemberView, raft: Raft): void {
    const other = this.leaders.get(raft.term);
    // a lone voter may have led it before that was on its disk
    if (other !== undefined && (other !== member.id || !this.countsOwnAtOnce)) {
      this.report("election safety", `${member.name} leads term ${raft.term}, which ${other} led already`);
    }
    this.leaders.set(raft.term, member.id);
    // it promises something about later terms only: a candidate that was stopped for long may still win a term that has passed
    let earlier = this.committed.length;
    while (earlier > 0 && this.commitTerms[earlier - 1]! >= raft.term) earlier--;
    const last = this.committed[earlier - 1];
    if (last !== undefined && raft.log.lastIndex() < last.index) {
      const detail = `${member.name} leads term ${raft.term} with a log up to ${raft.log.lastIndex()}, committed is ${last.index}`;
      this.report("leader completeness", detail);
    } else if (last !== undefined && last.index >= raft.log.firstIndex() && raft.log.term(last.index) !== last.term) {
      this.report("leader completeness", `${member.name} leads term ${raft.term} without the committed ${last.index}`);
    }
    const own = this.countsOwnAtOnce ? member.id : 0;
    for (const half of halvesOf(raft.tracker.conf)) {
      const hasVote = (voter: MemberView) => voter.id === own || voter.durable.votedFor(raft.term) === member.id;
      const votes = this.countOf(half, hasVote);
      if (!isMajority(votes, half.length)) {
        const detail = `${member.name} leads term ${raft.term} with ${votes} votes of ${half.length} on disk`;
        this.report("votes on disk", detail);
      }
    }
  }

  /** Up to where the member's commit counts: not over entries that it counted itself and does not have on disk. */
  private committedOf({ durable }: MemberView, { log }: Raft, seen: Seen): number {
    let { committed } = log;
    if (!this.countsOwnAtOnce) return committed;
    while (committed > seen.committed && !durable.holds(committed, log.term(committed) ?? 0)) committed--;
    return committed;
  }

  private lookAtCommit(member: MemberView, raft: Raft, seen: Seen, committed: number, isLeader: boolean): void {
    const { log } = raft;
    if (committed < seen.committed) {
      this.report("monotonic commit", `${member.name}: ${seen.committed} → ${committed}`);
      return;
    }
    if (isLeader && log.term(log.committed) !== raft.term) {
      const detail = `${member.name} leads term ${raft.term} and commits ${log.committed} of term ${log.term(log.committed)}`;
      this.report("commits only its own term", detail);
    }
    const from = Math.max(seen.committed + 1, log.firstIndex());
    if (from > committed) return;
    for (const entry of log.slice(from, committed + 1, Infinity)!) {
      const known = this.committed[entry.index - 1];
      if (known === undefined) this.commitFirst(member, seen, entry, raft.term);
      else if (known !== entry && (known.term !== entry.term || known.data !== entry.data)) {
        const detail = `${member.name} commits entry ${entry.index} of term ${entry.term}, committed was one of term ${known.term}`;
        this.report("state machine safety", detail);
      }
    }
  }

  private commitFirst(member: MemberView, seen: Seen, entry: Entry, term: number): void {
    if (entry.index !== this.committed.length + 1) {
      this.report("state machine safety", `${member.name} commits ${entry.index} before those before it`);
      return;
    }
    const belief = seen.beliefs.find(({ upTo }) => upTo >= entry.index)!;
    const halves = halvesOf(belief.after);
    const before = halvesOf(belief.before);
    const decider = this.isOnQuorum(before, entry) ? before : halves;
    this.committed.push(entry);
    this.commitTerms.push(term);
    this.deciders.push(decider);
    if (decider === halves && !this.isOnQuorum(halves, entry)) this.reportMissing("commits", member, entry, halves);
    if (entry.change !== null) this.configurations.add(entry.index, entry.change, entry.data);
    this.onCommit(entry);
  }

  /** A member has applied an entry: by now a quorum has it on disk, whoever counted what. */
  applied(member: MemberView, index: number): void {
    const entry = this.committed[index - 1];
    if (entry === undefined) {
      this.report(
        "applies what is committed",
        `${member.name} applies ${index}, committed is ${this.committed.length}`,
      );
      return;
    }
    if (index <= this.appliedIndex) return;
    this.appliedIndex = index;
    const halves = this.deciders[index - 1]!;
    if (!this.isOnQuorum(halves, entry)) this.reportMissing("applies", member, entry, halves);
  }

  private isOnQuorum(halves: readonly (readonly number[])[], entry: Entry): boolean {
    return halves.every((half) => isMajority(this.holders(half, entry), half.length));
  }

  private holders(half: readonly number[], entry: Entry): number {
    return this.countOf(half, ({ durable }) => durable.holds(entry.index, entry.term));
  }

  private reportMissing(does: string, member: MemberView, entry: Entry, halves: readonly (readonly number[])[]): void {
    const counts = halves.map((half) => `${this.holders(half, entry)} of ${half.length}`).join(" and ");
    const detail = `${member.name} ${does} ${entry.index} of term ${entry.term}, which ${counts} voters have on disk`;
    this.report("committed is durable", detail);
  }

  private lookAtConfiguration(member: MemberView, raft: Raft, seen: Seen): void {
    const { conf } = raft.tracker;
    if (conf.voters.length === 0) return;
    const at = this.configurations.find(conf, seen.conf === null ? 0 : seen.confAt);
    if (at === -1) {
      const detail = `${member.name} has voters ${conf.voters.join(" ")}, learners ${conf.learners.join(" ") || "none"}`;
      this.report("configurations come from the log", detail);
      return;
    }
    seen.confAt = at;
    if (this.configurations.all[at]!.index > raft.log.committed) {
      this.report("configurations come from the log", `${member.name} applied a change that it has not committed`);
    }
  }

  /** What a leader knows of a follower's disk is there, as long as the follower is in no later term. */
  private lookAtMatches(member: MemberView, raft: Raft, seen: Seen): void {
    for (const { id, match } of raft.tracker.members) {
      if (id === member.id || match === 0 || seen.matches.get(id) === match) continue;
      seen.matches.set(id, match);
      const follower = this.members().find((other) => other.id === id);
      if (follower === undefined || follower.durable.term > raft.term) continue;
      const term = raft.log.term(match);
      if (term === undefined || follower.durable.holds(match, term)) continue;
      const detail = `${member.name} leads term ${raft.term} and counts ${follower.name} up to ${match} of term ${term}, which it does not have`;
      this.report("acknowledged is durable", detail);
    }
  }

  private countOf(voters: readonly number[], holds: (voter: MemberView) => boolean): number {
    let count = 0;
    for (const member of this.members()) if (voters.includes(member.id) && holds(member)) count++;
    return count;
  }
}

/** Each of them must agree: one, or two while a configuration is joint. */
function halvesOf({ voters, votersOutgoing }: ConfState): readonly (readonly number[])[] {
  // before the first members are in force: what a cluster begins with
  if (voters.length === 0) return [];
  return votersOutgoing.length === 0 ? [voters] : [voters, votersOutgoing];
}
