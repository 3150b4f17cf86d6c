// The pods that a workload is expected to bring, by how often: what fragmentation is measured against.
// Source: the target workload M of Weng et al., "Beware of Fragmentation", USENIX ATC 2023.
import type { GpuRequest } from "./convention.ts";

/** A class of pods that are alike in what counts for fragmentation. */
export interface TypicalPod {
  readonly cpuMilli: number;
  /** Of each device; 0 when it asks for none. */
  readonly gpuMilli: number;
  readonly gpuCount: number;
  /** Card models that will do; empty = any. */
  readonly models: readonly string[];
  /** How many of them there are: whole numbers, so that sums are exact. */
  readonly count: number;
}

/** The most frequent classes are taken until they are at least this share of all pods. */
const COVERED_PERCENT = 95;

/** Counts pods by class. */
export class PodClasses {
  private readonly classes = new Map<string, { -readonly [F in keyof TypicalPod]: TypicalPod[F] }>();

  add(cpuMilli: number, gpu: GpuRequest | null, count: number): void {
    if (count <= 0) return;
    const gpuMilli = gpu?.milli ?? 0;
    const gpuCount = gpu?.count ?? 0;
    const models = gpu?.models ?? [];
    const key = `${cpuMilli} ${gpuMilli} ${gpuCount} ${models.join("|")}`;
    const known = this.classes.get(key);
    if (known !== undefined) known.count += count;
    else this.classes.set(key, { cpuMilli, gpuMilli, gpuCount, models, count });
  }

  /** The most frequent classes; ties: more CPU, a larger share, more devices, then by card models, backwards. Empty when no pod asks for a GPU. */
  typical(): readonly TypicalPod[] {
    const all = [...this.classes.values()];
    if (all.every(({ gpuCount }) => gpuCount === 0)) return [];
    const total = all.reduce((sum, { count }) => sum + count, 0);
    all.sort(
      (a, b) =>
        b.count - a.count ||
        b.cpuMilli - a.cpuMilli ||
        b.gpuMilli - a.gpuMilli ||
        b.gpuCount - a.gpuCount ||
        (a.models.join("|") > b.models.join("|") ? -1 : 1),
    );
    let taken = 0;
    const end = all.findIndex(({ count }) => {
      taken += count;
      return taken * 100 >= COVERED_PERCENT * total;
    });
    return all.slice(0, end + 1);
  }
}
