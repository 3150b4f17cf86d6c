// The write-ahead log of one member: what raft's entries and hard state are after a crash. A write is durable when its fsync
// is done; a hard state that only tells a commit index is written without one, and lost by a crash.
import { totalEntryBytes } from "../raft/entry.ts";
import { MemoryStorage } from "../raft/memory-storage.ts";
import type { Ready } from "../raft/ready.ts";
import type { HardState, Snapshot } from "../raft/storage.ts";

/** Framing, checksum and padding of a record, and the hard state. */
const RECORD_BYTES = 64;

export class Wal {
  /** What raft reads: entries that are on disk, and the snapshot they follow. */
  readonly storage = new MemoryStorage();
  /** Written without fsync; becomes durable with the next one. */
  private unsynced: HardState | null = null;
  private inProgress: Ready | null = null;
  /** Bytes written since the last snapshot: what a restart must read. */
  bytesSinceSnapshot = 0;

  /** Does the Ready hold anything to write? */
  static hasWrite(ready: Ready): boolean {
    return ready.entries.length > 0 || ready.hardState !== null || ready.snapshot !== null;
  }

  /** Begins to write. @returns the bytes */
  begin(ready: Ready): number {
    this.inProgress = ready;
    return RECORD_BYTES + totalEntryBytes(ready.entries);
  }

  /** The write is done; with an fsync it is durable. */
  complete(): void {
    const ready = this.inProgress;
    if (ready === null) return;
    this.inProgress = null;
    if (!ready.mustSync && ready.snapshot === null) {
      if (ready.hardState !== null) this.unsynced = ready.hardState;
      return;
    }
    if (ready.snapshot !== null) this.storage.applySnapshot(ready.snapshot);
    if (ready.entries.length > 0) {
      this.storage.append(ready.entries);
      this.bytesSinceSnapshot += totalEntryBytes(ready.entries);
    }
    const hardState = ready.hardState ?? this.unsynced;
    if (hardState !== null) this.storage.hardState = hardState;
    this.unsynced = null;
  }

  /**
   * The process is gone.
   *
   * @param keepsPageCache a killed process leaves what it wrote to the kernel; a machine that loses power does not
   */
  crash(keepsPageCache: boolean): void {
    if (keepsPageCache && this.inProgress !== null && this.inProgress.snapshot === null) this.complete();
    this.inProgress = null;
    this.unsynced = null;
  }

  /** Keeps a snapshot's place, and drops entries up to `compactIndex`. */
  snapshotTo(snapshot: Snapshot, compactIndex: number): void {
    this.storage.keepSnapshot(snapshot);
    if (compactIndex > 0) this.storage.compact(compactIndex);
  }
}
