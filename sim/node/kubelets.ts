// All nodes of a run: those that it begins with, those that boot later, and those that are added by somebody while it goes on.
import type { Client } from "../apiserver/client.ts";
import type { Calm } from "../engine/calm.ts";
import { sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import { createStream } from "../engine/random.ts";
import type { Tick } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { KubeletConfiguration } from "../model/kubelet-configuration.ts";
import type { Node, Pod } from "../model/objects.ts";
import { RequestMemo } from "../model/request-memo.ts";
import { Timestamps } from "../model/timestamp.ts";
import type { PodNetwork } from "../network/pod-network.ts";
import { Behaviour } from "./behaviour.ts";
import type { StartFault } from "./container-runtime.ts";
import { completeNode } from "./initial-nodes.ts";
import { type ConnectionPurpose, Kubelet } from "./kubelet.ts";
import { MetricsServer } from "./metrics-server.ts";
import type { NodeHeartbeats } from "./node-heartbeats.ts";
import type { BootingPool } from "./pools.ts";
import { Registry } from "./registry.ts";

export interface KubeletsOptions {
  readonly engine: Engine;
  readonly seed: string | number;
  readonly configuration: KubeletConfiguration;
  /** A new connection of the node's kubelet. */
  readonly client: (node: Node, purpose: ConnectionPurpose) => Client;
  /** Cuts a node off from the API servers. @returns what undoes it */
  readonly cutOff: (node: Node) => () => void;
  readonly recorder: Recorder;
  readonly podNetwork: PodNetwork | null;
  /** As they are stored when the run begins. */
  readonly nodes: readonly Node[];
  /** Mirror pods as they are stored then. */
  readonly mirrors?: readonly Pod[];
  readonly pools: readonly Omit<BootingPool, "daemonPods">[];
  /** For heartbeats that need not be executed; null: all are. */
  readonly calm?: Calm | null;
  readonly heartbeats?: NodeHeartbeats | null;
}

/** What befalls each start of a container of these pods. */
export interface PodFault {
  readonly matches: (pod: Pod) => boolean;
  readonly fault: StartFault;
}

export class Kubelets {
  readonly byName = new Map<string, Kubelet>();
  readonly registry: Registry;
  readonly metrics: MetricsServer;
  /** Faults on pods, wherever they run. */
  readonly podFaults = new Set<PodFault>();
  private readonly options: KubeletsOptions;
  private readonly requests = new RequestMemo();
  private readonly behaviour: Behaviour;
  private readonly timestamps = new Timestamps();
  /** By their node. */
  private readonly mirrors = new Map<string, Pod[]>();
  private count = 0;

  constructor(options: KubeletsOptions) {
    this.options = options;
    this.behaviour = new Behaviour(options.seed);
    const { registryBytesPerSecond } = options.configuration.runtime;
    this.registry = new Registry({ engine: options.engine, bytesPerSecond: registryBytesPerSecond });
    const { engine, seed } = options;
    this.metrics = new MetricsServer(() => engine.now, createStream(seed, "metrics-server/scrape").int(15_000_000));
    for (const pod of options.mirrors ?? []) {
      const { nodeName = "" } = pod.spec;
      this.mirrors.set(nodeName, [...(this.mirrors.get(nodeName) ?? []), pod]);
    }
    for (const node of options.nodes) this.build(node, true);
    options.podNetwork?.listen({
      loadChanged: ({ nodeName, requestsPerSecond, uid }) =>
        this.byName.get(nodeName)?.loadChanged(uid, requestsPerSecond),
    });
  }

  start(): void {
    const { engine, pools, seed } = this.options;
    for (const kubelet of this.byName.values()) kubelet.start();
    for (const { bootMicros, nodes } of pools) {
      for (const node of nodes) {
        const stream = createStream(seed, `node/${node.metadata.name}/boot`);
        const delayMicros = Math.max(0, Math.round(sample(bootMicros, stream)));
        engine.at((engine.now + delayMicros) as Tick, () => this.add(node));
      }
    }
  }

  /** Of heartbeats: the next renewal and the next look at the status of each node. */
  get ownTimers(): number {
    let sum = 0;
    for (const kubelet of this.byName.values()) sum += kubelet.ownTimers;
    return sum;
  }

  /** When the status of a node was reported last, reports that were left out included. */
  reportedMicros(nodeName: string): number | null {
    return this.byName.get(nodeName)?.reportedMicros ?? null;
  }

  /** The run ends: what was used is told. */
  finish(): void {
    for (const kubelet of this.byName.values()) kubelet.tellUse();
  }

  /** A machine that has booted just now: its kubelet registers it. */
  add(node: Node): Kubelet {
    const known = this.byName.get(node.metadata.name);
    if (known !== undefined) return known;
    const kubelet = this.build(completeNode(node, this.count), false);
    kubelet.start();
    return kubelet;
  }

  /** The machine is gone for good. */
  remove(name: string): void {
    const kubelet = this.byName.get(name);
    kubelet?.powerOff();
    kubelet?.tellUse();
    this.byName.delete(name);
  }

  private build(node: Node, isOld: boolean): Kubelet {
    const { calm, client, configuration, cutOff, engine, heartbeats, podNetwork, recorder, seed } = this.options;
    this.count++;
    const kubelet = new Kubelet(
      {
        engine,
        seed,
        node,
        client: (purpose) => client(node, purpose),
        cutOff: () => cutOff(node),
        recorder,
        configuration,
        behaviour: this.behaviour,
        registry: this.registry,
        timestamps: this.timestamps,
        podNetwork,
        requests: this.requests,
        mirrors: this.mirrors.get(node.metadata.name) ?? [],
        calm: calm ?? null,
        heartbeats: heartbeats ?? null,
        startFault: (pod) => this.startFault(pod),
        podChanged: (of, worker, isThere) => (isThere ? this.metrics.added(of, worker) : this.metrics.removed(worker)),
      },
      isOld,
    );
    this.byName.set(node.metadata.name, kubelet);
    return kubelet;
  }

  private startFault(pod: Pod): StartFault | null {
    for (const { fault, matches } of this.podFaults) if (matches(pod)) return fault;
    return null;
  }
}
