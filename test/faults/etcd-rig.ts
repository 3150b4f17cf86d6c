// A cluster with faults and a recorder, without Kubernetes: clients put keys at every member, faults happen, and everything is written
// down as in a whole run.
import { Engine } from "../../sim/engine/engine.ts";
import { MILLISECOND, SECOND, type Tick } from "../../sim/engine/tick.ts";
import { EtcdCluster } from "../../sim/etcd/cluster.ts";
import { EtcdFaultPoints } from "../../sim/etcd/fault-points.ts";
import type { EtcdObserver } from "../../sim/etcd/observer.ts";
import type { EtcdOptions } from "../../sim/etcd/options.ts";
import { ETCD_SERVICES } from "../../sim/etcd/services/member-services.ts";
import { EtcdFacts } from "../../sim/faults/fact-feed.ts";
import { FactBoard } from "../../sim/faults/facts.ts";
import { FaultProcess } from "../../sim/faults/process.ts";
import { kindsByName } from "../../sim/faults/registry.ts";
import { tee } from "../../sim/faults/tee.ts";
import type { FaultWorld } from "../../sim/faults/world.ts";
import { EtcdObservation } from "../../sim/metrics/etcd-observer.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import type { FaultPlan } from "../../sim/model/fault-plan.ts";
import { NetworkFaultPoints } from "../../sim/network/fault-points.ts";
import { Network } from "../../sim/network/network.ts";
import { NO_STATES } from "./fakes.ts";

export interface EtcdRigOptions {
  readonly members?: number;
  readonly seed?: string | number;
  readonly etcd?: Partial<EtcdOptions>;
  /** Of each member's client. */
  readonly putEveryMicros?: number;
}

export class EtcdRig {
  readonly engine: Engine;
  readonly network: Network;
  readonly cluster: EtcdCluster;
  readonly recorder: Recorder;

  constructor(faults: readonly FaultPlan[], options: EtcdRigOptions = {}) {
    const engine = new Engine({ seed: options.seed ?? 1 });
    this.engine = engine;
    this.recorder = new Recorder({ clock: () => engine.now, stepMicros: 10 * SECOND, maxEvents: 100_000 });
    this.network = new Network(engine);
    const names = Array.from({ length: options.members ?? 3 }, (_, i) => `etcd-${i}`);
    const members = names.map((name, i) => {
      const zone = "abc"[i % 3]!;
      return { name, zone, host: this.network.addHost(name, zone), disk: "nvme" as const };
    });
    const board = new FactBoard(engine);
    const facts = new EtcdFacts(board, names);
    for (const { name, zone } of members) this.recorder.etcd.member(name, zone, true);
    const observation = new EtcdObservation(this.recorder.etcd);
    const observer = tee<object>([observation, facts]) as EtcdObserver;
    this.cluster = new EtcdCluster(engine, this.network, { members, ...options.etcd }, observer, ETCD_SERVICES);
    const etcd = new EtcdFaultPoints(this.cluster);
    const world = {
      etcd,
      network: new NetworkFaultPoints(this.network),
      candidates: () => etcd.members(),
    } as Partial<FaultWorld> as FaultWorld;
    for (const { id } of faults) this.recorder.faults.expect(id, true);
    const process = new FaultProcess({
      engine,
      faults,
      kinds: kindsByName(),
      world,
      facts: board,
      states: NO_STATES,
      observer: this.recorder.faults,
    });
    process.start();
    facts.begin();
    this.cluster.start();
    for (const name of names) this.putForever(name, options.putEveryMicros ?? 50 * MILLISECOND);
  }

  run(seconds: number): this {
    this.engine.run((seconds * SECOND) as Tick);
    return this;
  }

  /** Ends the run and gives the rows of the fault table. */
  faults(): readonly Record<string, number | string>[] {
    this.recorder.finish();
    const { table } = this.recorder.faults;
    return Array.from({ length: table.rows }, (_, row) => ({
      ...Object.fromEntries(Object.entries(table.numbers).map(([name, column]) => [name, column.get(row)])),
      ...Object.fromEntries(Object.entries(table.texts).map(([name, column]) => [name, column.get(row)])),
    }));
  }

  private putForever(name: string, everyMicros: number): void {
    const { engine, cluster } = this;
    let number = 0;
    const send = () => {
      // few keys, so that compaction has something to do
      const key = `${name}/${number++ % 100}`;
      cluster.member(name).call({ kind: "put", key, value: key, valueBytes: 100, lease: 0 }, {}, () => undefined);
      engine.at((engine.now + everyMicros) as Tick, send);
    };
    engine.at((2 * SECOND) as Tick, send);
  }
}
