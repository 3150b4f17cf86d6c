// The load of heartbeats that were accounted for without being executed: requests at the API servers, and the writes that they were at
// etcd, with what each write does there (an fsync per member, an event per watch). Databases grow by writes that stand for many.
import type { ApiRequests } from "./api-requests.ts";
import type { EtcdRecorder } from "./etcd-recorder.ts";

/** What a renewal takes where none was executed before, in microseconds. */
const USUAL_LATENCY_MICROS = 4000;
const USUAL_FSYNC_MICROS = 1000;
const USUAL_WATCH_MICROS = 1000;

export class HeartbeatLoad {
  /** Heartbeats that were not executed. */
  accounted = 0;
  private readonly api: ApiRequests;
  private readonly etcd: EtcdRecorder;
  /** Writes that were executed and stand for many, and are not taken off yet. */
  executed = 0;
  /** How many API servers are up and watch etcd, each on its own. */
  watchers: () => number = () => 1;

  constructor(api: ApiRequests, etcd: EtcdRecorder) {
    this.api = api;
    this.etcd = etcd;
  }

  /**
   * @param client, verb, kind as in the table of requests
   * @param latencyMicros of one of them, as it was when they were still executed; 0 = not known
   */
  add(
    client: string,
    verb: string,
    kind: string,
    count: number,
    latencyMicros: number,
    fromMicros: number,
    toMicros: number,
  ): void {
    if (count <= 0) return;
    this.accounted += count;
    const latency = latencyMicros > 0 ? Math.round(latencyMicros) : USUAL_LATENCY_MICROS;
    this.api.account(client, verb, kind, count, latency, fromMicros, toMicros);
    const isRead = verb === "get" || verb === "list";
    const replaced = isRead ? 0 : Math.min(this.executed, count);
    this.executed -= replaced;
    const voters = this.etcd.members.filter((member) => member.isRunning && !member.isRemoved);
    if (voters.length === 0) return;
    // requests go to the members in turn
    let left = count - replaced;
    for (const [i, member] of voters.entries()) {
      const part = Math.round(left / (voters.length - i));
      left -= part;
      if (isRead) {
        member.requests.reads += part;
        continue;
      }
      const commitMicros = typical(member.requests.commitLatency.quantile(0.5), latency);
      member.requests.account(part, commitMicros);
      this.etcd.steps.account(part, commitMicros, fromMicros, toMicros);
      member.fsync.addMany(typical(member.fsync.quantile(0.5), USUAL_FSYNC_MICROS), count);
      member.watchDelay.addMany(
        typical(member.watchDelay.quantile(0.5), USUAL_WATCH_MICROS),
        Math.round((count * this.watchers()) / voters.length),
      );
    }
  }
}

function typical(measured: number, otherwise: number): number {
  return Number.isNaN(measured) ? otherwise : Math.round(measured);
}
