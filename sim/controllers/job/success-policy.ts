// successPolicy of an indexed Job: the first rule that its succeeded indexes meet ends it early. Source: KEP-3998.
import { IndexSet } from "./indexes.ts";
import type { JobSpec } from "./spec.ts";

/** The message of the condition when a rule is met. */
export function metSuccessRule(spec: JobSpec, succeeded: IndexSet): string | null {
  const completions = spec.completions ?? 0;
  if (succeeded.size === 0) return null;
  for (const [number, { succeededCount, succeededIndexes }] of spec.successRules.entries()) {
    const met = `Matched rules at index ${number}`;
    if (succeededIndexes != null) {
      const wanted = IndexSet.parse(succeededIndexes, completions);
      const found = wanted.size + succeeded.size - wanted.union(succeeded).size;
      if (found >= (succeededCount ?? wanted.size)) return met;
    } else if (succeededCount != null && succeeded.size >= succeededCount) return met;
  }
  return null;
}
