// Filters of expectations, compiled: does an object match all of them?
import type { Filter } from "../model/expectation/syntax.ts";
import type { ClusterObjects, Node } from "../model/objects.ts";
import { type AnyObject, canonicalName, fieldOf } from "./fields.ts";

export type NodeOf = (name: string) => Node | undefined;
export type Matches = (object: AnyObject, nodeOf: NodeOf) => boolean;

/** Fields that hold several values at once. */
const SETS: ReadonlySet<string> = new Set(["taint", "node.taint"]);
const NAMES: ReadonlySet<string> = new Set(["owner", "object"]);

export function compileFilters(list: keyof ClusterObjects, filters: readonly Filter[]): Matches {
  const tests = filters.map((filter) => compileFilter(list, filter));
  return (object, nodeOf) => tests.every((test) => test(object, nodeOf));
}

/** Does what it says depend on the nodes of pods? */
export function asksNodes(filters: readonly Filter[]): boolean {
  return filters.some(({ field }) => field.startsWith("node."));
}

function compileFilter(list: keyof ClusterObjects, { field, negate, value }: Filter): Matches {
  const matches = value === null ? isThere : textTest(NAMES.has(field) ? canonicalName(value) : value, SETS.has(field));
  return (object, nodeOf) => matches(fieldOf(list, object, field, nodeOf)) !== negate;
}

function isThere(actual: string | undefined): boolean {
  return actual !== undefined;
}

function textTest(wanted: string, isSet: boolean): (actual: string | undefined) => boolean {
  const one = oneTest(wanted);
  if (!isSet) return (actual) => actual !== undefined && one(actual);
  return (actual) => actual?.split(" ").some(one) === true;
}

function oneTest(wanted: string): (actual: string) => boolean {
  const begins = wanted.endsWith("*");
  const ends = wanted.startsWith("*");
  if (!begins && !ends) return (actual) => actual === wanted;
  const part = wanted.slice(ends ? 1 : 0, begins && wanted.length > 1 ? -1 : undefined);
  if (begins && ends) return (actual) => actual.includes(part);
  return begins ? (actual) => actual.startsWith(part) : (actual) => actual.endsWith(part);
}
