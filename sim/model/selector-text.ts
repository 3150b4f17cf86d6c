// Label selectors as kubectl's `-l` takes them: `app=web,tier!=db,env in (a,b),zone notin (c),gpu,!spot`. Parsed into the selector of the API.
import type { LabelSelector, LabelSelectorRequirement } from "./objects.ts";

const KEY = String.raw`[A-Za-z0-9](?:[\w.\-/]*[A-Za-z0-9])?`;
const VALUE = String.raw`[\w.\-]*`;
const TERM = new RegExp(
  String.raw`^(?:(!)\s*(${KEY})|(${KEY})\s+(in|notin)\s*\(([^()]*)\)|(${KEY})\s*(!=|==?)\s*(${VALUE})|(${KEY}))$`,
);

/** Parses a selector, or says what was expected instead. */
export function parseSelector(text: string): LabelSelector | { readonly expected: string } {
  const terms = splitTerms(text);
  const matchExpressions: LabelSelectorRequirement[] = [];
  for (const term of terms) {
    const requirement = parseTerm(term);
    if (requirement === undefined) return { expected: "a selector, such as app=web,tier!=db or env in (a, b)" };
    matchExpressions.push(requirement);
  }
  return { matchExpressions };
}

function parseTerm(term: string): LabelSelectorRequirement | undefined {
  const match = TERM.exec(term);
  if (match === null) return undefined;
  const [, isAbsent, absent, setKey, setOperator, set, key, operator, value, present] = match;
  if (isAbsent !== undefined) return { key: absent!, operator: "DoesNotExist" };
  if (present !== undefined) return { key: present, operator: "Exists" };
  if (key !== undefined) return { key, operator: operator === "!=" ? "NotIn" : "In", values: [value ?? ""] };
  const values = set!.split(",").map((item) => item.trim());
  if (!values.every((item) => new RegExp(`^${VALUE}$`).test(item))) return undefined;
  return { key: setKey!, operator: setOperator === "in" ? "In" : "NotIn", values };
}

// at commas outside of parentheses
function splitTerms(text: string): readonly string[] {
  const terms: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = text[i];
    if (c === "(") depth++;
    if (c === ")") depth--;
    if (i < text.length && (c !== "," || depth > 0)) continue;
    terms.push(text.slice(from, i).trim());
    from = i + 1;
  }
  return terms;
}
