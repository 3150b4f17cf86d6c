// Exhaustive search of what a small cluster of real members can do. Members are interned: what one does with an input
// depends on nothing but its state, so each pair is computed once, by the real code, and the search moves over numbers.
// The network is the set of all messages ever sent: each may be delivered at any time, never, or again and again. Three
// reductions lose nothing: messages that a member can gather without changing are gathered at once; a state whose
// messages are all in another of the same members is covered by that one; the first to campaign is member 1 (symmetry).
import { AssertionError } from "../../sim/engine/assert.ts";
import { Inflights } from "../../sim/raft/inflights.ts";
import type { Message } from "../../sim/raft/message.ts";
import { type Fault, Member } from "./member.ts";

export interface SearchOptions {
  readonly nodes: number;
  /** Terms after the initial one. */
  readonly terms: number;
  /** Nobody proposes beyond so many entries; a new leader's empty entry may come on top. */
  readonly entries: number;
  readonly preVote: boolean;
  readonly crashes: boolean;
  /** Leaders send heartbeats. */
  readonly beats: boolean;
  /** Stop after so many states. */
  readonly maxStates: number;
  readonly fault: Fault;
}

export interface SearchResult {
  readonly states: number;
  /** Was everything that can be reached seen? */
  readonly isComplete: boolean;
  /** Combinations of the members' states. */
  readonly tuples: number;
  readonly transitions: number;
  readonly memberStates: number;
  /** Steps of the real code. */
  readonly steps: number;
  readonly messages: number;
  /** Combinations of members in which an entry of the highest term is committed: it shows that the search gets somewhere. */
  readonly committedTuples: number;
  readonly violation: string | null;
}

const FIRST_INDEX = 1;
const FIRST_TERM = 1;

/** An interned member, with what invariants need of it. */
interface MemberState {
  readonly member: Member;
  readonly id: number;
  readonly term: number;
  readonly isLeader: boolean;
  readonly isCandidate: boolean;
  readonly committed: number;
  /** Terms of the entries after the initial snapshot, on disk. */
  readonly log: readonly number[];
}

interface Outcome {
  readonly next: number;
  /** Numbers of messages, as bits. */
  readonly sent: bigint;
}

interface State {
  readonly key: string;
  readonly members: readonly number[];
  readonly sent: bigint;
}

/** Visits every reachable state, breadth first, and checks each. Ends at the first violation. */
export function search(options: SearchOptions): SearchResult {
  return new Search(options).run();
}

class Search {
  private readonly options: SearchOptions;
  private readonly members: MemberState[] = [];
  private readonly memberKeys = new Map<string, number>();
  private readonly messages: Message[] = [];
  private readonly messageKeys = new Map<string, number>();
  private readonly outcomes = new Map<string, Outcome>();
  private steps = 0;
  private transitions = 0;
  private committedTuples = 0;
  private readonly stack: State[] = [];
  /** For each combination of members the largest sets of messages it was met with. */
  private readonly maximal = new Map<string, bigint[]>();
  private violation: string | null = null;

  constructor(options: SearchOptions) {
    this.options = options;
  }

  run(): SearchResult {
    const { nodes, maxStates } = this.options;
    const voters = Array.from({ length: nodes }, (_, i) => i + 1);
    const initial = voters.map((id) => this.intern(this.createMember(id, voters)));
    this.visit(initial, 0n);
    let states = 0;
    for (let state = this.stack.pop(); state !== undefined; state = this.stack.pop()) {
      if (this.violation !== null || states === maxStates) break;
      // covered since by a state with more messages
      if (!this.maximal.get(state.key)!.includes(state.sent)) continue;
      states++;
      this.expand(state);
    }
    return {
      states,
      isComplete: this.stack.length === 0 && this.violation === null,
      tuples: this.maximal.size,
      transitions: this.transitions,
      memberStates: this.members.length,
      steps: this.steps,
      messages: this.messages.length,
      committedTuples: this.committedTuples,
      violation: this.violation,
    };
  }

  /** Comes to a state: gathers what can be sent without a change, checks it, and keeps it unless it is covered. */
  private visit(members: readonly number[], messages: bigint): void {
    const sent = this.gather(members, messages);
    const key = members.join(" ");
    const known = this.maximal.get(key);
    if (known === undefined) {
      this.check(members);
      this.maximal.set(key, [sent]);
    } else {
      if (known.some((other) => (sent & ~other) === 0n)) return;
      this.maximal.set(key, [...known.filter((other) => (other & ~sent) !== 0n), sent]);
    }
    this.checkSenders(sent);
    this.stack.push({ key, members, sent });
  }

