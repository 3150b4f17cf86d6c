// What faults act upon: the cluster under test and the network below it. Faults overlap, so this counts who is down, slow or paused
// on whose account, and gives back only what nobody else still takes.
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { EtcdCluster } from "../etcd/cluster.ts";
import type { EtcdMember } from "../etcd/member.ts";
import { NetworkFaultPoints } from "../network/fault-points.ts";
import type { Network } from "../network/network.ts";
import type { Raft } from "../raft/raft.ts";
import { Echo } from "./echo.ts";
import type { Configuration } from "./invariants/configurations.ts";
import type { Setup } from "./setup.ts";

export interface WorldOptions {
  readonly engine: Engine;
  readonly setup: Setup;
  readonly cluster: EtcdCluster;
  readonly network: Network;
  /** The newest configuration that is committed. */
  confAt(): Configuration;
  /** Notes a line, if anybody reads it. */
  story(line: () => string): void;
}

export class World {
  readonly engine: Engine;
  readonly setup: Setup;
  readonly faultPoints: NetworkFaultPoints;
  readonly echo: Echo;
  /** How many faults hinder a member beside its network, and when that was last different: its clock tells nothing then. */
  private readonly hindrances = new Map<EtcdMember, { readonly count: number; readonly at: number }>();
  readonly story: (line: () => string) => void;
  private readonly confAt: () => Configuration;
  private readonly cluster: EtcdCluster;
  private readonly pauses = new Map<EtcdMember, number>();

  constructor(options: WorldOptions) {
    this.engine = options.engine;
    this.setup = options.setup;
    this.cluster = options.cluster;
    this.faultPoints = new NetworkFaultPoints(options.network);
    this.story = options.story;
    this.confAt = options.confAt;
    this.echo = new Echo(options.engine);
    for (const member of options.cluster.members) this.echo.listen(member);
  }

  /** Members that are part of the cluster, running or not. */
  all(): readonly EtcdMember[] {
    return this.cluster.members.filter((member) => member.isAdded && !member.isRemoved);
  }

  /** Members whose process runs. */
  running(): readonly (EtcdMember & { readonly raft: Raft })[] {
    return this.cluster.members.filter(
      (member): member is EtcdMember & { readonly raft: Raft } => member.raft !== null,
    );
  }

  crash(member: EtcdMember, keepsPageCache: boolean): void {
    this.pauses.delete(member);
    this.cluster.crash(member.name, !keepsPageCache);
  }

  terminate(member: EtcdMember): void {
    this.cluster.terminate(member.name);
  }

  /** Starts a member that is down, unless it may not. */
  restart(member: EtcdMember): void {
    if (member.isDown && member.isAdded && !member.isRemoved) this.cluster.restart(member.name);
  }

  pause(member: EtcdMember): () => void {
    const count = this.pauses.get(member) ?? 0;
    this.pauses.set(member, count + 1);
    this.hinder(member, 1);
    if (count === 0) member.pause();
    return () => {
      this.hinder(member, -1);
      const left = (this.pauses.get(member) ?? 0) - 1;
      if (left < 0) return;
      this.pauses.set(member, left);
      if (left === 0) member.resume();
    };
  }

  slowDisk(member: EtcdMember, extraMicros: number): () => void {
    const { disk } = member;
    this.hinder(member, 1);
    disk.extraMicros += extraMicros;
    return () => {
      this.hinder(member, -1);
      disk.extraMicros -= extraMicros;
    };
  }

  stallDisk(member: EtcdMember): () => void {
    this.hinder(member, 1);
    member.disk.stall();
    return () => {
      this.hinder(member, -1);
      member.disk.release();
    };
  }

  setClock(member: EtcdMember, rate: number): () => void {
    const before = member.clockRate;
    this.hinder(member, 1);
    member.setClockRate(rate);
    return () => {
      this.hinder(member, -1);
      member.setClockRate(before);
    };
  }

  after(micros: number, action: () => void): void {
    this.engine.at((this.engine.now + micros) as Tick, action);
  }

  /** Is the configuration on its way from one to another: has somebody not applied the newest one? */
  isConfChanging(): boolean {
    const { voters, learners } = this.confAt();
    return this.running().some(({ id, raft }) => {
      const { conf } = raft.tracker;
      if (!voters.includes(id) && !learners.includes(id)) return false;
      return conf.voters.length !== voters.length || conf.learners.length !== learners.length;
    });
  }

  /** Has a leader a change in its log that it has not applied? */
  isConfChangePending({ log }: Raft): boolean {
    const entries = log.slice(Math.max(log.applied + 1, log.firstIndex()), log.lastIndex() + 1, Infinity) ?? [];
    return entries.some((entry) => entry.change !== null);
  }

  /** Is something about the member slower than it should be, or was it since a time? */
  wasHindered(member: EtcdMember, since: number): boolean {
    const { count, at } = this.hindrances.get(member) ?? { count: 0, at: -1 };
    return count > 0 || at >= since;
  }

  private hinder(member: EtcdMember, change: 1 | -1): void {
    const { count } = this.hindrances.get(member) ?? { count: 0 };
    this.hindrances.set(member, { count: count + change, at: this.engine.now });
  }
}
