// What the cluster autoscaler decided: one row per scale-up of a group, node that was removed, and step that failed, with what came of it.
import { TableBuilder } from "./table.ts";

const NUMBERS = ["timeMicros", "endedMicros", "fromSize", "toSize", "pods"] as const;
const TEXTS = ["decision", "group", "node", "outcome", "message"] as const;

export interface ScaleUpFacts {
  readonly group: string;
  readonly fromSize: number;
  readonly toSize: number;
  /** Pods that it is for; of several groups that grow together the first has them all. */
  readonly pods: number;
}

export class AutoscalerRecorder {
  readonly table = new TableBuilder(NUMBERS, TEXTS);
  private readonly clock: () => number;
  // rows that have no end so far
  private readonly growing = new Map<string, number[]>();
  private readonly removing = new Map<string, number>();

  constructor(clock: () => number) {
    this.clock = clock;
  }

  scaleUp({ fromSize, group, pods, toSize }: ScaleUpFacts): void {
    const row = this.row("scaleUp", group, "", "running", "");
    const { numbers } = this.table;
    numbers.fromSize.set(row, fromSize);
    numbers.toSize.set(row, toSize);
    numbers.pods.set(row, pods);
    const rows = this.growing.get(group);
    if (rows === undefined) this.growing.set(group, [row]);
    else rows.push(row);
  }

  /** All nodes that the group was to get are there. */
  scaledUp(group: string): void {
    this.end(this.growing.get(group) ?? [], "done", "");
    this.growing.delete(group);
  }

  scaleUpFailed(group: string, message: string): void {
    this.end(this.growing.get(group) ?? [], "failed", message);
    this.growing.delete(group);
  }

  /** The group is left alone until then. */
  backedOff(group: string, untilMicros: number, message: string): void {
    const row = this.row("backOff", group, "", "done", message);
    this.table.numbers.endedMicros.set(row, untilMicros);
  }

  /** @param pods that have to move; 0 = the node is empty */
  scaleDown(group: string, node: string, fromSize: number, pods: number): void {
    const row = this.row(pods === 0 ? "scaleDownEmpty" : "scaleDown", group, node, "running", "");
    const { numbers } = this.table;
    numbers.fromSize.set(row, fromSize);
    numbers.toSize.set(row, fromSize - 1);
    numbers.pods.set(row, pods);
    this.removing.set(node, row);
  }

  /** @param failed why not; "" when the machine is gone */
  scaledDown(node: string, failed: string): void {
    const row = this.removing.get(node);
    if (row === undefined) return;
    this.removing.delete(node);
    this.end([row], failed === "" ? "done" : "failed", failed);
  }

  /** Something else that it did or could not do, at once. */
  note(decision: string, group: string, node: string, outcome: "done" | "failed", message: string): void {
    this.row(decision, group, node, outcome, message);
  }

  private row(decision: string, group: string, node: string, outcome: string, message: string): number {
    const row = this.table.add();
    const { numbers, texts } = this.table;
    numbers.timeMicros.set(row, this.clock());
    texts.decision.set(row, decision);
    texts.group.set(row, group);
    texts.node.set(row, node);
    texts.outcome.set(row, outcome);
    texts.message.set(row, message);
    return row;
  }

  private end(rows: readonly number[], outcome: string, message: string): void {
    for (const row of rows) {
      this.table.numbers.endedMicros.set(row, this.clock());
      this.table.texts.outcome.set(row, outcome);
      this.table.texts.message.set(row, message);
    }
  }
}
