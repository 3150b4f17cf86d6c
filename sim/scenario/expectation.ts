// The lines of `expect` of a scenario: parsed by model/expectation, and checked against the faults and actions that they name.
import { parseExpectation } from "../model/expectation/parse.ts";
import type { Expectation } from "../model/expectation/syntax.ts";
import { nearest, type Path, type Problem, shown } from "../model/problem.ts";

export interface ExpectationItem {
  readonly item: string;
  readonly path: Path;
}

/** @param ids of all faults and actions; null when they are not known, because of other mistakes */
export function buildExpectations(
  items: readonly ExpectationItem[],
  ids: readonly string[] | null,
): { readonly expectations: readonly Expectation[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const expectations: Expectation[] = [];
  for (const { item, path } of items) {
    const parsed = parseExpectation(item);
    if ("expected" in parsed) {
      problems.push({ path, expected: parsed.expected, received: parsed.found, within: parsed.at });
      continue;
    }
    const problem = scopeProblem(parsed, item, ids);
    if (problem === null) expectations.push(parsed);
    else problems.push({ ...problem, path });
  }
  return { expectations, problems };
}

function scopeProblem(
  { scope }: Expectation,
  text: string,
  ids: readonly string[] | null,
): Omit<Problem, "path"> | null {
  if (!("fault" in scope) || ids === null || ids.includes(scope.fault)) return null;
  const near = nearest(scope.fault, ids);
  const known = ids.length === 0 ? "there are none" : `one of ${ids.slice(0, 20).join(", ")}`;
  return {
    expected: `the id of a fault or an action${near === undefined ? `: ${known}` : `; did you mean ${near}?`}`,
    received: shown(scope.fault),
    within: Math.max(0, text.indexOf(scope.fault)),
  };
}
