// How much of a node's idle GPU milli the typical pods cannot use. Everything is a whole number: amounts are multiplied by the
// number of typical pods (`total`), and divided by it only where somebody shows them.
// Memory is not looked at. Source: F_n(M) of Weng et al., "Beware of Fragmentation", USENIX ATC 2023, section 3.
import type { TypicalPod } from "./typical-pods.ts";

/** Typical pods that one card model may serve, those that ask for the same share of as many devices together. */
interface Demand {
  readonly milli: number;
  readonly count: number;
  /** CPU of its classes, ascending, and the number of pods up to each. */
  readonly cpus: number[];
  readonly upTo: number[];
}

/** Where the idle milli of a node stands, for each typical pod. Quadrants by CPU (x) and GPU (y) that are left against what it asks for. */
export const FRAGMENT_KINDS = [
  "q1_lack_both",
  "q2_lack_gpu",
  "q3_satisfied",
  "q4_lack_cpu",
  "xl_satisfied",
  "xr_lack_cpu",
  "no_access",
] as const;
export type FragmentKind = (typeof FRAGMENT_KINDS)[number];

const LACK_BOTH = 0;
const LACK_GPU = 1;
const SATISFIED = 2;
const LACK_CPU = 3;
const CPU_ONLY = 4;
const CPU_ONLY_LACK = 5;
const NO_ACCESS = 6;

export class Fragments {
  readonly typical: readonly TypicalPod[];
  /** Number of typical pods: what all amounts are multiples of. */
  readonly total: number;
  private readonly models = new Map<string, ModelFragments>();

  constructor(typical: readonly TypicalPod[]) {
    this.typical = typical;
    this.total = typical.reduce((sum, { count }) => sum + count, 0);
  }

  of(model: string): ModelFragments {
    let known = this.models.get(model);
    if (known === undefined) {
      known = new ModelFragments(this.typical, this.total, model);
      this.models.set(model, known);
    }
    return known;
  }
}

/** The measure for nodes of one card model. */
export class ModelFragments {
  private readonly typical: readonly TypicalPod[];
  private readonly total: number;
  private readonly model: string;
  private readonly demands: readonly Demand[];
  private readonly demandMilli: Int32Array;
  private readonly demandCount: Int32Array;
  /** Typical pods per demand that the CPU suffices for; see `prepare`. */
  private readonly pods: Float64Array;

  constructor(typical: readonly TypicalPod[], total: number, model: string) {
    this.typical = typical;
    this.total = total;
    this.model = model;
    this.demands = demandsOf(typical, model);
    this.demandMilli = Int32Array.from(this.demands, ({ milli }) => milli);
    this.demandCount = Int32Array.from(this.demands, ({ count }) => count);
    this.pods = new Float64Array(this.demands.length);
  }

  /** Says how much CPU is left for the `amount`s that follow. */
  prepare(cpuLeftMilli: number): void {
    const { demands, pods } = this;
    for (let d = 0; d < demands.length; d++) {
      const { cpus, upTo } = demands[d] as Demand;
      let at = cpus.length - 1;
      while (at >= 0 && (cpus[at] as number) > cpuLeftMilli) at--;
      pods[d] = at < 0 ? 0 : (upTo[at] as number);
    }
  }

  /** Fragment milli times `total`, for so much left of each device and the CPU that `prepare` was told. */
  amount(left: ArrayLike<number>): number {
    const { demandMilli, demandCount, pods } = this;
    let idle = 0;
    for (let i = 0; i < left.length; i++) idle += left[i] as number;
    let usable = 0;
    for (let d = 0; d < pods.length; d++) {
      const count = pods[d] as number;
      if (count === 0) continue;
      const milli = demandMilli[d] as number;
      let fitting = 0;
      let sum = 0;
      for (let i = 0; i < left.length; i++) {
        const here = left[i] as number;
        if (here < milli) continue;
        fitting++;
        sum += here;
      }
      if (fitting >= (demandCount[d] as number)) usable += count * sum;
    }
    return this.total * idle - usable;
  }

  /** Adds the idle milli times `total` to the kinds of FRAGMENT_KINDS that it belongs to: once for each typical pod. */
  addKinds(left: ArrayLike<number>, cpuLeftMilli: number, kinds: Float64Array): void {
    let idle = 0;
    for (let i = 0; i < left.length; i++) idle += left[i] as number;
    const add = (kind: number, amount: number) => {
      kinds[kind] = (kinds[kind] as number) + amount;
    };
    for (const { cpuMilli, gpuMilli, gpuCount, models, count } of this.typical) {
      const hasCpu = cpuMilli <= cpuLeftMilli;
      if (gpuCount === 0) add(hasCpu ? CPU_ONLY : CPU_ONLY_LACK, count * idle);
      else if (models.length > 0 && !models.includes(this.model)) add(NO_ACCESS, count * idle);
      else {
        let fitting = 0;
        let sum = 0;
        for (let i = 0; i < left.length; i++) {
          if ((left[i] as number) < gpuMilli) continue;
          fitting++;
          sum += left[i] as number;
        }
        const hasGpu = fitting >= gpuCount;
        if (hasCpu && hasGpu) {
          add(SATISFIED, count * sum);
          // devices with too little left lack GPU also where others would do
          add(LACK_GPU, count * (idle - sum));
        } else add(hasCpu ? LACK_GPU : hasGpu ? LACK_CPU : LACK_BOTH, count * idle);
      }
    }
  }
}

function demandsOf(typical: readonly TypicalPod[], model: string): Demand[] {
  const byKey = new Map<string, Demand>();
  const served = typical.filter(
    ({ gpuCount, models }) => gpuCount > 0 && (models.length === 0 || models.includes(model)),
  );
  for (const { cpuMilli, gpuMilli, gpuCount, count } of served.sort((a, b) => a.cpuMilli - b.cpuMilli)) {
    const key = `${gpuMilli} ${gpuCount}`;
    let demand = byKey.get(key);
    if (demand === undefined) {
      demand = { milli: gpuMilli, count: gpuCount, cpus: [], upTo: [] };
      byKey.set(key, demand);
    }
    demand.cpus.push(cpuMilli);
    demand.upTo.push((demand.upTo.at(-1) ?? 0) + count);
  }
  return [...byKey.values()];
}
