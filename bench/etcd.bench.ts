// A whole simulated etcd: puts of many clients through raft, disks, network, state machine and answers. bench/README.md says what it isolates.
import { Engine } from "../sim/engine/engine.ts";
import type { Tick } from "../sim/engine/tick.ts";
import { EtcdCluster } from "../sim/etcd/cluster.ts";
import { EtcdError } from "../sim/etcd/error.ts";
import type { EtcdMember } from "../sim/etcd/member.ts";
import type { PutRequest } from "../sim/etcd/request.ts";
import { ETCD_SERVICES } from "../sim/etcd/services/member-services.ts";
import { Network } from "../sim/network/network.ts";
import type { BenchOptions, BenchTable, Cell } from "./bench.ts";

const TARGETS = [
  { members: 3, putsPerSecond: 300_000 },
  { members: 5, putsPerSecond: 200_000 },
] as const;
const CLIENTS = 2_000;
const PUTS = 400_000;
const ROUNDS = 3;
const KEYS = 10_000;
const MEMORY_KEYS = 1_000_000;
const MEMORY_TARGET_MIB = 1_430;
const MEMORY_MEMBERS = 5;

/** Puts per second of wall time with 3 and 5 members, and what a million keys take. */
export function run(options: BenchOptions): Promise<readonly BenchTable[]> {
  return Promise.resolve([throughput(options), memory(options)]);
}

function throughput({ smoke }: BenchOptions): BenchTable {
  const rows: Cell[][] = [];
  const missed: string[] = [];
  const puts = smoke ? 4_000 : PUTS;
  for (const { members, putsPerSecond } of TARGETS) {
    const rates: number[] = [];
    let load = new Load(members);
    for (let round = 0; round < (smoke ? 1 : ROUNDS); round++) {
      load = new Load(members);
      // compiled and warm before the clock starts
      load.put(smoke ? 500 : puts / 4, KEYS);
      const before = load.engine.eventsProcessed;
      const start = process.hrtime.bigint();
      load.put(puts, KEYS);
      const seconds = Number(process.hrtime.bigint() - start) / 1e9;
      rates.push(puts / seconds);
      load.events = load.engine.eventsProcessed - before;
      if (load.failed > 0) missed.push(`${members} members: ${load.failed} of ${puts} puts failed`);
    }
    rates.sort((a, b) => a - b);
    const median = rates[Math.floor(rates.length / 2)]!;
    const best = rates.at(-1)!;
    const virtual = load.virtualMicros / 1e6;
    rows.push([
      members,
      CLIENTS,
      Math.round(median),
      Math.round(best),
      Number((load.events / puts).toFixed(2)),
      Math.round(puts / virtual),
    ]);
    if (!smoke && best < putsPerSecond) {
      missed.push(`${members} members: ${Math.round(best)} puts/s, ${putsPerSecond} wanted`);
    }
  }
  return {
    title: "etcd: committed puts",
    columns: [
      "members",
      "concurrent clients",
      "puts per second (median)",
      "puts per second (best)",
      "events per put",
      "puts per virtual second",
    ],
    rows,
    notes: [
      `each client puts again when it is answered; ${KEYS} keys, values of 1 KiB; judged by the best of ${ROUNDS} rounds`,
    ],
    missed,
  };
}

function memory({ smoke }: BenchOptions): BenchTable {
  const keys = smoke ? 2_000 : MEMORY_KEYS;
  const before = heapBytes();
  const load = new Load(MEMORY_MEMBERS);
  load.put(keys, keys);
  const after = heapBytes();
  const mebibytes = (after - before) / 2 ** 20;
  const bytesPerKey = (after - before) / keys;
  const missed: string[] = [];
  if (!smoke && mebibytes > MEMORY_TARGET_MIB) {
    missed.push(`${keys} keys take ${Math.round(mebibytes)} MiB, at most ${MEMORY_TARGET_MIB} wanted`);
  }
  if (load.failed > 0) missed.push(`${load.failed} of ${keys} puts failed`);
  return {
    title: "etcd: memory",
    columns: ["members", "keys", "heap MiB", "bytes per put, all members together"],
    rows: [[MEMORY_MEMBERS, keys, Math.round(mebibytes), Math.round(bytesPerKey)]],
    notes: ["after a collection; logs, results and history of all puts included; values are shared and not counted"],
    missed,
  };
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

class Load {
  readonly engine = new Engine({ seed: 1 });
  readonly cluster: EtcdCluster;
  failed = 0;
  events = 0;
  virtualMicros = 0;
  private left = 0;
  private running = 0;
  private next = 0;
  private keys: string[] = [];

  constructor(members: number) {
    const network = new Network(this.engine);
    const options = {
      members: Array.from({ length: members }, (_, i) => {
        const zone = "abcdefg"[i]!;
        return { name: `etcd-${i}`, zone, host: network.addHost(`etcd-${i}`, zone), disk: "nvme" as const };
      }),
    };
    this.cluster = new EtcdCluster(this.engine, network, options, {}, ETCD_SERVICES);
    this.cluster.start();
    this.engine.run(5_000_000 as Tick);
  }

  /** Runs `puts` puts by all clients, which are spread over the members. */
  put(puts: number, keys: number): void {
    while (this.keys.length < keys) this.keys.push(`/registry/pods/default/pod-${this.keys.length}`);
    this.left = puts;
    const start = this.engine.now;
    const { members } = this.cluster;
    for (let client = 0; client < CLIENTS; client++) this.client(members[client % members.length]!, keys);
    while (this.running > 0 && this.engine.step());
    this.virtualMicros = this.engine.now - start;
  }

  private client(member: EtcdMember, keys: number): void {
    this.running++;
    const done = (answer: unknown) => {
      if (answer instanceof EtcdError) this.failed++;
      again();
    };
    const again = () => {
      if (this.left === 0) {
        this.running--;
        return;
      }
      this.left--;
      const key = this.keys[this.next++ % keys]!;
      const request: PutRequest = { kind: "put", key, value: this, valueBytes: 1024, lease: 0 };
      member.call(request, {}, done);
    };
    again();
  }
}
