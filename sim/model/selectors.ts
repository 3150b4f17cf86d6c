// Label selectors, and node selector terms with their numeric and field operators, compiled to predicates. Compiled
// selectors are pure and may be shared; `key` is canonical, so that equal selectors can be interned.
// Refuses operators and values that the API server refuses. Source: k8s.io/apimachinery labels, component-helpers nodeaffinity.
import type { LabelSelector, LabelSelectorRequirement, Labels, NodeSelector, NodeSelectorTerm } from "./objects.ts";

/** A selector that the API server would not have accepted. Loaders check with {@link requirementError} beforehand. */
export class SelectorError extends Error {
  override readonly name = "SelectorError";
}

/** A compiled label selector. */
export interface LabelMatcher {
  matches(labels: Labels): boolean;
  /** It has no requirement: it matches everything. */
  readonly isEmpty: boolean;
  /** It came from a missing selector: it matches nothing. */
  readonly isNothing: boolean;
  /** Canonical: selectors with the same requirements in any order have equal keys. */
  readonly key: string;
}

/** A compiled node selector or node selector term. */
export interface NodeMatcher {
  matches(labels: Labels, nodeName: string): boolean;
  /** It has no requirement at all: it matches no node. */
  readonly isNothing: boolean;
  readonly key: string;
}

/** One condition on a label map. */
export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
  matches(labels: Labels): boolean;
}

/** Matches nothing: what a missing selector means. */
export const NOTHING: LabelMatcher = { matches: () => false, isEmpty: false, isNothing: true, key: "nothing" };

/** Matches everything: what an empty selector means. */
export const EVERYTHING: LabelMatcher = { matches: () => true, isEmpty: true, isNothing: false, key: "[]" };

const NO_NODE: NodeMatcher = { matches: () => false, isNothing: true, key: "nothing" };

/**
 * Compiles a label selector: null and undefined match nothing, `{}` matches everything.
 *
 * @throws SelectorError for an operator or values that the API server refuses
 */
export function compileLabelSelector(selector: LabelSelector | null | undefined): LabelMatcher {
  if (selector == null) return NOTHING;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {}))
    requirements.push(requirement(key, "In", [value]));
  for (const r of selector.matchExpressions ?? []) requirements.push(requirement(r.key, r.operator, r.values));
  return fromRequirements(requirements);
}

/** The selector of Services and ReplicationControllers, a map of labels: null matches nothing, `{}` everything. */
export function compileLabelMap(map: Labels | null | undefined): LabelMatcher {
  return map == null ? NOTHING : compileLabelSelector({ matchLabels: map });
}

/** All of the selectors at once, as one with a canonical key. */
export function intersection(...selectors: readonly (LabelSelector | null | undefined)[]): LabelMatcher {
  if (selectors.some((selector) => selector == null)) return NOTHING;
  return compileLabelSelector({
    matchExpressions: selectors.flatMap((selector) => [
      ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, operator: "In", values: [value] })),
      ...(selector?.matchExpressions ?? []),
    ]),
  });
}

/**
 * Compiles one node selector term: all its expressions on labels and fields must hold; a term without any matches nothing.
 *
 * @throws SelectorError for an operator or values that the API server refuses
 */
export function compileNodeSelectorTerm(term: NodeSelectorTerm | null | undefined): NodeMatcher {
  const expressions = (term?.matchExpressions ?? []).map((r) => nodeRequirement(r));
  const fields = (term?.matchFields ?? []).map((r) => fieldRequirement(r));
  if (expressions.length === 0 && fields.length === 0) return NO_NODE;
  return {
    matches: (labels, nodeName) => {
      for (const r of expressions) if (!r.matches(labels)) return false;
      for (const field of fields) if ((field.name === nodeName) !== field.equal) return false;
      return true;
    },
    isNothing: false,
    key: JSON.stringify([canonical(expressions), fields.map((f) => [f.equal ? "In" : "NotIn", f.name]).sort(byText)]),
  };
}

/**
 * Compiles a node selector: one of its terms must match. Without terms, or with empty ones only, it matches nothing.
 *
 * @throws SelectorError for an operator or values that the API server refuses
 */
export function compileNodeSelector(selector: NodeSelector | null | undefined): NodeMatcher {
  const terms = (selector?.nodeSelectorTerms ?? []).map((t) => compileNodeSelectorTerm(t)).filter((t) => !t.isNothing);
  if (terms.length === 0) return NO_NODE;
  return {
    matches: (labels, nodeName) => {
      for (const term of terms) if (term.matches(labels, nodeName)) return true;
      return false;
    },
    isNothing: false,
    key: JSON.stringify([...new Set(terms.map((t) => t.key))].sort()),
  };
}

/**
 * Compiles one requirement on labels. Operators: In, NotIn, Exists, DoesNotExist, and for nodes Gt and Lt. NotIn and
 * DoesNotExist hold when the label is missing; Gt and Lt compare 64-bit integers and fail when either is none.
 *
 * @throws SelectorError for an operator or values that the API server refuses
 */
