// A scenario from the editor as plans, or its mistakes as the page shows them; in worker threads, as large inputs take their time.
import { resolve } from "node:path";
import type { FileProblem } from "../model/problem.ts";
import { problemText } from "../model/problem.ts";
import { loadScenarioText } from "../scenario/load.ts";
import type { Plan } from "../scenario/plan.ts";
import type { Source } from "./job.ts";
import type { CheckAnswer, ShownProblem } from "./protocol.ts";

const MAX_PROBLEMS = 500;

export interface LoadedSource {
  readonly plans: readonly Plan[];
  readonly problems: readonly ShownProblem[];
}

export function loadSource({ folder, name, root, text }: Source): LoadedSource {
  const { plans, problems } = loadScenarioText(text, name, folder, [], root);
  return { plans, problems: problems.slice(0, MAX_PROBLEMS).map((problem) => shownProblem(problem, name)) };
}

/** The answer to a check: mistakes, or what a run would be about. */
export function checkSource(source: Source): CheckAnswer {
  const { plans, problems } = loadSource(source);
  const variants = plans.map((plan) => ({
    variant: plan.variant,
    seed: plan.seed,
    nodes: plan.objects.nodes.length + plan.lateNodes.reduce((sum, late) => sum + late.nodes.length, 0),
    pods: plan.objects.pods.length,
    durationMicros: plan.durationMicros,
    warnings: [
      ...plan.warnings,
      ...plan.ignored.map(
        ({ apiVersion, count, first, kind }) => `not read: ${count} × ${kind} (${apiVersion}), first at ${first}`,
      ),
    ],
  }));
  return { problems, variants };
}

/** The plan of a variant. @throws Error when there is none of this name */
export function planOf(plans: readonly Plan[], variant: string): Plan {
  const plan = plans.find((each) => each.variant === variant);
  if (plan !== undefined) return plan;
  const names = plans.map((each) => each.variant).filter((each) => each !== "");
  throw new Error(
    variant === "" ? `choose a variant: ${names.join(", ")}` : `the scenario has no variant ${JSON.stringify(variant)}`,
  );
}

function shownProblem(problem: FileProblem, name: string): ShownProblem {
  return { ...problem, text: problemText(problem), isHere: problem.file === name || resolve(problem.file) === name };
}
