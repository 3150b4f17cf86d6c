// What the log carries, and what applying it gave. A command is made once by the member that proposes it; entries, messages and
// logs of all members share it, and the result of its first application with it.
import type { StateAnswer } from "../answer.ts";
import type { EtcdError } from "../error.ts";
import type { AlarmRequest, WriteRequest } from "../request.ts";

/** Remaining times that the leader remembers for the next one. */
export interface LeaseCheckpointRequest {
  readonly kind: "leaseCheckpoint";
  readonly leases: readonly { readonly id: number; readonly remainingSeconds: number }[];
}
/** A member tells the others that it is there. */
export interface PublishRequest {
  readonly kind: "publish";
  readonly member: number;
  readonly name: string;
}
export type InternalRequest = AlarmRequest | LeaseCheckpointRequest | PublishRequest;

/** What the log carries. */
export interface Command {
  /** Of the request, unique in the cluster. */
  readonly id: number;
  /** The member that proposed it. */
  readonly memberId: number;
  readonly request: WriteRequest | InternalRequest;
  /** Set by the replicated state when the command is applied first. */
  result: ApplyResult | null;
}

/** What a compaction leaves to be deleted from each member's database. */
export interface Removal {
  /** The compacted revision. */
  readonly revision: number;
  /** Revisions up to it that are still to be looked through. */
  readonly scanned: number;
  /** How many of all of them are deleted. */
  readonly removed: number;
  /** What is still to be freed. */
  readonly removedBytes: number;
}

/** What one entry of the log did to the store. */
export class ApplyResult {
  readonly index: number;
  readonly term: number;
  /** Of the store after it. */
  readonly revision: number;
  readonly answer: StateAnswer | EtcdError;
  /** Numbers of its changes in the store's history: from the first up to, but not with, the last. */
  readonly changesBegin: number;
  readonly changesEnd: number;
  /** What it added to the database of each member. */
  readonly addedBytes: number;
  /** Of a compaction. */
  readonly removal: Removal | null;

  constructor(
    index: number,
    term: number,
    revision: number,
    answer: StateAnswer | EtcdError,
    changesBegin: number,
    changesEnd: number,
    addedBytes: number,
    removal: Removal | null,
  ) {
    this.index = index;
    this.term = term;
    this.revision = revision;
    this.answer = answer;
    this.changesBegin = changesBegin;
    this.changesEnd = changesEnd;
    this.addedBytes = addedBytes;
    this.removal = removal;
  }
}
