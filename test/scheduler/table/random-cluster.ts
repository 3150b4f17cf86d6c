// One snapshot that random events happen to, for tests that compare what the node table keeps with a recount.
import type { Node } from "../../../sim/model/objects.ts";
import type { PodInfo } from "../../../sim/scheduler/shape.ts";
import { Snapshot } from "../../../sim/scheduler/snapshot.ts";
import { NodeTable } from "../../../sim/scheduler/table/node-table.ts";
import { History, type Traits, USUAL } from "./history.ts";

export class RandomCluster {
  readonly history: History;
  readonly snapshot = new Snapshot();
  private madeTable: NodeTable | null = null;
  readonly pods: PodInfo[] = [];
  private readonly gone: string[] = [];

  /** @param before nodes to start with */
  constructor(seed: number, traits: Partial<Traits> = {}, before = 6) {
    this.history = new History(seed, { ...USUAL, ...traits });
    this.snapshot.setNamespace({ metadata: { name: "default", labels: { team: "t" } } });
    for (let i = 0; i < before; i++) this.addNode(this.history.node());
    for (let i = 0; i < 3 * before; i++) this.addPod();
  }

  /** A table of the cluster, made when it is first asked for. */
  get table(): NodeTable {
    this.madeTable ??= new NodeTable(this.snapshot);
    return this.madeTable;
  }

  /** One random change. */
  act(): void {
    const { history, snapshot } = this;
    const draw = history.int(100);
    const names = [...history.nodes.keys()];
    if (draw < 45 || names.length === 0) this.addPod();
    else if (draw < 65) this.removePod(history.int(this.pods.length + 1));
    else if (draw < 75) this.addNode(history.node());
    else if (draw < 80) {
      const name = this.gone.pop();
      if (name !== undefined) this.addNode(history.node(name));
    } else if (draw < 86) {
      const name = history.pick(names);
      for (const pod of this.pods.filter((p) => p.nodeName === name)) this.removePod(this.pods.indexOf(pod));
      snapshot.removeNode(name);
      history.nodes.delete(name);
      this.gone.push(name);
    } else if (draw < 96) {
      const node = history.node(history.pick(names));
      history.nodes.set(node.metadata.name, node);
      snapshot.updateNode(node);
    } else if (draw < 98) {
      const info = snapshot.info(history.pod());
      snapshot.nominate(info, history.pick(names));
    } else {
      const labels: Record<string, string> = history.chance(0.5) ? { team: "t" } : {};
      snapshot.setNamespace({ metadata: { name: "other", labels } });
    }
  }

  addNode(node: Node): void {
    this.history.nodes.set(node.metadata.name, node);
    this.snapshot.addNode(node);
  }

  addPod(): void {
    const { history, snapshot } = this;
    const names = [...history.nodes.keys()];
    if (names.length === 0) return;
    const pod = history.pod();
    const info = snapshot.info(history.chance(0.2) ? history.changed(pod) : pod);
    info.nodeName = history.pick(names);
    snapshot.addPod(info);
    this.pods.push(info);
  }

  removePod(index: number): void {
    const [info] = this.pods.splice(index, 1);
    if (info !== undefined) this.snapshot.removePod(info);
  }
}
