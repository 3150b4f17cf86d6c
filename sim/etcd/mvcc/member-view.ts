// One member's position in the replicated state: how far it has applied the log, and so what its clients see. Reading at a member that
// is behind gives the old state. A crash takes it back to what its disk has; a snapshot jumps forward.
import { assert } from "../../engine/assert.ts";
import type { Alarm, RangeAnswer, TxnAnswer } from "../answer.ts";
import type { EtcdError } from "../error.ts";
import type { Lease } from "../lease/lease-table.ts";
import type { AlarmType, RangeRequest, TxnRequest } from "../request.ts";
import { Backup } from "./backup.ts";
import type { ApplyResult, Command, Removal } from "./command.ts";
import { BASE_BYTES, SPARE_BYTES } from "./database-size.ts";
import type { Position, Reader, ReplicatedState } from "./replicated-state.ts";

export type { Position } from "./replicated-state.ts";

import { checkRange, executeReadOnlyTxn, readRange } from "./transaction.ts";
import { visibleAt } from "./version.ts";

export class MemberView implements Reader {
  readonly state: ReplicatedState;
  /** The last entry of the log that this member applied. */
  appliedIndex = 0;
  revision = 1;
  compactedRevision = -1;
  /** The file, as `status` tells it: grows, and shrinks by defragmentation only. */
  databaseBytes = BASE_BYTES;
  /** Clients read here, or will. What other members do not need is kept for this one as long as it is set. */
  isServing = false;
  /** Compactions whose deletions this member still has to do, oldest first. */
  removals: Removal[] = [];
  private dataBytes = 0;

  constructor(state: ReplicatedState) {
    this.state = state;
    this.moveTo(state.initial);
    state.addReader(this);
  }

  /** Bytes of the file that are in use. */
  get databaseInUseBytes(): number {
    return BASE_BYTES + this.dataBytes;
  }

  /** Applies the next entry of the log; as {@link ReplicatedState.apply}. */
  apply(index: number, term: number, command: Command | null): ApplyResult {
    assert(index === this.appliedIndex + 1, "a member applies the log without gaps");
    const result = this.state.apply(index, term, command);
    this.appliedIndex = index;
    this.revision = result.revision;
    if (result.addedBytes > 0) this.grow(result.addedBytes);
    if (result.removal !== null) this.compact(result.removal);
    return result;
  }

  /** What a backend commit that begins now makes durable. */
  position(): Position {
    const { appliedIndex, revision, compactedRevision, dataBytes, databaseBytes, removals } = this;
    return { appliedIndex, revision, compactedRevision, dataBytes, fileBytes: databaseBytes, removals: [...removals] };
  }

  /** Goes to a position: after a crash that of the last backend commit, or that of a snapshot. */
  moveTo(position: Position): void {
    assert(position.appliedIndex <= this.state.appliedIndex, "a position that was reached before");
    this.appliedIndex = position.appliedIndex;
    this.revision = position.revision;
    this.compactedRevision = position.compactedRevision;
    this.dataBytes = position.dataBytes;
    this.databaseBytes = position.fileBytes;
    this.removals = [...position.removals];
  }

  /** The database as it is now, kept until it is released. */
  backup(): Backup {
    return new Backup(this.state, this.position());
  }

  /** Reads as of this member's position. */
  range(request: RangeRequest): RangeAnswer | EtcdError {
    return checkRange(request, this) ?? readRange(this.state.store, request, this.revision);
  }

  /** Does a transaction that only reads, as of this member's position. */
  readOnlyTxn(request: TxnRequest): TxnAnswer | EtcdError {
    return executeReadOnlyTxn(this.state.store, request, this);
  }

  lease(id: number): Lease | undefined {
    return this.state.store.leases.findAt(id, this.appliedIndex);
  }

  leases(): Lease[] {
    return this.state.store.leases.allAt(this.appliedIndex);
  }

  /** Keys that are attached to a lease, in order. */
  leaseKeys(lease: Lease): string[] {
    const keys = new Set(lease.keys);
    for (const { key } of lease.detached) keys.add(key);
    const { index } = this.state.store;
    return [...keys].filter((key) => visibleAt(index.newest(key), this.revision)?.lease === lease.id).sort();
  }

  alarms(): Alarm[] {
    return this.state.alarmsAt(this.appliedIndex);
  }

  hasAlarm(alarm: AlarmType): boolean {
    return this.state.hasAlarmAt(alarm, this.appliedIndex);
  }

  /** A batch of a compaction's deletions is done. */
  freeBytes(bytes: number): void {
    this.dataBytes -= bytes;
    assert(this.dataBytes >= 0, "no more is freed than was added");
  }

  /** Writes the database anew, without the pages that are free. */
  defragment(): void {
    this.databaseBytes = this.databaseInUseBytes;
  }

  private grow(bytes: number): void {
    this.dataBytes += bytes;
    const needed = BASE_BYTES + this.dataBytes + SPARE_BYTES;
    if (needed > this.databaseBytes) this.databaseBytes = needed;
  }

  private compact(removal: Removal): void {
    this.compactedRevision = removal.revision;
    this.removals.push(removal);
    this.state.forget();
  }
}
