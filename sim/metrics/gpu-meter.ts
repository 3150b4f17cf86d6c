// GPUs by milli: how much is allocated, how much of what is idle the typical pods of the workload cannot use, and why. Sums are
// kept as things change, one node at a time, and taken down after each pod that was submitted, by the share that has arrived.
// Source: measures of Weng et al., "Beware of Fragmentation", USENIX ATC 2023. Pods whose devices are not told hold the tightest.
import { DEVICE_MILLI, type GpuCapacity, type GpuRequest } from "../model/gpu/convention.ts";
import { GpuDevices } from "../model/gpu/devices.ts";
import { FRAGMENT_KINDS, type FragmentKind, Fragments } from "../model/gpu/fragments.ts";
import type { TypicalPod } from "../model/gpu/typical-pods.ts";
import { TableBuilder } from "./table.ts";

/** Cluster-wide, in milli; fragments are fractions of pods times milli, hence no whole numbers. */
export interface GpuReading {
  readonly totalMilli: number;
  readonly usedMilli: number;
  readonly idleMilli: number;
  readonly fragmentMilli: number;
  /** Idle milli by FRAGMENT_KINDS. */
  readonly kindsMilli: readonly number[];
}

interface MeteredNode {
  devices: GpuDevices | null;
  allocatableCpuMilli: number;
  usedCpuMilli: number;
  fragments: number;
  idleMilli: number;
  readonly kinds: Float64Array;
}

/** What each kind of idle milli is; shares of all GPU milli, expected over the typical pods. */
export const FRAGMENT_DOCS: readonly (readonly [FragmentKind, string])[] = [
  ["q1_lack_both", "idle where a typical pod that asks for GPUs lacks CPU and GPU on the node"],
  ["q2_lack_gpu", "idle where it lacks GPU alone: on the node, or on devices of a node that has others that fit"],
  ["q3_satisfied", "idle on devices that it can use: all other columns of this kind together are frag_amount_pct"],
  ["q4_lack_cpu", "idle where it lacks CPU alone"],
  ["xl_satisfied", "idle where a typical pod without GPUs has CPU enough"],
  ["xr_lack_cpu", "idle where a typical pod without GPUs lacks CPU"],
  ["no_access", "idle on card models that it does not allow"],
];

const KIND_COLUMNS = FRAGMENT_KINDS.map((kind) => `${kind}_milli` as const);
const COLUMNS = [
  "arrivedPct",
  "pods",
  "timeMicros",
  "totalMilli",
  "arrivedMilli",
  "usedMilli",
  "fragmentMilli",
  "fragmentRatio",
  ...KIND_COLUMNS,
] as const;

/** Of the ratio's sum: a whole number of these. */
const RATIO_UNITS = 1e8;
/** Percent of the cluster's GPUs beyond which what arrives has no row of its own. */
const MOST_PERCENT = 100_000;

interface Bin {
  pods: number;
  timeMicros: number;
  usedMilli: number;
  fragments: number;
  ratioUnits: number;
  readonly kinds: Float64Array;
}

export class GpuMeter {
  private readonly fragments: Fragments;
  private readonly nodes = new Map<string, MeteredNode>();
  // of all nodes; fragments and kinds are multiples of 1 / number of typical pods
  private totalMilli = 0;
  private idleMilli = 0;
  private fragmentSum = 0;
  private readonly kinds = new Float64Array(FRAGMENT_KINDS.length);
  private arrivedMilli = 0;
  private readonly bins = new Map<number, Bin>();

  constructor(typical: readonly TypicalPod[]) {
    this.fragments = new Fragments(typical);
  }

  /** A node is there, or is another one now; its pods stay. */
  nodeSet(name: string, capacity: GpuCapacity | null, allocatableCpuMilli: number): void {
    let node = this.nodes.get(name);
    if (node === undefined) {
      if (capacity === null) return;
      node = {
        devices: null,
        allocatableCpuMilli: 0,
        usedCpuMilli: 0,
        fragments: 0,
        idleMilli: 0,
        kinds: new Float64Array(FRAGMENT_KINDS.length),
      };
      this.nodes.set(name, node);
    }
    const { devices } = node;
    const isSame = capacity !== null && devices?.count === capacity.count && devices.model === capacity.model;
    if (!isSame) {
      this.totalMilli += ((capacity?.count ?? 0) - (devices?.count ?? 0)) * DEVICE_MILLI;
      node.devices = capacity === null ? null : new GpuDevices(capacity);
    }
    node.allocatableCpuMilli = allocatableCpuMilli;
    this.update(node);
  }

