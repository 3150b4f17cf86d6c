// The promises of all kubelets to go on renewing their leases, and what became of the load of it. Asked by whoever watches heartbeats.
import type { HeartbeatLoad } from "../metrics/heartbeat-load.ts";
import type { PromisedHeartbeats } from "../model/heartbeats.ts";

/** What sleeps, as far as it is asked. */
export interface SleepingRenewal {
  /** When the last renewal at or before a time was. */
  lastRenewalMicros(atMicros: number): number;
}

export class NodeHeartbeats implements PromisedHeartbeats {
  readonly load: HeartbeatLoad;
  private readonly promises = new Map<string, SleepingRenewal>();
  private readonly listeners: ((nodeName: string, lastRenewalMicros: number) => void)[] = [];
  private readonly accounts = new Set<() => void>();

  constructor(load: HeartbeatLoad) {
    this.load = load;
  }

  lastRenewalMicros(nodeName: string, nowMicros: number): number | null {
    return this.promises.get(nodeName)?.lastRenewalMicros(nowMicros) ?? null;
  }

  listen(ended: (nodeName: string, lastRenewalMicros: number) => void): void {
    this.listeners.push(ended);
  }

  promise(nodeName: string, renewal: SleepingRenewal): void {
    this.promises.set(nodeName, renewal);
  }

  end(nodeName: string, lastRenewalMicros: number): void {
    if (!this.promises.delete(nodeName)) return;
    for (const listener of this.listeners) listener(nodeName, lastRenewalMicros);
  }

  /** @param account called at the end of the run, by those who still sleep then */
  sleeps(account: () => void): () => void {
    this.accounts.add(account);
    return () => this.accounts.delete(account);
  }

  /** Counts what those have left out who still sleep. */
  finish(): void {
    for (const account of this.accounts) account();
  }
}
