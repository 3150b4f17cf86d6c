// From the entries of `actions` to the plan's actions: names resolved, manifests read, and what was applied before them found.
import { ACTION_DECLARATIONS } from "../kubectl/registry-names.ts";
import type {
  ActionDeclaration,
  ActionParameterSpec,
  ActionPlan,
  ActionValue,
  ManifestObject,
} from "../model/action-plan.ts";
import type { ParsedDocument } from "../model/documents.ts";
import { ManifestCollector, type Manifests } from "../model/manifests.ts";
import { type ClusterObjects, type KubernetesObject, noObjects } from "../model/objects.ts";
import type { FileProblem, Path, Problem } from "../model/problem.ts";
import { kindNamed, type ObjectName, parseObjectName, wordOf } from "../model/resource-names.ts";
import { parseSelector } from "../model/selector-text.ts";
import type { ActionEntry } from "./action-schema.ts";
import type { TriggerBuilder } from "./build-triggers.ts";
import { durationMicros } from "./duration-schema.ts";
import type { InputFiles } from "./load-files.ts";
import { collect } from "./load-manifests.ts";
import type { NameChecks } from "./name-checks.ts";

export interface ActionItem {
  readonly item: Readonly<Record<string, unknown>>;
  readonly path: Path;
}

export interface ActionContext {
  /** The scenario's document, for objects that are written out in it. */
  readonly document: ParsedDocument;
  readonly files: InputFiles;
  /** The scenario's manifests, as they stand in the files. */
  readonly manifests: Manifests;
}

export interface BuiltActions {
  readonly actions: readonly ActionPlan[];
  readonly problems: readonly Problem[];
  /** In files that actions name. */
  readonly fileProblems: readonly FileProblem[];
  readonly warnings: readonly string[];
}

/** The plan's actions. Entries with mistakes are noted and left out. */
export function buildActions(
  items: readonly ActionItem[],
  context: ActionContext,
  triggers: TriggerBuilder,
  checks: NameChecks,
): BuiltActions {
  const builder = new ActionBuilder(context, triggers, checks);
  const actions = items.flatMap((item) => builder.action(item) ?? []);
  return { actions, problems: builder.problems, fileProblems: builder.fileProblems, warnings: builder.warnings };
}

class ActionBuilder {
  readonly problems: Problem[] = [];
  readonly fileProblems: FileProblem[] = [];
  readonly warnings: string[] = [];
  private readonly context: ActionContext;
  private readonly triggers: TriggerBuilder;
  private readonly checks: NameChecks;
  /** What was applied last under each name, by kind and key. */
  private readonly applied = new Map<string, KubernetesObject>();

  constructor(context: ActionContext, triggers: TriggerBuilder, checks: NameChecks) {
    this.context = context;
    this.triggers = triggers;
    this.checks = checks;
    for (const { list, object } of objectsOf(context.manifests.objects)) this.applied.set(idOf(list, object), object);
  }

  action({ item, path }: ActionItem): ActionPlan | null {
    const verb = ACTION_DECLARATIONS.find(({ name }) => Object.hasOwn(item, name));
    if (verb === undefined) return null;
    const entry = item as ActionEntry;
    const said = item[verb.name] as Readonly<Record<string, unknown>>;
    const trigger = this.triggers.trigger(entry, path, "cluster");
    const parameters = this.parameters(verb, said, [...path, verb.name]);
    const named = this.triggers.named(entry, verb.name, trigger ?? { on: "at", atMicros: 0 }, path);
    if (trigger === null) return null;
    return { ...named, verb: verb.name, command: commandText(verb, said), trigger, parameters };
  }

  private parameters(verb: ActionDeclaration, said: Readonly<Record<string, unknown>>, path: Path) {
    const values: Record<string, ActionValue> = {};
    for (const [name, spec] of Object.entries(verb.parameters)) {
      const value = said[name] === undefined ? defaultOf(spec) : this.value(spec, said[name], [...path, name]);
      if (value !== undefined) values[name] = value;
    }
    return values;
  }

