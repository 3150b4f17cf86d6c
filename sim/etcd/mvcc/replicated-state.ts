// The state machine that all members of a cluster replicate. Since they apply the same log, it is computed once: the first member to apply an
// entry changes the store, later ones get the same result and only move their own position (MemberView).
// Refuses a member that applies a different entry at an index: that would break state machine safety (Raft, figure 3).
// Source: etcd server/apply.go (order of alarm, quota and lease checks), as documented.
import { fail } from "../../engine/assert.ts";
import type { Alarm, AlarmAnswer, LeaseRevokeAnswer, StateAnswer } from "../answer.ts";
import { ERRORS, type EtcdError } from "../error.ts";
import { MAX_TTL_SECONDS } from "../lease/lease-table.ts";
import type { AlarmRequest, AlarmType, LeaseGrantRequest, LeaseRevokeRequest } from "../request.ts";
import { ApplyResult, type Command, type LeaseCheckpointRequest, type Removal } from "./command.ts";
import { BASE_BYTES, LEASE_BYTES } from "./database-size.ts";
import { requestCostBytes } from "./quota-cost.ts";
import { Store } from "./store.ts";
import { checkPut, executeTxn } from "./transaction.ts";
import { visibleAt } from "./version.ts";

export interface ReplicatedStateOptions {
  /** Shorter leases are granted this time. etcd: 1.5 election timeouts, rounded up. */
  readonly minLeaseTtlSeconds: number;
}

interface AlarmRow extends Alarm {
  readonly fromIndex: number;
  toIndex: number;
}

/** A member as far as it holds back what can be forgotten. */
export interface Reader {
  /** Clients may read at this member. */
  readonly isServing: boolean;
  readonly appliedIndex: number;
  readonly revision: number;
  readonly compactedRevision: number;
}

/** All that a member's database file says: what a backend commit makes durable, and what a snapshot or backup carries. */
export interface Position {
  readonly appliedIndex: number;
  readonly revision: number;
  readonly compactedRevision: number;
  readonly dataBytes: number;
  readonly fileBytes: number;
  /** Of compactions that were not finished. */
  readonly removals: readonly Removal[];
}

const EMPTY: Position = {
  appliedIndex: 0,
  revision: 1,
  compactedRevision: -1,
  dataBytes: 0,
  fileBytes: BASE_BYTES,
  removals: [],
};

export class ReplicatedState {
  readonly store = new Store();
  readonly options: ReplicatedStateOptions;
  /** Where members begin that have no entry of the log yet. */
  initial: Position = EMPTY;
  /** The newest entry that any member has applied. */
  appliedIndex = 0;
  private readonly readers: Reader[] = [];
  private alarms: AlarmRow[] = [];
  private readonly published = new Map<number, number>();
  // entries without a command, by index, with their terms; and results of commands that are in the log more than once
  private readonly empty = new Map<number, ApplyResult>();
  private readonly repeated = new Map<number, ApplyResult>();
  private removal: Removal | null = null;

  constructor(options: ReplicatedStateOptions) {
    this.options = options;
  }

  /** Adds a member whose position holds back what can be forgotten. */
  addReader(reader: Reader): void {
    this.readers.push(reader);
  }

  removeReader(reader: Reader): void {
    const at = this.readers.indexOf(reader);
    if (at >= 0) this.readers.splice(at, 1);
  }

  /**
   * Applies an entry, or tells what it did when another member applied it first.
   *
   * @param command null when the entry says nothing to the store (a new leader's first one, a change of the configuration)
   * @throws AssertionError when an entry is skipped, or when another entry was applied at this index
   */
  apply(index: number, term: number, command: Command | null): ApplyResult {
    if (index <= this.appliedIndex) return this.appliedBefore(index, term, command);
    if (index !== this.appliedIndex + 1) fail(`entry ${index} is applied after entry ${this.appliedIndex}`);
    this.appliedIndex = index;
    const { store } = this;
    const begin = store.history.end;
    const bytesBefore = store.addedBytes;
    this.removal = null;
    const answer: StateAnswer | EtcdError =
      command === null ? { kind: "empty", revision: store.revision } : this.perform(index, command);
    const { removal } = this;
    const bytes = store.addedBytes - bytesBefore;
    const result = new ApplyResult(index, term, store.revision, answer, begin, store.history.end, bytes, removal);
    if (command === null) this.empty.set(index, result);
    else if (command.result === null) command.result = result;
    else this.repeated.set(index, result);
    return result;
  }

  /** Alarms as of entry `index`. */
  alarmsAt(index: number): Alarm[] {
    const active: Alarm[] = [];
    for (const row of this.alarms) {
      if (row.fromIndex <= index && index < row.toIndex) active.push({ member: row.member, alarm: row.alarm });
    }
    return active;
  }

  hasAlarmAt(alarm: AlarmType, index: number): boolean {
    for (const row of this.alarms) {
      if (row.alarm === alarm && row.fromIndex <= index && index < row.toIndex) return true;
    }
    return false;
  }

  /** Had the member published itself by entry `index`? */
  isPublishedAt(member: number, index: number): boolean {
    return (this.published.get(member) ?? Infinity) <= index;
  }

