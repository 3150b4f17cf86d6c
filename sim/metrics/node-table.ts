// One row per node that ever existed, with running sums of what its pods ask for, their peaks, and their integrals over time.
import { INSTANCE_TYPE_LABEL, LIFECYCLE_LABEL, POOL_LABEL, PRICE_LABEL } from "../model/annotations.ts";
import type { Node } from "../model/objects.ts";
import { NodeCourse } from "./node-course.ts";
import { type Amounts, allocatableOf, RESOURCES } from "./resources.ts";
import { TableBuilder } from "./table.ts";

/** Of a node, over a while: integrals over microseconds, and the most at once. */
export interface NodeUse {
  readonly cpuMilliMicros: number;
  readonly cpuPeakMilli: number;
  readonly memoryByteMicros: number;
  readonly memoryPeakBytes: number;
}

const USED = ["cpuMilliMicros", "cpuPeakMilli", "memoryByteMicros", "memoryPeakBytes"] as const;

type ResourceName = (typeof RESOURCES)[number];
type NumberName =
  | "addedMicros"
  | "removedMicros"
  | "sinceMicros"
  | "ready"
  | "schedulable"
  | "podsStarted"
  | "notReadySinceMicros"
  | "notReadyMicros"
  | "notReadyPeriods"
  | "cordonedSinceMicros"
  | "cordonedMicros"
  | "priceMicros"
  | (typeof USED)[number]
  | `allocatable_${ResourceName}`
  | `requested_${ResourceName}`
  | `peak_${ResourceName}`
  | `integral_${ResourceName}`;

const perResource = <P extends string>(prefix: P) =>
  RESOURCES.map((name) => `${prefix}_${name}` as `${P}_${ResourceName}`);

const NUMBERS: readonly NumberName[] = [
  "addedMicros",
  "removedMicros",
  "sinceMicros",
  "ready",
  "schedulable",
  "podsStarted",
  "notReadySinceMicros",
  "notReadyMicros",
  "notReadyPeriods",
  "cordonedSinceMicros",
  "cordonedMicros",
  "priceMicros",
  ...USED,
  ...perResource("allocatable"),
  ...perResource("requested"),
  ...perResource("peak"),
  ...perResource("integral"),
];

const ALLOCATABLE = perResource("allocatable");
const REQUESTED = perResource("requested");
const PEAK = perResource("peak");
const INTEGRAL = perResource("integral");

export class NodeTable extends TableBuilder<NumberName, "name" | "zone" | "pool" | "taints" | "type" | "lifecycle"> {
  /** Times in which a node was not ready, or cordoned, in the order in which they ended. */
  readonly periods = new TableBuilder(["node", "fromMicros", "toMicros"] as const, ["what"]);
  private readonly byName = new Map<string, number>();
  /** The last row that has had the name. */
  private readonly lastOf = new Map<string, number>();
  /** How each node stood after each moment at which that changed; null: not kept. */
  readonly course: NodeCourse | null;

  /** @param recordsCourse is every change kept? */
  constructor(recordsCourse = false) {
    super(NUMBERS, ["name", "zone", "pool", "taints", "type", "lifecycle"]);
    this.course = recordsCourse ? new NodeCourse() : null;
  }

  /** The row of the node that has this name now; -1 when there is none. */
  row(name: string): number {
    return this.byName.get(name) ?? -1;
  }

  added(node: Node, nowMicros: number): number {
    const row = this.add();
    this.byName.set(node.metadata.name, row);
    this.lastOf.set(node.metadata.name, row);
    const { numbers, texts } = this;
    texts.name.set(row, node.metadata.name);
    numbers.addedMicros.set(row, nowMicros);
    numbers.sinceMicros.set(row, nowMicros);
    numbers.podsStarted.set(row, 0);
    numbers.notReadyMicros.set(row, 0);
    numbers.notReadyPeriods.set(row, 0);
    numbers.cordonedMicros.set(row, 0);
    for (let r = 0; r < RESOURCES.length; r++) {
      numbers[REQUESTED[r]!].set(row, 0);
      numbers[PEAK[r]!].set(row, 0);
      numbers[INTEGRAL[r]!].set(row, 0);
    }
    this.describe(row, node, nowMicros);
    return row;
  }

  /** Takes over what can change of a node. */
  describe(row: number, node: Node, nowMicros: number): void {
    const labels = node.metadata.labels ?? {};
    this.texts.zone.set(
      row,
      labels["topology.kubernetes.io/zone"] ?? labels["failure-domain.beta.kubernetes.io/zone"] ?? "",
    );
    this.texts.pool.set(row, labels[POOL_LABEL] ?? "");
    this.texts.type.set(row, labels[INSTANCE_TYPE_LABEL] ?? "");
    this.texts.lifecycle.set(row, lifecycleOf(labels));
    this.numbers.priceMicros.set(row, Math.round(Number(labels[PRICE_LABEL] ?? Number.NaN) * 1_000_000));
    this.numbers.ready.set(row, isReady(node) ? 1 : 0);
    this.texts.taints.set(row, taintText(node));
    this.isNow(row, "notReadySinceMicros", "notReadyMicros", !isReady(node), nowMicros);
    this.isNow(row, "cordonedSinceMicros", "cordonedMicros", node.spec?.unschedulable === true, nowMicros);
    this.numbers.schedulable.set(row, isReady(node) && node.spec?.unschedulable !== true ? 1 : 0);
    const allocatable = allocatableOf(node).fixed;
    for (let r = 0; r < RESOURCES.length; r++) this.numbers[ALLOCATABLE[r]!].set(row, allocatable[r]!);
    this.keep(row, nowMicros, true);
  }

