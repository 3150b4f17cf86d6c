// Deletes what compactions made unreadable from one member's database: 1000 revisions at a time, each batch committed, with 10 ms pauses.
// The file does not shrink, but its free pages are used again. Source: etcd's scheduleCompaction, as documented; reference rule 14.
import type { MemberView } from "../mvcc/member-view.ts";
import { Timer, type TimerHost } from "./timer.ts";

const BATCH_REVISIONS = 1_000;
const PAUSE_MICROS = 10_000;
/** As many operations make the backend commit at once. */
const COMMIT_OPERATIONS = 10_000;

export interface CompactorHost extends TimerHost {
  readonly view: MemberView;
  localMicros(micros: number): number;
  noteBackendWrite(operations: number): void;
}

export class Compactor {
  private readonly host: CompactorHost;
  private readonly timer: Timer;
  private stalled = false;

  /** Goes on with what a restart interrupted. */
  constructor(host: CompactorHost) {
    this.host = host;
    this.timer = new Timer(host, () => this.deleteBatch());
    this.wake();
  }

  /** Are there deletions to do? */
  get isBusy(): boolean {
    return this.host.view.removals.length > 0;
  }

  /** A fault: nothing is deleted while it holds. */
  set isStalled(stalled: boolean) {
    this.stalled = stalled;
    if (stalled) this.timer.clear();
    else this.wake();
  }

  /** A compaction was applied. */
  wake(): void {
    if (!this.isBusy || this.stalled || this.timer.isArmed) return;
    this.timer.set(this.host.engine.now);
  }

  stop(): void {
    this.timer.clear();
  }

  private deleteBatch(): void {
    const { view } = this.host;
    const current = view.removals[0];
    if (current === undefined) return;
    const { revision, scanned, removed, removedBytes } = current;
    // what is deleted lies anywhere among what is looked through; where nothing is, one step is enough
    const share = removed === 0 || scanned <= BATCH_REVISIONS ? 1 : BATCH_REVISIONS / scanned;
    const bytes = share === 1 ? removedBytes : Math.floor(removedBytes * share);
    view.freeBytes(bytes);
    if (share === 1) view.removals.shift();
    else {
      view.removals[0] = { revision, scanned: scanned - BATCH_REVISIONS, removed, removedBytes: removedBytes - bytes };
    }
    this.host.noteBackendWrite(COMMIT_OPERATIONS);
    if (this.isBusy) this.timer.set(this.host.engine.now + this.host.localMicros(PAUSE_MICROS));
  }
}
