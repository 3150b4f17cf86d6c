// What a script does to a simulated cluster, besides talking to its API server: the one file here that knows how the simulation's parts are
// told to fail.
import type { Cluster } from "../../../sim/cluster.ts";
import { EtcdFaultPoints } from "../../../sim/etcd/fault-points.ts";

export type NodeFailure = "partition" | "crash";

/** A process of the control plane that ended or started, at a virtual time. */
export interface ProcessChange {
  readonly atMicros: number;
  /** `kcm0`, `sched1`. */
  readonly component: string;
  readonly change: "exited" | "restarted";
  readonly code: number;
}

export class World {
  readonly changes: ProcessChange[] = [];
  private readonly cluster: Cluster;
  readonly etcd: EtcdFaultPoints;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.etcd = new EtcdFaultPoints(cluster.controlPlane.etcd);
  }

  get nowMicros(): number {
    return this.cluster.engine.now;
  }

  failNode(_name: string, _mode: NodeFailure): void {
    throw new Error("nodes cannot fail yet");
  }

  stopLeader(_component: string, _isGraceful: boolean): void {
    throw new Error("components cannot be stopped yet");
  }

  stopApiServer(_isGraceful: boolean): void {
    throw new Error("the API server cannot be stopped yet");
  }

  startApiServer(): void {
    throw new Error("the API server cannot be started yet");
  }

  restoreNode(_name: string, _mode: NodeFailure): void {
    throw new Error("nodes cannot fail yet");
  }
}
