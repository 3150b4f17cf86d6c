// Leases of etcd by which Events go after an hour. Events that are written within a minute share one, up to a thousand of them, so that
// etcd need not keep a lease for each. Source: behaviour of kube-apiserver's lease manager (--event-ttl 1h).
import type { Engine } from "../engine/engine.ts";
import { SECOND } from "../engine/tick.ts";
import { EtcdError, type KeyValueClient } from "../etcd/client.ts";

const TTL_SECONDS = 3600;
const REUSE_SECONDS = 60;
const MAX_OBJECTS = 1000;

export class EventLeases {
  private readonly engine: Engine;
  private readonly etcd: KeyValueClient;
  private id = 0;
  private objects = 0;
  private reuseUntilMicros = -1;
  private readonly waiting: ((lease: number | EtcdError) => void)[] = [];

  constructor(engine: Engine, etcd: KeyValueClient) {
    this.engine = engine;
    this.etcd = etcd;
  }

  /** Calls back with a lease that lasts for another hour: at once while there is one, otherwise when it is granted. */
  get(done: (lease: number | EtcdError) => void): void {
    if (this.id !== 0 && this.engine.now < this.reuseUntilMicros && this.objects < MAX_OBJECTS) {
      this.objects++;
      return done(this.id);
    }
    this.waiting.push(done);
    if (this.waiting.length > 1) return;
    const askedMicros = this.engine.now;
    this.etcd.call({ kind: "leaseGrant", id: 0, ttlSeconds: TTL_SECONDS + REUSE_SECONDS }, (answer) => {
      const waiting = this.waiting.splice(0);
      if (!(answer instanceof EtcdError)) {
        this.id = answer.id;
        this.objects = waiting.length;
        this.reuseUntilMicros = askedMicros + REUSE_SECONDS * SECOND;
      }
      for (const then of waiting) then(answer instanceof EtcdError ? answer : answer.id);
    });
  }
}
