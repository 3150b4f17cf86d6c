// Node-local verdicts and raw scores that depend on the Node object and the pod's tolerations, node affinity and images alone.
// Shapes that agree in those share one, so a thousand shapes without selectors look at each node's labels and taints once.
import type { Status } from "../framework.ts";
import { type NodeTable, widerInts } from "./node-table.ts";
import type { StaticRules } from "./rules.ts";

export class StaticClass {
  private readonly rules: StaticRules;
  private readonly table: NodeTable;
  /** 0: passes; else index into `statuses`. */
  verdict: Int32Array;
  taintRaw: Int32Array;
  nodeAffinityRaw: Int32Array;
  imageScore: Int32Array;
  readonly statuses: (Status | null)[] = [null];
  /** Moves when values of nodes changed that are not in the change log: who copied values must copy all again. */
  version = 0;
  private readonly indexOf = new Map<Status, number>();
  private cursor: number;
  private imageKey = "";

  constructor(table: NodeTable, rules: StaticRules) {
    this.table = table;
    this.rules = rules;
    this.verdict = new Int32Array(table.capacity);
    this.taintRaw = new Int32Array(table.capacity);
    this.nodeAffinityRaw = new Int32Array(table.capacity);
    this.imageScore = new Int32Array(table.capacity);
    this.imageKey = this.currentImageKey();
    this.cursor = table.nodeChanges.head;
    this.evaluateAll();
  }

  /** Bytes held, about. */
  get bytes(): number {
    return 16 * this.verdict.length;
  }

  /** Catches up with changed Node objects. */
  sync(): void {
    const log = this.table.nodeChanges;
    if (this.cursor === log.head) return;
    if (this.table.capacity > this.verdict.length) {
      const capacity = this.table.capacity;
      this.verdict = widerInts(this.verdict, capacity);
      this.taintRaw = widerInts(this.taintRaw, capacity);
      this.nodeAffinityRaw = widerInts(this.nodeAffinityRaw, capacity);
      this.imageScore = widerInts(this.imageScore, capacity);
    }
    // an image's score depends on how many nodes there are and how many hold it
    const imageKey = this.currentImageKey();
    if (imageKey !== this.imageKey || this.cursor < log.tail) {
      this.imageKey = imageKey;
      this.evaluateAll();
      this.version++;
    } else {
      for (let at = this.cursor; at < log.head; at++) this.evaluate(log.at(at));
    }
    this.cursor = log.head;
  }

  private evaluateAll(): void {
    for (let slot = 0; slot < this.table.snapshot.slotCount; slot++) this.evaluate(slot);
  }

  private evaluate(slot: number): void {
    const node = this.table.snapshot.nodeAt(slot);
    if (node === undefined) return;
    const status = this.rules.verdict(node);
    this.verdict[slot] = status === null ? 0 : this.indexOfStatus(status);
    if (status !== null) return;
    this.taintRaw[slot] = this.rules.taintRaw(node);
    this.nodeAffinityRaw[slot] = this.rules.nodeAffinityRaw(node);
    this.imageScore[slot] = this.imageKey === "" ? 0 : this.rules.imageScore(node);
  }

  private indexOfStatus(status: Status): number {
    let index = this.indexOf.get(status);
    if (index === undefined) {
      index = this.statuses.findIndex((s) => s !== null && sameStatus(s, status));
      if (index < 0) index = this.statuses.push(status) - 1;
      this.indexOf.set(status, index);
    }
    return index;
  }

  /** "" when no node holds any of the images. */
  private currentImageKey(): string {
    let key = "";
    for (const image of this.rules.images) {
      const nodes = this.table.snapshot.imageStates.get(image)?.nodes;
      if (nodes !== undefined) key += `${image}=${nodes};`;
    }
    return key === "" ? "" : `${this.table.snapshot.nodeCount};${key}`;
  }
}

export function sameStatus(a: Status, b: Status): boolean {
  return (
    a.code === b.code &&
    a.plugin === b.plugin &&
    a.reasons.length === b.reasons.length &&
    a.reasons.every((r, i) => r === b.reasons[i])
  );
}
