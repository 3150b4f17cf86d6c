// What a worker thread runs: one experiment. Plans of a workload are made once and kept until another workload's turn.
import { workerData } from "piscina";
import type { GpuPolicyName } from "../../../sim/model/scheduler-plugin-args.ts";
import type { Plan } from "../../../sim/scenario/plan.ts";
import { type Curves, type ExperimentTask, experiment, plansOf } from "./experiment.ts";

let loaded: { readonly workload: string; readonly plans: ReadonlyMap<GpuPolicyName, Plan> } | null = null;

export function runExperiment({ policy, seed, workload }: ExperimentTask): Curves {
  if (loaded?.workload !== workload) {
    loaded = { workload, plans: plansOf((workerData as { folder: string }).folder, workload) };
  }
  return experiment(loaded.plans.get(policy)!, seed);
}