  removed(name: string, nowMicros: number): number {
    const row = this.row(name);
    if (row < 0) return row;
    this.settle(row, nowMicros);
    this.endPeriods(row, nowMicros);
    this.numbers.removedMicros.set(row, nowMicros);
    this.keep(row, nowMicros, false);
    this.byName.delete(name);
    return row;
  }

  /** A pod has come to the node (sign 1) or has given its room back (-1). */
  account(row: number, requests: Amounts, sign: 1 | -1, nowMicros: number): void {
    this.settle(row, nowMicros);
    for (let r = 0; r < RESOURCES.length; r++) {
      const amount = requests.fixed[r]!;
      if (amount === 0) continue;
      const requested = this.numbers[REQUESTED[r]!].get(row) + sign * amount;
      this.numbers[REQUESTED[r]!].set(row, requested);
      if (requested > this.numbers[PEAK[r]!].get(row)) this.numbers[PEAK[r]!].set(row, requested);
    }
    if (sign > 0) this.numbers.podsStarted.set(row, this.numbers.podsStarted.get(row) + 1);
    this.keep(row, nowMicros, Number.isNaN(this.numbers.removedMicros.get(row)));
  }

  /** What its containers have really used. Without it the columns stay empty: nobody has looked. */
  used(name: string, use: NodeUse): void {
    const row = this.lastOf.get(name);
    if (row === undefined) return;
    const { numbers } = this;
    for (const key of ["cpuMilliMicros", "memoryByteMicros"] as const) {
      numbers[key].set(row, (numbers[key].get(row) || 0) + use[key]);
    }
    for (const key of ["cpuPeakMilli", "memoryPeakBytes"] as const) {
      numbers[key].set(row, Math.max(numbers[key].get(row) || 0, use[key]));
    }
  }

  /** Brings the integrals of all present nodes up to date. */
  finish(nowMicros: number): void {
    for (const row of this.byName.values()) {
      this.settle(row, nowMicros);
      this.endPeriods(row, nowMicros);
    }
  }

  private keep(row: number, nowMicros: number, isPresent: boolean): void {
    if (this.course === null) return;
    const { numbers, texts } = this;
    this.course.keep(row, nowMicros, {
      present: isPresent ? 1 : 0,
      ready: numbers.ready.get(row),
      cordoned: Number.isNaN(numbers.cordonedSinceMicros.get(row)) ? 0 : 1,
      pods: numbers.requested_pods.get(row),
      cpuMilli: numbers.requested_cpu_m.get(row),
      memoryBytes: numbers.requested_mem_b.get(row),
      gpus: numbers.requested_gpu.get(row),
      taints: texts.taints.get(row),
    });
  }

  private endPeriods(row: number, nowMicros: number): void {
    this.isNow(row, "notReadySinceMicros", "notReadyMicros", false, nowMicros);
    this.isNow(row, "cordonedSinceMicros", "cordonedMicros", false, nowMicros);
  }

  /** Something is so, or not, from now on: the times in which it was so are added up. */
  private isNow(
    row: number,
    since: "notReadySinceMicros" | "cordonedSinceMicros",
    sum: "notReadyMicros" | "cordonedMicros",
    isSo: boolean,
    nowMicros: number,
  ): void {
    const { numbers } = this;
    const sinceMicros = numbers[since].get(row);
    const wasSo = !Number.isNaN(sinceMicros);
    if (isSo === wasSo) return;
    if (wasSo) {
      numbers[sum].set(row, numbers[sum].get(row) + nowMicros - sinceMicros);
      const period = this.periods.add();
      this.periods.numbers.node.set(period, row);
      this.periods.numbers.fromMicros.set(period, sinceMicros);
      this.periods.numbers.toMicros.set(period, nowMicros);
      this.periods.texts.what.set(period, sum === "notReadyMicros" ? "NotReady" : "SchedulingDisabled");
    }
    numbers[since].set(row, isSo ? nowMicros : Number.NaN);
    if (isSo && since === "notReadySinceMicros") numbers.notReadyPeriods.set(row, numbers.notReadyPeriods.get(row) + 1);
  }

  private settle(row: number, nowMicros: number): void {
    const heldMicros = nowMicros - this.numbers.sinceMicros.get(row);
    if (heldMicros <= 0) return;
    for (let r = 0; r < RESOURCES.length; r++) {
      const integral = this.numbers[INTEGRAL[r]!];
      integral.set(row, integral.get(row) + this.numbers[REQUESTED[r]!].get(row) * heldMicros);
    }
    this.numbers.sinceMicros.set(row, nowMicros);
  }
}

/** spot or on-demand, by our own label or those of providers; "" when none says. */
function lifecycleOf(labels: Readonly<Record<string, string>>): string {
  const own = labels[LIFECYCLE_LABEL] ?? labels["karpenter.sh/capacity-type"];
  if (own !== undefined) return own;
  const eks = labels["eks.amazonaws.com/capacityType"];
  if (eks !== undefined) return eks === "SPOT" ? "spot" : "on-demand";
  const isSpot =
    labels["cloud.google.com/gke-spot"] === "true" || labels["kubernetes.azure.com/scalesetpriority"] === "spot";
  return isSpot ? "spot" : "";
}

/** A node without conditions counts as ready, as manifests written by hand have none. */
export function isReady(node: Node): boolean {
  const ready = node.status?.conditions?.find((c) => c.type === "Ready");
  return ready === undefined || ready.status === "True";
}

/** `key:effect` of each taint, with its value if it has one. */
function taintText(node: Node): string {
  const { taints } = node.spec ?? {};
  if (taints == null || taints.length === 0) return "";
  return taints.map(({ key, value = "", effect }) => `${key}${value === "" ? "" : `=${value}`}:${effect}`).join(" ");
}