  private gather(members: readonly number[], messages: bigint): bigint {
    let all = this.withoutDead(members, messages);
    for (let before = -1n; before !== all; ) {
      before = all;
      this.eachInput(members, all, (at, input) => {
        const outcome = this.outcome(members[at]!, input);
        if (outcome.next === members[at]) all |= outcome.sent;
      });
      all = this.withoutDead(members, all);
    }
    return all;
  }

  /** Terms never decrease: without check-quorum and pre-vote a message of an earlier term is ignored for ever. */
  private withoutDead(members: readonly number[], messages: bigint): bigint {
    if (this.options.preVote) return messages;
    let alive = messages;
    for (const number of numbersIn(messages)) {
      const { to, term, type } = this.messages[number]!;
      const receiver = this.members[members[to - 1]!]!;
      // a vote for a campaign that is over, won or lost, counts for nothing
      const isLateVote = type === "MsgVoteResp" && receiver.term === term && !receiver.isCandidate;
      if (receiver.term > term || isLateVote) alive &= ~(1n << BigInt(number));
    }
    return alive;
  }

  private eachInput(members: readonly number[], messages: bigint, take: (at: number, input: string | number) => void) {
    const { nodes, terms, entries, crashes, beats } = this.options;
    const isFirst = members.every((number) => this.members[number]!.term === FIRST_TERM);
    for (let at = 0; at < nodes; at++) {
      const { term, isLeader, log } = this.members[members[at]!]!;
      if (!isLeader && term < FIRST_TERM + terms && (!isFirst || at === 0)) take(at, "campaign");
      if (isLeader && log.length < entries) take(at, "propose");
      if (isLeader && beats) take(at, "beat");
      if (crashes) take(at, "crash");
    }
    for (const number of numbersIn(messages)) take(this.messages[number]!.to - 1, number);
  }

  private createMember(id: number, voters: readonly number[]): Member {
    // no clock in this search: whoever may campaign can do so at any time
    const options = {
      id,
      electionTicks: 10,
      heartbeatTicks: 1,
      random: { int: () => 0 },
      preVote: this.options.preVote,
    };
    return new Member(options, voters, this.options.fault, FIRST_INDEX);
  }

  private expand({ members, sent }: State): void {
    this.eachInput(members, sent, (at, input) => {
      const outcome = this.outcome(members[at]!, input);
      this.transitions++;
      if (outcome.next === members[at]) return;
      const next = members.slice();
      next[at] = outcome.next;
      this.visit(next, sent | outcome.sent);
    });
  }

  private outcome(from: number, input: string | number): Outcome {
    const key = `${from} ${input}`;
    const known = this.outcomes.get(key);
    if (known !== undefined) return known;
    this.steps++;
    const before = this.members[from]!;
    const member = clone(before.member);
    let sent = 0n;
    try {
      takeInput(member, typeof input === "number" ? this.messages[input]! : input);
      for (const message of member.drain()) sent |= 1n << BigInt(this.internMessage(message));
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      this.fail(`assertion: ${error.message}`);
    }
    // time stands still: only what a tick makes a leader send is of interest
    member.raw.raft.electionElapsedTicks = 0;
    const next = this.intern(member);
    this.checkStep(before, this.members[next]!);
    const outcome = { next, sent };
    this.outcomes.set(key, outcome);
    return outcome;
  }

  private intern(member: Member): number {
    const { raft } = member.raw;
    const key = JSON.stringify([raft.id, raft, member.storage], canonical);
    let number = this.memberKeys.get(key);
    if (number === undefined) {
      number = this.members.length;
      this.memberKeys.set(key, number);
      const { storage } = member;
      const log = storage.entries(storage.firstIndex(), storage.lastIndex() + 1, Infinity)!.map((entry) => entry.term);
      const { id, term, role } = raft;
      const isCandidate = role === "candidate" || role === "precandidate";
      const { committed } = raft.log;
      this.members.push({ member, id, term, isLeader: role === "leader", isCandidate, committed, log });
    }
    return number;
  }

  private internMessage(message: Message): number {
    const key = JSON.stringify(message);
    let number = this.messageKeys.get(key);
    if (number === undefined) {
      number = this.messages.length;
      this.messageKeys.set(key, number);
      this.messages.push(message);
    }
    return number;
  }

  /** What holds between a member's state and the next. */
  private checkStep(before: MemberState, after: MemberState): void {
    if (after.term < before.term) this.fail("a term decreased");
    if (after.committed < before.committed) this.fail("a commit index decreased");
    const isSameOffice = before.isLeader && after.isLeader && before.term === after.term;
    if (isSameOffice && before.log.some((term, i) => after.log[i] !== term)) this.fail("leader append-only");
  }

