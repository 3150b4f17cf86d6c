// One member as its driver uses it: give it ticks, messages and proposals, then take what is ready until nothing is.
// The driver owns clock, disk and network; nothing here waits.
import { type ConfChange, confChangeEntry, dataEntry } from "./entry.ts";
import { applyConfChange } from "./membership.ts";
import { createMessage, draftMessage, isLocalMessage, isResponse, isStorageThread, type Message } from "./message.ts";
import type { RaftOptions } from "./options.ts";
import { Raft, type StepError } from "./raft.ts";
import { type Ready, ReadySource } from "./ready.ts";
import { step, tick } from "./step.ts";
import type { ConfState } from "./storage.ts";

export class RawNode {
  /** The state, to look at. */
  readonly raft: Raft;
  private readonly source: ReadySource;

  /** Starts a member from what its storage holds. */
  constructor(options: RaftOptions) {
    this.raft = new Raft(options);
    this.source = new ReadySource(this.raft);
  }

  /** One tick of the member's clock. */
  tick(): void {
    tick(this.raft);
  }

  /** Campaigns now. */
  campaign(): void {
    step(this.raft, createMessage("MsgHup", {}));
  }

  /** Proposes data of `payloadBytes`; a follower forwards it. It may be lost at any time after. */
  propose(data: unknown, payloadBytes: number): StepError | null {
    const message = draftMessage("MsgProp", this.raft.id, 0, 0);
    message.entries = [dataEntry(data, payloadBytes)];
    return step(this.raft, message);
  }

  /** Proposes a change of the configuration. */
  proposeConfChange(change: ConfChange): StepError | null {
    return step(this.raft, createMessage("MsgProp", { entries: [confChangeEntry(change)] }));
  }

  /** Tells that a committed change is applied. @returns the configuration now in force */
  applyConfChange(change: ConfChange): ConfState {
    return applyConfChange(this.raft, change);
  }

  /** Takes a message from another member, or from a storage thread. */
  step(message: Message): StepError | null {
    const isOwn = isStorageThread(message.from);
    if (isLocalMessage(message.type) && !isOwn) return "raft: cannot step raft local message";
    if (isResponse(message.type) && !isOwn && this.raft.tracker.progress(message.from) === undefined) {
      return "raft: cannot step as peer not found";
    }
    return step(this.raft, message);
  }

  /** Asks for an index at which a read is linearizable; it comes with a Ready's `readStates`, or never. */
  readIndex(context: unknown, contextBytes: number): void {
    step(this.raft, createMessage("MsgReadIndex", { entries: [dataEntry(context, contextBytes)] }));
  }

  /** Moves leadership to `target`. */
  transferLeader(target: number): void {
    step(this.raft, createMessage("MsgTransferLeader", { from: target }));
  }

  /** A follower forgets its leader, and is free to vote in this term's lease. */
  forgetLeader(): StepError | null {
    return step(this.raft, createMessage("MsgForgetLeader", {}));
  }

  /** The last message to `peer` did not arrive. */
  reportUnreachable(peer: number): void {
    step(this.raft, createMessage("MsgUnreachable", { from: peer }));
  }

  /** The snapshot to `peer` arrived or failed. */
  reportSnapshot(peer: number, isOk: boolean): void {
    step(this.raft, createMessage("MsgSnapStatus", { from: peer, reject: !isOk }));
  }

  hasReady(): boolean {
    return this.source.hasReady();
  }

  /** What is to be done. With synchronous writes {@link advance} follows before the next one is taken. */
  ready(): Ready {
    return this.source.take();
  }

  /** Tells that the last Ready is done: written, sent and applied. */
  advance(): void {
    for (const message of this.source.takeOnAdvance()) step(this.raft, message);
  }
}
