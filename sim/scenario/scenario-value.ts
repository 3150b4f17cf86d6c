// A scenario as a value that programs may add to and write down again: variants expanded, what is set from outside in its place. Whether
// it is right has been checked by the loader before.
import { Document, isMap, isSeq, visit } from "yaml";
import { parseDocuments } from "../model/documents.ts";
import { expandScenario, withOverrides } from "./expand.ts";
import { valueAt } from "./validate.ts";

export interface ScenarioValue {
  /** Of the variant; "" without sweep and variants. */
  readonly variant: string;
  readonly value: unknown;
}

/** The variants of a scenario that loads without problems. */
export function scenarioValues(
  text: string,
  overrides: readonly { readonly path: string; readonly value: unknown }[],
): readonly ScenarioValue[] {
  const document = parseDocuments(text, "").documents.find(({ value }) => value != null);
  if (document === undefined) return [];
  const { value } = withOverrides(document.value, overrides);
  return expandScenario(value).variants.map(({ name, value: one }) => ({ variant: name, value: one }));
}

/** The scenario with more faults and actions. */
export function withEntries(
  scenario: unknown,
  { actions, faults }: { readonly faults: readonly unknown[]; readonly actions: readonly unknown[] },
): unknown {
  const list = (name: string) => (valueAt(scenario, ["spec", name]) ?? []) as readonly unknown[];
  const added: Record<string, unknown> = {};
  if (faults.length > 0) added.faults = [...list("faults"), ...faults];
  if (actions.length > 0) added.actions = [...list("actions"), ...actions];
  return { ...mapping(scenario), spec: { ...mapping(valueAt(scenario, ["spec"])), ...added } };
}

/** The scenario with the names of all files that it names replaced. */
export function withFileNames(scenario: unknown, rename: (name: string) => string): unknown {
  const renamed = (value: unknown): unknown => {
    if (typeof value === "string") return rename(value);
    return Array.isArray(value) ? value.map(renamed) : value;
  };
  return FILE_PATHS.reduce((value, path) => changed(value, path, renamed), scenario);
}

/** Where files are named, `*` for each item of a list. */
const FILE_PATHS: readonly (readonly string[])[] = [
  ["spec", "cluster", "manifests"],
  ["spec", "cluster", "controlPlane", "schedulerConfiguration"],
  ["spec", "workload", "*", "arrivals", "shape"],
  ["spec", "workload", "*", "pods", "shape"],
  ["spec", "workload", "*", "trace", "nodes"],
  ["spec", "workload", "*", "trace", "pods"],
  ["spec", "actions", "*", "apply", "file"],
  ["spec", "actions", "*", "create", "file"],
];

function changed(value: unknown, path: readonly string[], change: (value: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (value === undefined || value === null) return value;
  if (key === undefined) return change(value);
  if (key === "*") return Array.isArray(value) ? value.map((item: unknown) => changed(item, rest, change)) : value;
  const object = mapping(value);
  return Object.hasOwn(object, key) ? { ...object, [key]: changed(object[key], rest, change) } : value;
}

/** As a file: what is short stands on one line, as a person would write it. */
export function scenarioText(scenario: unknown, comment: readonly string[]): string {
  const document = new Document(scenario, { aliasDuplicateObjects: false });
  visit(document, {
    Collection(_key, node, path) {
      // spec's own lists have an item on each line
      const isInner = path.length > 5 || (isMap(node) && path.length > 4);
      if ((isMap(node) || isSeq(node)) && isInner && JSON.stringify(node.toJSON()).length < SHORT) {
        node.flow = true;
        return visit.SKIP;
      }
      return undefined;
    },
  });
  const head = comment.map((line) => (line === "" ? "#\n" : `# ${line}\n`)).join("");
  return `${head}${document.toString({ lineWidth: 0, flowCollectionPadding: true })}`;
}

/** What stands on one line. */
const SHORT = 120;

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