  nodeRemoved(name: string): void {
    const node = this.nodes.get(name);
    if (node === undefined) return;
    this.totalMilli -= (node.devices?.count ?? 0) * DEVICE_MILLI;
    node.devices = null;
    this.update(node);
    this.nodes.delete(name);
  }

  /** @param indexes devices that the pod was given; null = not told */
  placed(
    key: string,
    nodeName: string,
    cpuMilli: number,
    gpu: GpuRequest | null,
    indexes: readonly number[] | null,
  ): void {
    const node = this.nodes.get(nodeName);
    if (node === undefined) return;
    node.usedCpuMilli += cpuMilli;
    if (gpu !== null) node.devices?.place(key, gpu, indexes);
    this.update(node);
  }

  released(key: string, nodeName: string, cpuMilli: number): void {
    const node = this.nodes.get(nodeName);
    if (node === undefined) return;
    node.usedCpuMilli -= cpuMilli;
    node.devices?.remove(key);
    this.update(node);
  }

  /** A pod was tried for the first time; what was decided has been told. */
  submitted(gpu: GpuRequest | null, nowMicros: number): void {
    if (this.totalMilli === 0) return;
    this.arrivedMilli += gpu === null ? 0 : gpu.milli * gpu.count;
    const percent = Math.round((100 * this.arrivedMilli) / this.totalMilli);
    if (percent > MOST_PERCENT) return;
    let bin = this.bins.get(percent);
    if (bin === undefined) {
      const kinds = new Float64Array(FRAGMENT_KINDS.length);
      bin = { pods: 0, timeMicros: nowMicros, usedMilli: 0, fragments: 0, ratioUnits: 0, kinds };
      this.bins.set(percent, bin);
    }
    bin.pods++;
    bin.timeMicros = nowMicros;
    bin.usedMilli += this.totalMilli - this.idleMilli;
    bin.fragments += this.fragmentSum;
    if (this.idleMilli > 0)
      bin.ratioUnits += Math.round((RATIO_UNITS * this.fragmentSum) / (this.idleMilli * this.fragments.total));
    for (let k = 0; k < bin.kinds.length; k++) bin.kinds[k] = (bin.kinds[k] as number) + (this.kinds[k] as number);
  }

  reading(): GpuReading {
    const { total } = this.fragments;
    return {
      totalMilli: this.totalMilli,
      usedMilli: this.totalMilli - this.idleMilli,
      idleMilli: this.idleMilli,
      fragmentMilli: this.fragmentSum / total,
      kindsMilli: Array.from(this.kinds, (sum) => sum / total),
    };
  }

  /** One row per whole percent of the cluster's GPUs that pods have asked for: means over the pods that were submitted in it. */
  table(): TableBuilder<(typeof COLUMNS)[number], never> {
    const table = new TableBuilder(COLUMNS, [] as never[]);
    const { total } = this.fragments;
    for (const percent of [...this.bins.keys()].sort((a, b) => a - b)) {
      const bin = this.bins.get(percent) as Bin;
      const row = table.add();
      const { numbers } = table;
      numbers.arrivedPct.set(row, percent);
      numbers.pods.set(row, bin.pods);
      numbers.timeMicros.set(row, bin.timeMicros);
      numbers.totalMilli.set(row, this.totalMilli);
      numbers.arrivedMilli.set(row, (percent * this.totalMilli) / 100);
      numbers.usedMilli.set(row, bin.usedMilli / bin.pods);
      numbers.fragmentMilli.set(row, bin.fragments / total / bin.pods);
      numbers.fragmentRatio.set(row, bin.ratioUnits / RATIO_UNITS / bin.pods);
      KIND_COLUMNS.forEach((column, k) => {
        numbers[column].set(row, (bin.kinds[k] as number) / total / bin.pods);
      });
    }
    return table;
  }

  private update(node: MeteredNode): void {
    const { devices, kinds } = node;
    for (let k = 0; k < kinds.length; k++) {
      this.kinds[k] = (this.kinds[k] as number) - (kinds[k] as number);
      kinds[k] = 0;
    }
    const idleMilli = devices?.idleMilli ?? 0;
    let fragments = 0;
    if (devices !== null) {
      const measure = this.fragments.of(devices.model);
      const cpuLeftMilli = node.allocatableCpuMilli - node.usedCpuMilli;
      measure.prepare(cpuLeftMilli);
      fragments = measure.amount(devices.left);
      measure.addKinds(devices.left, cpuLeftMilli, kinds);
      for (let k = 0; k < kinds.length; k++) this.kinds[k] = (this.kinds[k] as number) + (kinds[k] as number);
    }
    this.fragmentSum += fragments - node.fragments;
    this.idleMilli += idleMilli - node.idleMilli;
    node.fragments = fragments;
    node.idleMilli = idleMilli;
  }
}
