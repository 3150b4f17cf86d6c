// The file that a worker thread of `kubedrill search` runs: a schedule in, what came of it out.
import { workerData } from "piscina";
import type { Schedule } from "../analysis/search/disturbance.ts";
import type { Outcome } from "../analysis/search/outcome.ts";
import { planWith, runSchedule, type SearchedScenario, voidOutcome } from "../analysis/search/run-schedule.ts";
import { loadCustomPlugins } from "./custom-plugins.ts";

/** Answers every schedule; one that cannot be run is an outcome, too. */
export async function runSearched(schedule: Schedule): Promise<Outcome> {
  try {
    const plan = planWith(workerData as SearchedScenario, schedule);
    if ("problem" in plan) return voidOutcome(plan.problem);
    return runSchedule(plan, schedule, { customPlugins: await loadCustomPlugins(plan) });
  } catch (error) {
    return voidOutcome(`the run failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
