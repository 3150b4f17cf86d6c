// All keys that have a version: a hash map for single keys, and chunks of sorted records for ranges. A chunk knows how many of
// its keys live and when it changed last, so that counting a large range costs a step per chunk, not per key.
// Appending is cheap (a full last chunk is not split), as is a prefix range anywhere. Twin in tests: a sorted array.
import { assert } from "../../engine/assert.ts";
import { FROM_KEY } from "../request.ts";
import { type Version, visibleAt } from "./version.ts";

const CHUNK_RECORDS = 256;

export class Chunk {
  records: KeyRecord[] = [];
  /** Keys whose newest version is no tombstone. */
  live = 0;
  /** No key of the chunk was changed after this revision. */
  changedRevision = 0;
}

export class KeyRecord {
  readonly key: string;
  newest: Version;
  chunk: Chunk;

  constructor(key: string, newest: Version, chunk: Chunk) {
    this.key = key;
    this.newest = newest;
    this.chunk = chunk;
  }
}

/** What a range found. `count` is of all keys in the range, also behind the limit. */
export interface Found {
  readonly versions: Version[];
  count: number;
}

export class KeyIndex {
  private readonly byKey = new Map<string, KeyRecord>();
  private readonly chunks: Chunk[] = [];
  // heads[i]: not above any key of chunk i, and above all keys of chunk i - 1
  private readonly heads: string[] = [];

  /** Keys with a version, tombstones included. */
  get size(): number {
    return this.byKey.size;
  }

  find(key: string): KeyRecord | undefined {
    return this.byKey.get(key);
  }

  /** The newest version of a key, or null. */
  newest(key: string): Version | null {
    const record = this.byKey.get(key);
    return record === undefined ? null : record.newest;
  }

  /** Makes `version` the newest of its key; `record` is the key's, if it has one. */
  put(record: KeyRecord | undefined, version: Version): void {
    if (record === undefined) {
      this.insert(version);
      return;
    }
    const chunk = record.chunk;
    const alive = version.version === 0 ? 0 : 1;
    const wasAlive = record.newest.version === 0 ? 0 : 1;
    chunk.live += alive - wasAlive;
    chunk.changedRevision = version.modRevision;
    record.newest = version;
  }

  /** Forgets a key whose newest version is a tombstone that no member can see the past of. */
  remove(record: KeyRecord): void {
    assert(record.newest.version === 0, "only deleted keys are forgotten");
    this.byKey.delete(record.key);
    const chunk = record.chunk;
    chunk.records.splice(lowerBound(chunk.records, record.key), 1);
    if (chunk.records.length > 0) return;
    const at = this.chunkOf(record.key);
    this.chunks.splice(at, 1);
    this.heads.splice(at, 1);
  }

  /**
   * Reads a range as of a revision: at most `limit` versions in the order of their keys (0: all of them), and how many there are.
   *
   * @param countOnly leaves `versions` empty
   */
  range(key: string, rangeEnd: string, revision: number, limit: number, countOnly: boolean): Found {
    const found: Found = { versions: [], count: 0 };
    if (rangeEnd === "") {
      const version = visibleAt(this.newest(key), revision);
      if (version === null) return found;
      found.count = 1;
      if (!countOnly) found.versions.push(version);
      return found;
    }
    const toEnd = rangeEnd === FROM_KEY;
    const most = countOnly ? 0 : limit === 0 ? Infinity : limit;
    for (let c = this.chunkOf(key); c < this.chunks.length; c++) {
      const chunk = this.chunks[c]!;
      const records = chunk.records;
      const first = records[0]!.key >= key ? 0 : lowerBound(records, key);
      const end = toEnd || records[records.length - 1]!.key < rangeEnd ? records.length : lowerBound(records, rangeEnd);
      const whole = first === 0 && end === records.length && chunk.changedRevision <= revision;
      if (whole && found.versions.length >= most) found.count += chunk.live;
      else readInto(found, records, first, end, revision, most);
      if (end < records.length) break;
    }
    return found;
  }

  /** Calls `visit` with the newest version of every key in order. */
  forEach(visit: (record: KeyRecord) => void): void {
    for (const chunk of this.chunks) for (const record of chunk.records) visit(record);
  }

  private insert(version: Version): void {
    const key = version.key;
    const at = this.chunkOf(key);
    let chunk = this.chunks[at];
    if (chunk === undefined) {
      chunk = this.addChunk(0, "");
    } else if (chunk.records.length === CHUNK_RECORDS) {
      chunk = this.makeRoom(at, chunk, key);
    }
    const records = chunk.records;
    const record = new KeyRecord(key, version, chunk);
    if (records.length === 0 || records[records.length - 1]!.key < key) records.push(record);
    else records.splice(lowerBound(records, key), 0, record);
    if (version.version !== 0) chunk.live++;
    chunk.changedRevision = version.modRevision;
    this.byKey.set(key, record);
  }

  // a full chunk: behind its end a new one begins, otherwise it is halved
  private makeRoom(at: number, chunk: Chunk, key: string): Chunk {
    const records = chunk.records;
    if (records[CHUNK_RECORDS - 1]!.key < key) return this.addChunk(at + 1, key);
    const upper = this.addChunk(at + 1, records[CHUNK_RECORDS / 2]!.key);
    upper.records = records.splice(CHUNK_RECORDS / 2);
    upper.changedRevision = chunk.changedRevision;
    for (const record of upper.records) {
      record.chunk = upper;
      if (record.newest.version !== 0) upper.live++;
    }
    chunk.live -= upper.live;
    return key < upper.records[0]!.key ? chunk : upper;
  }

  private addChunk(at: number, head: string): Chunk {
    const chunk = new Chunk();
    this.chunks.splice(at, 0, chunk);
    this.heads.splice(at, 0, head);
    return chunk;
  }

  // the chunk in which the key is, or would be
  private chunkOf(key: string): number {
    const heads = this.heads;
    let low = 0;
    let high = heads.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (heads[middle]! <= key) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : low - 1;
  }
}

function lowerBound(records: readonly KeyRecord[], key: string): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (records[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readInto(
  found: Found,
  records: readonly KeyRecord[],
  from: number,
  to: number,
  revision: number,
  most: number,
): void {
  const versions = found.versions;
  for (let i = from; i < to; i++) {
    const version = visibleAt(records[i]!.newest, revision);
    if (version === null) continue;
    found.count++;
    if (versions.length < most) versions.push(version);
  }
}
