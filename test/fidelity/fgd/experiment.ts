// The experiments of the FGD paper as the bundled scenario has them: one plan per policy, with the pods of one workload. Only files are
// put in place of others; what is measured is what `kubedrill batch scenarios/traces/openb-gpu-sharing.yaml` runs.
import { join, relative, resolve } from "node:path";
import { type Packing, pack } from "../../../sim/analysis/pack.ts";
import { numbersOf } from "../../../sim/metrics/table.ts";
import { problemText } from "../../../sim/model/problem.ts";
import { GPU_POLICIES, type GpuPolicyName } from "../../../sim/model/scheduler-plugin-args.ts";
import { loadScenario } from "../../../sim/scenario/load.ts";
import type { Plan } from "../../../sim/scenario/plan.ts";
import { repositoryRoot } from "../../checks/source-tree.ts";

export const TRACE_FOLDER = "01-openb-gpu-2023";
export const POLICIES = GPU_POLICIES;
export const METRICS = ["alloc_pct", "frag_amount_pct", "frag_ratio_pct"] as const;
export type Metric = (typeof METRICS)[number];

/** Values by metric and arrived percent; NaN where no pod fell into a percent. */
export type Curves = Readonly<Record<Metric, Float64Array>>;

export interface ExperimentTask {
  readonly workload: string;
  readonly policy: GpuPolicyName;
  readonly seed: string;
}

const SCENARIO = join(repositoryRoot, "scenarios", "traces", "openb-gpu-sharing.yaml");
const MOST_PERCENT = 130;

/**
 * @param data the folder of reference data
 * @throws Error when the scenario cannot be loaded with the workload's files
 */
export function plansOf(data: string, workload: string): ReadonlyMap<GpuPolicyName, Plan> {
  const from = (name: string) => relative(resolve(SCENARIO, ".."), resolve(data, TRACE_FOLDER, name));
  const { plans, problems } = loadScenario(SCENARIO, [
    { path: "workload[0].trace.nodes", value: from("openb_node_list_gpu_node.csv") },
    { path: "workload[0].trace.pods", value: from(`openb_pod_list_${workload}.csv`) },
  ]);
  if (problems.length > 0) throw new Error(problems.map(problemText).join("\n"));
  return new Map(
    POLICIES.map((policy) => {
      const plan = plans.find(({ variant }) => variant === `policy=${policy}`);
      if (plan === undefined) throw new Error(`the scenario has no variant for ${policy}`);
      return [policy, plan];
    }),
  );
}

/** The plan with the pods in the order of the file, as many as there are, and the first node among equal ones. */
export function inFileOrder(plan: Plan): Plan {
  return {
    ...plan,
    scheduler: { ...plan.scheduler, tieBreak: "first" },
    workload: plan.workload.map((source) => {
      if (source.kind !== "trace") return source;
      const { arrangement: _, ...rest } = source;
      return rest;
    }),
  };
}

export function experiment(plan: Plan, seed: string): Curves {
  return curvesOf(pack(plan, seed));
}

export function curvesOf({ table }: Packing): Curves {
  const curves = {
    alloc_pct: new Float64Array(MOST_PERCENT + 1).fill(Number.NaN),
    frag_amount_pct: new Float64Array(MOST_PERCENT + 1).fill(Number.NaN),
    frag_ratio_pct: new Float64Array(MOST_PERCENT + 1).fill(Number.NaN),
  };
  const [percent, total] = [numbersOf(table, "arrivedPct"), numbersOf(table, "totalMilli")];
  const [used, fragments, ratio] = [
    numbersOf(table, "usedMilli"),
    numbersOf(table, "fragmentMilli"),
    numbersOf(table, "fragmentRatio"),
  ];
  for (let row = 0; row < table.rows; row++) {
    const at = percent[row]!;
    if (at > MOST_PERCENT) continue;
    curves.alloc_pct[at] = (100 * used[row]!) / total[row]!;
    curves.frag_amount_pct[at] = (100 * fragments[row]!) / total[row]!;
    curves.frag_ratio_pct[at] = 100 * ratio[row]!;
  }
  return curves;
}
