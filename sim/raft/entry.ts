// One entry of the replicated log. Entries are immutable and shared by all members, messages and storages of a simulated
// cluster, so five copies of a log cost one. Sizes are those of etcd's protobuf encoding, because limits count them.

/** One step of a configuration change: what happens to one node. */
export interface ConfChangeStep {
  /** `update` changes nothing in the configuration. */
  readonly operation: "add" | "learner" | "remove" | "update";
  readonly node: number;
}

/** A change of the cluster's configuration (Raft dissertation, chapter 4). */
export interface ConfChange {
  /** 1 is a single change without joint consensus, 2 may be any. */
  readonly version: 1 | 2;
  /** `auto`: joint only if needed, left by itself. `implicit`: joint, left by itself. `explicit`: joint, left by an empty change. */
  readonly transition: "auto" | "implicit" | "explicit";
  readonly changes: readonly ConfChangeStep[];
}

/** One entry of the log. */
export interface Entry {
  /** 0 in a proposal: the leader gives the number. */
  readonly index: number;
  /** 0 in a proposal. */
  readonly term: number;
  /** What the state machine gets; raft never looks at it. Null in the empty entry of a new leader. */
  readonly data: unknown;
  /** Not null in an entry that changes the configuration. */
  readonly change: ConfChange | null;
  /** Bytes of the payload, without index, term and kind. */
  readonly payloadBytes: number;
}

/** An entry to propose that carries data of `payloadBytes`. */
export function dataEntry(data: unknown, payloadBytes: number): Entry {
  return { index: 0, term: 0, data, change: null, payloadBytes };
}

/** An entry to propose that changes the configuration. */
export function confChangeEntry(change: ConfChange): Entry {
  return { index: 0, term: 0, data: null, change, payloadBytes: confChangeBytes(change) };
}

/** The entry with its place in the log. */
export function placeEntry(entry: Entry, index: number, term: number): Entry {
  return { index, term, data: entry.data, change: entry.change, payloadBytes: entry.payloadBytes };
}

/** Encoded size of an entry, in bytes. */
export function entryBytes(entry: Entry): number {
  const payload = entry.payloadBytes;
  const payloadField = payload === 0 ? 0 : 1 + varintBytes(payload) + payload;
  return 2 + 1 + varintBytes(entry.term) + 1 + varintBytes(entry.index) + payloadField;
}

/** Encoded size of entries, in bytes. */
export function totalEntryBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (let i = 0; i < entries.length; i++) bytes += entryBytes(entries[i]!);
  return bytes;
}

/** Size of the payloads of entries, in bytes. */
export function totalPayloadBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (let i = 0; i < entries.length; i++) bytes += entries[i]!.payloadBytes;
  return bytes;
}

/** The longest beginning of `entries` that fits into `maxBytes`, but at least the first one. */
export function limitEntries(entries: readonly Entry[], maxBytes: number): readonly Entry[] {
  if (maxBytes === Infinity || entries.length < 2) return entries;
  let bytes = entryBytes(entries[0]!);
  for (let i = 1; i < entries.length; i++) {
    bytes += entryBytes(entries[i]!);
    if (bytes > maxBytes) return entries.slice(0, i);
  }
  return entries;
}

function confChangeBytes(change: ConfChange): number {
  if (change.version === 1) return 2 + 1 + varintBytes(change.changes[0]!.node);
  let bytes = 2;
  for (const { node } of change.changes) bytes += 2 + 2 + 1 + varintBytes(node);
  return bytes;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}
