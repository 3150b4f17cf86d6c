// The key-value store as etcd's documentation describes it, written as plainly as can be: what the log says must have come out.
// It never drops a version, so it knows what was there at any revision. Answers and watch events are compared with it.
import type {
  AlarmRequest,
  Compare,
  DeleteRangeRequest,
  KeyRange,
  PutRequest,
  RangeRequest,
  TxnOp,
  TxnRequest,
  WriteRequest,
} from "../etcd/request.ts";
import { FROM_KEY } from "../etcd/request.ts";

/** A key's value at a revision, without sizes. */
export interface Version {
  readonly key: string;
  readonly value: unknown;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: number;
}

/** A change; `now` is null for a deletion. */
export interface Change {
  readonly revision: number;
  readonly key: string;
  readonly now: Version | null;
  readonly before: Version | null;
}

/** What one request must answer. */
export type Outcome =
  | { readonly kind: "put"; readonly before: Version | null }
  | { readonly kind: "range"; readonly found: readonly Version[]; readonly count: number }
  | { readonly kind: "delete"; readonly deleted: readonly Version[] }
  | { readonly kind: "txn"; readonly succeeded: boolean; readonly outcomes: readonly Outcome[] }
  | { readonly kind: "done" }
  | { readonly kind: "refused" };

const REFUSED: Outcome = { kind: "refused" };
const DONE: Outcome = { kind: "done" };

export class ReferenceStore {
  revision = 1;
  compactedRevision = 0;
  /** All changes, in order. */
  readonly changes: Change[] = [];
  /** Keys by lease, of leases that live. */
  readonly leases = new Map<number, Set<string>>();
  /** Members that have no space. */
  private readonly alarms = new Set<number>();
  private readonly versions = new Map<string, Change[]>();

