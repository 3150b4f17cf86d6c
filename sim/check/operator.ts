// Who runs the cluster: moves leadership, adds, promotes and removes members, and starts the processes of those that were added.
import type { Engine } from "../engine/engine.ts";
import type { RandomStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { EtcdCluster } from "../etcd/cluster.ts";
import type { EtcdMember } from "../etcd/member.ts";
import type { EtcdRequest } from "../etcd/request.ts";
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
  private readonly configurations: Configurations;
  private readonly prepared: (member: EtcdMember) => void;
  private readonly random: RandomStream;
  private added = 0;

  constructor(options: {
    readonly engine: Engine;
    readonly cluster: EtcdCluster;
    readonly configurations: Configurations;
    /** A member was made, and is no part of the cluster yet. */
    readonly prepared: (member: EtcdMember) => void;
  }) {
    this.engine = options.engine;
    this.cluster = options.cluster;
    this.configurations = options.configurations;
    this.prepared = options.prepared;
    this.random = options.engine.stream("check/operator");
  }

  /** @returns null when there is nothing to do */
  request(kind: OperationKind, random: RandomStream): OperatorRequest | null {
    const { voters, learners } = this.configurations.latest;
    // 3.5's only voter tells learners of a commit before its own disk has the entry: with a loss of power that is lost
    const isOld = this.cluster.options.version === "3.5";
    switch (kind) {
      case "moveLeader": {
        const leader = this.cluster.leader();
        if (leader === null || voters.length === 0) return null;
        return { request: { kind: "moveLeader", target: voters[random.int(voters.length)]! }, member: leader };
      }
      case "addMember":
      case "addLearner": {
        if (this.added >= MOST_ADDED || (isOld && voters.length === 1)) return null;
        this.added++;
        const member = this.cluster.prepareMember("a");
        this.prepared(member);
        return { request: { kind: "memberAdd", host: member.hostName, isLearner: kind === "addLearner" } };
      }
      case "promote":
        if (learners.length === 0) return null;
        return { request: { kind: "memberPromote", id: learners[0]! } };
      case "removeMember": {
        const all = [...voters, ...learners];
        if (all.length < 2 || (isOld && voters.length < 4)) return null;
        return { request: { kind: "memberRemove", id: all[random.int(all.length)]! } };
      }
      default:
        return null;
    }
  }

  /** The log has a new member: its process is started a little later, when somebody can tell it where to find the others. */
  memberAdded(id: number): void {
    const at = this.engine.now + 1 + this.random.int(1_000_000);
    this.engine.at(at as Tick, () => {
      const member = this.cluster.memberById(id);
      if (member === undefined || member.isRemoved || !member.isDown) return;
      if (member.isAdded) member.start();
      else this.memberAdded(id);
    });
  }
}
