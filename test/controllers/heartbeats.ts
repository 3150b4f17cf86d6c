// Kubelets as far as node lifecycle sees them: leases that are renewed every ten seconds, statuses that are written when they are news.
import type { ApiError, Client } from "../../sim/apiserver/client.ts";
import type { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import type { Node } from "../../sim/model/objects.ts";
import { microTimestampAt } from "../../sim/model/timestamp.ts";
import { makeNode } from "../scheduler/builders.ts";
import type { World } from "./world.ts";

const PERIOD_MICROS = 10 * SECOND;

export class Heartbeats {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly silent = new Set<string>();

  constructor(world: World) {
    this.engine = world.engine;
    this.client = world.server.client("kubelets");
  }

  /** Registers a node whose first heartbeat comes so long from now. */
  register(name: string, zone: string, phaseSeconds = 0): void {
    const labels = { "kubernetes.io/hostname": name, ...(zone === "" ? {} : { "topology.kubernetes.io/zone": zone }) };
    const node = makeNode(name, {}, labels);
    this.client.create("nodes", { ...node, status: { ...node.status, conditions: this.conditions() } });
    this.client.create("leases", {
      metadata: { name, namespace: "kube-node-lease" },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTimestampAt(this.engine.now) },
    });
    this.engine.at((this.engine.now + phaseSeconds * SECOND + 1) as Tick, () => this.beat(name));
  }

  /** The node is cut off. */
  stop(...names: string[]): void {
    for (const name of names) this.silent.add(name);
  }

  /** It is heard again: status at once, lease with its next beat. */
  resume(...names: string[]): void {
    for (const name of names) {
      this.silent.delete(name);
      this.client.patchStatus("nodes", name, (node) => this.posted(node));
    }
  }

  post(name: string, ready: string): void {
    this.client.patchStatus("nodes", name, (node) => this.posted(node, ready));
  }

  private posted(node: Node, ready = "True"): Node {
    return { ...node, status: { ...node.status, conditions: this.conditions(ready) } };
  }

  private conditions(ready = "True") {
    const lastHeartbeatTime = microTimestampAt(this.engine.now);
    return ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map((type) => ({
      type,
      status: type === "Ready" ? ready : "False",
      lastHeartbeatTime,
    }));
  }

  private beat(name: string): void {
    if (!this.silent.has(name)) {
      const renewTime = microTimestampAt(this.engine.now);
      this.client.patch(
        "leases",
        `kube-node-lease/${name}`,
        (lease) => ({ ...lease, spec: { ...lease.spec, renewTime } }),
        (_answer: unknown | ApiError) => undefined,
      );
    }
    this.engine.at((this.engine.now + PERIOD_MICROS) as Tick, () => this.beat(name));
  }
}
