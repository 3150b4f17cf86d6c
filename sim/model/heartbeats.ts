// Heartbeats that are accounted for without being executed: a healthy node's kubelet promises to renew its lease and to write its
// status until further notice, and whoever waits for them asks here. Who promises must end the promise before anything happens
// that could keep a renewal from being written or seen: a fault on the node, its way, the API server or etcd.

export interface PromisedHeartbeats {
  /**
   * When the node's lease was last renewed, at or before `nowMicros`, while a promise stands for it; null when none stands: then the
   * lease object itself tells.
   */
  lastRenewalMicros(nodeName: string, nowMicros: number): number | null;
  /** Calls back whenever a promise ends, with the time of the last renewal that counts. Later ones are written to the lease. */
  listen(ended: (nodeName: string, lastRenewalMicros: number) => void): void;
}
