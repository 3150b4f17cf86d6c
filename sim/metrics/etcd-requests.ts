// Requests of one etcd member (or of all): proposals that were committed, failed or wait, how long they took, and errors by text.
import { Histogram } from "./histogram.ts";

export class EtcdRequests {
  /** Writes that were taken up, answered with success, and answered with an error or not at all in time. */
  proposed = 0;
  committed = 0;
  /** Requests of any kind that ended in an error. */
  failed = 0;
  reads = 0;
  pendingMax = 0;
  /** From the request's arrival at the member to its answer. */
  readonly commitLatency = new Histogram();
  readonly errors = new Map<string, number>();
  /** Writes whose member ended before it could answer. */
  unanswered = 0;
  private proposalsFailed = 0;

  get pending(): number {
    return this.proposed - this.committed - this.proposalsFailed - this.unanswered;
  }

  /** The member has ended: nobody answers what waits. */
  end(): void {
    this.unanswered += this.pending;
  }

  propose(): void {
    this.proposed++;
    if (this.pending > this.pendingMax) this.pendingMax = this.pending;
  }

  commit(latencyMicros: number): void {
    this.committed++;
    this.commitLatency.add(latencyMicros);
  }

  /** Writes that were not executed one by one. */
  account(count: number, latencyMicros: number): void {
    this.proposed += count;
    this.committed += count;
    this.commitLatency.addMany(latencyMicros, count);
  }

  fail(text: string, isProposal: boolean): void {
    this.failed++;
    if (isProposal) this.proposalsFailed++;
    this.errors.set(text, (this.errors.get(text) ?? 0) + 1);
  }
}

/** `text ×count` of each error, the most frequent first. */
export function errorsText(errors: ReadonlyMap<string, number>): string {
  return [...errors]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([text, count]) => `${text} ×${count}`)
    .join("; ");
}
