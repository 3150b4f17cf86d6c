// The multi-version store as of the newest entry of the log: changes make new versions, and old ones stay readable until they are
// pruned. Refuses nothing: who changes it has checked. All changes of one transaction have one revision.
// Source: etcd's mvcc (keyIndex, treeIndex, kvstore), as documented.
import type { DeleteRangeAnswer, PutAnswer } from "../answer.ts";
import { LeaseTable } from "../lease/lease-table.ts";
import type { DeleteRangeRequest, KeyValue, PutRequest } from "../request.ts";
import type { Removal } from "./command.ts";
import { revisionBytes } from "./database-size.ts";
import { History } from "./history.ts";
import { KeyIndex, type KeyRecord } from "./key-index.ts";
import { tombstone, Version } from "./version.ts";

const NONE: readonly KeyValue[] = [];

export class Store {
  readonly index = new KeyIndex();
  readonly history = new History();
  readonly leases = new LeaseTable();
  /** Of the newest change; an empty store has revision 1. */
  revision = 1;
  /** -1: never compacted. */
  compactedRevision = -1;
  /** Bytes that all changes so far have added to a database. */
  addedBytes = 0;
  /** Nothing is read before this revision any more. */
  prunedRevision = -1;
  // revisions in a database in which all compactions are finished
  private stored = 0;
  // puts that stand for many, oldest first: each of those has made an older version superfluous
  private bulks: { readonly revision: number; readonly count: number; readonly bytes: number }[] = [];

  /** Puts at `revision`: the newest, or the one after it. The key must exist if its value or lease is to be kept. */
  put(request: PutRequest, firstRevision: number): PutAnswer {
    const { standsFor } = request;
    const revision = firstRevision + (standsFor === undefined ? 0 : standsFor.count - 1);
    if (standsFor !== undefined) {
      this.bulks.push({ revision, ...standsFor });
      this.addedBytes += standsFor.bytes;
      this.stored += standsFor.count;
    }
    const key = request.key;
    const record = this.index.find(key);
    const newest = record === undefined ? null : record.newest;
    const old = newest === null || newest.version === 0 ? null : newest;
    const kept = request.ignoreValue === true && old !== null;
    const value = kept ? old.value : request.value;
    const valueBytes = kept ? old.valueBytes : request.valueBytes;
    const lease = request.ignoreLease === true && old !== null ? old.lease : request.lease;
    const created = old === null ? revision : old.createRevision;
    const count = old === null ? 1 : old.version + 1;
    const version = new Version(key, value, valueBytes, created, revision, count, lease, newest);
    this.change(record, version);
    const oldLease = old === null ? 0 : old.lease;
    if (oldLease !== lease) {
      if (oldLease !== 0) this.leases.detach(oldLease, key, revision);
      if (lease !== 0) this.leases.attach(lease, key);
    }
    return { kind: "put", revision, prevKv: request.prevKv === true ? old : null };
  }

  /** Deletes at `revision`: the newest, or the one after it, which stays unused when there is no such key. */
  deleteRange(request: DeleteRangeRequest, revision: number): DeleteRangeAnswer {
    const found = this.index.range(request.key, request.rangeEnd, revision, 0, false);
    for (const version of found.versions) this.deleteKey(version, revision);
    const deleted = found.versions.length;
    return {
      kind: "deleteRange",
      revision: this.revision,
      deleted,
      prevKvs: request.prevKv === true ? found.versions : NONE,
    };
  }

  /** Deletes the key whose newest version is `version`. */
  deleteKey(version: Version, revision: number): void {
    const record = this.index.find(version.key);
    this.change(record, tombstone(version.key, revision, version));
    if (version.lease !== 0) this.leases.detach(version.lease, version.key, revision);
  }

  /** Makes everything that is older than what `revision` sees unreadable, and tells what a database deletes for it. */
  compact(revision: number): Removal {
    const { history } = this;
    const before = this.compactedRevision;
    const later = history.firstAt(revision + 1);
    let removed = 0;
    let removedBytes = 0;
    for (let number = history.firstAt(before); number < later; number++) {
      const version = history.at(number);
      // a deletion at the compacted revision itself stays for those who watch from there
      if (version.version === 0 && version.modRevision < revision) {
        removed++;
        removedBytes += revisionBytes(version.key.length, 0);
      }
      const previous = version.previous;
      if (version.modRevision > before && previous !== null && previous.version !== 0) {
        removed++;
        removedBytes += revisionBytes(previous.key.length, previous.valueBytes);
      }
    }
    for (const { count, bytes, revision: at } of this.bulks) {
      if (at > revision) break;
      removed += count;
      removedBytes += bytes;
    }
    this.bulks = this.bulks.filter(({ revision: at }) => at > revision);
    const scanned = this.stored - (history.end - later);
    this.stored -= removed;
    this.compactedRevision = revision;
    return { revision, scanned, removed, removedBytes };
  }

  /** Frees what only readers before `revision` could see. */
  prune(revision: number): void {
    if (revision <= this.prunedRevision) return;
    const { history, index } = this;
    const end = history.firstAt(revision + 1);
    for (let number = history.firstAt(this.prunedRevision + 1); number < end; number++) {
      const version = history.at(number);
      version.previous = null;
      if (version.version !== 0) continue;
      const record = index.find(version.key);
      if (record?.newest === version) index.remove(record);
    }
    history.dropBefore(history.firstAt(revision));
    this.prunedRevision = revision;
  }

  /** Takes over a change from a backup, as it was. */
  restore(from: Version): void {
    const { key, value, valueBytes, createRevision, modRevision, lease } = from;
    const record = this.index.find(key);
    const newest = record === undefined ? null : record.newest;
    const version = new Version(key, value, valueBytes, createRevision, modRevision, from.version, lease, newest);
    this.change(record, version);
    if (newest !== null && newest.lease !== 0) this.leases.detach(newest.lease, key, modRevision);
    if (lease !== 0) this.leases.attach(lease, key);
  }

  private change(record: KeyRecord | undefined, version: Version): void {
    this.index.put(record, version);
    this.history.push(version);
    this.revision = version.modRevision;
    this.stored++;
    this.addedBytes += revisionBytes(version.key.length, version.valueBytes);
  }
}
