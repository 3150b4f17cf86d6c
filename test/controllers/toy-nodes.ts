// Kubelets and scheduler of a test's world, as simple as can be. A pod is bound to the node that its affinity names or to the emptiest
// one; the annotations kubedrill.io/start, ready, stop, run and exit (seconds; ready may be "never") say how it behaves there.
import type { Client } from "../../sim/apiserver/client.ts";
import { Informer } from "../../sim/apiserver/informer.ts";
import type { Engine } from "../../sim/engine/engine.ts";
import { MILLISECOND, SECOND, type Tick } from "../../sim/engine/tick.ts";
import type { Node, Pod, PodCondition, PodStatus } from "../../sim/model/objects.ts";
import { withCondition } from "../../sim/model/pod-conditions.ts";
import { timestampAt } from "../../sim/model/timestamp.ts";

const PREFIX = "kubedrill.io/";
const BIND_MICROS = 5 * MILLISECOND;

export class ToyNodes {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly hasKubelets: boolean;
  private readonly down = new Set<string>();
  private readonly seen = new Map<string, "binding" | "bound" | "stopping">();
  private readonly load = new Map<string, number>();
  private nodes: Informer<"nodes"> | null = null;
  private pods: Informer<"pods"> | null = null;

  constructor(engine: Engine, client: Client, hasKubelets: boolean) {
    this.engine = engine;
    this.client = client;
    this.hasKubelets = hasKubelets;
  }

  start(): void {
    const again = () => {
      for (const [key, pod] of this.pods?.cache ?? []) this.look(pod, key);
    };
    this.nodes = new Informer(this.client, "nodes", { added: again, updated: again });
    this.pods = new Informer(this.client, "pods", {
      added: (pod, key) => this.look(pod, key),
      updated: (_before, pod, key) => this.look(pod, key),
      deleted: (pod) => {
        this.seen.delete(pod.metadata.uid ?? "");
        const node = pod.spec.nodeName;
        if (node) this.load.set(node, (this.load.get(node) ?? 0) - 1);
      },
    });
  }

  /** Its pods stay as they are. */
  stopNode(name: string): void {
    this.down.add(name);
  }

  startNode(name: string): void {
    this.down.delete(name);
    for (const [key, pod] of this.pods?.cache ?? []) this.look(pod, key);
  }

  private look(pod: Pod, key: string): void {
    if (!this.hasKubelets) return;
    const uid = pod.metadata.uid ?? "";
    const state = this.seen.get(uid);
    const { nodeName } = pod.spec;
    if (!nodeName) {
      if (state === undefined && pod.metadata.deletionTimestamp == null) this.bind(pod, uid);
      return;
    }
    if (this.down.has(nodeName)) return;
    if (pod.metadata.deletionTimestamp != null) {
      if (state === "stopping") return;
      this.seen.set(uid, "stopping");
      this.after(seconds(pod, "stop", 1), () => {
        if (!this.down.has(nodeName)) this.client.delete("pods", key, { gracePeriodSeconds: 0, uid });
        else this.seen.set(uid, "bound");
      });
      return;
    }
    if (state === "bound" || state === "stopping") return;
    this.seen.set(uid, "bound");
    this.after(seconds(pod, "start", 1), () => this.started(pod, key, uid));
  }

  private bind(pod: Pod, uid: string): void {
    const nodeName = this.nodeFor(pod);
    if (nodeName === undefined) return;
    this.seen.set(uid, "binding");
    this.load.set(nodeName, (this.load.get(nodeName) ?? 0) + 1);
    const { name, namespace = "default" } = pod.metadata;
    this.engine.at((this.engine.now + BIND_MICROS) as Tick, () => this.client.bind({ namespace, name, uid, nodeName }));
  }

  private nodeFor(pod: Pod): string | undefined {
    const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    const named = terms?.[0]?.matchFields?.[0]?.values?.[0];
    const fits = (node: Node) =>
      !this.down.has(node.metadata.name) && (named === undefined ? isFree(node) : node.metadata.name === named);
    let best: string | undefined;
    for (const [name, node] of this.nodes?.cache ?? []) {
      if (!fits(node)) continue;
      if (best === undefined || (this.load.get(name) ?? 0) < (this.load.get(best) ?? 0)) best = name;
    }
    return best;
  }

  private started(pod: Pod, key: string, uid: string): void {
    if (this.seen.get(uid) !== "bound" || this.down.has(pod.spec.nodeName ?? "")) return;
    const startedAt = timestampAt(this.engine.now);
    const container = { name: pod.spec.containers[0]?.name ?? "c", restartCount: 0, state: { running: { startedAt } } };
    this.write(key, uid, "Ready", "False", {
      phase: "Running",
      startTime: startedAt,
      containerStatuses: [container],
    });
    const ready = pod.metadata.annotations?.[`${PREFIX}ready`];
    if (ready !== "never") {
      this.after(Number(ready ?? 0), () => {
        if (this.seen.get(uid) === "bound") this.write(key, uid, "Ready", "True", {});
      });
    }
    const run = pod.metadata.annotations?.[`${PREFIX}run`];
    if (run === undefined) return;
    this.after(Number(run), () => {
      const exitCode = seconds(pod, "exit", 0);
      this.write(key, uid, "Ready", "False", { phase: exitCode === 0 ? "Succeeded" : "Failed" });
    });
  }

  private write(key: string, uid: string, type: string, status: string, parts: Partial<PodStatus>): void {
    const condition: PodCondition = { type, status, lastTransitionTime: timestampAt(this.engine.now) };
    this.client.patchStatus("pods", key, (before) => {
      if (before.metadata.uid !== uid) return before;
      const conditions = withCondition(before.status?.conditions, condition);
      return { ...before, status: { ...before.status, ...parts, conditions } };
    });
  }

  private after(delaySeconds: number, then: () => void): void {
    this.engine.at(Math.round(this.engine.now + delaySeconds * SECOND) as Tick, then);
  }
}

function seconds(pod: Pod, name: string, otherwise: number): number {
  return Number(pod.metadata.annotations?.[`${PREFIX}${name}`] ?? otherwise);
}

function isFree(node: Node): boolean {
  return node.spec?.unschedulable !== true && (node.spec?.taints ?? []).every((t) => t.effect === "PreferNoSchedule");
}
