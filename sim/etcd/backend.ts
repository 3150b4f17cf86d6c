// When a member's database file becomes durable: a commit 100 ms after the last one if anything was applied, or after 10,000
// operations; two fsyncs (pages, then the meta page) under the lock that applying and reading need. Source: etcd's backend.
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { Position } from "./mvcc/member-view.ts";

const INTERVAL_MICROS = 100_000;
const LIMIT_OPERATIONS = 10_000;

export interface BackendHost {
  position(): Position;
  /** Takes the lock, syncs twice and calls {@link Backend.committed}. */
  beginCommit(): void;
}

export class Backend {
  /** What a crash leaves. */
  durable: Position;
  isCommitting = false;
  private readonly engine: Engine;
  private readonly host: BackendHost;
  private readonly kind: number;
  private readonly slot: number;
  private writing: Position | null = null;
  /** A moment at which the timer fired; without work it fires every interval and does nothing. */
  private timerBase: number;
  private operations = 0;
  private handle: EventHandle | null = null;
  private isStopped = false;

  constructor(engine: Engine, host: BackendHost, kind: number, slot: number, durable: Position) {
    this.engine = engine;
    this.host = host;
    this.kind = kind;
    this.slot = slot;
    this.durable = durable;
    this.timerBase = engine.now;
  }

  isQuiet(): boolean {
    return this.operations === 0 && !this.isCommitting;
  }

  /** Operations were written into the open transaction. */
  note(operations = 1): void {
    if (this.isStopped) return;
    this.operations += operations;
    if (this.isCommitting) return;
    if (this.operations >= LIMIT_OPERATIONS) this.begin();
    else if (this.handle === null) {
      const elapsed = this.engine.now - this.timerBase;
      const next = this.timerBase + (Math.floor(elapsed / INTERVAL_MICROS) + 1) * INTERVAL_MICROS;
      this.handle = this.engine.schedule(next as Tick, this.kind, this.slot);
    }
  }

  /** The event: the timer fired with something to commit. */
  begin(): void {
    if (this.handle !== null) this.engine.cancel(this.handle);
    this.handle = null;
    if (this.isCommitting || this.isStopped || this.operations === 0) return;
    this.isCommitting = true;
    this.operations = 0;
    this.writing = this.host.position();
    this.host.beginCommit();
  }

  /** The second fsync is done. */
  committed(): void {
    this.durable = this.writing!;
    this.writing = null;
    this.isCommitting = false;
    this.timerBase = this.engine.now;
    const { operations } = this;
    if (operations === 0) return;
    this.note(0);
  }

  /** The position was written whole: a snapshot was loaded, or a commit was forced. */
  replace(position: Position): void {
    this.durable = position;
    if (this.writing !== null) this.writing = position;
  }

  stop(): void {
    this.isStopped = true;
    if (this.handle !== null) this.engine.cancel(this.handle);
    this.handle = null;
    this.writing = null;
    this.isCommitting = false;
    this.operations = 0;
  }
}
