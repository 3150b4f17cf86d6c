// The scenario file that replays a finding.
import { formatDuration } from "../../engine/tick.ts";
import type { Plan } from "../../scenario/plan.ts";
import { scenarioText, withEntries, withFileNames } from "../../scenario/scenario-value.ts";
import { entriesOf, textOf } from "./disturbance.ts";
import type { SearchedScenario } from "./run-schedule.ts";
import type { Finding } from "./search.ts";

export interface WrittenWhere {
  /** From 1. */
  readonly number: number;
  /** Of the search. */
  readonly seed: string;
  /** Names of files as they are from where it is written. */
  readonly rename: (name: string) => string;
}

export function findingScenario(
  plan: Plan,
  { name, value }: SearchedScenario,
  { expectation, isMinimal, outcome, run, schedule, shrinkRuns }: Finding,
  { number, rename, seed }: WrittenWhere,
): string {
  const violation = outcome.violations.find((one) => one.expectation === expectation);
  const when = violation?.atMicros == null ? "at the end" : `at ${formatDuration(violation.atMicros)}`;
  const variant = plan.variant === "" ? "" : `, variant ${plan.variant}`;
  const comment = [
    `Finding ${number} of kubedrill search ${name}${variant}, seed ${seed}, run ${run}.`,
    `Violates ${when}: ${plan.expectations[expectation]!.text}`,
    ...(violation?.note ? [`There: ${violation.note}`] : []),
    ...schedule.map((one) => `  ${textOf(one)}`),
    `${isMinimal ? "Nothing that was tried made it simpler" : "The runs for making it simpler were used up"} (${shrinkRuns} runs).`,
    "exit: 1",
  ];
  return scenarioText(withFileNames(withEntries(value, entriesOf(schedule)), rename), comment);
}
