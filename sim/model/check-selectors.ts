// Notes mistakes in label selectors, node selectors and node affinity, as the API server's validation does.
import type { Reader } from "./reader.ts";
import { fieldRequirementError, requirementError } from "./selectors.ts";

/** `matchLabels` and `matchExpressions`. */
export function checkLabelSelector(selector: Reader): void {
  if (!selector.mapping()) return;
  selector.field("matchLabels").textMap();
  for (const item of selector.field("matchExpressions").items())
    checkRequirement(item, (_, op, values) => requirementError(op, values, false));
}

/** The required terms and the preferred ones with their weights. */
export function checkNodeAffinity(affinity: Reader): void {
  if (!affinity.mapping()) return;
  checkNodeSelector(affinity.field("requiredDuringSchedulingIgnoredDuringExecution"));
  for (const item of affinity.field("preferredDuringSchedulingIgnoredDuringExecution").items()) {
    item.mapping(true);
    checkWeight(item.field("weight"));
    const preference = item.field("preference");
    preference.mapping(true);
    checkNodeSelectorTerm(preference);
  }
}

/** A list of terms, of which one must match. */
export function checkNodeSelector(selector: Reader): void {
  if (!selector.mapping()) return;
  const terms = selector.field("nodeSelectorTerms");
  if (!terms.present) terms.expected("a list of terms");
  for (const term of terms.items()) if (term.mapping(true)) checkNodeSelectorTerm(term);
}

function checkNodeSelectorTerm(term: Reader): void {
  for (const item of term.field("matchExpressions").items())
    checkRequirement(item, (_, op, values) => requirementError(op, values, true));
  for (const item of term.field("matchFields").items()) checkRequirement(item, fieldRequirementError);
}

/** The weight of a preference, 1 … 100. */
export function checkWeight(weight: Reader): void {
  if (!weight.present) weight.expected("a whole number from 1 to 100");
  weight.integer(1, 100);
}

function checkRequirement(
  item: Reader,
  errorOf: (key: string, operator: string, values: readonly string[]) => string | undefined,
): void {
  if (!item.mapping(true)) return;
  const key = item.field("key").requiredText();
  const operator = item.field("operator").requiredText();
  const values = item.field("values").items();
  let texts = true;
  for (const value of values) {
    if (typeof value.value === "string") continue;
    value.expected("text (quote numbers and true or false)");
    texts = false;
  }
  if (key === undefined || operator === undefined || !texts) return;
  const error = errorOf(
    key,
    operator,
    values.map((value) => value.value as string),
  );
  if (error !== undefined) item.expected(`a valid requirement: ${error}`);
}
