// Checks a parsed scenario against the schema and says what is wrong in our own words: what was expected, what was found,
// and the nearest name where one is misspelt.
import type { z } from "zod";
import { nearest, type Path, type Problem, shown } from "../model/problem.ts";
import { NOT_SUPPORTED_YET, type Scenario, scenarioSchema } from "./schema.ts";

export interface Validation {
  /** With defaults filled in; null when there are problems. */
  readonly scenario: Scenario | null;
  readonly problems: readonly Problem[];
}

/** Checks the value of a scenario document. All mistakes at once; never throws. */
export function validateScenario(value: unknown): Validation {
  const { data, problems: found } = validateBy(scenarioSchema, value);
  const problems = [...found, ...endProblems(value)];
  return { scenario: data !== null && problems.length === 0 ? data : null, problems };
}

/** Checks a value by a schema, and says what is wrong as for scenarios. */
export function validateBy<S extends z.ZodType>(
  schema: S,
  value: unknown,
): { readonly data: z.output<S> | null; readonly problems: readonly Problem[] } {
  const result = schema.safeParse(value, { error: (issue) => expectedText(issue as z.core.$ZodRawIssue) });
  if (result.success) return { data: result.data, problems: [] };
  const problems = withoutEchoes(firstPerPath(result.error.issues.flatMap((issue) => problemsOf(issue, [], value))));
  return { data: null, problems };
}

// a value that has the wrong form also fails the checks of its meaning: the first says it
function firstPerPath(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify(problem.path);
    return !seen.has(key) && seen.add(key);
  });
}

// where one of several fields is missing because it is misspelt, the misspelt one says it
function withoutEchoes(problems: readonly Problem[]): Problem[] {
  const misspelt = new Set(
    problems
      .filter(({ atKey, expected }) => atKey === true && expected.includes("did you mean"))
      .map(({ path }) => JSON.stringify(path.slice(0, -1))),
  );
  return problems.filter(
    ({ path, expected }) => !(expected.startsWith("exactly one") && misspelt.has(JSON.stringify(path))),
  );
}

// outside of the schema, because the schema would only look once everything else is right
function endProblems(value: unknown): readonly Problem[] {
  const spec = valueAt(value, ["spec"]);
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) return [];
  const [duration, until] = [valueAt(spec, ["duration"]), valueAt(spec, ["until"])];
  if ((duration === undefined) !== (until === undefined)) return [];
  return [
    {
      path: duration === undefined ? ["spec"] : ["spec", "until"],
      expected: "either duration or until: idle",
      received: duration === undefined ? "neither" : "both",
    },
  ];
}

// for issues whose schema says nothing itself
function expectedText(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return TYPE_NAMES[issue.expected as string] ?? String(issue.expected);
    case "invalid_value": {
      const words = issue.values as readonly unknown[];
      const near = typeof issue.input === "string" ? nearest(issue.input, words.map(String)) : undefined;
      return `${words.length > 1 ? "one of " : ""}${words.join(", ")}${near === undefined ? "" : ` (did you mean ${near}?)`}`;
    }
    default:
      return issue.message ?? "another value";
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function problemsOf(issue: z.core.$ZodIssue, base: Path, root: unknown): readonly Problem[] {
  const path = [...base, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => unknownField(path, key, issue.message.split(",")));
  if (issue.code === "invalid_union") {
    const branch = closestBranch(issue.errors);
    if (branch !== undefined) return branch.flatMap((inner) => problemsOf(inner, path, root));
  }
  return [{ path, expected: issue.message, received: shown(valueAt(root, path)) }];
}

// the one alternative that has the right type at its top; its mistakes say more than that none of them fits
function closestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] | undefined {
  const close = branches.filter(
    (issues) => !issues.some((issue) => issue.path.length === 0 && issue.code !== "unrecognized_keys"),
  );
  return close.length === 1 ? close[0] : undefined;
}

function unknownField(path: Path, key: string, known: readonly string[]): Problem {
  const at = [...path, key];
  const notYet = NOT_SUPPORTED_YET.get(at.slice(1).join("."));
  if (path[0] === "spec" && notYet !== undefined) {
    return { path: at, expected: `no ${key}: ${notYet} are not supported yet`, received: "", atKey: true };
  }
  const near = nearest(key, known);
  const expected = near === undefined ? `one of ${known.join(", ")}` : `a known field; did you mean ${near}?`;
  return { path: at, expected, received: `unknown field ${shown(key)}`, atKey: true };
}

/** The value at a path, or undefined. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return value;
}
