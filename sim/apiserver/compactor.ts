// Compaction by the API server: every five minutes it forgets what is older than five minutes, agreed between API servers by a
// key that counts the rounds. Rounds in which nothing was written since would only forget their own key: they are left out.
// Source: behaviour of kube-apiserver's etcd3 compactor.
import type { Engine, EventHandle } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import { EtcdError, type KeyValueClient, type TxnRequest } from "../etcd/client.ts";

const KEY = "compact_rev_key";
const KEY_BYTES = 8;
const INTERVAL_MICROS = 300_000_000;

export class Compactor {
  private readonly engine: Engine;
  private readonly etcd: KeyValueClient;
  private timer: EventHandle | null = null;
  // how many rounds there have been, as far as this one knows, and the revision that the next one compacts to
  private rounds = 0;
  private targetRevision = 0;
  // newest revision that somebody else wrote, and the newest that is compacted
  private writtenRevision = 0;
  private compactedRevision = 0;
  private isRunning = true;

  constructor(engine: Engine, etcd: KeyValueClient) {
    this.engine = engine;
    this.etcd = etcd;
  }

  /** Pending events of the engine that are only this. */
  get ownTimers(): number {
    return this.timer === null ? 0 : 1;
  }

  /** Something was written: some day it will have to be compacted. */
  written(revision: number): void {
    this.writtenRevision = Math.max(this.writtenRevision, revision);
    this.arm();
  }

  /** Its process has died. */
  stop(): void {
    this.isRunning = false;
    if (this.timer !== null) this.engine.cancel(this.timer);
    this.timer = null;
  }

  start(): void {
    this.isRunning = true;
  }

  private arm(): void {
    if (this.timer !== null || !this.isRunning) return;
    const { now } = this.engine;
    const nextMicros = (Math.floor(now / INTERVAL_MICROS) + 1) * INTERVAL_MICROS;
    this.timer = this.engine.at(nextMicros as Tick, () => this.round());
  }

  private round(): void {
    this.timer = null;
    const value = this.targetRevision;
    const request: TxnRequest = {
      kind: "txn",
      compare: [{ key: KEY, rangeEnd: "", target: "version", result: "=", operand: this.rounds }],
      success: [{ kind: "put", key: KEY, value, valueBytes: KEY_BYTES, lease: 0 }],
      failure: [{ kind: "range", key: KEY, rangeEnd: "", revision: 0, limit: 0 }],
    };
    this.etcd.call(request, (answer) => {
      if (answer instanceof EtcdError) return this.arm();
      const target = this.targetRevision;
      this.targetRevision = answer.revision;
      if (!answer.succeeded) {
        const found = answer.responses[0];
        this.rounds = found?.kind === "range" ? (found.kvs[0]?.version ?? 0) : 0;
        return this.arm();
      }
      this.rounds++;
      if (target > this.compactedRevision) this.compact(target);
      else this.arm();
    });
  }

  private compact(revision: number): void {
    this.etcd.call({ kind: "compact", revision }, (answer) => {
      // out of range: somebody else was faster; other errors: the next round will do it
      if (!(answer instanceof EtcdError) || answer.code === "OutOfRange") this.compactedRevision = revision;
      if (this.compactedRevision < this.writtenRevision) this.arm();
    });
  }
}
