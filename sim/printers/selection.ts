// Which objects a command is about: label and field selectors as they are typed behind `-l` and `--field-selector`, and names.
import type { KubernetesObject } from "../model/objects.ts";
import { valuesOf } from "./paths.ts";

export type ObjectFilter = (object: KubernetesObject) => boolean;

export class SelectorError extends Error {}

/**
 * `a=b,c!=d,e in (x,y),f notin (z),g,!h`
 *
 * @throws SelectorError
 */
export function labelFilter(text: string): ObjectFilter {
  const tests = splitOutside(text).map(labelTest);
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

function labelTest(text: string): LabelTest {
  const set = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    const values = new Set(list.split(",").map((value) => value.trim()));
    return operator === "in"
      ? (labels) => labels[key] !== undefined && values.has(labels[key])
      : (labels) => labels[key] === undefined || !values.has(labels[key]);
  }
  const equal = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/.exec(text);
  if (equal !== null) {
    const [, key = "", operator, value] = equal;
    return operator === "!=" ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const exists = /^(!?)\s*([^\s!=,()]+)$/.exec(text);
  if (exists === null) throw new SelectorError(`unable to parse requirement: ${JSON.stringify(text)}`);
  const [, not, key = ""] = exists;
  return (labels) => (labels[key] === undefined) === (not === "!");
}

/**
 * `spec.nodeName=node-3,status.phase!=Running`: any path to one value.
 *
 * @throws SelectorError
 */
export function fieldFilter(text: string): ObjectFilter {
  const tests = splitOutside(text).map((part): ObjectFilter => {
    const match = /^([^=!]+?)(==|=|!=)(.*)$/.exec(part);
    if (match === null) throw new SelectorError(`invalid selector: '${part}'; can't understand '${part}'`);
    const [, path = "", operator, value = ""] = match;
    return (object) => {
      const [found = ""] = valuesOf(path, object);
      return (String(found) === value) === (operator !== "!=");
    };
  });
  return (object) => tests.every((test) => test(object));
}

// commas between parentheses belong to a set
function splitOutside(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
