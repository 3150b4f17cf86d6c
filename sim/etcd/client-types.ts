// What a user of etcd sees of it: requests that complete by callback at a later tick, and watches.
import type { Answered } from "./answer.ts";
import type { EtcdError } from "./error.ts";
import type { EtcdRequest, KeyRange, WatchEvent } from "./request.ts";

export interface WatchOptions extends KeyRange {
  /** The first revision to be told of; 0 = from now on. */
  readonly startRevision: number;
  /** Ends with `etcdserver: no leader` when the member has had none for three election timeouts. */
  readonly requireLeader: boolean;
}

export interface WatchSink {
  /** Changes in order of revision, those of one revision never split. */
  events(events: readonly WatchEvent[]): void;
  /** It will tell no more. @param compactRevision above 0 when what it was to tell next has been compacted away */
  ended(error: EtcdError, compactRevision: number): void;
}

export interface EtcdWatch {
  /** Tells no more; `ended` is not called. */
  cancel(): void;
}

/** On whose behalf a call is made: nothing is tried again once it is over. */
export interface CallContext {
  readonly isOver: boolean;
}

/** What a user of etcd needs of a client; also what a test can stand in for. */
export interface KeyValueClient {
  call<R extends EtcdRequest>(request: R, done: Answered<R>, context?: CallContext): void;
  watch(options: WatchOptions, sink: WatchSink): EtcdWatch;
}

/** The first key behind all that begin with `prefix`: the end of their range. */
export function prefixEnd(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}
