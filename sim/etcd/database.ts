// One member's database file and the lock on it: commits hold it for two fsyncs, a defragmentation for as long as it takes, and whoever
// reads or applies waits. Knows what is durable: the state's position and the members as of the last commit.
import type { Tick } from "../engine/tick.ts";
import { Backend } from "./backend.ts";
import type { DurableDatabase, MemberFrame } from "./member-frame.ts";
import type { Membership } from "./membership.ts";
import type { Position } from "./mvcc/member-view.ts";

const PAGE_BYTES = 4096;

export interface DatabaseHost {
  readonly frame: MemberFrame;
  readonly membership: Membership;
  /** The lock is taken, and free again: for the apply pipeline. */
  lock(): void;
  unlock(): void;
  guard(action: () => void): void;
}

interface CommitWaiter {
  readonly index: number;
  readonly done: () => void;
}

export class Database {
  private readonly host: DatabaseHost;
  private readonly frame: MemberFrame;
  private readonly backend: Backend;
  // members as the file has them, and as the commit in progress writes them
  private durableMembership: Membership;
  private committingMembership: Membership;
  private waiters: (() => void)[] = [];
  private commitWaiters: CommitWaiter[] = [];

  constructor(host: DatabaseHost) {
    this.host = host;
    this.frame = host.frame;
    const { engine, kinds, slot, database } = host.frame;
    this.backend = new Backend(engine, this, kinds.backendTimer, slot, database.position);
    this.durableMembership = database.membership;
    this.committingMembership = database.membership;
  }

  /** Nothing is written that is not durable, and the lock is free. */
  isQuiet(): boolean {
    return this.backend.isQuiet();
  }

  /** Somebody has the lock. */
  get isCommitting(): boolean {
    return this.backend.isCommitting;
  }

  /** The position that the file holds. */
  get durable(): Position {
    return this.backend.durable;
  }

  /** Operations were written into the open transaction. */
  note(operations = 1): void {
    this.backend.note(operations);
  }

  /** The event: the timer fired with something to commit. */
  onTimer(): void {
    this.backend.begin();
  }

  /** The event: both fsyncs are done. @param micros that it took */
  onCommitted(micros: number): void {
    const { observer, observed } = this.frame;
    this.durableMembership = this.committingMembership;
    // before the next commit may begin, which takes the lock again
    this.host.unlock();
    this.backend.committed();
    observer.backendCommit?.(observed, micros);
    this.release();
    this.releaseCommitted();
  }

  /** Runs when nobody holds the lock. */
  whenFree(action: () => void): void {
    if (this.backend.isCommitting) this.waiters.push(action);
    else action();
  }

  /** Takes the lock as soon as it is free, for as long as `micros` says then. */
  hold(micros: () => number, done: () => void): void {
    this.whenFree(() => {
      const { engine } = this.frame;
      this.backend.isCommitting = true;
      this.host.lock();
      engine.at((engine.now + micros()) as Tick, () =>
        this.host.guard(() => {
          this.backend.isCommitting = false;
          this.host.unlock();
          this.backend.note(0);
          done();
          this.release();
        }),
      );
    });
  }

  /** Makes durable what is applied now, and says when it is. */
  commit(done: () => void): void {
    this.commitWaiters.push({ index: this.frame.view.appliedIndex, done });
    if (!this.backend.isCommitting) this.backend.begin();
    this.releaseCommitted();
  }

  /** Another file took the place of this one. */
  replace(database: DurableDatabase): void {
    this.backend.replace(database.position);
    this.durableMembership = database.membership;
    this.committingMembership = database.membership;
  }

  /** Everything is written, as at a shutdown in good order. */
  close(): void {
    this.replace({ position: this.frame.view.position(), membership: this.host.membership });
  }

  /** The process is gone. @returns what the file holds */
  stop(): DurableDatabase {
    this.backend.stop();
    this.waiters = [];
    this.commitWaiters = [];
    return { position: this.backend.durable, membership: this.durableMembership };
  }

  // --- BackendHost

  position() {
    this.committingMembership = this.host.membership;
    return this.frame.view.position();
  }

  beginCommit(): void {
    const { disk } = this.frame;
    if (disk.isFull) return this.frame.exit("disk-full");
    this.host.lock();
    disk.begin("backend", PAGE_BYTES, 2);
  }

  private release(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const action of waiters) this.whenFree(action);
  }

  private releaseCommitted(): void {
    const durable = this.backend.durable.appliedIndex;
    const ready = this.commitWaiters.filter(({ index }) => index <= durable);
    if (ready.length === 0) return;
    this.commitWaiters = this.commitWaiters.filter(({ index }) => index > durable);
    for (const { done } of ready) done();
  }
}
