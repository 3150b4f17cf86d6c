// Who runs the cluster: moves leadership, adds, promotes and removes members, and starts the processes of those that were added.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { EtcdCluster } from "../etcd/cluster.ts";
import type { DiskModel } from "../etcd/disk.ts";
import type { EtcdMember } from "../etcd/member.ts";
import type { EtcdRequest } from "../etcd/request.ts";
import type { Network } from "../network/network.ts";
import type { Configurations } from "./invariants/configurations.ts";
import type { OperationKind } from "./setup.ts";

/** A request, and the member to which it must go; undefined for any. */
export interface OperatorRequest {
  readonly request: EtcdRequest;
  readonly member?: EtcdMember;
}

const MOST_ADDED = 4;

export class Operator {
  private readonly engine: Engine;
  private readonly cluster: EtcdCluster;
  private readonly network: Network;
  private readonly configurations: Configurations;
  private readonly disk: DiskModel;
  private readonly joined: (member: EtcdMember) => void;
  private readonly random: RandomStream;
  private readonly initial: number;
  private added = 0;

  constructor(options: {
    readonly engine: Engine;
    readonly cluster: EtcdCluster;
    readonly network: Network;
    readonly configurations: Configurations;
    readonly disk: DiskModel;
    /** A member was made, and is not started. */
    readonly joined: (member: EtcdMember) => void;
  }) {
    this.engine = options.engine;
    this.cluster = options.cluster;
    this.network = options.network;
    this.configurations = options.configurations;
    this.disk = options.disk;
    this.joined = options.joined;
    this.random = options.engine.stream("check/operator");
    this.initial = options.cluster.members.length;
  }

  /** @returns null when there is nothing to do */
  request(kind: OperationKind, random: RandomStream): OperatorRequest | null {
    const { voters, learners } = this.configurations.latest;
    switch (kind) {
      case "moveLeader": {
        const leader = this.cluster.leader();
        if (leader === null || voters.length === 0) return null;
        return { request: { kind: "moveLeader", target: voters[random.int(voters.length)]! }, member: leader };
      }
      case "addMember":
      case "addLearner": {
        if (this.added >= MOST_ADDED) return null;
        const name = `etcd-${this.initial + this.added++}`;
        this.network.addHost(name, "a");
        return { request: { kind: "memberAdd", host: name, isLearner: kind === "addLearner" } };
      }
      case "promote":
        if (learners.length === 0) return null;
        return { request: { kind: "memberPromote", id: learners[0]! } };
      case "removeMember": {
        const all = [...voters, ...learners];
        if (all.length < 2) return null;
        return { request: { kind: "memberRemove", id: all[random.int(all.length)]! } };
      }
      default:
        return null;
    }
  }

  /** The log has a new member: its process is made, and started a little later. */
  memberAdded(id: number, host: string): void {
    const at = this.engine.now + 1 + this.random.int(1_000_000);
    this.engine.at(at as Tick, () => {
      if (this.cluster.memberById(id) !== undefined) return;
      const hostId = this.network.hostId(host)!;
      const member = this.cluster.join({ name: host, zone: "a", host: hostId, disk: this.disk }, id);
      this.joined(member);
      member.start();
    });
  }
}
