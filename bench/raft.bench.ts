// Raft alone: proposals committed by a cluster whose network and disks cost nothing. bench/README.md says what it isolates.
import { MemoryStorage } from "../sim/raft/memory-storage.ts";
import type { Message } from "../sim/raft/message.ts";
import { RawNode } from "../sim/raft/raw-node.ts";
import type { BenchOptions, BenchTable, Cell } from "./bench.ts";

const PROPOSALS = 200_000;
const ROUNDS = 3;
// often enough that the log stays as short as etcd keeps it
const COMPACT_EVERY = 20_000;

/** Runs clusters of 3 and 5, with one proposal and with 16 in flight. */
export function run(options: BenchOptions): Promise<readonly BenchTable[]> {
  const proposals = options.smoke ? 2_000 : PROPOSALS;
  const rows: Cell[][] = [];
  const missed: string[] = [];
  for (const members of [3, 5]) {
    for (const pipeline of [1, 16]) {
      const rates: number[] = [];
      let messages = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const cluster = new BenchCluster(members);
        const start = process.hrtime.bigint();
        cluster.commit(proposals, pipeline);
        rates.push(proposals / (Number(process.hrtime.bigint() - start) / 1e9));
        messages = cluster.delivered;
        if (cluster.applied !== proposals)
          missed.push(`${members} members: ${cluster.applied} of ${proposals} committed`);
      }
      rates.sort((a, b) => a - b);
      const median = rates[Math.floor(ROUNDS / 2)]!;
      rows.push([members, pipeline, Math.round(median), Number((messages / proposals).toFixed(1))]);
    }
  }
  const table = {
    title: "raft: committed proposals, no network, no disk",
    columns: ["members", "proposals in flight", "committed per second", "messages per proposal"],
    rows,
    notes: [`median of ${ROUNDS} rounds of ${proposals} proposals; a snapshot is kept every ${COMPACT_EVERY}`],
    missed,
  };
  return Promise.resolve([table]);
}

class BenchCluster {
  applied = 0;
  delivered = 0;
  private readonly members: { readonly raw: RawNode; readonly storage: MemoryStorage }[] = [];
  private readonly inFlight: Message[] = [];

  constructor(count: number) {
    const voters = Array.from({ length: count }, (_, i) => i + 1);
    const conf = { voters, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
    for (const id of voters) {
      const storage = new MemoryStorage();
      storage.applySnapshot({ index: 1, term: 1, conf, data: null });
      const options = { id, storage, random: { int: () => 0 }, electionTicks: 10, heartbeatTicks: 1 };
      this.members.push({ raw: new RawNode(options), storage });
    }
    this.members[0]!.raw.campaign();
    this.settle();
  }

  commit(proposals: number, pipeline: number): void {
    this.applied = 0;
    this.delivered = 0;
    const leader = this.members[0]!.raw;
    for (let i = 0; i < proposals; i += pipeline) {
      for (let j = i; j < Math.min(i + pipeline, proposals); j++) leader.propose(j, 100);
      this.settle();
      if (i % COMPACT_EVERY === 0) this.compact();
    }
  }

  private settle(): void {
    this.work(0);
    for (let i = 0; i < this.inFlight.length; i++) {
      const message = this.inFlight[i]!;
      this.members[message.to - 1]!.raw.step(message);
      this.work(message.to - 1);
    }
    this.delivered += this.inFlight.length;
    this.inFlight.length = 0;
  }

  private work(at: number): void {
    const { raw, storage } = this.members[at]!;
    while (raw.hasReady()) {
      const ready = raw.ready();
      storage.append(ready.entries);
      if (ready.hardState !== null) storage.hardState = ready.hardState;
      for (const message of ready.messages) this.inFlight.push(message);
      if (at === 0) this.applied += ready.committedEntries.length;
      raw.advance();
    }
  }

  private compact(): void {
    for (const { raw, storage } of this.members) {
      const index = raw.raft.log.applied;
      storage.keepSnapshot({ index, term: storage.term(index)!, conf: storage.kept.conf, data: null });
      storage.compact(index);
    }
  }
}
