// Compares an attempt of a reference case with ours, field by field, and says which node and plugin a difference is about.
import type { Decision } from "../../sim/analysis/decision.ts";

export interface Difference {
  /** Path of the field within the attempt, such as `scores.NodeResourcesFit[3]`. */
  readonly field: string;
  readonly node: string | null;
  readonly plugin: string | null;
  readonly expected: unknown;
  readonly actual: unknown;
}

type Key = string | number;
type Mapping = Readonly<Record<string, unknown>>;

/** All differences; a field that only one side has is one. */
export function differences(expected: unknown, actual: Decision): Difference[] {
  const found: Difference[] = [];
  walk(expected, actual, [], (path, e, a) => found.push(describe(path, e, a, expected as Mapping, actual)));
  return found;
}

/** Visits both sides and reports each place where they differ. */
export function walk(
  e: unknown,
  a: unknown,
  path: readonly Key[],
  differ: (path: readonly Key[], e: unknown, a: unknown) => void,
): void {
  if (Array.isArray(e) && Array.isArray(a)) {
    for (let i = 0; i < Math.max(e.length, a.length); i++) walk(e[i], a[i], [...path, i], differ);
  } else if (isMapping(e) && isMapping(a)) {
    for (const key of new Set([...Object.keys(e), ...Object.keys(a)])) {
      // a key with the value null is not a missing key
      if (Object.hasOwn(e, key) && Object.hasOwn(a, key)) walk(e[key], a[key], [...path, key], differ);
      else
        differ([...path, key], Object.hasOwn(e, key) ? e[key] : undefined, Object.hasOwn(a, key) ? a[key] : undefined);
    }
  } else if (!Object.is(e, a) && !(e === 0 && a === 0)) {
    differ(path, e, a);
  }
}

function describe(
  path: readonly Key[],
  expected: unknown,
  actual: unknown,
  entry: Mapping,
  ours: Decision,
): Difference {
  const field = path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .slice(1);
  const [head, second, third] = path;
  let node: string | null = null;
  let plugin: string | null = null;
  const feasible = (i: Key | undefined) => at(entry.feasible, i) ?? at(ours.feasible, i);
  if (head === "rejections" && typeof second === "string") {
    node = second;
    const rejection = (entry.rejections as Mapping | undefined)?.[second] ?? ours.rejections[second];
    plugin = text((rejection as Mapping | undefined)?.plugin);
  } else if (head === "scores" && typeof second === "string") {
    plugin = second;
    node = feasible(third);
  } else if (head === "totals" || head === "feasible") {
    node = feasible(second);
    if (node === null && typeof second === "number")
      node = `index ${String((entry.feasibleIndexes as unknown[] | undefined)?.[second])}`;
  } else if (head === "preemption") {
    plugin = "DefaultPreemption";
    const preemption = (entry.preemption ?? ours.preemption) as Mapping | null;
    node =
      second === "candidates"
        ? text((at2(preemption?.candidates, third) as Mapping | undefined)?.node)
        : text(preemption?.nominatedNode);
  } else if (head === "prefilter" || head === "gated" || head === "absentNodesStatus") {
    plugin = text((entry[head] as Mapping | undefined)?.plugin);
  } else if (head === "rejectedIndexes" && typeof second === "string") {
    plugin = second.split("|")[0] ?? null;
  } else if (head === "chosen" || head === "heapChoice" || head === "nominatedNodeTried") {
    node = text(expected) ?? text(actual);
  }
  return { field, node, plugin, expected, actual };
}

function at2(list: unknown, i: Key | undefined): unknown {
  return Array.isArray(list) && typeof i === "number" ? list[i] : undefined;
}

function at(list: unknown, i: Key | undefined): string | null {
  return text(at2(list, i));
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
