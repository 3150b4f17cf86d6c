// Asks etcd's members ten times a second how they are, and notes what changes: as the recordings did.
import type { Engine } from "../../../sim/engine/engine.ts";
import { MILLISECOND, SECOND, type Tick } from "../../../sim/engine/tick.ts";
import type { EtcdFaultPoints } from "../../../sim/etcd/fault-points.ts";
import type { EtcdRow } from "./rows.ts";
import { seconds } from "./statistics.ts";

const PERIOD_MICROS = 100 * MILLISECOND;

export class EtcdPoll {
  readonly rows: EtcdRow[] = [];
  private readonly engine: Engine;
  private readonly etcd: EtcdFaultPoints;
  private readonly zeroMicros: number;
  private readonly last = new Map<string, string>();

  constructor(engine: Engine, etcd: EtcdFaultPoints, zeroMicros: number) {
    this.engine = engine;
    this.etcd = etcd;
    this.zeroMicros = zeroMicros;
  }

  start(): void {
    this.engine.at((this.zeroMicros + 6 * SECOND) as Tick, () => this.poll());
  }

  private poll(): void {
    const members = this.etcd.members();
    const hasLeader = members.some(({ role }) => role === "leader");
    for (const { name, role } of members) {
      if (this.last.get(name) === `${role} ${hasLeader}`) continue;
      this.last.set(name, `${role} ${hasLeader}`);
      this.rows.push({
        t: seconds((this.engine.now - this.zeroMicros) / SECOND),
        member: name,
        up: role !== "down",
        isLeader: role === "leader",
        hasLeader,
        term: null,
      });
    }
    this.engine.at((this.engine.now + PERIOD_MICROS) as Tick, () => this.poll());
  }
}
