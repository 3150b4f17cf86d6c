// The apply pipeline of one member: committed entries in order, one batch at a time, beside the ready loop. It needs the lock that
// a backend commit holds for two fsyncs, so a slow disk stalls what its own clients wait for. Source: etcd's applyAll, backend.
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { Entry } from "../raft/entry.ts";
import type { Snapshot } from "../raft/storage.ts";

export interface ApplyHost {
  /** An entry takes effect now. */
  applyEntry(entry: Entry): void;
  /** A received snapshot takes the place of the state. @returns microseconds that loading takes, told before it takes effect */
  snapshotMicros(snapshot: Snapshot): number;
  applySnapshot(snapshot: Snapshot): void;
  /** A batch is done. */
  applied(): void;
}

interface Batch {
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | null;
}

export class ApplyQueue {
  /** The last entry that took effect in this process. */
  appliedIndex = 0;
  /** Its term: what etcd's Status tells as the term, not raft's, which may be ahead of it. */
  appliedTerm = 0;
  /** Index up to which entries were handed over: etcd's committed index. */
  committedIndex = 0;
  private readonly engine: Engine;
  private readonly host: ApplyHost;
  private readonly kind: number;
  private readonly slot: number;
  private readonly entryMicros: number;
  private batches: Batch[] = [];
  private handle: EventHandle | null = null;
  private endsAt = 0;
  /** Nothing is applied while the lock is held by a commit that does not end. */
  private isLocked = false;
  private stalledMicros = 0;
  private isStopped = false;

  constructor(engine: Engine, host: ApplyHost, kind: number, slot: number, entryMicros: number) {
    this.engine = engine;
    this.host = host;
    this.kind = kind;
    this.slot = slot;
    this.entryMicros = entryMicros;
  }

  isIdle(): boolean {
    return this.batches.length === 0;
  }

  /** Hands entries over, or a snapshot before them. */
  push(entries: readonly Entry[], snapshot: Snapshot | null): void {
    if (this.isStopped) return;
    this.batches.push({ entries, snapshot });
    if (snapshot !== null && snapshot.index > this.committedIndex) this.committedIndex = snapshot.index;
    const last = entries.at(-1);
    if (last !== undefined && last.index > this.committedIndex) this.committedIndex = last.index;
    if (this.batches.length === 1) this.begin();
  }

  /** A commit of the backend holds the lock until {@link unlock}. */
  lock(): void {
    this.isLocked = true;
    if (this.handle === null) return;
    this.engine.cancel(this.handle);
    this.handle = null;
    this.stalledMicros = this.endsAt - this.engine.now;
  }

  unlock(): void {
    this.isLocked = false;
    if (this.batches.length > 0) this.schedule(this.stalledMicros);
  }

  /** The event: the batch takes effect. */
  finish(): void {
    this.handle = null;
    const { entries, snapshot } = this.batches[0]!;
    if (snapshot !== null) {
      this.host.applySnapshot(snapshot);
      this.appliedIndex = Math.max(this.appliedIndex, snapshot.index);
      this.appliedTerm = snapshot.term;
    }
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      // whoever was answered may have ended the process
      if (this.isStopped) return;
      this.host.applyEntry(entry);
      this.appliedIndex = entry.index;
      this.appliedTerm = entry.term;
    }
    if (this.isStopped) return;
    this.batches.shift();
    if (this.batches.length > 0) this.begin();
    this.host.applied();
  }

  /** What was handed over takes effect now. */
  finishNow(): void {
    while (this.batches.length > 0) {
      if (this.handle !== null) this.engine.cancel(this.handle);
      this.finish();
    }
  }

  /** The process is gone. */
  stop(): void {
    this.isStopped = true;
    if (this.handle !== null) this.engine.cancel(this.handle);
    this.handle = null;
    this.batches = [];
  }

  private begin(): void {
    const { entries, snapshot } = this.batches[0]!;
    let micros = 0;
    for (let i = 0; i < entries.length; i++) if (entries[i]!.data !== null) micros += this.entryMicros;
    if (snapshot !== null) micros += this.host.snapshotMicros(snapshot);
    if (this.isLocked) this.stalledMicros = micros;
    else this.schedule(micros);
  }

  private schedule(micros: number): void {
    this.endsAt = this.engine.now + micros;
    this.handle = this.engine.schedule(this.endsAt as Tick, this.kind, this.slot);
  }
}
