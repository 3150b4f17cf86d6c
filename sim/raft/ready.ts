// What a member wants done, all at once: written to disk, sent, applied. In this order, unless storage writes are
// asynchronous: then the writes are messages among the others.

import type { Entry } from "./entry.ts";
import { totalEntryBytes } from "./entry.ts";
import { APPEND_THREAD, APPLY_THREAD, draftMessage, type Message } from "./message.ts";
import type { Raft, Role } from "./raft.ts";
import type { ReadState } from "./read-only.ts";
import { type HardState, isEmptyHardState, type Snapshot } from "./storage.ts";

/** What need not survive a crash. */
export interface SoftState {
  readonly lead: number;
  readonly role: Role;
}

export interface Ready {
  /** Null when unchanged. */
  readonly softState: SoftState | null;
  /** To persist; null when unchanged. */
  readonly hardState: HardState | null;
  readonly readStates: readonly ReadState[];
  /** To persist before `messages` are sent. */
  readonly entries: readonly Entry[];
  /** To persist, and to hand to the application, before anything is applied. */
  readonly snapshot: Snapshot | null;
  /** To apply. */
  readonly committedEntries: readonly Entry[];
  readonly messages: readonly Message[];
  /** Must the write be on disk before the messages leave? Not for a mere commit index. */
  readonly mustSync: boolean;
}

const NO_READ_STATES: readonly ReadState[] = [];

/** A Ready to which messages are still added. */
type ReadyDraft = Omit<Ready, "messages"> & { readonly messages: Message[] };

/** Takes what is to be done, and remembers what was told. */
export class ReadySource {
  private readonly raft: Raft;
  private softState: SoftState;
  private hardState: HardState;
  /** What the member hears of itself once a Ready is done; not used with asynchronous storage writes. */
  private onAdvance: Message[] = [];

  constructor(raft: Raft) {
    this.raft = raft;
    this.softState = { lead: raft.lead, role: raft.role };
    this.hardState = hardStateOf(raft);
  }

  hasReady(): boolean {
    const { raft } = this;
    return (
      raft.messages.length > 0 ||
      raft.messagesAfterAppend.length > 0 ||
      raft.log.unstable.offsetInProgress < raft.log.unstable.end ||
      raft.log.hasNextCommitted(this.allowsUnstable()) ||
      raft.readStates.length > 0 ||
      raft.log.unstable.nextSnapshot() !== null ||
      raft.lead !== this.softState.lead ||
      raft.role !== this.softState.role ||
      (this.isHardStateNew() && !isEmptyHardState(hardStateOf(raft)))
    );
  }

  /** What is to be done now; the caller does it, or it is lost. */
  take(): Ready {
    const { raft } = this;
    const { unstable } = raft.log;
    const before = this.hardState;
    const isSoftStateNew = raft.lead !== this.softState.lead || raft.role !== this.softState.role;
    const isHardStateNew = this.isHardStateNew();
    if (isSoftStateNew) this.softState = { lead: raft.lead, role: raft.role };
    if (isHardStateNew) this.hardState = hardStateOf(raft);
    const entries = unstable.nextEntries();
    const ready: ReadyDraft = {
      softState: isSoftStateNew ? this.softState : null,
      hardState: isHardStateNew ? this.hardState : null,
      readStates: raft.readStates.length > 0 ? raft.readStates : NO_READ_STATES,
      entries,
      snapshot: unstable.nextSnapshot(),
      committedEntries: raft.log.nextCommitted(this.allowsUnstable()),
      messages: raft.messages,
      mustSync: entries.length > 0 || raft.term !== before.term || raft.vote !== before.vote,
    };
    if (raft.options.asyncStorageWrites) this.addStorageMessages(ready);
    else this.addMessages(ready);
    // an array that was handed out is not used again
    if (raft.readStates.length > 0) raft.readStates = [];
    if (ready.messages === raft.messages) raft.messages = [];
    if (raft.messagesAfterAppend.length > 0) raft.messagesAfterAppend = [];
    unstable.acceptInProgress();
    const last = ready.committedEntries.at(-1);
    if (last !== undefined) {
      raft.log.acceptApplying(last.index, totalEntryBytes(ready.committedEntries), this.allowsUnstable());
    }
    return ready;
  }

  /** Messages that the member steps itself after what the last {@link take} told is done. */
  takeOnAdvance(): readonly Message[] {
    const messages = this.onAdvance;
    this.onAdvance = [];
    return messages;
  }

  private isHardStateNew(): boolean {
    const { raft, hardState } = this;
    return raft.term !== hardState.term || raft.vote !== hardState.vote || raft.log.committed !== hardState.commit;
  }

  /** With synchronous writes a committed entry may be applied although its own write is only part of the same Ready. */
  private allowsUnstable(): boolean {
    return !this.raft.options.asyncStorageWrites;
  }

  /** Promises go out with the rest: the driver writes before it sends. What the member hears itself waits for `advance`. */
  private addMessages(ready: ReadyDraft): void {
    const { raft } = this;
    for (const message of raft.messagesAfterAppend) {
      if (message.to === raft.id) this.onAdvance.push(message);
      else ready.messages.push(message);
    }
    if (this.hearsOfAppend(ready)) this.onAdvance.push(this.appendAnswer(ready));
    if (ready.committedEntries.length > 0) this.onAdvance.push(this.applyAnswer(ready));
  }

  private addStorageMessages(ready: ReadyDraft): void {
    const { raft } = this;
    const { entries, hardState, snapshot, committedEntries, messages } = ready;
    if (entries.length > 0 || hardState !== null || snapshot !== null || raft.messagesAfterAppend.length > 0) {
      const responses = raft.messagesAfterAppend;
      if (this.hearsOfAppend(ready)) responses.push(this.appendAnswer(ready));
      const write = draftMessage("MsgStorageAppend", raft.id, APPEND_THREAD, hardState?.term ?? 0);
      write.vote = hardState?.vote ?? 0;
      write.commit = hardState?.commit ?? 0;
      write.entries = entries;
      write.snapshot = snapshot;
      write.responses = responses;
      messages.push(write);
    }
    if (committedEntries.length > 0) {
      const apply = draftMessage("MsgStorageApply", raft.id, APPLY_THREAD, 0);
      apply.entries = committedEntries;
      apply.responses = [this.applyAnswer(ready)];
      messages.push(apply);
    }
  }

  private hearsOfAppend(ready: Ready): boolean {
    return this.raft.log.unstable.entries.length > 0 || ready.snapshot !== null;
  }

  /** Says that everything up to the last entry as it is now is on disk. With an older term it is too late to count. */
  private appendAnswer(ready: Ready): Message {
    const { raft } = this;
    const answer = draftMessage("MsgStorageAppendResp", APPEND_THREAD, raft.id, raft.term);
    if (raft.log.unstable.entries.length > 0) {
      answer.index = raft.log.lastIndex();
      answer.logTerm = raft.log.lastTerm();
    }
    answer.snapshot = ready.snapshot;
    return answer;
  }

  private applyAnswer(ready: Ready): Message {
    const answer = draftMessage("MsgStorageApplyResp", APPLY_THREAD, this.raft.id, 0);
    answer.entries = ready.committedEntries;
    return answer;
  }
}

function hardStateOf(raft: Raft): HardState {
  return { term: raft.term, vote: raft.vote, commit: raft.log.committed };
}
