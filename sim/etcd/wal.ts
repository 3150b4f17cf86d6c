// The write-ahead log of one member: what raft's entries and hard state are after a crash. A write is durable when its fsync
// is done; a hard state that only tells a commit index is written without one, and lost by a crash. Raft reads from memory,
// where the log may be shorter than on disk (etcd 3.6 compacts it every 100 entries) or longer (entries before the snapshot).
import { type Entry, totalEntryBytes } from "../raft/entry.ts";
import { MemoryStorage } from "../raft/memory-storage.ts";
import type { Ready } from "../raft/ready.ts";
import { EMPTY_CONF, type HardState, type Snapshot } from "../raft/storage.ts";

/** Framing, checksum and padding of a record, and the hard state. */
const RECORD_BYTES = 64;

export class Wal {
  /** What raft reads: entries that are on disk, and the snapshot they follow. */
  storage = new MemoryStorage();
  /** The newest snapshot on disk: where a restart begins. */
  snapshot: Snapshot = { index: 0, term: 0, conf: EMPTY_CONF, data: null };
  /** Written since the newest snapshot on disk: what a restart must read. */
  bytesSinceSnapshot = 0;
  // on disk and after the snapshot there, but not in memory any more
  private archive: Entry[] = [];
  private unsynced: HardState | null = null;
  /** Written, but the commit index on disk is behind it yet: a restart does not take it. */
  private early: Snapshot | null = null;
  private inProgress: Ready | null = null;

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
    if (ready.snapshot !== null) {
      this.storage.applySnapshot(ready.snapshot);
      this.beginAt(ready.snapshot);
    }
    if (ready.entries.length > 0) {
      this.storage.append(ready.entries);
      this.bytesSinceSnapshot += totalEntryBytes(ready.entries);
    }
    this.settle(ready.hardState);
  }

  /**
   * A snapshot of the member's own is on disk. A restart begins there as soon as the commit index on disk has reached it: entries
   * are applied while the hard state that commits them is being written, and etcd passes over snapshots that are newer than that.
   */
  saved(snapshot: Snapshot): void {
    // a received one has overtaken it
    if (snapshot.index <= this.snapshot.index) return;
    this.early = snapshot;
    this.settle(null);
  }

  /** Raft needs entries up to `compactIndex` in memory no more; those that follow the snapshot stay on disk. */
  compactMemory(snapshot: Snapshot, compactIndex: number): void {
    const { storage } = this;
    storage.keepSnapshot(snapshot);
    const from = Math.max(storage.firstIndex(), this.snapshot.index + 1);
    if (compactIndex >= from) {
      for (const entry of storage.entries(from, compactIndex + 1, Infinity)!) this.archive.push(entry);
    }
    storage.compact(compactIndex);
  }

  /** The process ends in good order: what was written is synced. */
  close(): void {
    this.settle(null);
  }

  /**
   * The process is gone. What is in memory is read anew from what is on disk.
   *
   * @param keepsPageCache a killed process leaves what it wrote to the kernel; a machine that loses power does not
   */
  crash(keepsPageCache: boolean): void {
    if (keepsPageCache && this.inProgress?.snapshot === null) this.complete();
    this.inProgress = null;
    this.unsynced = null;
    this.early = null;
    const { storage, snapshot, archive } = this;
    const fresh = new MemoryStorage();
    if (snapshot.index > 0) fresh.applySnapshot(snapshot);
    fresh.append(archive);
    const first = Math.max(storage.firstIndex(), snapshot.index + 1);
    if (first <= storage.lastIndex()) fresh.append(storage.entries(first, storage.lastIndex() + 1, Infinity)!);
    fresh.hardState = storage.hardState;
    this.archive = [];
    this.storage = fresh;
  }

  private settle(hardState: HardState | null): void {
    const newest = hardState ?? this.unsynced;
    if (newest !== null) this.storage.hardState = newest;
    this.unsynced = null;
    const { early } = this;
    if (early !== null && early.index <= this.storage.hardState.commit) this.beginAt(early);
  }

  private beginAt(snapshot: Snapshot): void {
    this.early = null;
    this.snapshot = snapshot;
    this.archive = this.archive.filter((entry) => entry.index > snapshot.index);
    this.bytesSinceSnapshot = 0;
  }
}
