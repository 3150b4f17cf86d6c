// A member with its storage and what its application has applied, for tests that drive whole clusters. How it persists
// can be spoiled: tests of safety must notice a member that forgets what it promised.
import type { ConfChange, Entry } from "../../sim/raft/entry.ts";
import { MemoryStorage } from "../../sim/raft/memory-storage.ts";
import type { Message } from "../../sim/raft/message.ts";
import type { RaftOptions } from "../../sim/raft/options.ts";
import { RawNode } from "../../sim/raft/raw-node.ts";
import type { ReadState } from "../../sim/raft/read-only.ts";
import type { ConfState, HardState, Snapshot } from "../../sim/raft/storage.ts";

/** What a member does wrong on purpose. */
export type Fault = "forgets-vote" | "forgets-entries" | null;

/** Hears what a member does. */
export interface Listener {
  onApply(entry: Entry): void;
  onRead(read: ReadState): void;
}

export type MemberOptions = Omit<RaftOptions, "storage">;

/** A storage that hands out what is applied. */
export class MemberStorage extends MemoryStorage {
  applied: Snapshot;

  constructor(voters: readonly number[], index: number) {
    super();
    const conf: ConfState = { voters, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
    this.applied = { index, term: 1, conf, data: null };
    if (voters.length > 0) {
      this.applySnapshot(this.applied);
      this.hardState = { term: 1, vote: 0, commit: index };
    } else this.applied = this.kept;
  }

  override snapshot(): Snapshot {
    return this.applied;
  }
}

export class Member {
  raw: RawNode;
  storage: MemberStorage;
  private readonly options: MemberOptions;
  private readonly fault: Fault;

  /** Without voters it waits to be added. */
  constructor(options: MemberOptions, voters: readonly number[], fault: Fault, firstIndex = 1) {
    this.options = options;
    this.fault = fault;
    this.storage = new MemberStorage(voters, firstIndex);
    this.raw = this.start();
  }

  /** Loses all that is not on disk. */
  restart(): void {
    if (this.fault === "forgets-entries") this.forgetUncommitted();
    this.storage.compact(this.storage.kept.index);
    this.storage.applied = this.storage.kept;
    this.raw = this.start();
  }

  /** Does all there is to do. @returns messages to send */
  drain(listener?: Listener): Message[] {
    const messages: Message[] = [];
    while (this.raw.hasReady()) {
      const ready = this.raw.ready();
      if (ready.snapshot !== null) {
        this.storage.applySnapshot(ready.snapshot);
        this.storage.applied = ready.snapshot;
      }
      this.storage.append(ready.entries);
      if (ready.hardState !== null) this.persist(ready.hardState);
      messages.push(...ready.messages);
      for (const read of ready.readStates) listener?.onRead(read);
      for (const entry of ready.committedEntries) {
        listener?.onApply(entry);
        this.apply(entry.index, entry.term, entry.change);
      }
      this.raw.advance();
    }
    return messages;
  }

  /** Keeps a snapshot of what is applied and drops the log up to it. */
  compact(): void {
    this.storage.keepSnapshot(this.storage.applied);
    this.storage.compact(this.storage.applied.index);
  }

  /** As if acknowledged entries had not been written yet. */
  private forgetUncommitted(): void {
    const { kept, hardState } = this.storage;
    const entries = this.storage.entries(this.storage.firstIndex(), hardState.commit + 1, Infinity)!;
    this.storage = new MemberStorage([], 0);
    if (kept.index > 0) this.storage.applySnapshot(kept);
    this.storage.append(entries.filter((entry) => entry.index > kept.index));
    this.storage.hardState = hardState;
  }

  private apply(index: number, term: number, change: ConfChange | null): void {
    const conf = change === null ? this.storage.applied.conf : this.raw.applyConfChange(change);
    this.storage.applied = { index, term, conf, data: null };
  }

  private persist(hardState: HardState): void {
    this.storage.hardState = this.fault === "forgets-vote" ? { ...hardState, vote: 0 } : hardState;
  }

  private start(): RawNode {
    return new RawNode({ ...this.options, storage: this.storage });
  }
}
