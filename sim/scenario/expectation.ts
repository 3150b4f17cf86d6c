// The lines of `expect` of a scenario: parsed by model/expectation, and checked against the faults and actions that they name.
import { parseExpectation } from "../model/expectation/parse.ts";
import type { Expectation } from "../model/expectation/syntax.ts";
import { nearest, type Path, type Problem, shown } from "../model/problem.ts";

export interface ExpectationItem {
  /** A text; or a mapping of a scope to a claim, which is what YAML makes of a text with a colon. */
  readonly item: string | Readonly<Record<string, string>>;
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
    const text = textOf(item);
    const parsed = parseExpectation(text);
    if ("expected" in parsed) {
      problems.push({ ...placeIn(item, path, parsed.at), expected: parsed.expected, received: parsed.found });
      continue;
    }
    const problem = scopeProblem(parsed, text, ids);
    if (problem === null) expectations.push(parsed);
    else problems.push({ ...problem, ...placeIn(item, path, problem.within ?? 0) });
  }
  return { expectations, problems };
}

function textOf(item: ExpectationItem["item"]): string {
  if (typeof item === "string") return item;
  return Object.entries(item)
    .map(([scope, claim]) => `${scope}: ${claim}`)
    .join("");
}

/** Where a character of the text stands in the file. */
function placeIn(item: ExpectationItem["item"], path: Path, at: number): Pick<Problem, "path" | "within" | "atKey"> {
  if (typeof item === "string") return { path, within: at };
  const scope = Object.keys(item)[0] ?? "";
  const begin = scope.length + 2;
  return at < begin ? { path: [...path, scope], atKey: true } : { path: [...path, scope], within: at - begin };
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
