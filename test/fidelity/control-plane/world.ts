// What a script does to a simulated cluster, besides talking to its API server: the one file here that knows how the simulation's parts are
// told to fail.
import type { Component } from "../../../sim/apiserver/component.ts";
import { ApiFaultPoints } from "../../../sim/apiserver/fault-points.ts";
import type { Cluster } from "../../../sim/cluster.ts";
import { assert } from "../../../sim/engine/assert.ts";
import { MILLISECOND, type Tick } from "../../../sim/engine/tick.ts";
import { EtcdFaultPoints } from "../../../sim/etcd/fault-points.ts";
import { NodeFaultPoints } from "../../../sim/node/fault-points.ts";

export type NodeFailure = "partition" | "crash";

/** A process of the control plane that ended or started, at a virtual time. */
export interface ProcessChange {
  readonly atMicros: number;
  /** As the recordings call it: `kcm0`, `sched1`; or `apiserver`. */
  readonly component: string;
  readonly change: "exited" | "restarted" | "ready";
}

const POLL_MICROS = 10 * MILLISECOND;

interface Watched {
  readonly name: string;
  readonly component: Component;
  starts: number;
  isDown: boolean;
}

export class World {
  readonly changes: ProcessChange[] = [];
  readonly etcd: EtcdFaultPoints;
  private readonly cluster: Cluster;
  private readonly nodes: NodeFaultPoints;
  private readonly api: ApiFaultPoints;
  private readonly cut = new Map<string, () => void>();
  private readonly watched: readonly Watched[];
  private isApiUp = true;
  private isApiReady = true;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.etcd = new EtcdFaultPoints(cluster.controlPlane.etcd);
    const { kubelets } = cluster.nodes;
    assert(kubelets !== null, "a cluster with controllers has kubelets");
    this.nodes = new NodeFaultPoints(cluster.engine, kubelets);
    this.api = new ApiFaultPoints(cluster.controlPlane.api);
    const watch = (prefix: string, replicas: readonly { readonly component: Component }[]) =>
      replicas.map(({ component }, i) => ({ name: `${prefix}${i}`, component, starts: 1, isDown: false }));
    this.watched = [
      ...watch("kcm", cluster.controllers?.replicas ?? []),
      ...watch("sched", cluster.schedulers.replicas),
    ];
  }

  get nowMicros(): number {
    return this.cluster.engine.now;
  }

  /** Notes from then on which processes end and start. */
  watchProcesses(fromMicros: number): void {
    this.cluster.engine.at(fromMicros as Tick, () => {
      for (const each of this.watched) each.starts = each.component.starts;
      this.poll();
    });
  }

  private poll(): void {
    const atMicros = this.nowMicros;
    for (const each of this.watched) {
      const { component, name } = each;
      const isDown = component.role === "down";
      if (!each.isDown && (isDown || component.starts > each.starts))
        this.changes.push({ atMicros, component: name, change: "exited" });
      if (component.starts > each.starts) this.changes.push({ atMicros, component: name, change: "restarted" });
      each.starts = component.starts;
      each.isDown = isDown;
    }
    const isReady = this.cluster.controlPlane.api.servers.some((server) => server.isReady);
    const isUp = this.api.servers().some(({ role }) => role === "up");
    if (this.isApiUp && !isUp) this.changes.push({ atMicros, component: "apiserver", change: "exited" });
    if (!this.isApiReady && isReady) this.changes.push({ atMicros, component: "apiserver", change: "ready" });
    this.isApiUp = isUp;
    this.isApiReady = isReady;
    this.cluster.engine.at((atMicros + POLL_MICROS) as Tick, () => this.poll());
  }

  /**
   * Stops whichever replica leads, and keeps it down until {@link startComponents}.
   *
   * @param kind `kcm` or `sched`
   */
  stopLeader(kind: string, isGraceful: boolean): void {
    const leader = this.watched.find(({ name, component }) => name.startsWith(kind) && component.role === "leader");
    if (leader === undefined) return;
    if (isGraceful) leader.component.terminate();
    else leader.component.crash();
    // as soon as it has ended, its kubelet must not start it again
    const hold = () => {
      if (leader.component.role === "down") leader.component.holdDown();
      else this.cluster.engine.at((this.nowMicros + POLL_MICROS) as Tick, hold);
    };
    hold();
  }

  /** Starts what was stopped. */
  startComponents(): void {
    for (const { component } of this.watched) if (component.role === "down") component.start();
  }

  failNode(name: string, mode: NodeFailure): void {
    if (mode === "crash") this.nodes.crash(name);
    else this.cut.set(name, this.nodes.disconnect(name));
  }

  restoreNode(name: string, mode: NodeFailure): void {
    if (mode === "crash") this.nodes.start(name);
    else this.cut.get(name)?.();
    this.cut.delete(name);
  }

  stopApiServer(isGraceful: boolean): void {
    for (const { name } of this.api.servers()) {
      if (isGraceful) this.api.terminate(name);
      else this.api.crash(name);
    }
  }

  startApiServer(): void {
    for (const { name } of this.api.servers()) this.api.start(name);
  }

  apiServer(): "down" | "starting" | "ready" {
    const { servers } = this.cluster.controlPlane.api;
    if (servers.some((server) => server.isReady)) return "ready";
    return servers.some((server) => server.isAccepting) ? "starting" : "down";
  }
}
