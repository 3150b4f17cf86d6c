// The one loop of a member that takes ticks and Readys: it persists, sends and hands committed entries on. While a write is
// on its way to disk no tick is taken (the ticker keeps one), and proposals gather for the next round: group commit.
// Messages are stepped at once, as by raft's own goroutine. Source: etcd's raftNode.start and raft's node.run.
import type { ConfChange, Entry } from "../raft/entry.ts";
import { draftMessage, type Message, NONE } from "../raft/message.ts";
import type { Role } from "../raft/raft.ts";
import type { RawNode } from "../raft/raw-node.ts";
import type { ReadState } from "../raft/read-only.ts";
import type { Ready } from "../raft/ready.ts";
import { step } from "../raft/step.ts";
import type { Snapshot } from "../raft/storage.ts";
import { Wal } from "./wal.ts";

/** What the loop asks of its member. */
export interface LoopHost {
  /** Something comes from outside: a sleeping cluster wakes first. */
  wake(): void;
  softState(lead: number, role: Role): void;
  readState(state: ReadState): void;
  /** Committed entries, or a snapshot before them, to apply in order. */
  committed(entries: readonly Entry[], snapshot: Snapshot | null): void;
  /** Is everything up to here applied? */
  isApplied(index: number): boolean;
  send(messages: readonly Message[]): void;
  /** Writes `bytes` and calls {@link ReadyLoop.written} when they are on disk. */
  write(bytes: number, ready: Ready): void;
  persisted(ready: Ready): void;
  /** Raft takes a local proposal. @returns false when its caller gave up while it waited for a leader: it is not proposed */
  take(ticket: unknown): boolean;
  /** Raft refused a local proposal. */
  dropped(ticket: unknown): void;
}

type Phase = "idle" | "writing" | "applying";

export class ReadyLoop {
  readonly node: RawNode;
  readonly wal: Wal;
  private readonly host: LoopHost;
  /** 3.5: a leader counts its own entries, and a candidate its own vote, at once instead of after the write. */
  private readonly countsOwnAtOnce: boolean;
  private phase: Phase = "idle";
  private ready: Ready | null = null;
  private isLeader = false;
  /** The ticker's channel: it keeps one tick. */
  private hasTick = false;
  private isPumping = false;
  /** Stands still: the process is paused. */
  isHalted = false;
  /** The process is gone. */
  isEnded = false;
  // proposals that were not stepped yet, and who waits for them (null: a forwarded one)
  private proposals: Entry[] = [];
  private tickets: unknown[] = [];
  private forwarded: number[] = [];

  constructor(node: RawNode, wal: Wal, host: LoopHost, countsOwnAtOnce: boolean) {
    this.node = node;
    this.wal = wal;
    this.host = host;
    this.countsOwnAtOnce = countsOwnAtOnce;
  }

  /** Is nothing being written, and nothing waiting? */
  isQuiet(): boolean {
    return this.phase === "idle" && this.proposals.length === 0 && !this.hasTick && !this.node.hasReady();
  }

  get queuedProposals(): number {
    return this.proposals.length;
  }

  /** The ticker fired. */
  tick(): void {
    this.hasTick = true;
    this.pump();
  }

  /** A message from another member. */
  receive(message: Message): void {
    if (this.isEnded) return;
    this.host.wake();
    this.flushProposals();
    this.node.step(message);
    this.countOwn();
    this.pump();
  }

  /** A local proposal, with the ticket of who waits for it. */
  propose(entry: Entry, ticket: unknown): void {
    if (this.isEnded) return;
    this.host.wake();
    this.proposals.push(entry);
    this.tickets.push(ticket);
    this.forwarded.push(0);
    // refused without waiting for the disk, as by raft's own goroutine
    if (this.node.raft.leadTransferee !== NONE) this.flushProposals();
    this.pump();
  }

  /** Proposals that another member forwarded; beyond 4096 that wait they are dropped. */
  proposeForwarded(message: Message): void {
    this.host.wake();
    const { from, entries } = message;
    if (this.node.raft.lead === NONE) {
      let waiting = 0;
      for (const sender of this.forwarded) if (sender === from) waiting++;
      if (waiting + entries.length > 4096 + 1) return;
    }
    for (let i = 0; i < entries.length; i++) {
      this.proposals.push(entries[i]!);
      this.tickets.push(null);
      this.forwarded.push(from);
    }
    this.pump();
  }

  /** Something of raft itself: ReadIndex, transfer, reports. */
  act(action: (node: RawNode) => void): void {
    if (this.isEnded) return;
    this.host.wake();
    this.flushProposals();
    action(this.node);
    this.countOwn();
    this.pump();
  }

  /** A committed change takes effect. */
  applyConfChange(change: ConfChange) {
    this.flushProposals();
    const conf = this.node.applyConfChange(change);
    this.countOwn();
    return conf;
  }

  /** The write that {@link LoopHost.write} was asked for is on disk. */
  written(): void {
    const ready = this.ready!;
    this.wal.complete();
    this.host.persisted(ready);
    if (this.isEnded) return;
    this.afterWrite(ready);
    this.pump();
  }

