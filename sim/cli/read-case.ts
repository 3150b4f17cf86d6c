// What `fit` and `explain` look at: a reference case document, or a plan made of a scenario or of manifests.

import { located, parseDocuments } from "../model/documents.ts";
import type { FileProblem } from "../model/problem.ts";
import { InputFiles, isFault } from "../scenario/load-files.ts";
import type { Plan } from "../scenario/plan.ts";
import type { ReferenceCase } from "../scenario/reference-case.ts";
import { isReferenceCase, readReferenceCase } from "../scenario/reference-case.ts";
import { InputError } from "./failure.ts";
import { type InputOptions, loadPlans } from "./load-plans.ts";
import { formatProblems } from "./problems.ts";

export type Input =
  | { readonly kind: "case"; readonly cases: readonly ReferenceCase[] }
  | { readonly kind: "plan"; readonly plan: Plan };

/** @throws InputError with all problems */
export function readInput(options: InputOptions): Input {
  const cases = options.files.length === 1 ? readCases(options.files[0] ?? "") : null;
  if (cases !== null) {
    const given = (["set", "config", "nodes", "machine", "zones"] as const).filter(
      (name) => options[name] !== undefined,
    );
    if (given.length > 0) {
      const names = given.map((name) => `--${name}`).join(", ");
      throw new InputError(
        `a reference case says itself what its cluster and scheduler are: ${names} cannot go with it`,
      );
    }
    return { kind: "case", cases };
  }
  const plans = loadPlans(options);
  const [plan] = plans;
  if (plan === undefined || plans.length > 1)
    throw new InputError(`expected one cluster, found ${plans.length} variants: choose one with --set`);
  return { kind: "plan", plan };
}

/** The cases of a .json or .jsonl file (also gzipped), or null when it holds something else. */
function readCases(name: string): readonly ReferenceCase[] | null {
  if (!/\.jsonl?(\.gz)?$/i.test(name)) return null;
  const file = new InputFiles(process.cwd()).text(name);
  // the loader of manifests says what is wrong with it
  if (isFault(file)) return null;
  const { documents } = parseDocuments(file.text, file.name);
  if (documents.length === 0 || !documents.every((document) => isReferenceCase(document.value))) return null;
  const problems: FileProblem[] = [];
  const cases = documents.map((document) => {
    const read = readReferenceCase(document.value);
    problems.push(...located(document, read.problems));
    return read.case;
  });
  if (problems.length > 0) throw new InputError(formatProblems(problems));
  return cases;
}