  /** Forgets what no member that serves clients can read. Called after a member moved past a compaction. */
  forget(): void {
    const { store } = this;
    let compacted = store.compactedRevision;
    let index = this.appliedIndex;
    let revision = store.revision;
    for (const reader of this.readers) {
      if (!reader.isServing) continue;
      if (reader.compactedRevision < compacted) compacted = reader.compactedRevision;
      if (reader.appliedIndex < index) index = reader.appliedIndex;
      if (reader.revision < revision) revision = reader.revision;
    }
    store.prune(compacted);
    store.leases.forgetRevoked(index);
    for (const lease of store.leases.allAt(this.appliedIndex)) lease.forgetDetached(revision);
  }

  private appliedBefore(index: number, term: number, command: Command | null): ApplyResult {
    let result: ApplyResult | null | undefined;
    if (command === null) result = this.empty.get(index);
    else result = command.result?.index === index ? command.result : this.repeated.get(index);
    if (result === null || result === undefined || result.term !== term) {
      fail(`state machine safety: another entry than the one of term ${term} was applied at index ${index}`);
    }
    return result;
  }

  private perform(index: number, command: Command): StateAnswer | EtcdError {
    const { request } = command;
    const refusal = this.alarms.length === 0 ? null : this.refusal(index, command);
    if (refusal !== null) return refusal;
    const { store } = this;
    switch (request.kind) {
      case "put":
        return checkPut(store, request, false) ?? store.put(request, store.revision + 1);
      case "deleteRange":
        return store.deleteRange(request, store.revision + 1);
      case "txn":
        return executeTxn(store, request);
      case "compact":
        if (request.revision <= store.compactedRevision) return ERRORS.compacted;
        if (request.revision > store.revision) return ERRORS.futureRevision;
        this.removal = store.compact(request.revision);
        return { kind: "compact", revision: store.revision };
      case "leaseGrant":
        return this.grant(index, request);
      case "leaseRevoke":
        return this.revoke(index, request);
      case "leaseCheckpoint":
        return this.checkpoint(index, request);
      case "alarm":
        return this.alarm(index, request);
      case "publish":
        this.published.set(request.member, index);
        return { kind: "publish", revision: store.revision };
    }
  }

  // what alarms forbid: a corrupt cluster changes nothing, one without space does not grow
  private refusal(index: number, command: Command): EtcdError | null {
    const { kind } = command.request;
    if (kind === "alarm" || kind === "publish" || kind === "leaseCheckpoint") return null;
    if (this.hasAlarmAt("CORRUPT", index)) return ERRORS.corrupt;
    if (requestCostBytes(command.request) > 0 && this.hasAlarmAt("NOSPACE", index)) return ERRORS.noSpace;
    return null;
  }

  private grant(index: number, request: LeaseGrantRequest): StateAnswer | EtcdError {
    const { store } = this;
    const { id } = request;
    if (id === 0) return ERRORS.leaseNotFound;
    if (request.ttlSeconds > MAX_TTL_SECONDS) return ERRORS.leaseTtlTooLarge;
    if (store.leases.find(id) !== undefined) return ERRORS.leaseExists;
    const ttlSeconds = Math.max(request.ttlSeconds, this.options.minLeaseTtlSeconds);
    store.leases.grant(id, ttlSeconds, index);
    store.addedBytes += LEASE_BYTES;
    return { kind: "leaseGrant", revision: store.revision, id, ttlSeconds };
  }

  private revoke(index: number, request: LeaseRevokeRequest): LeaseRevokeAnswer | EtcdError {
    const { store } = this;
    const lease = store.leases.find(request.id);
    if (lease === undefined) return ERRORS.leaseNotFound;
    const revision = store.revision + 1;
    for (const key of [...lease.keys].sort()) {
      const version = visibleAt(store.index.newest(key), revision);
      if (version !== null) store.deleteKey(version, revision);
    }
    store.leases.revoke(lease, index);
    return { kind: "leaseRevoke", revision: store.revision };
  }

  private checkpoint(index: number, request: LeaseCheckpointRequest): StateAnswer {
    const { store } = this;
    for (const { id, remainingSeconds } of request.leases) store.leases.find(id)?.checkpoint(index, remainingSeconds);
    return { kind: "leaseCheckpoint", revision: store.revision };
  }

  private alarm(index: number, request: AlarmRequest): AlarmAnswer {
    const { revision } = this.store;
    const { member, alarm, action } = request;
    if (action === "list") return { kind: "alarm", revision, alarms: this.alarmsAt(index) };
    const matching = this.alarms.filter(
      (row) => row.toIndex === Infinity && row.alarm === alarm && (member === 0 || row.member === member),
    );
    if (action === "deactivate") {
      for (const row of matching) row.toIndex = index;
      return { kind: "alarm", revision, alarms: matching.map((row) => ({ member: row.member, alarm })) };
    }
    if (matching.length > 0) return { kind: "alarm", revision, alarms: [] };
    this.alarms.push({ member, alarm, fromIndex: index, toIndex: Infinity });
    return { kind: "alarm", revision, alarms: [{ member, alarm }] };
  }
}
