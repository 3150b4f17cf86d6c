// Linearizable reads of one member: one round of ReadIndex at a time serves all reads that came before it began. It is asked again
// every 500 ms and when the first entry of a term is applied, fails when the leader changes, and after the request timeout.
// Source: etcd's linearizableReadLoop and requestCurrentIndex.
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { ReadState } from "../raft/read-only.ts";
import { ERRORS, type EtcdError } from "./error.ts";

const RETRY_MICROS = 500_000;

/** Called once: null when the member's state is new enough, else why not. */
export type ReadDone = (error: EtcdError | null, readIndex: number) => void;

export interface ReadHost {
  /** Sends a ReadIndex with this number. */
  readIndex(request: number): void;
  appliedIndex(): number;
  /** A duration of the member's clock. */
  localMicros(micros: number): number;
}

export class ReadRounds {
  private readonly engine: Engine;
  private readonly host: ReadHost;
  private readonly retryKind: number;
  private readonly timeoutKind: number;
  private readonly slot: number;
  private readonly timeoutMicros: number;
  /** Reads of the round in progress; null when there is none. */
  private current: ReadDone[] | null = null;
  private next: ReadDone[] = [];
  private request = 0;
  /** Confirmed, and waiting to be applied; 0 before. */
  private confirmedIndex = 0;
  private isConfirmed = false;
  private retry: EventHandle | null = null;
  private isStopped = false;
  private timeout: EventHandle | null = null;

  constructor(
    engine: Engine,
    host: ReadHost,
    kinds: { readonly readRetry: number; readonly readTimeout: number },
    slot: number,
    timeoutMicros: number,
    firstRequest: number,
  ) {
    this.engine = engine;
    this.host = host;
    this.retryKind = kinds.readRetry;
    this.timeoutKind = kinds.readTimeout;
    this.slot = slot;
    this.timeoutMicros = timeoutMicros;
    this.request = firstRequest;
  }

  isIdle(): boolean {
    return this.current === null;
  }

  /** Number of the round's request, unique in the life of the member. */
  get lastRequest(): number {
    return this.request;
  }

  /** Waits until a read is linearizable. */
  wait(done: ReadDone): void {
    if (this.isStopped) return;
    this.next.push(done);
    if (this.current === null) this.begin();
  }

  /** A read that no longer waits: its client has given up. */
  forget(done: ReadDone): void {
    const at = this.next.indexOf(done);
    if (at >= 0) this.next.splice(at, 1);
    const place = this.current?.indexOf(done) ?? -1;
    if (place >= 0) this.current!.splice(place, 1);
  }

  /** The leader has confirmed a request. */
  confirmed(state: ReadState): void {
    if (this.current === null || this.isConfirmed || state.context !== this.request) return;
    this.isConfirmed = true;
    this.confirmedIndex = state.index;
    this.disarm();
    this.applied();
  }

  /** More was applied. */
  applied(): void {
    if (!this.isConfirmed || this.host.appliedIndex() < this.confirmedIndex) return;
    this.end(null);
  }

  leaderChanged(): void {
    if (this.current !== null && !this.isConfirmed) this.end(ERRORS.leaderChanged);
  }

  /** The first entry of a leader's term was applied: a request that was sent before may have been dropped. */
  firstCommitInTerm(): void {
    if (this.current !== null && !this.isConfirmed) this.send();
  }

  /** The event: no answer for 500 ms. */
  onRetry(): void {
    this.retry = null;
    this.send();
  }

  /** The event: no answer for the request timeout. */
  onTimeout(): void {
    this.timeout = null;
    this.end(ERRORS.timeout);
  }

  /** The process is gone: nobody is answered. @returns those who waited */
  stop(): ReadDone[] {
    this.isStopped = true;
    this.disarm();
    const waiting = [...(this.current ?? []), ...this.next];
    this.current = null;
    this.next = [];
    this.isConfirmed = false;
    return waiting;
  }

  private begin(): void {
    this.current = this.next;
    this.next = [];
    this.isConfirmed = false;
    this.request++;
    this.timeout = this.engine.after(this.host.localMicros(this.timeoutMicros), this.timeoutKind, this.slot);
    this.send();
  }

  private send(): void {
    if (this.retry !== null) this.engine.cancel(this.retry);
    this.retry = this.engine.after(this.host.localMicros(RETRY_MICROS), this.retryKind, this.slot);
    this.host.readIndex(this.request);
  }

  private end(error: EtcdError | null): void {
    this.disarm();
    const waiting = this.current;
    if (waiting === null) return;
    const { confirmedIndex } = this;
    this.current = null;
    this.isConfirmed = false;
    for (const done of waiting) done(error, confirmedIndex);
    // a read may have begun the next round already
    if (this.current === null && this.next.length > 0 && !this.isStopped) this.begin();
  }

  private disarm(): void {
    if (this.retry !== null) this.engine.cancel(this.retry);
    if (this.timeout !== null) this.engine.cancel(this.timeout);
    this.retry = null;
    this.timeout = null;
  }
}
