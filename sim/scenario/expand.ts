// One scenario to its variants: named sets of values, times every combination of the sweep; and lists of seeds.
import type { Path, Problem } from "../model/problem.ts";
import { shown } from "../model/problem.ts";
import { valueAt } from "./validate.ts";

/** A variant: the scenario's value with some values replaced. */
export interface Variant {
  /** Such as `most-allocated,count=300`; "" for a scenario without sweep and variants. */
  readonly name: string;
  readonly value: unknown;
  /** Where the values of this variant stand, to point at when they are wrong. */
  readonly at: Path;
}

export interface Expansion {
  readonly variants: readonly Variant[];
  readonly problems: readonly Problem[];
}

const MAX_VARIANTS = 10_000;

/** The variants of a scenario that is valid by itself, in order: variants outermost, the sweep's last path innermost. */
export function expandScenario(scenario: unknown): Expansion {
  const problems: Problem[] = [];
  const sweep = entriesOf(valueAt(scenario, ["spec", "sweep"]));
  const named = valueAt(scenario, ["spec", "variants"]);
  const base = without(scenario, ["sweep", "variants"]);

  const axes = sweep.map(([text, values]) => ({
    label: text,
    path: settable(base, text, ["spec", "sweep", text], problems),
    values: values as readonly unknown[],
  }));
  const labels = shortLabels(axes.map((axis) => axis.label));
  const texts = axes.map((axis) => valueTexts(axis.values));
  for (const { label, values } of axes) {
    const written = values.map((value) => JSON.stringify(value));
    const index = written.findIndex((text, i) => written.indexOf(text) < i);
    const path = ["spec", "sweep", label, index];
    if (index >= 0) problems.push({ path, expected: "values that differ", received: `${shown(values[index])} again` });
  }
  const count = axes.reduce(
    (product, axis) => product * axis.values.length,
    Array.isArray(named) ? Math.max(named.length, 1) : 1,
  );
  if (count > MAX_VARIANTS) {
    problems.push({ path: ["spec", "sweep"], expected: `at most ${MAX_VARIANTS} variants`, received: `${count}` });
    return { variants: [], problems };
  }

  let variants: Variant[] = [{ name: "", value: base, at: ["spec"] }];
  if (Array.isArray(named) && named.length > 0) variants = namedVariants(named, base, problems);
  axes.forEach((axis, i) => {
    variants = variants.flatMap((variant) =>
      axis.values.map((value, index) => ({
        name: `${variant.name}${variant.name === "" ? "" : ","}${labels[i]}=${texts[i]![index]}`,
        value: axis.path === null ? variant.value : replaced(variant.value, axis.path, value),
        at: ["spec", "sweep", axis.label, index],
      })),
    );
  });
  return { variants, problems };
}

/** The scenario with values replaced at paths below spec; unknown paths are problems. */
export function withOverrides(
  scenario: unknown,
  overrides: readonly { readonly path: string; readonly value: unknown }[],
): { readonly value: unknown; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  let value = scenario;
  for (const override of overrides) {
    const path = settable(value, override.path, [], problems);
    if (path !== null) value = replaced(value, path, override.value);
  }
  return { value, problems };
}

function namedVariants(named: readonly unknown[], base: unknown, problems: Problem[]): Variant[] {
  const names = new Set<string>();
  return named.map((item, index) => {
    const at = ["spec", "variants", index];
    const name = String(valueAt(item, ["name"]));
    if (names.has(name))
      problems.push({ path: [...at, "name"], expected: "a name that no other variant has", received: shown(name) });
    names.add(name);
    let value = base;
    for (const [text, set] of entriesOf(valueAt(item, ["set"]))) {
      const path = settable(base, text, [...at, "set", text], problems);
      if (path !== null) value = replaced(value, path, set);
    }
    return { name, value, at };
  });
}

/**
 * The seeds of a text such as `1..200`, `7`, `1,2,5..9` or `alpha`.
 *
 * @returns the seeds in order, or undefined when the text is malformed, repeats a seed or has more than a million
 */
