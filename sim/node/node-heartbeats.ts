// The promises of all kubelets to go on renewing their leases, and what became of the load of it. Asked by whoever watches heartbeats.
import { Dozers } from "../engine/doze.ts";
import type { HeartbeatLoad } from "../metrics/heartbeat-load.ts";
import type { PromisedHeartbeats } from "../model/heartbeats.ts";

/** What sleeps, as far as it is asked. */
export interface SleepingRenewal {
  /** When the last renewal at or before a time was. */
  lastRenewalMicros(atMicros: number): number;
}

export class NodeHeartbeats implements PromisedHeartbeats {
  readonly load: HeartbeatLoad;
  readonly dozers = new Dozers();
  private readonly promises = new Map<string, SleepingRenewal>();
  private readonly listeners: ((nodeName: string, lastRenewalMicros: number) => void)[] = [];

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
}
