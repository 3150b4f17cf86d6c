// Machines that join the cluster while the run goes on: each node registers itself when it has booted, and tries until it is
// heard.
import { type BackOffOptions, WORK_QUEUE_BACK_OFF } from "../apiserver/back-off.ts";
import type { Client } from "../apiserver/client.ts";
import { untilDecided } from "../apiserver/retry.ts";
import { type Distribution, sample } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import { createStream } from "../engine/random.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Node, Pod } from "../model/objects.ts";

export interface BootingPool {
  readonly pool: string;
  readonly nodes: readonly Node[];
  /** From the start of the run to the node's registration, in microseconds; drawn per node. */
  readonly bootMicros: Distribution;
  /** Per node: pods that come with it, as those of a DaemonSet. */
  readonly daemonPods: readonly (readonly Pod[])[];
}

export interface BootingNodesOptions {
  readonly engine: Engine;
  readonly client: Client;
  readonly recorder: Recorder;
  readonly seed: string | number;
  readonly pools: readonly BootingPool[];
}

/** How a kubelet tries to register. */
const REGISTRATION_BACK_OFF: BackOffOptions = { initialMicros: 200_000, factor: 2, maxMicros: 7_000_000 };

export class BootingNodes {
  private readonly options: BootingNodesOptions;
  private readonly nodes: { readonly node: Node; readonly pods: readonly Pod[] }[] = [];
  private readonly bootKind: number;

  constructor(options: BootingNodesOptions) {
    this.options = options;
    this.bootKind = options.engine.register("node/booted", (index) => this.booted(index));
  }

  start(): void {
    const { engine, pools, seed } = this.options;
    for (const { nodes, bootMicros, daemonPods } of pools) {
      for (const [i, node] of nodes.entries()) {
        const stream = createStream(seed, `node/${node.metadata.name}/boot`);
        const index = this.nodes.push({ node, pods: daemonPods[i] ?? [] }) - 1;
        engine.after(Math.max(0, Math.round(sample(bootMicros, stream))), this.bootKind, index);
      }
    }
  }

  private booted(index: number): void {
    const { node, pods } = this.nodes[index]!;
    const { name } = node.metadata;
    this.options.recorder.nodeEvent("Normal", "RegisteredNode", name, "Node has booted and joins");
    const { client, engine } = this.options;
    // a node that is registered already is as good
    untilDecided<Node>(engine, REGISTRATION_BACK_OFF, (done) => client.create("nodes", node, done), ignore);
    for (const pod of pods) {
      untilDecided<Pod>(engine, WORK_QUEUE_BACK_OFF, (done) => client.create("pods", pod, done), ignore);
    }
  }
}

const ignore = (): void => undefined;
