// A cluster under a random schedule of ticks, proposals, lost, doubled and reordered messages, cut links, crashes,
// compactions, transfers and configuration changes. After each action the properties of Raft's figure 3 are checked.
import { createStream, type RandomStream } from "../../sim/engine/random.ts";
import type { Entry } from "../../sim/raft/entry.ts";
import type { Message } from "../../sim/raft/message.ts";
import type { ReadState } from "../../sim/raft/read-only.ts";
import { type Fault, type Listener, Member } from "./member.ts";

export interface ScheduleOptions {
  readonly seed: number;
  readonly voters: number;
  /** Nodes that only configuration changes bring in; 0 means none are made. */
  readonly spares: number;
  readonly actions: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly fault: Fault;
}

/** What happened, so that a test can tell that a schedule reached what it is for. */
export interface ScheduleResult {
  readonly terms: number;
  readonly applied: number;
  readonly reads: number;
  readonly snapshots: number;
  readonly confChanges: number;
}

/** A property that does not hold, with the action in which that showed. */
export class SafetyViolation extends Error {
  override readonly name = "SafetyViolation";
}

interface Committed {
  readonly term: number;
  readonly data: unknown;
  /** Lowest term in which somebody held it for committed. */
  inTerm: number;
}

/** @throws SafetyViolation when a property does not hold */
export function runSchedule(options: ScheduleOptions): ScheduleResult {
  return new Schedule(options).run();
}

const FIRST_INDEX = 10;

class Schedule {
  private readonly options: ScheduleOptions;
  private readonly random: RandomStream;
  private readonly members: Member[] = [];
  private inFlight: Message[] = [];
  private readonly cut = new Set<string>();
  private readonly leaders = new Map<number, number>();
  private readonly committed = new Map<number, Committed>();
  private readonly seen: { term: number; commit: number; applied: number }[] = [];
  private readonly reads = new Map<string, number>();
  private action = 0;
  private proposals = 0;
  private answeredReads = 0;
  private snapshots = 0;
  private confChanges = 0;

  constructor(options: ScheduleOptions) {
    this.options = options;
    this.random = createStream(options.seed, "raft/schedule");
    const voters = Array.from({ length: options.voters }, (_, i) => i + 1);
    for (let id = 1; id <= options.voters + options.spares; id++) {
      const own = createStream(options.seed, `raft/member/${id}`);
      const { preVote, checkQuorum } = options;
      const limits = { maxMessageBytes: 64, maxInflightMessages: 3, maxApplyingBytes: Infinity };
      // without stepping down a removed leader may serve stale reads, in etcd's library too
      const stepDownOnRemoval = true;
      const settings = {
        id,
        stepDownOnRemoval,
        electionTicks: 10,
        heartbeatTicks: 2,
        random: own,
        preVote,
        checkQuorum,
        ...limits,
      };
      this.members.push(new Member(settings, id <= options.voters ? voters : [], options.fault, FIRST_INDEX));
      this.seen.push({ term: 0, commit: 0, applied: id <= options.voters ? FIRST_INDEX : 0 });
    }
  }

  run(): ScheduleResult {
    for (this.action = 0; this.action < this.options.actions; this.action++) {
      this.act();
      if (this.action % 64 === 0) this.checkLogs();
    }
    if (this.options.spares === 0) this.heal();
    const terms = this.leaders.size;
    const applied = this.committed.size;
    return { terms, applied, reads: this.answeredReads, snapshots: this.snapshots, confChanges: this.confChanges };
  }

  private act(): void {
    const dice = this.random.int(1000);
    const id = 1 + this.random.int(this.members.length);
    const member = this.members[id - 1]!;
    const { raw } = member;
    if (dice < 380) raw.tick();
    else if (dice < 850) return this.receive();
    else if (dice < 930) {
      const data = `p${this.proposals++}`;
      raw.propose(data, data.length);
    } else if (dice < 945) this.cutOrJoin(id);
    else if (dice < 960) {
      member.restart();
      this.seen[id - 1]!.applied = member.storage.kept.index;
    } else if (dice < 970) member.compact();
    else if (dice < 974) raw.campaign();
    else if (dice < 978) raw.transferLeader(1 + this.random.int(this.members.length));
    else if (dice < 990) this.read(member);
    else if (dice < 995) raw.reportUnreachable(1 + this.random.int(this.members.length));
    else if (this.options.spares > 0) this.changeConf(member);
    this.settle(id);
  }