export function parseSeeds(text: string): readonly string[] | undefined {
  const seeds: string[] = [];
  for (const part of text.split(",")) {
    const range = /^\s*(\d{1,15})\.\.(\d{1,15})\s*$/.exec(part);
    if (range === null) {
      const seed = part.trim();
      if (!/^[\w.-]{1,64}$/.test(seed) || seed.includes("..")) return undefined;
      seeds.push(seed);
      continue;
    }
    const [from, to] = [Number(range[1]), Number(range[2])];
    if (to < from || to - from >= 1_000_000) return undefined;
    for (let seed = from; seed <= to; seed++) seeds.push(String(seed));
  }
  return seeds.length <= 1_000_000 && new Set(seeds).size === seeds.length ? seeds : undefined;
}

/** `cluster.nodePools[0].machine["x/y"]` as keys; undefined when it is malformed. */
export function parsePath(text: string): Path | undefined {
  const path: (string | number)[] = [];
  const step = /(?:(^|\.)([A-Za-z_][\w-]*)|\[(\d{1,9})\]|\["([^"\]]+)"\])/y;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null || (match[1] === "." && path.length === 0)) return undefined;
    path.push(match[3] !== undefined ? Number(match[3]) : (match[2] ?? match[4] ?? ""));
  }
  return path.length > 0 ? path : undefined;
}

// a path below spec whose parents exist or can be made (fields may be absent, list items may not)
function settable(scenario: unknown, text: string, at: Path, problems: Problem[]): Path | null {
  const wrong = (expected: string): null => {
    problems.push({ path: at, expected, received: shown(text), atKey: true });
    return null;
  };
  const path = parsePath(text);
  if (path === undefined) return wrong("a path such as cluster.nodePools[0].count");
  if (["sweep", "variants", "seed"].includes(String(path[0])))
    return wrong("a path to something else than sweep, variants or seed");
  let value = valueAt(scenario, ["spec"]);
  for (const [index, key] of path.entries()) {
    if (typeof key === "number") {
      if (!Array.isArray(value) || key >= value.length)
        return wrong(`a path that exists: there is no [${key}] at ${JSON.stringify(text)}`);
    } else if (value !== undefined && value !== null && (typeof value !== "object" || Array.isArray(value))) {
      return wrong(`a path through mappings: what is before ${JSON.stringify(String(path[index]))} is none`);
    }
    value = valueAt(value, [key]);
  }
  return ["spec", ...path];
}

function replaced(value: unknown, path: Path, put: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return put;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === key ? replaced(item, rest, put) : item));
  const object = (typeof value === "object" && value !== null ? value : {}) as Readonly<
    Record<string | number, unknown>
  >;
  return { ...object, [key]: replaced(valueAt(object, [key]), rest, put) };
}

function without(scenario: unknown, names: readonly string[]): unknown {
  const spec = Object.fromEntries(entriesOf(valueAt(scenario, ["spec"])).filter(([name]) => !names.includes(name)));
  return replaced(scenario, ["spec"], spec);
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

// the last name of each path, or the whole path where two end alike
function shortLabels(paths: readonly string[]): readonly string[] {
  const short = paths.map((path) => /([A-Za-z_][\w-]*)[^A-Za-z_]*$/.exec(path)?.[1] ?? path);
  return short.map((label, i) => (short.indexOf(label) === short.lastIndexOf(label) ? label : (paths[i] ?? label)));
}

// a value that is long, or looks like another one, is named by its place
function valueTexts(values: readonly unknown[]): readonly string[] {
  const texts = values.map((value) => (["string", "number", "boolean"].includes(typeof value) ? String(value) : ""));
  const short = texts.map((text) => text.slice(0, 60));
  return short.map((text, i) => (text === "" || short.indexOf(text) !== short.lastIndexOf(text) ? `#${i}` : text));
}
