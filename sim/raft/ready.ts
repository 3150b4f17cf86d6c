// What a member wants done, all at once: written to disk, sent, applied. In this order, unless storage writes are
// asynchronous: then the writes are messages among the others.

import type { Entry } from "./entry.ts";
import { totalEntryBytes } from "./entry.ts";
import { APPEND_THREAD, APPLY_THREAD, createMessage, type Message } from "./message.ts";
import type { Raft, Role } from "./raft.ts";
import type { ReadState } from "./read-only.ts";
import { equalHardState, type HardState, isEmptyHardState, type Snapshot } from "./storage.ts";

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
    const hardState = hardStateOf(raft);
    return (
      raft.messages.length > 0 ||
      raft.messagesAfterAppend.length > 0 ||
      raft.log.unstable.offsetInProgress < raft.log.unstable.end ||
      raft.log.hasNextCommitted(this.allowsUnstable()) ||
      raft.readStates.length > 0 ||
      raft.log.unstable.nextSnapshot() !== null ||
      raft.lead !== this.softState.lead ||
      raft.role !== this.softState.role ||
      (!isEmptyHardState(hardState) && !equalHardState(hardState, this.hardState))
    );
  }

  /** What is to be done now; the caller does it, or it is lost. */
  take(): Ready {
    const { raft } = this;
    const { unstable } = raft.log;
    const soft = { lead: raft.lead, role: raft.role };
    const hard = hardStateOf(raft);
    const entries = unstable.nextEntries();
    const work = {
      softState: soft.lead === this.softState.lead && soft.role === this.softState.role ? null : soft,
      hardState: equalHardState(hard, this.hardState) ? null : hard,
      readStates: raft.readStates,
      entries,
      snapshot: unstable.nextSnapshot(),
      committedEntries: raft.log.nextCommitted(this.allowsUnstable()),
      mustSync: entries.length > 0 || hard.term !== this.hardState.term || hard.vote !== this.hardState.vote,
    };
    const messages = raft.options.asyncStorageWrites ? this.asyncMessages(work) : this.syncMessages(work);
    this.softState = soft;
    this.hardState = hard;
    raft.readStates = [];
    raft.messages = [];
    raft.messagesAfterAppend = [];
    unstable.acceptInProgress();
    const last = work.committedEntries.at(-1);
    if (last !== undefined) {
      raft.log.acceptApplying(last.index, totalEntryBytes(work.committedEntries), this.allowsUnstable());
    }
    return { ...work, messages };
  }

  /** Messages that the member steps itself after what the last {@link take} told is done. */
  takeOnAdvance(): readonly Message[] {
    const messages = this.onAdvance;
    this.onAdvance = [];
    return messages;
  }

  /** With synchronous writes a committed entry may be applied although its own write is only part of the same Ready. */
  private allowsUnstable(): boolean {
    return !this.raft.options.asyncStorageWrites;
  }

  private syncMessages(work: Omit<Ready, "messages">): readonly Message[] {
    const { raft } = this;
    const messages = raft.messages;
    for (const message of raft.messagesAfterAppend) {
      (message.to === raft.id ? this.onAdvance : messages).push(message);
    }
    if (this.hearsOfAppend(work)) this.onAdvance.push(this.appendAnswer(work));
    if (work.committedEntries.length > 0) this.onAdvance.push(this.applyAnswer(work));
    return messages;
  }

  private asyncMessages(work: Omit<Ready, "messages">): readonly Message[] {
    const { raft } = this;
    const { messages } = raft;
    const writes = work.entries.length > 0 || work.hardState !== null || work.snapshot !== null;
    if (writes || raft.messagesAfterAppend.length > 0) {
      const responses = raft.messagesAfterAppend.slice();
      if (this.hearsOfAppend(work)) responses.push(this.appendAnswer(work));
      messages.push(
        createMessage("MsgStorageAppend", {
          from: raft.id,
          to: APPEND_THREAD,
          entries: work.entries,
          snapshot: work.snapshot,
          ...work.hardState,
          responses,
        }),
      );
    }
    if (work.committedEntries.length > 0) {
      messages.push(
        createMessage("MsgStorageApply", {
          from: raft.id,
          to: APPLY_THREAD,
          entries: work.committedEntries,
          responses: [this.applyAnswer(work)],
        }),
      );
    }
    return messages;
  }

  private hearsOfAppend(work: Omit<Ready, "messages">): boolean {
    return this.raft.log.unstable.entries.length > 0 || work.snapshot !== null;
  }

  /** Says that everything up to the last entry as it is now is on disk. With an older term it is too late to count. */
  private appendAnswer(work: Omit<Ready, "messages">): Message {
    const { raft } = this;
    const hasEntries = raft.log.unstable.entries.length > 0;
    return createMessage("MsgStorageAppendResp", {
      from: APPEND_THREAD,
      to: raft.id,
      term: raft.term,
      index: hasEntries ? raft.log.lastIndex() : 0,
      logTerm: hasEntries ? raft.log.lastTerm() : 0,
      snapshot: work.snapshot,
    });
  }

  private applyAnswer(work: Omit<Ready, "messages">): Message {
    return createMessage("MsgStorageApplyResp", {
      from: APPLY_THREAD,
      to: this.raft.id,
      entries: work.committedEntries,
    });
  }
}

function hardStateOf(raft: Raft): HardState {
  return { term: raft.term, vote: raft.vote, commit: raft.log.committed };
}