  /** A message arrives, maybe twice, or is lost. Any of those in flight: order means nothing. */
  private receive(): void {
    if (this.inFlight.length === 0) return;
    // mostly old ones, or none of a long queue would ever arrive in time
    const at = this.random.int(Math.min(this.inFlight.length, 8));
    const message = this.inFlight[at]!;
    const dice = this.random.int(100);
    if (dice >= 6) this.inFlight.splice(at, 1);
    if ((dice >= 6 && dice < 14) || this.cut.has(`${message.from} ${message.to}`)) this.lose(message);
    else this.deliver(message);
  }

  private lose(message: Message): void {
    if (message.type === "MsgSnap") this.reportSnapshot(message, false);
  }

  /** The transport tells whether a snapshot arrived; without that the leader could wait for an answer for ever. */
  private reportSnapshot({ from, to }: Message, isOk: boolean): void {
    this.members[from - 1]!.raw.reportSnapshot(to, isOk);
    this.settle(from);
  }

  private deliver(message: Message): void {
    const { raw } = this.members[message.to - 1]!;
    raw.step(message);
    if (message.type === "MsgSnap" && raw.raft.log.unstable.snapshot !== null) this.snapshots++;
    this.settle(message.to);
    if (message.type === "MsgSnap") this.reportSnapshot(message, true);
  }

  private cutOrJoin(id: number): void {
    if (this.cut.size > 0 && this.random.int(2) === 0) return this.cut.clear();
    for (let other = 1; other <= this.members.length; other++) {
      const way = this.random.int(4);
      if (way !== 0) this.cut.add(`${id} ${other}`);
      if (way !== 1) this.cut.add(`${other} ${id}`);
    }
  }

  private read(member: Member): void {
    const context = `r${this.action}`;
    this.reads.set(context, Math.max(0, ...this.committed.keys()));
    member.raw.readIndex(context, context.length);
  }

  private changeConf(member: Member): void {
    const node = 1 + this.random.int(this.members.length);
    const operation = (["add", "learner", "remove"] as const)[this.random.int(3)]!;
    const transition = (["auto", "implicit", "explicit"] as const)[this.random.int(3)]!;
    const changes = this.random.int(3) === 0 ? [] : [{ operation, node }];
    member.raw.proposeConfChange({ version: 2, transition: changes.length === 0 ? "auto" : transition, changes });
  }

  private settle(id: number): void {
    const member = this.members[id - 1]!;
    const seen = this.seen[id - 1]!;
    const { raft } = member.raw;
    const { snapshot } = raft.log.unstable;
    if (snapshot !== null) seen.applied = snapshot.index;
    for (const message of member.drain(this.listener(id))) this.inFlight.push(message);
    this.check(id);
    if (this.inFlight.length > 400) for (const message of this.inFlight.splice(0, 200)) this.lose(message);
  }

  private listener(id: number): Listener {
    return { onApply: (entry) => this.onApply(id, entry), onRead: (read) => this.onRead(id, read) };
  }

  /** State machine safety: nobody applies another entry at an index, and nobody skips one. */
  private onApply(id: number, entry: Entry): void {
    const seen = this.seen[id - 1]!;
    const { raft } = this.members[id - 1]!.raw;
    if (entry.index !== seen.applied + 1) this.fail(id, `applied ${entry.index} after ${seen.applied}`);
    seen.applied = entry.index;
    if (entry.change !== null) this.confChanges++;
    const known = this.committed.get(entry.index);
    if (known === undefined) {
      this.committed.set(entry.index, { term: entry.term, data: entry.data, inTerm: raft.term });
    } else {
      if (known.term !== entry.term || known.data !== entry.data) this.fail(id, "state machine safety");
      known.inTerm = Math.min(known.inTerm, raft.term);
    }
  }