export function requirement(key: string, operator: string, values?: readonly string[] | null): Requirement {
  const list = values ?? [];
  const error = requirementError(operator, list, true);
  if (error !== undefined) throw new SelectorError(`selector on ${JSON.stringify(key)}: ${error}`);
  return { key, operator, values: list, matches: predicate(key, operator, list) };
}

/**
 * What is wrong with a requirement, in words, or undefined.
 *
 * @param numeric whether Gt and Lt are known here: for nodes, not for pods
 */
export function requirementError(operator: string, values: readonly string[], numeric: boolean): string | undefined {
  switch (operator) {
    case "In":
    case "NotIn":
      return values.length > 0 ? undefined : `operator ${operator} needs at least one value`;
    case "Exists":
    case "DoesNotExist":
      return values.length === 0 ? undefined : `operator ${operator} takes no values`;
    case "Gt":
    case "Lt":
      if (!numeric) break;
      if (values.length !== 1) return `operator ${operator} needs exactly one value`;
      return parseInt64(values[0]!) === undefined ? `operator ${operator} needs an integer` : undefined;
  }
  return `unknown operator ${JSON.stringify(operator)}; expected ${numeric ? NODE_OPERATORS : LABEL_OPERATORS}`;
}

const LABEL_OPERATORS = "In, NotIn, Exists or DoesNotExist";
const NODE_OPERATORS = "In, NotIn, Exists, DoesNotExist, Gt or Lt";

/** What is wrong with a requirement on a node's fields, in words, or undefined. Only metadata.name can be selected. */
export function fieldRequirementError(key: string, operator: string, values: readonly string[]): string | undefined {
  if (key !== "metadata.name") return `unknown field ${JSON.stringify(key)}; expected metadata.name`;
  if (operator !== "In" && operator !== "NotIn")
    return `unknown operator ${JSON.stringify(operator)}; expected In or NotIn`;
  return values.length === 1 ? undefined : `operator ${operator} on a field needs exactly one value`;
}

/** A decimal 64-bit integer as Go's strconv.ParseInt reads it, or undefined. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,40}$/.test(text)) return undefined;
  const number = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return number >= -(1n << 63n) && number < 1n << 63n ? number : undefined;
}

function fromRequirements(requirements: readonly Requirement[]): LabelMatcher {
  if (requirements.length === 0) return EVERYTHING;
  const [only] = requirements;
  const matches =
    requirements.length === 1 && only !== undefined
      ? only.matches
      : (labels: Labels) => {
          for (const r of requirements) if (!r.matches(labels)) return false;
          return true;
        };
  return { matches, isEmpty: false, isNothing: false, key: JSON.stringify(canonical(requirements)) };
}

function nodeRequirement(r: LabelSelectorRequirement): Requirement {
  return requirement(r.key, r.operator, r.values);
}

interface FieldRequirement {
  readonly name: string;
  readonly equal: boolean;
}

function fieldRequirement(r: LabelSelectorRequirement): FieldRequirement {
  const values = r.values ?? [];
  const error = fieldRequirementError(r.key, r.operator, values);
  if (error !== undefined) throw new SelectorError(`node field selector: ${error}`);
  return { name: values[0]!, equal: r.operator === "In" };
}

// labels may come from JSON objects with a prototype: only strings count as labels, never an inherited function
function predicate(key: string, operator: string, values: readonly string[]): (labels: Labels) => boolean {
  const only = values[0];
  switch (operator) {
    case "In": {
      if (values.length === 1) return (labels) => labels[key] === only;
      const set: ReadonlySet<unknown> = new Set(values);
      return (labels) => set.has(labels[key]);
    }
    case "NotIn": {
      if (values.length === 1) return (labels) => labels[key] !== only;
      const set: ReadonlySet<unknown> = new Set(values);
      return (labels) => !set.has(labels[key]);
    }
    case "Exists":
      return (labels) => typeof labels[key] === "string";
    case "DoesNotExist":
      return (labels) => typeof labels[key] !== "string";
    default: {
      const bound = parseInt64(only!)!;
      const greater = operator === "Gt";
      return (labels) => {
        const text: unknown = labels[key];
        const number = typeof text === "string" ? parseInt64(text) : undefined;
        return number !== undefined && (greater ? number > bound : number < bound);
      };
    }
  }
}

// sorted and without repetitions; an equality and an In of one value are the same condition
function canonical(requirements: readonly Requirement[]): readonly unknown[] {
  const parts = requirements.map((r) => JSON.stringify([r.key, r.operator, [...new Set(r.values)].sort()]));
  return [...new Set(parts)].sort().map((part): unknown => JSON.parse(part));
}

function byText(a: readonly string[], b: readonly string[]): number {
  const left = a.join(" ");
  const right = b.join(" ");
  return left < right ? -1 : left > right ? 1 : 0;
}
