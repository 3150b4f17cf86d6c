// Snapshots of one member's process: taken after so many applied entries so that the log can be shortened, and sent whole to
// followers that need older entries. Source: etcd's triggerSnapshot, sendMergedSnap and rafthttp's snapshot handler; rule 17.
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { Message } from "../raft/message.ts";
import type { ConfState, Snapshot } from "../raft/storage.ts";
import type { Membership } from "./membership.ts";
import type { Position } from "./mvcc/member-view.ts";
import type { Wal } from "./wal.ts";

/** 3.6 shortens the log in memory whenever more entries than this were applied. */
const MEMORY_SNAPSHOT_COUNT = 100;
const MAX_IN_FLIGHT = 16;
/** The log is not shortened for so long after a snapshot has arrived: its receiver needs what follows it. */
const RELEASE_DELAY_MICROS = 30_000_000;
const RESPONSE_TIMEOUT_MICROS = 30_000_000;

/** The application's part of a snapshot. */
export interface SnapshotData {
  readonly position: Position;
  readonly membership: Membership;
}

/** What a receiver answers when it has saved a snapshot. */
export interface SnapshotSaved {
  readonly type: "snapshotSaved";
  readonly from: number;
  readonly index: number;
}

export interface SnapshotHost {
  readonly engine: Engine;
  readonly wal: Wal;
  readonly snapshotCount: number;
  readonly catchUpEntries: number;
  /** Is the log in memory shortened more often than a snapshot goes to disk (3.6)? */
  readonly compactsMemory: boolean;
  appliedIndex(): number;
  /** Term of the last applied entry, which the log may not hold any more. */
  appliedTerm(): number;
  conf(): ConfState;
  data(): SnapshotData;
  /** Commits the database and says when that is done: a snapshot on disk must not be ahead of it. */
  commitDatabase(done: () => void): void;
  /** @returns false when the peer cannot be reached */
  sendSnapshot(message: Message, databaseBytes: number): boolean;
  report(peer: number, isOk: boolean): void;
  isStopped(): boolean;
}

interface Transfer {
  readonly to: number;
  readonly index: number;
  isOver: boolean;
}

export class Snapshots {
  private readonly host: SnapshotHost;
  /** Applied index at the newest snapshot on disk. */
  private diskIndex: number;
  private memoryIndex: number;
  private isSaving = false;
  private requested: Message[] = [];
  private transfers: Transfer[] = [];
  /** Transfers, and those that ended less than 30 s ago. */
  private holds = 0;

  constructor(host: SnapshotHost) {
    this.host = host;
    this.diskIndex = host.wal.snapshot.index;
    this.memoryIndex = this.diskIndex;
  }

  isIdle(): boolean {
    return this.requested.length === 0 && this.transfers.length === 0 && !this.isSaving;
  }

  /** Raft wants a snapshot sent; that happens when the apply pipeline is at a border between batches. */
  request(message: Message): void {
    if (this.transfers.length + this.requested.length >= MAX_IN_FLIGHT) return;
    this.requested.push(message);
  }

  /** A batch was applied, or nothing is being applied. */
  atBorder(): void {
    const { requested } = this;
    if (requested.length > 0) {
      this.requested = [];
      for (const message of requested) this.send(message);
    }
    this.trigger();
  }

  /** A snapshot took the place of the log. */
  received(index: number): void {
    this.diskIndex = index;
    this.memoryIndex = index;
  }

  /** The receiver has saved it. */
  saved({ from, index }: SnapshotSaved): void {
    const transfer = this.transfers.find(({ to, index: sent }) => to === from && sent === index);
    if (transfer !== undefined) this.end(transfer, true);
  }

  /** The connection to the peer broke: what was on its way is lost. */
  broken(peer: number): void {
    for (const transfer of this.transfers) if (transfer.to === peer) this.end(transfer, false);
  }

  private trigger(): void {
    const { host } = this;
    const applied = host.appliedIndex();
    // a received snapshot has taken the place of the log, and is not loaded yet: one of now would be out of date
    if (applied < host.wal.storage.kept.index) return;
    const goesToDisk = !this.isSaving && applied - this.diskIndex > host.snapshotCount;
    if (goesToDisk) {
      this.isSaving = true;
      this.diskIndex = applied;
      const snapshot = this.take(applied);
      host.commitDatabase(() => {
        this.isSaving = false;
        host.wal.saved(snapshot);
        if (!host.compactsMemory) this.compact(snapshot);
      });
    }
    if (host.compactsMemory && (goesToDisk || applied - this.memoryIndex > MEMORY_SNAPSHOT_COUNT)) {
      this.memoryIndex = applied;
      this.compact(this.take(applied));
    }
  }

  private compact(snapshot: Snapshot): void {
    const { host } = this;
    if (this.holds > 0 || snapshot.index > host.wal.storage.lastIndex()) return;
    if (snapshot.index <= host.wal.storage.kept.index) return;
    const keepFrom = snapshot.index - host.catchUpEntries;
    host.wal.compactMemory(snapshot, Math.max(keepFrom, host.wal.storage.firstIndex() - 1));
  }

  private take(index: number): Snapshot {
    return { index, term: this.host.appliedTerm(), conf: this.host.conf(), data: null };
  }

  private send(message: Message): void {
    const { host } = this;
    const { to } = message;
    const index = host.appliedIndex();
    const data = host.data();
    const merged: Message = { ...message, snapshot: { ...this.take(index), data } };
    if (!host.sendSnapshot(merged, data.position.fileBytes)) return host.report(to, false);
    const transfer: Transfer = { to, index, isOver: false };
    this.transfers.push(transfer);
    this.holds++;
    host.engine.at((host.engine.now + RESPONSE_TIMEOUT_MICROS) as Tick, () => this.end(transfer, false));
  }

  private end(transfer: Transfer, isOk: boolean): void {
    if (transfer.isOver || this.host.isStopped()) return;
    transfer.isOver = true;
    this.transfers = this.transfers.filter((other) => other !== transfer);
    const release = () => {
      this.holds--;
    };
    const { engine } = this.host;
    if (isOk) engine.at((engine.now + RELEASE_DELAY_MICROS) as Tick, release);
    else release();
    this.host.report(transfer.to, isOk);
  }
}