  /** More was applied: a follower may wait for a configuration change before it answers. */
  applied(): void {
    if (this.phase !== "applying") return void this.pump();
    const ready = this.ready!;
    if (!this.host.isApplied(ready.committedEntries.at(-1)!.index)) return;
    this.finish(ready);
    this.pump();
  }

  /** Works until nothing is left to be done now. */
  pump(): void {
    if (this.isPumping) return;
    this.isPumping = true;
    while (this.phase === "idle" && !this.isHalted && !this.isEnded) {
      this.flushProposals();
      // after a write a tick that waits comes before the next Ready, which raft's goroutine has not offered yet: one tick per round
      if (this.hasTick) {
        this.hasTick = false;
        this.node.tick();
        this.countOwn();
      } else if (this.node.hasReady()) this.take();
      else break;
    }
    this.isPumping = false;
  }

  private take(): void {
    const ready = this.node.ready();
    const { host } = this;
    this.ready = ready;
    if (ready.softState !== null) {
      this.isLeader = ready.softState.role === "leader";
      host.softState(ready.softState.lead, ready.softState.role);
      if (this.isEnded) return;
    }
    const read = ready.readStates.at(-1);
    if (read !== undefined) host.readState(read);
    // entries that this Ready also writes are applied once they are written
    const waits = overlaps(ready);
    if (!waits) this.handOn(ready);
    if (this.isLeader) host.send(lastAnswersOnly(ready.messages));
    // whoever was told of all this may have ended the process: its log is another's then
    if (this.isEnded) return;
    if (!Wal.hasWrite(ready)) return this.afterWrite(ready, waits);
    const bytes = this.wal.begin(ready);
    if (ready.mustSync || ready.snapshot !== null) {
      this.phase = "writing";
      host.write(bytes, ready);
    } else {
      this.wal.complete();
      this.afterWrite(ready, waits);
    }
  }

  private handOn(ready: Ready): void {
    if (ready.committedEntries.length > 0 || ready.snapshot !== null) {
      this.host.committed(ready.committedEntries, ready.snapshot);
    }
  }

  private afterWrite(ready: Ready, waits = overlaps(ready)): void {
    this.phase = "idle";
    if (waits) this.handOn(ready);
    // not before a change of the configuration is in force: the answer must not come from the old one
    if (!this.isLeader && changesConfiguration(ready.committedEntries)) {
      if (!this.host.isApplied(ready.committedEntries.at(-1)!.index)) {
        this.phase = "applying";
        return;
      }
    }
    this.finish(ready);
  }

  private finish(ready: Ready): void {
    this.phase = "idle";
    this.ready = null;
    if (!this.isLeader) this.host.send(lastAnswersOnly(ready.messages));
    if (this.isEnded) return;
    this.flushProposals();
    this.node.advance();
    this.countOwn();
  }

  /** Gives raft what was proposed, as one message; nothing while no leader is known. */
  private flushProposals(): void {
    if (this.proposals.length === 0) return;
    const { raft } = this.node;
    if (raft.lead === NONE) return;
    const { proposals, tickets } = this;
    this.proposals = [];
    this.tickets = [];
    this.forwarded = [];
    const entries: Entry[] = [];
    for (let i = 0; i < proposals.length; i++) {
      if (tickets[i] === null || this.host.take(tickets[i])) entries.push(proposals[i]!);
    }
    if (entries.length === 0) return;
    // etcd's followers get a message for each proposal, and begin to write when the first of a burst has come: the others wait
    // for their next write
    let isTaken = this.stepProposal(entries.slice(0, 1));
    if (isTaken && entries.length > 1) isTaken = this.stepProposal(entries.slice(1));
    if (!isTaken) for (const ticket of tickets) if (ticket !== null) this.host.dropped(ticket);
  }

  private stepProposal(entries: Entry[]): boolean {
    const { raft } = this.node;
    const message = draftMessage("MsgProp", raft.id, 0, 0);
    message.entries = entries;
    const error = step(raft, message);
    this.countOwn();
    return error === null;
  }

  private countOwn(): void {
    if (!this.countsOwnAtOnce) return;
    const { raft } = this.node;
    while (raft.messagesAfterAppend.length > 0) {
      const own = raft.messagesAfterAppend.filter((message) => message.to === raft.id);
      if (own.length === 0) return;
      raft.messagesAfterAppend = raft.messagesAfterAppend.filter((message) => message.to !== raft.id);
      for (const message of own) step(raft, message);
    }
  }
}

function changesConfiguration(entries: readonly Entry[]): boolean {
  for (let i = 0; i < entries.length; i++) if (entries[i]!.change !== null) return true;
  return false;
}

/** Does it commit entries that it also writes? */
function overlaps(ready: Ready): boolean {
  const first = ready.entries[0];
  const last = ready.committedEntries.at(-1);
  return first !== undefined && last !== undefined && last.index >= first.index;
}

/** Of several MsgAppResp only the last is sent: it acknowledges what the others do. */
function lastAnswersOnly(messages: readonly Message[]): readonly Message[] {
  let last = -1;
  let count = 0;
  for (let i = 0; i < messages.length; i++) {
    if (messages[i]!.type !== "MsgAppResp") continue;
    last = i;
    count++;
  }
  return count < 2 ? messages : messages.filter((message, i) => message.type !== "MsgAppResp" || i === last);
}
