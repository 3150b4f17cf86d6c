// From a scenario file to plans, one per variant: parse, check, read the files that it names, build. All mistakes of all
// files are collected, each with file, line and column; there are plans only when there are none.
// Refuses to pass over anything: what is not supported yet is a mistake, kinds that are not read are listed.
import { resolve } from "node:path";
import { located, type ParsedDocument, parseDocuments } from "../model/documents.ts";
import type { FileProblem, Problem } from "../model/problem.ts";
import { PlanBuilder } from "./build-plan.ts";
import { expandScenario, withOverrides } from "./expand.ts";
import { folderOf, InputFiles, isFault, sha256Of, shownPath } from "./load-files.ts";
import type { Plan } from "./plan.ts";
import { validateScenario } from "./validate.ts";
import { SharedInputs } from "./variant-reading.ts";

export interface LoadedScenario {
  /** One per variant, in order; empty when there are problems. */
  readonly plans: readonly Plan[];
  readonly problems: readonly FileProblem[];
}

/** A value set from outside: path below spec, as in a sweep. */
export interface Override {
  readonly path: string;
  readonly value: unknown;
}

/** Loads a scenario file. Never throws for what is in the files. */
export function loadScenario(path: string, overrides: readonly Override[] = []): LoadedScenario {
  const files = new InputFiles(folderOf(path));
  const file = files.text(resolve(path));
  if (isFault(file)) return failed(shownPath(resolve(path)), file.expected, file.received);
  return loadText(file.text, file.name, files, overrides, []);
}

/**
 * Loads a scenario that stands in no file.
 *
 * @param name what messages call it
 * @param folder that the file names in it are relative to
 * @param within nothing outside of this folder is read; null = no such limit
 */
export function loadScenarioText(
  text: string,
  name: string,
  folder: string,
  overrides: readonly Override[] = [],
  within: string | null = null,
): LoadedScenario {
  return loadText(text, name, new InputFiles(folder, within), overrides, [text]);
}

/**
 * Loads a scenario whose files are not on the disk yet.
 *
 * @param files texts by name; the scenario is the first
 */
export function loadUnwritten(files: ReadonlyMap<string, string>): LoadedScenario {
  const [first] = files;
  if (first === undefined) return failed("", "a scenario", "nothing");
  // a folder that nobody has: what is not among the files is missing
  const input = new InputFiles("/unwritten", null, files);
  return loadText(first[1], first[0], input, [], []);
}

/** @param identity further parts of the scenario's hash, besides the files */
function loadText(
  text: string,
  name: string,
  files: InputFiles,
  overrides: readonly Override[],
  identity: readonly string[],
): LoadedScenario {
  const parsed = parseDocuments(text, name);
  const documents = parsed.documents.filter((document) => document.value != null);
  const [document] = documents;
  if (parsed.problems.length > 0) return { plans: [], problems: parsed.problems };
  if (document === undefined) return failed(name, "a scenario", "an empty file");
  if (documents.length > 1) return failed(name, "one scenario in the file", `${documents.length} documents`);
  const set = withOverrides(document.value, overrides);
  if (set.problems.length > 0) {
    return { plans: [], problems: set.problems.map((p) => ({ ...p, file: "--set", line: 1, column: 1, path: "" })) };
  }
  const changes = overrides.flatMap(({ path, value }) => [path, JSON.stringify(value)]);
  return loadDocument({ ...document, value: set.value }, files, [...identity, ...changes]);
}

function failed(file: string, expected: string, received: string): LoadedScenario {
  return { plans: [], problems: [{ file, line: 1, column: 1, path: "", expected, received }] };
}

function loadDocument(document: ParsedDocument, files: InputFiles, identity: readonly string[]): LoadedScenario {
  const validation = validateScenario(document.value);
  const inputs = new SharedInputs(document, files);
  if (validation.problems.length > 0) {
    // what is not wrong by itself is read all the same, so that all mistakes show at once
    const base = new PlanBuilder(document.value, "", inputs, validation.problems);
    base.build();
    const isVariation = (problem: Problem) =>
      problem.path[0] !== "spec" ||
      problem.path.length === 1 ||
      ["sweep", "variants"].includes(String(problem.path[1]));
    const variation = validation.problems.some(isVariation) ? [] : expandScenario(document.value).problems;
    return { plans: [], problems: sorted([...base.problems, ...located(document, variation)]) };
  }
  const expansion = expandScenario(document.value);
  const problems: FileProblem[] = [...located(document, expansion.problems)];
  const plans: Plan[] = [];
  for (const variant of expansion.variants) {
    const checked = variant.name === "" ? validation : validateScenario(variant.value);
    const builder = new PlanBuilder(variant.value, variant.name, inputs, checked.problems);
    const plan = builder.build();
    if (plan !== null) plans.push(plan);
    // in a variant the value in question stands in the sweep
    const place = variant.name === "" ? null : { ...document.locate(variant.at), path: `variant ${variant.name}` };
    const valueProblems = builder.problems.map((p) =>
      place !== null && p.file === document.file ? { ...p, ...place, path: `${place.path}: ${p.path}` } : p,
    );
    problems.push(...valueProblems);
    if (problems.length > 1000) break;
  }
  if (problems.length > 0) return { plans: [], problems: sorted(problems) };
  // all variants read the same files, so that their hashes differ only by what is set
  const read = files.files();
  const parts = [...read.flatMap((input) => [input.path, input.sha256]), ...identity];
  return {
    plans: plans.map((plan) => ({ ...plan, files: read, sha256: sha256Of([plan.variant, ...parts]) })),
    problems: [],
  };
}

// by place, each once, files in the order in which they are first named
function sorted(problems: readonly FileProblem[]): readonly FileProblem[] {
  const order = new Map<string, number>();
  for (const problem of problems) if (!order.has(problem.file)) order.set(problem.file, order.size);
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...unique.values()].sort(
    (a, b) => order.get(a.file)! - order.get(b.file)! || a.line - b.line || a.column - b.column,
  );
}
