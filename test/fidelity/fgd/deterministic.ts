// The experiments without randomness: pods in the order of the file, each number as it is written in the table.
import type { Packing } from "../../../sim/analysis/pack.ts";
import { pack } from "../../../sim/analysis/pack.ts";
import type { GpuPolicyName } from "../../../sim/model/scheduler-plugin-args.ts";
import { readDeterministic } from "./expected.ts";
import { type Curves, curvesOf, inFileOrder, plansOf } from "./experiment.ts";

export interface DeterministicCell {
  readonly workload: string;
  readonly policy: string;
  readonly column: string;
  readonly expected: string;
  readonly actual: string;
}

export interface DeterministicResult {
  readonly rows: number;
  readonly cells: number;
  readonly differences: readonly DeterministicCell[];
}

/** @param wanted workloads and policies; empty = all */
export function compareDeterministic(
  data: string,
  wanted: { readonly workloads: readonly string[]; readonly policies: readonly string[] },
): DeterministicResult {
  const { policies, workloads } = wanted;
  const table = readDeterministic(data).filter(
    ({ policy = "", workload = "" }) =>
      (workloads.length === 0 || workloads.includes(workload)) && (policies.length === 0 || policies.includes(policy)),
  );
  const differences: DeterministicCell[] = [];
  let cells = 0;
  for (const row of table) {
    const { policy = "", workload = "" } = row;
    const plan = plansOf(data, workload).get(policy as GpuPolicyName);
    if (plan === undefined) throw new Error(`no policy ${policy}`);
    const packing = pack(inFileOrder(plan));
    const actual = cellsOf(packing, curvesOf(packing));
    for (const [column, expected] of Object.entries(row)) {
      if (column === "workload" || column === "policy") continue;
      cells++;
      const value = actual[column] ?? "no such column";
      if (value !== expected) differences.push({ workload, policy, column, expected, actual: value });
    }
  }
  return { rows: table.length, cells, differences };
}

function cellsOf(
  { arrivedMilli, failed, gpu, pods }: Packing,
  { alloc_pct }: Curves,
): Readonly<Record<string, string>> {
  return {
    pods: String(pods),
    failed: String(failed.cpuOnly + failed.share + failed.oneGpu + failed.multiGpu),
    failed_cpu_only: String(failed.cpuOnly),
    failed_shared_gpu: String(failed.share),
    failed_one_gpu: String(failed.oneGpu),
    failed_multi_gpu: String(failed.multiGpu),
    arrived_gpu_milli: String(arrivedMilli),
    used_gpu_milli: String(gpu.usedMilli),
    alloc_pct: ((100 * gpu.usedMilli) / gpu.totalMilli).toFixed(4),
    frag_gpu_milli: gpu.fragmentMilli.toFixed(1),
    idle_gpu_milli: gpu.idleMilli.toFixed(1),
    frag_ratio_pct: ((100 * gpu.fragmentMilli) / gpu.idleMilli).toFixed(4),
    alloc_pct_mean_in_bin50: alloc_pct[50]!.toFixed(2),
    alloc_pct_mean_in_bin90: alloc_pct[90]!.toFixed(2),
  };
}