  private check(id: number): void {
    const member = this.members[id - 1]!;
    const { raft } = member.raw;
    const seen = this.seen[id - 1]!;
    if (raft.term < seen.term) this.fail(id, "the term decreased");
    if (raft.log.committed < seen.commit) this.fail(id, "the commit index decreased");
    const hasNewCommit = raft.log.committed > seen.commit;
    seen.term = raft.term;
    seen.commit = raft.log.committed;
    if (raft.role === "leader") {
      if ((this.leaders.get(raft.term) ?? id) !== id) this.fail(id, "election safety");
      if (!this.leaders.has(raft.term)) this.checkNewLeader(id);
      this.leaders.set(raft.term, id);
      if (hasNewCommit) this.checkQuorum(id);
    }
  }

  /** Leader completeness: what was committed in an earlier term is in the log of every later leader. */
  private checkNewLeader(id: number): void {
    const { raft } = this.members[id - 1]!.raw;
    for (const [index, { term, inTerm }] of this.committed) {
      if (inTerm >= raft.term || index < raft.log.firstIndex()) continue;
      if (raft.log.term(index) !== term)
        this.fail(id, `leader completeness: entry ${index} of term ${term} is missing`);
    }
  }

  /** What a leader commits is on a majority's disks. With configuration changes the majority may be another one since. */
  private checkQuorum(id: number): void {
    if (this.options.spares > 0) return;
    const { log, tracker } = this.members[id - 1]!.raw.raft;
    const { voters } = tracker.conf;
    const index = log.committed;
    const holders = voters.filter((voter) => {
      const { storage } = this.members[voter - 1]!;
      return storage.term(index) === log.term(index) || storage.firstIndex() > index;
    });
    if (holders.length * 2 <= voters.length) this.fail(id, `entry ${index} is not on a quorum's disks`);
  }

  /** Log matching: from the highest index where two logs have the same term downwards they are equal. */
  private checkLogs(): void {
    for (const a of this.members) {
      for (const b of this.members) {
        if (a.raw.raft.id >= b.raw.raft.id) continue;
        let matches = false;
        const first = Math.max(a.storage.firstIndex(), b.storage.firstIndex());
        for (let i = Math.min(a.storage.lastIndex(), b.storage.lastIndex()); i >= first; i--) {
          const isEqual = a.storage.term(i) === b.storage.term(i);
          if (matches && !isEqual) this.fail(a.raw.raft.id, `log matching with ${b.raw.raft.id} at ${i}`);
          matches ||= isEqual;
        }
      }
    }
  }

  /** A read sees every write that was committed when it was asked for (dissertation §6.4). */
  private onRead(id: number, { index, context }: ReadState): void {
    this.answeredReads++;
    if (index < this.reads.get(context as string)!) this.fail(id, `read ${context} at ${index} is stale`);
  }

  /** Liveness: with all links and members back, a leader is found and all logs become equal. */
  private heal(): void {
    this.cut.clear();
    for (let round = 0; round < 300; round++) {
      for (let id = 1; id <= this.members.length; id++) {
        this.members[id - 1]!.raw.tick();
        this.settle(id);
      }
      for (let count = this.inFlight.length; count > 0 && this.inFlight.length > 0; count--) {
        this.deliver(this.inFlight.shift()!);
      }
    }
    const leader = this.members.find((member) => member.raw.raft.role === "leader");
    if (leader === undefined) this.fail(0, "no leader after all faults healed");
    const { log } = leader!.raw.raft;
    for (const { raw } of this.members) {
      if (raw.raft.log.committed !== log.lastIndex())
        this.fail(raw.raft.id, "did not converge after all faults healed");
    }
    this.checkLogs();
  }

  private fail(id: number, what: string): never {
    throw new SafetyViolation(`seed ${this.options.seed} action ${this.action} member ${id}: ${what}`);
  }
}