  /** Raft figure 3, on all members at once. */
  private check(members: readonly number[]): void {
    const all = members.map((number) => this.members[number]!);
    let isCommitted = false;
    for (const a of all) {
      // the term of the initial snapshot has no leader
      if (a.log.slice(0, a.committed - FIRST_INDEX).at(-1) === FIRST_TERM + this.options.terms) {
        isCommitted = true;
      }
      this.checkCommitted(a, all);
      for (const b of all) {
        if (a.id < b.id && a.isLeader && b.isLeader && a.term === b.term) this.fail("election safety");
        if (a.id < b.id) this.checkLogs(a, b);
        if (a.id !== b.id && b.isLeader && b.term >= a.term) {
          const committed = a.log.slice(0, a.committed - FIRST_INDEX);
          if (committed.some((term, i) => b.log[i] !== term)) this.fail("leader completeness");
        }
      }
    }
    if (isCommitted) this.committedTuples++;
  }

  /** Log matching: if two logs have an entry of the same index and term, they are equal up to it. */
  private checkLogs(a: MemberState, b: MemberState): void {
    const shared = Math.min(a.log.length, b.log.length);
    let isDifferent = false;
    for (let i = 0; i < shared; i++) {
      if (a.log[i] !== b.log[i]) isDifferent = true;
      else if (isDifferent) this.fail("log matching");
      if (isDifferent && i < Math.min(a.committed, b.committed) - FIRST_INDEX) this.fail("state machine safety");
    }
  }

  /** What anybody holds for committed is on the disks of a majority, for ever. */
  private checkCommitted(a: MemberState, all: readonly MemberState[]): void {
    for (let i = 0; i < a.committed - FIRST_INDEX; i++) {
      const holders = all.filter((member) => member.log[i] === a.log[i]).length;
      if (a.log[i] === undefined || holders * 2 <= all.length)
        this.fail("a committed entry is not on a quorum's disks");
    }
  }

  /** Election safety over all the past: appends of one term have one sender. */
  private checkSenders(sent: bigint): void {
    const leaders = new Map<number, number>();
    for (const number of numbersIn(sent)) {
      const { type, term, from } = this.messages[number]!;
      if (type !== "MsgApp" && type !== "MsgHeartbeat") continue;
      if ((leaders.get(term) ?? from) !== from) this.fail("election safety: two leaders have sent in one term");
      leaders.set(term, from);
    }
  }

  private fail(what: string): void {
    this.violation ??= what;
  }
}

function takeInput(member: Member, input: Message | string): void {
  if (typeof input !== "string") member.raw.step(input);
  else if (input === "campaign") member.raw.campaign();
  else if (input === "propose") member.raw.propose("x", 1);
  else if (input === "beat") member.raw.tick();
  else member.restart();
}

/** The numbers of the bits that are set, ascending. */
function numbersIn(bits: bigint): number[] {
  const numbers: number[] = [];
  for (let rest = bits, base = 0; rest !== 0n; rest >>= 32n, base += 32) {
    for (let word = Number(rest & 0xffffffffn); word !== 0; word &= word - 1) {
      numbers.push(base + 31 - Math.clz32(word & -word));
    }
  }
  return numbers;
}

/** A copy that shares records, which are immutable, and copies everything else. */
function clone<T>(value: T, copies = new Map<unknown, unknown>()): T {
  if (typeof value !== "object" || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known as T;
  if (Array.isArray(value)) return value.map((item) => clone(item, copies)) as T;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return value;
  if (value instanceof Map) {
    const map = new Map([...value].map(([key, item]) => [key, clone(item, copies)]));
    copies.set(value, map);
    return map as T;
  }
  const copy = Object.create(prototype);
  copies.set(value, copy);
  for (const [key, item] of Object.entries(value)) copy[key] = clone(item, copies);
  return copy;
}

/** Everything that decides what a member does next, and nothing else. */
function canonical(key: string, value: unknown): unknown {
  if (key === "options" || key === "storage" || key === "members") return undefined;
  if (value instanceof Map) return [...value];
  if (value instanceof Inflights) {
    const copy = clone(value);
    const { lastIndexes, sizes, start } = copy as unknown as { lastIndexes: number[]; sizes: number[]; start: number };
    const places = Array.from({ length: copy.count }, (_, i) => (start + i) % lastIndexes.length);
    return places.map((place) => [lastIndexes[place], sizes[place]]);
  }
  return value;
}