  /** The value at a revision; null when it was not there. */
  at(key: string, revision: number): Version | null {
    const versions = this.versions.get(key);
    if (versions === undefined) return null;
    let low = 0;
    let high = versions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (versions[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? null : versions[low - 1]!.now;
  }

  /** Keys of a range that were there at a revision, ascending. */
  range(range: KeyRange, revision: number): Version[] {
    if (range.rangeEnd === "") {
      const one = this.at(range.key, revision);
      return one === null ? [] : [one];
    }
    const found: Version[] = [];
    for (const key of this.versions.keys()) {
      if (!isInRange(range, key)) continue;
      const version = this.at(key, revision);
      if (version !== null) found.push(version);
    }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Index in {@link changes} of the first change after a revision. */
  firstAfter(revision: number): number {
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.changes[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes a request that is in the log. */
  apply(request: WriteRequest | AlarmRequest): Outcome {
    if (this.alarms.size > 0 && needsSpace(request)) return REFUSED;
    switch (request.kind) {
      case "alarm":
        return this.alarm(request);
      case "leaseGrant":
        if (this.leases.has(request.id)) return REFUSED;
        this.leases.set(request.id, new Set());
        return DONE;
      case "leaseRevoke":
        return this.revoke(request.id);
      case "compact":
        if (request.revision <= this.compactedRevision || request.revision > this.revision) return REFUSED;
        this.compactedRevision = request.revision;
        return DONE;
      default: {
        const refused = this.refuses(request);
        if (refused) return REFUSED;
        const before = this.changes.length;
        const outcome = this.execute(request, this.revision + 1);
        if (this.changes.length > before) this.revision++;
        return outcome;
      }
    }
  }

  /** Is there a put without the lease or the value that it needs? etcd looks before it begins a transaction. */
  private refuses(request: PutRequest | DeleteRangeRequest | TxnRequest): boolean {
    if (request.kind === "deleteRange") return false;
    if (request.kind === "put") {
      if (request.lease !== 0 && !this.leases.has(request.lease)) return true;
      const needsOld = request.ignoreValue === true || request.ignoreLease === true;
      return needsOld && this.at(request.key, this.revision) === null;
    }
    for (const op of this.holds(request.compare) ? request.success : request.failure) {
      if (op.kind === "range") {
        if (op.revision > this.revision || (op.revision > 0 && op.revision < this.compactedRevision)) return true;
      } else if (this.refuses(op)) return true;
    }
    return false;
  }

  private execute(request: TxnOp, revision: number): Outcome {
    switch (request.kind) {
      case "put":
        return this.put(request, revision);
      case "deleteRange":
        return this.deleteRange(request, revision);
      case "range":
        return this.read(request, request.revision === 0 ? revision : request.revision);
      case "txn": {
        const succeeded = this.holds(request.compare);
        const ops = succeeded ? request.success : request.failure;
        return { kind: "txn", succeeded, outcomes: ops.map((op) => this.execute(op, revision)) };
      }
    }
  }

  private put(request: PutRequest, revision: number): Outcome {
    const before = this.at(request.key, revision);
    const now: Version = {
      key: request.key,
      value: request.ignoreValue === true ? before!.value : request.value,
      createRevision: before === null ? revision : before.createRevision,
      modRevision: revision,
      version: before === null ? 1 : before.version + 1,
      lease: request.ignoreLease === true ? before!.lease : request.lease,
    };
    this.note({ revision, key: request.key, now, before });
    return { kind: "put", before };
  }

  private deleteRange(request: KeyRange, revision: number): Outcome {
    const deleted = this.range(request, revision);
    for (const before of deleted) this.note({ revision, key: before.key, now: null, before });
    return { kind: "delete", deleted };
  }

  read(request: RangeRequest, revision: number): Outcome {
    const all = this.range(request, revision);
    if (request.countOnly === true) return { kind: "range", found: [], count: all.length };
    const found = request.limit > 0 ? all.slice(0, request.limit) : all;
    return { kind: "range", found, count: all.length };
  }

  private alarm({ action, alarm, member }: AlarmRequest): Outcome {
    if (alarm !== "NOSPACE") return DONE;
    if (action === "activate") this.alarms.add(member);
    else if (action === "deactivate" && member === 0) this.alarms.clear();
    else if (action === "deactivate") this.alarms.delete(member);
    return DONE;
  }

  private revoke(id: number): Outcome {
    const keys = this.leases.get(id);
    if (keys === undefined) return REFUSED;
    this.leases.delete(id);
    const revision = this.revision + 1;
    for (const key of [...keys].sort()) {
      this.note({ revision, key, now: null, before: this.at(key, this.revision) });
    }
    if (keys.size > 0) this.revision = revision;
    return DONE;
  }

  private note(change: Change): void {
    if (change.before !== null && change.before.lease !== 0) this.leases.get(change.before.lease)?.delete(change.key);
    if (change.now !== null && change.now.lease !== 0) this.leases.get(change.now.lease)?.add(change.key);
    this.changes.push(change);
    let versions = this.versions.get(change.key);
    if (versions === undefined) {
      versions = [];
      this.versions.set(change.key, versions);
    }
    versions.push(change);
  }

  private holds(compares: readonly Compare[]): boolean {
    return compares.every((compare) => {
      const found = this.range(compare, this.revision);
      // a single key that is not there compares as zeros; of a range only what is there is compared
      if (found.length === 0) return holdsFor(compare, null);
      return found.every((version) => holdsFor(compare, version));
    });
  }
}

/** Is the request one that a member without space refuses? */
function needsSpace(request: TxnOp | WriteRequest | AlarmRequest): boolean {
  if (request.kind === "txn") return [...request.success, ...request.failure].some(needsSpace);
  return request.kind === "put" || request.kind === "leaseGrant";
}

/** Is a key in a range, as etcd reads its two ends? */
export function isInRange({ key: first, rangeEnd }: KeyRange, key: string): boolean {
  if (rangeEnd === "") return key === first;
  return key >= first && (rangeEnd === FROM_KEY || key < rangeEnd);
}

function holdsFor(compare: Compare, version: Version | null): boolean {
  if (compare.target === "value") {
    // nothing equals no value
    if (version === null) return false;
    return relate(version.value as number | string, compare.result, compare.operand as number | string);
  }
  return relate(numberOf(compare.target, version), compare.result, compare.operand as number);
}

function numberOf(target: "version" | "create" | "mod" | "lease", version: Version | null): number {
  if (version === null) return 0;
  if (target === "version") return version.version;
  if (target === "create") return version.createRevision;
  return target === "mod" ? version.modRevision : version.lease;
}

function relate(a: number | string, relation: Compare["result"], b: number | string): boolean {
  switch (relation) {
    case "=":
      return a === b;
    case "!=":
      return a !== b;
    case ">":
      return a > b;
    case "<":
      return a < b;
  }
}