  private value(spec: ActionParameterSpec, said: unknown, path: Path): ActionValue | undefined {
    switch (spec.type) {
      case "objects":
        return this.objects(spec.kinds, said as string | readonly string[], path);
      case "nodes": {
        const names = listOf(said as string | readonly string[]);
        names.forEach((name, i) => {
          this.checks.node(name, typeof said === "string" ? path : [...path, i]);
        });
        return names;
      }
      case "pods":
        return listOf(said as string | readonly string[]).map((name) =>
          name.includes("/") ? name : `default/${name}`,
        );
      case "texts":
        return listOf(said as string | readonly string[]);
      case "kind":
        return kindNamed(said as string)?.list;
      case "manifestFiles":
        return this.files(listOf(said as string | readonly string[]), path, typeof said === "string");
      case "manifests":
        return this.writtenOut(said as readonly unknown[], path);
      case "selector": {
        const selector = parseSelector(said as string);
        return "expected" in selector ? undefined : selector;
      }
      case "duration":
        return durationMicros(said as string);
      default:
        return said as ActionValue;
    }
  }

  private objects(
    kinds: readonly (keyof ClusterObjects)[],
    said: string | readonly string[],
    path: Path,
  ): ObjectName[] {
    return listOf(said).flatMap((text, i) => {
      const name = parseObjectName(text);
      const at = typeof said === "string" ? path : [...path, i];
      if ("expected" in name) return [];
      if (kinds.length > 0 && !kinds.includes(name.list)) {
        const expected = `one of ${kinds.map(wordOf).join(", ")}`;
        this.problems.push({ path: at, expected, received: JSON.stringify(text) });
        return [];
      }
      if (name.list === "nodes") this.checks.node(name.key, at);
      return [name];
    });
  }

  private files(names: readonly string[], path: Path, isOne: boolean): ManifestObject[] {
    const collector = new ManifestCollector();
    names.forEach((name, i) => {
      const fault = collect(collector, this.context.files, name);
      if (fault !== null) this.problems.push({ path: isOne ? path : [...path, i], ...fault });
    });
    return this.taken(collector.result(), path);
  }

  private writtenOut(objects: readonly unknown[], path: Path): ManifestObject[] {
    const collector = new ManifestCollector();
    objects.forEach((object, i) => {
      collector.addPart(this.context.document, [...path, i], object);
    });
    return this.taken(collector.result(), path);
  }

  private taken({ ignored, objects, problems, warnings }: Manifests, path: Path): ManifestObject[] {
    this.fileProblems.push(...problems);
    this.warnings.push(...warnings);
    for (const { first, kind } of ignored)
      this.warnings.push(`${first}: an action leaves out a ${kind}, which is not read`);
    const taken = objectsOf(objects).map(({ list, object }): ManifestObject => {
      const id = idOf(list, object);
      const lastApplied = this.applied.get(id) ?? null;
      this.applied.set(id, object);
      return { list, object, lastApplied };
    });
    if (taken.length === 0 && problems.length === 0)
      this.problems.push({ path, expected: "at least one object of a kind that is read", received: "none" });
    return taken;
  }
}

/** As kubectl would be called, shortened. */
function commandText({ name }: ActionDeclaration, said: Readonly<Record<string, unknown>>): string {
  const words = [name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)];
  for (const [key, value] of Object.entries(said)) {
    if (typeof value === "string" && WHOM.has(key)) words.push(value);
    else if (Array.isArray(value) && WHOM.has(key)) words.push(value.filter((v) => typeof v === "string").join(" "));
    else if (typeof value === "boolean") words.push(value ? `--${flag(key)}` : `--${flag(key)}=false`);
    else if (typeof value === "string" || typeof value === "number") words.push(`--${flag(key)}=${value}`);
    else if (typeof value === "object" && value !== null && !Array.isArray(value) && key !== "patch")
      words.push(...Object.entries(value).map(([k, v]) => (v === null ? `${k}-` : `${k}=${String(v)}`)));
  }
  const text = words.filter((word) => word !== "").join(" ");
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

const WHOM: ReadonlySet<string> = new Set([
  "object",
  "objects",
  "node",
  "nodes",
  "pod",
  "pods",
  "file",
  "files",
  "taints",
]);

function flag(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function defaultOf(spec: ActionParameterSpec): ActionValue | undefined {
  return "default" in spec ? spec.default : undefined;
}

function listOf(said: string | readonly string[]): readonly string[] {
  return typeof said === "string" ? [said] : said;
}

function objectsOf(
  objects: ClusterObjects,
): readonly { readonly list: keyof ClusterObjects; readonly object: KubernetesObject }[] {
  return (Object.keys(noObjects()) as (keyof ClusterObjects)[]).flatMap((list) =>
    objects[list].map((object) => ({ list, object })),
  );
}

function idOf(list: keyof ClusterObjects, { metadata }: KubernetesObject): string {
  return `${list} ${metadata.namespace ?? "default"}/${metadata.name}`;
}
