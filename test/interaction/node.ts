// One node of the scripted cluster: a member, its storage, an application that appends, and its storage threads.
import type { Entry } from "../../sim/raft/entry.ts";
import { MemoryStorage } from "../../sim/raft/memory-storage.ts";
import { APPEND_THREAD, APPLY_THREAD, type Message } from "../../sim/raft/message.ts";
import type { RaftOptions } from "../../sim/raft/options.ts";
import { RawNode } from "../../sim/raft/raw-node.ts";
import type { Ready } from "../../sim/raft/ready.ts";
import { type HardState, isEmptyHardState, type Snapshot } from "../../sim/raft/storage.ts";

/** Hands out what the application has applied last. */
class HistoryStorage extends MemoryStorage {
  newest: Snapshot | null = null;

  override snapshot(): Snapshot {
    return this.newest ?? this.kept;
  }
}

export class ScriptedNode {
  readonly raw: RawNode;
  readonly storage = new HistoryStorage();
  readonly appendWork: Message[] = [];
  readonly applyWork: Message[] = [];

  constructor(options: Omit<RaftOptions, "storage">, initial: Snapshot | null) {
    if (initial !== null) this.storage.applySnapshot(initial);
    this.raw = new RawNode({ ...options, storage: this.storage, appliedIndex: initial?.index ?? 0 });
  }

  get isAsync(): boolean {
    return this.raw.raft.options.asyncStorageWrites;
  }

  /** Takes one Ready and does what it tells. @returns it, and the messages that leave the node */
  handleReady(): { readonly ready: Ready; readonly messages: readonly Message[] } {
    const ready = this.raw.ready();
    if (!this.isAsync) {
      this.write(ready.hardState, ready.entries, ready.snapshot);
      this.apply(ready.committedEntries);
      this.raw.advance();
      return { ready, messages: ready.messages };
    }
    const messages: Message[] = [];
    for (const message of ready.messages) {
      if (message.to === APPEND_THREAD) this.appendWork.push(message);
      else if (message.to === APPLY_THREAD) this.applyWork.push(message);
      else messages.push(message);
    }
    return { ready, messages };
  }

  /** Does the oldest write. */
  workAppend(): Message | undefined {
    const message = this.appendWork.shift();
    if (message !== undefined) {
      const hardState = { term: message.term, vote: message.vote, commit: message.commit };
      this.write(isEmptyHardState(hardState) ? null : hardState, message.entries, message.snapshot);
    }
    return message;
  }

  /** Applies the oldest batch. */
  workApply(): Message | undefined {
    const message = this.applyWork.shift();
    if (message !== undefined) this.apply(message.entries);
    return message;
  }

  private write(hardState: HardState | null, entries: readonly Entry[], snapshot: Snapshot | null): void {
    if (hardState !== null) this.storage.hardState = hardState;
    if (snapshot !== null) {
      this.storage.applySnapshot(snapshot);
      this.storage.newest = snapshot;
    }
    this.storage.append(entries);
  }

  private apply(entries: readonly Entry[]): void {
    for (const { change, index, term, data } of entries) {
      const before = this.storage.snapshot();
      const conf = change === null ? before.conf : this.raw.applyConfChange(change);
      this.storage.newest = { index, term, conf, data: `${before.data ?? ""}${data ?? ""}` };
    }
  }
}
