// One version of one key, as the members' shared store keeps it: what clients are given, and a link to the version before it.
// A deletion is a version too (a tombstone: version 0, no value). Nothing but the link ever changes: compaction cuts it.
import type { KeyValue } from "../request.ts";

export class Version implements KeyValue {
  readonly key: string;
  readonly value: unknown;
  readonly valueBytes: number;
  readonly createRevision: number;
  readonly modRevision: number;
  /** 0 in a tombstone. */
  readonly version: number;
  readonly lease: number;
  /** Of the same key, older; null for the first one, and once no member can read what was before. */
  previous: Version | null;

  constructor(
    key: string,
    value: unknown,
    valueBytes: number,
    createRevision: number,
    modRevision: number,
    version: number,
    lease: number,
    previous: Version | null,
  ) {
    this.key = key;
    this.value = value;
    this.valueBytes = valueBytes;
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.version = version;
    this.lease = lease;
    this.previous = previous;
  }
}

/** A version that says that the key is gone. */
export function tombstone(key: string, revision: number, previous: Version | null): Version {
  return new Version(key, null, 0, 0, revision, 0, 0, previous);
}

/** What a reader at `revision` sees of a key whose newest version is `newest`: null when the key is not there. */
export function visibleAt(newest: Version | null, revision: number): Version | null {
  let version = newest;
  while (version !== null && version.modRevision > revision) version = version.previous;
  return version === null || version.version === 0 ? null : version;
}
