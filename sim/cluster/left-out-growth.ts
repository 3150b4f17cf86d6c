// What heartbeats that were not executed leave in etcd: now and then one write stands for all of them, so that revisions, compactions and the
// size of the database are as if they had been made. Just before each compaction, as that is when the database is largest.
import type { ApiServer } from "../apiserver/server.ts";
import { ObjectSizes } from "../apiserver/stored-object.ts";
import type { Dozers } from "../engine/doze.ts";
import type { Engine } from "../engine/engine.ts";
import { MILLISECOND, SECOND, type Tick } from "../engine/tick.ts";
import { revisionBytes } from "../etcd/mvcc/database-size.ts";
import type { HeartbeatLoad } from "../metrics/heartbeat-load.ts";

const PERIOD_MICROS = 30 * SECOND;
/** Compactions are at multiples of five minutes. */
const LEAD_MICROS = 500 * MILLISECOND;
/** Objects of a kind that are measured. */
const SAMPLE = 50;

export class LeftOutGrowth {
  private readonly engine: Engine;
  private readonly dozers: readonly Dozers[];
  private readonly load: HeartbeatLoad;
  private readonly sizes = new ObjectSizes();
  // of one version of an object in the database, by kind
  private readonly bytes = new Map<string, number>();

  constructor(engine: Engine, dozers: readonly Dozers[], load: HeartbeatLoad) {
    this.engine = engine;
    this.dozers = dozers;
    this.load = load;
  }

  start(api: ApiServer): void {
    const next = (Math.floor((this.engine.now + LEAD_MICROS) / PERIOD_MICROS) + 1) * PERIOD_MICROS - LEAD_MICROS;
    this.engine.at(next as Tick, () => {
      this.write(api);
      this.start(api);
    });
  }

  private write(api: ApiServer): void {
    let writes = 0;
    let bytes = 0;
    for (const { writes: leftOut } of this.dozers) {
      for (const [kind, count] of leftOut.take(this.engine.now)) {
        writes += count;
        bytes += count * this.bytesOf(api, kind as "leases" | "nodes");
      }
    }
    if (writes === 0) return;
    this.load.executed++;
    api.accountWrites(writes, bytes);
  }

  private bytesOf(api: ApiServer, kind: "leases" | "nodes"): number {
    let bytes = this.bytes.get(kind);
    if (bytes === undefined) {
      const sample = api.list(kind).slice(0, SAMPLE);
      const all = sample.reduce((sum, object) => {
        const { name, namespace } = object.metadata;
        const keyLength = `/registry/${kind}/${namespace === undefined ? "" : `${namespace}/`}${name}`.length;
        return sum + revisionBytes(keyLength, this.sizes.bytesOf(object));
      }, 0);
      bytes = sample.length === 0 ? 0 : Math.round(all / sample.length);
      this.bytes.set(kind, bytes);
    }
    return bytes;
  }
}
