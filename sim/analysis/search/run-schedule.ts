// One run of a search: the scenario with a schedule added, loaded as the file that replays it will be, and run with the scenario's seed.
import { type SimulateOptions, simulate } from "../../cluster.ts";
import { problemText } from "../../model/problem.ts";
import { loadScenarioText } from "../../scenario/load.ts";
import type { Plan } from "../../scenario/plan.ts";
import { withEntries } from "../../scenario/scenario-value.ts";
import { entriesOf, type Schedule } from "./disturbance.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

/** What is searched. Plain data. */
export interface SearchedScenario {
  /** One variant, with what is set from outside. */
  readonly value: unknown;
  /** What messages call it. */
  readonly name: string;
  /** That file names start from. */
  readonly folder: string;
}

/** The plan with a schedule added, or why it cannot be. */
export function planWith(
  { folder, name, value }: SearchedScenario,
  schedule: Schedule,
): Plan | { readonly problem: string } {
  const text = JSON.stringify(withEntries(value, entriesOf(schedule)));
  const { plans, problems } = loadScenarioText(text, name, folder);
  return plans[0] ?? { problem: problems.map(problemText).join("; ") };
}

export function runSchedule(plan: Plan, schedule: Schedule, options: SimulateOptions): Outcome {
  return outcomeOf(simulate(plan, plan.seed, { ...options, measuresMargins: true }), schedule);
}

/** A run that could not be. */
export function voidOutcome(voidReason: string): Outcome {
  return { violations: [], margins: [], missed: [], voidReason, digest: "" };
}
