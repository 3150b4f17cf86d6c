// Pods that had to leave: told by the condition DisruptionTarget, which whoever evicts writes before it deletes (KEP-3329). Which pod, why,
// how long it was given, when it was gone, and when another pod of the same workload was ready in its place.
import { TableBuilder } from "./table.ts";

const CAUSES: Readonly<Record<string, string>> = {
  PreemptionByScheduler: "preemption",
  DeletionByTaintManager: "taint",
  EvictionByEvictionAPI: "api",
  TerminationByKubelet: "kubelet",
  DeletionByPodGC: "pod-gc",
};

const NUMBERS = ["timeMicros", "pod", "graceSeconds", "goneMicros", "replacedMicros"] as const;

export class EvictionRecorder {
  readonly table = new TableBuilder(NUMBERS, ["cause", "reason", "message", "node"]);
  private readonly clock: () => number;
  /** Row of the eviction, by row of the pod. */
  private readonly rows = new Map<number, number>();
  /** Evictions that wait for a pod in their place, by row of the workload. */
  private readonly open = new Map<number, number[]>();

  constructor(clock: () => number) {
    this.clock = clock;
  }

  /** @returns whether this is news */
  evicted(pod: number, workload: number, node: string, reason: string, message: string): boolean {
    if (this.rows.has(pod)) return false;
    const row = this.table.add();
    this.rows.set(pod, row);
    const { numbers, texts } = this.table;
    numbers.timeMicros.set(row, this.clock());
    numbers.pod.set(row, pod);
    texts.cause.set(row, CAUSES[reason] ?? reason);
    texts.reason.set(row, reason);
    texts.message.set(row, message);
    texts.node.set(row, node);
    if (workload < 0) return true;
    const open = this.open.get(workload);
    if (open === undefined) this.open.set(workload, [row]);
    else open.push(row);
    return true;
  }

  /** An evicted pod was marked for deletion with so much grace. */
  marked(pod: number, graceSeconds: number): void {
    const row = this.rows.get(pod);
    if (row !== undefined) this.table.numbers.graceSeconds.set(row, graceSeconds);
  }

  gone(pod: number): void {
    const row = this.rows.get(pod);
    if (row !== undefined) this.table.numbers.goneMicros.set(row, this.clock());
  }

  /** A pod of the workload that was created at this time is ready for the first time: it stands in for the first that left before. */
  ready(workload: number, createdMicros: number): void {
    const open = this.open.get(workload);
    const [first] = open ?? [];
    if (open === undefined || first === undefined) return;
    if (createdMicros < this.table.numbers.timeMicros.get(first)) return;
    this.table.numbers.replacedMicros.set(first, this.clock());
    open.shift();
  }
}
