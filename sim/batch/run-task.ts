// One run as a worker does it: simulate, then render the run's lines of every report, so that threads share that work too.
import { renderParts } from "../../reports/csv.ts";
import { type SimulateOptions, simulate } from "../cluster.ts";
import { timelineOf } from "../metrics/timeline.ts";
import type { Plan } from "../scenario/plan.ts";
import type { RunOutcome } from "./task.ts";

export async function runPlan(plan: Plan, seed: string, options: SimulateOptions = {}): Promise<RunOutcome> {
  const result = simulate(plan, seed, options);
  return {
    identity: result.identity,
    summary: result.summary,
    verdicts: result.verdicts,
    timeline: timelineOf(result),
    parts: await renderParts(result),
  };
}
