// Loads of the recorder without a fault: so many clients, each with one request at a time at one member, for so many seconds; on a
// healthy cluster, with added latency, or with a disk whose fsyncs return late. Measures each request's latency.
import { Engine } from "../../../sim/engine/engine.ts";
import type { Tick } from "../../../sim/engine/tick.ts";
import { EtcdError } from "../../../sim/etcd/error.ts";
import { ClusterUnderTest } from "./cluster-under-test.ts";
import { Cpu } from "./cpu.ts";
import { loadOf, Machine } from "./machine.ts";
import { Measures } from "./measures.ts";
import type { Op } from "./op.ts";
import { type RecordedRow, settingNumber } from "./recordings.ts";

/** What one run of a load came to. */
export interface LoadRun {
  readonly latenciesMs: number[];
  readonly errors: Map<string, number>;
  readonly wasSlowAtStart: boolean;
  readonly isSlowAtEnd: boolean;
  readonly leadersElected: number;
  readonly termsUsed: number;
  readonly prevoteRounds: number;
  readonly voteRounds: number;
  readonly events: number;
}

const BOOT_LIMIT_MICROS = 20_000_000;
/** From slowing a disk to the measurement: a leader that cannot hold its place has lost it by then. */
const SETTLE_MICROS = 12_000_000;
/** The last part of it without load, so that nothing of it fails in the measurement. */
const QUIET_MICROS = 3_000_000;

const WRITE_MICROS = 20_000;

/** Runs the load of one recorded row once. */
export function runLoad(kind: string, row: RecordedRow, seed: string): LoadRun {
  const engine = new Engine({ seed });
  const seconds = settingNumber(row, "seconds", 4);
  const members = settingNumber(row, "members", 3);
  const machine = new Machine(seed, loadOf(kind), members, (seconds + 30) * 1e6);
  const cluster = new ClusterUnderTest(engine, machine, {
    members,
    heartbeatMs: settingNumber(row, "heartbeat_ms", 100),
    electionMs: settingNumber(row, "election_ms", 1000),
    oneWayDelayMs: settingNumber(row, "one_way_delay_ms", settingNumber(row, "delay_ms", 0)),
  });
  const cpu = new Cpu(engine, engine.stream("recorder/cpu"));
  const measures = new Measures(cluster);
  cluster.onRole = (role) => measures.log(role, engine.now);
  cluster.boot(BOOT_LIMIT_MICROS);
  const slow = slowMembers(row, cluster);
  if (slow.length > 0) {
    for (const member of slow) cluster.slowDisk(member, settingNumber(row, "fsync_delay_ms", 0) * 1000);
    write(cluster, engine, engine.now + SETTLE_MICROS - QUIET_MICROS);
    engine.run((engine.now + SETTLE_MICROS) as Tick);
    cluster.settle(BOOT_LIMIT_MICROS);
  }
  const leader = cluster.leader();
  const target = row.target === "follower" ? cluster.indices().find((member) => member !== leader)! : leader;
  measures.markFault(engine.now);
  const began = engine.now;
  const until = began + seconds * 1e6;
  const latenciesMs: number[] = [];
  const errors = new Map<string, number>();
  const op = (row.op ?? "put") as Op;
  const clients = settingNumber(row, "clients", settingNumber(row, "inflight_clients", 1));
  const cost = machine.cpuMicros(op, clients);
  const next = (): void => {
    const sentAt = engine.now;
    if (sentAt >= until) return;
    cpu.spend(cost, () =>
      cluster.call(target, op, (error) => {
        engine.at(Math.round(machine.recorderTime(engine.now + machine.rpcMicros())) as Tick, () => {
          if (error instanceof EtcdError) errors.set(error.message, (errors.get(error.message) ?? 0) + 1);
          else if (engine.now < until) latenciesMs.push((engine.now - sentAt) / 1000);
          next();
        });
      }),
    );
  };
  // members that all wait for a slow disk leave it idle
  if (!slow.includes(leader)) cluster.contend(machine.contention(clients));
  for (let i = 0; i < clients; i++) next();
  engine.run(until as Tick);
  return {
    latenciesMs,
    errors,
    wasSlowAtStart: slow.includes(leader),
    isSlowAtEnd: slow.includes(cluster.leader()),
    ...measures.rounds(),
    events: engine.eventsProcessed,
  };
}

/** One client that writes: what a slow disk does to a leader shows only then. */
function write(cluster: ClusterUnderTest, engine: Engine, until: number): void {
  const next = (): void => {
    if (engine.now >= until) return;
    cluster.call(Math.max(0, cluster.leader()), "put", () => engine.at((engine.now + WRITE_MICROS) as Tick, next));
  };
  next();
}

function slowMembers(row: RecordedRow, cluster: ClusterUnderTest): number[] {
  const leader = cluster.leader();
  if (row.who === "all") return cluster.indices();
  if (row.who === "leader") return [leader];
  return row.who === "follower" ? [cluster.indices().find((member) => member !== leader)!] : [];
}
