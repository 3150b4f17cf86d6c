// What a search may let happen to a scenario's cluster: every kind of fault and every action that has somebody to hit there, with all
// that can be varied about it. Made from the declarations of faults and actions alone.

import type { FaultKind } from "../../faults/kind.ts";
import { FAULT_KINDS } from "../../faults/registry.ts";
import type { Target } from "../../faults/targets.ts";
import { VERBS } from "../../kubectl/registry.ts";
import type { Verb } from "../../kubectl/verb.ts";
import { type FaultLayer, LAYERS } from "../../model/fault-layers.ts";
import { nearest } from "../../model/problem.ts";
import type { Written } from "./disturbance.ts";
import { parameterValues } from "./parameter-values.ts";

/** The cluster as it is before anything happens. */
export interface Inventory {
  candidates(layer: FaultLayer): readonly Target[];
  /** Replicas that a workload wants, by the name of the target. */
  replicasOf(workload: string): number;
}

export interface SpaceLimits {
  /** Names of faults, actions or layers; null = all. */
  readonly kinds: readonly string[] | null;
  readonly exclude: readonly string[];
  /** At most so much of what is alike is hit at once by one fault, and at least one. */
  readonly maxShare: number;
}

/** One kind, and what can be varied. */
export interface Choice {
  readonly kind: string;
  readonly isAction: boolean;
  readonly hasDuration: boolean;
  readonly defaultForMicros: number | null;
  readonly pools: readonly Pool[];
  /** Always said. */
  readonly says: Readonly<Record<string, Written>>;
  /** Further parameters and what is tried for them. */
  readonly tries: readonly { readonly name: string; readonly values: readonly Written[] }[];
  /** Kinds that do less, which a finding is made simpler with. */
  readonly simpler: readonly string[];
}

/** A way to say who is hit. */
export type Pool =
  /** Nobody is named: the kind's own default. */
  | { readonly by: "default" }
  /** So many of these, under one field where it is one and another where it is more. */
  | {
      readonly by: "name";
      readonly one: string;
      readonly many: string;
      readonly names: readonly string[];
      readonly most: number;
      /** What is said beside the name, by it. */
      readonly beside?: Readonly<Record<string, readonly Readonly<Record<string, Written>>[]>>;
    }
  /** So many of those that fit, drawn when it happens. */
  | {
      readonly by: "fields";
      readonly fields: Readonly<Record<string, Written>>;
      readonly most: number;
      /** The number is said; otherwise the fields mean one. */
      readonly isCounted: boolean;
    };

/** Labels that one of several equal pods has for itself. */
const OWN_LABELS: ReadonlySet<string> = new Set([
  "pod-template-hash",
  "controller-revision-hash",
  "pod-template-generation",
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
  "batch.kubernetes.io/job-completion-index",
]);

/** @returns the kinds in a fixed order, or what is wrong with the limits */
export function spaceOf(inventory: Inventory, limits: SpaceLimits): readonly Choice[] | { readonly problem: string } {
  for (const name of [...(limits.kinds ?? []), ...limits.exclude]) {
    if (KNOWN.includes(name)) continue;
    const near = nearest(name, KNOWN);
    return {
      problem: `${name}: expected a fault, an action, "faults", "actions" or one of ${Object.keys(LAYERS).join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`,
    };
  }
  const isMeant = (words: readonly string[]) =>
    (limits.kinds === null || words.some((word) => limits.kinds!.includes(word))) &&
    !words.some((word) => limits.exclude.includes(word));
  const faults = FAULT_KINDS.filter(({ layer, name }) => isMeant([name, layer, "faults"])).flatMap(
    (kind) => faultChoice(kind, inventory, limits) ?? [],
  );
  const actions = VERBS.filter(({ name }) => isMeant([name, "actions"])).flatMap(
    (verb) => actionChoice(verb, inventory, limits) ?? [],
  );
  return [...faults, ...actions];
}

const KNOWN: readonly string[] = [
  ...FAULT_KINDS.map(({ name }) => name),
  ...VERBS.filter(({ search }) => search !== undefined).map(({ name }) => name),
  ...Object.keys(LAYERS),
  "faults",
  "actions",
];

function faultChoice(kind: FaultKind, inventory: Inventory, limits: SpaceLimits): Choice | null {
  const candidates = inventory.candidates(kind.layer).filter(({ role }) => !kind.needsRunning || role !== "down");
  if (candidates.length === 0) return null;
  const pools = kind.isSelectable ? poolsOf(kind, candidates, limits.maxShare) : [];
  // what hits all by default does so in a search, too, unless that is more than may be hit at once; what hits one of them is better said by name
  const isAllowed = kind.course === "self" || mostOf(candidates.length, limits.maxShare) === candidates.length;
  const isForAll = kind.selection.count === undefined && isAllowed;
  return {
    kind: kind.name,
    isAction: false,
    hasDuration: kind.hasDuration,
    defaultForMicros: kind.defaultForMicros,
    pools: pools.length === 0 || isForAll ? [{ by: "default" }, ...pools] : pools,
    says: {},
    tries: Object.entries(kind.parameters)
      .map(([name, spec]) => ({ name, values: parameterValues(spec) }))
      .filter(({ values }) => values.length > 0),
    simpler: kind.simpler ?? [],
  };
}

function poolsOf({ layer }: FaultKind, candidates: readonly Target[], maxShare: number): readonly Pool[] {
  const { fields, many, one, roles } = LAYERS[layer];
  if (one === null) return [];
  if (layer === "pods") return podPools(candidates, maxShare);
  const names = candidates.map(({ name }) => name);
  const pools: Pool[] = [{ by: "name", one, many, names, most: mostOf(names.length, maxShare) }];
  if (fields.includes("role"))
    for (const role of roles)
      if (role === "leader" && candidates.some((target) => target.role === role))
        pools.push({ by: "fields", fields: { role }, most: 1, isCounted: false });
  return pools;
}

/** Pods come and go: they are told by what those of one workload have in common. */
function podPools(pods: readonly Target[], maxShare: number): readonly Pool[] {
  const groups = new Map<string, { readonly fields: Record<string, Written>; count: number }>();
  for (const { labels = {}, namespace = "default" } of pods) {
    const selector = Object.entries(labels)
      .filter(([key]) => !OWN_LABELS.has(key))
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(",");
    const key = `${namespace} ${selector}`;
    const group = groups.get(key) ?? { fields: selector === "" ? { namespace } : { namespace, selector }, count: 0 };
    group.count++;
    groups.set(key, group);
  }
  return [...groups.values()].map(({ count, fields }) => ({
    by: "fields",
    fields,
    most: mostOf(count, maxShare),
    isCounted: true,
  }));
}

function actionChoice(verb: Verb, inventory: Inventory, { maxShare }: SpaceLimits): Choice | null {
  const { search } = verb;
  if (search === undefined) return null;
  const { names: bare, size } = objectsOf(search.of, inventory);
  const names = bare.map((name) => `${search.prefix ?? ""}${name}`);
  if (names.length === 0) return null;
  const { on, replicas, says = {}, tries = {} } = search;
  const beside =
    replicas === undefined
      ? undefined
      : Object.fromEntries(
          names.map((name) => [
            name,
            replicas.factors.map((factor) => ({
              [replicas.parameter]: Math.max(1, Math.round(factor * inventory.replicasOf(name))),
            })),
          ]),
        );
  return {
    kind: verb.name,
    isAction: true,
    hasDuration: false,
    defaultForMicros: null,
    pools: [
      {
        by: "name",
        one: on,
        many: on,
        names,
        most: search.of === "nodes" ? mostOf(size, maxShare) : 1,
        ...(beside === undefined ? {} : { beside }),
      },
    ],
    says: says as Readonly<Record<string, Written>>,
    tries: Object.entries(tries).map(([name, values]) => ({ name, values })),
    simpler: [],
  };
}

function objectsOf(
  of: NonNullable<Verb["search"]>["of"],
  inventory: Inventory,
): { readonly names: readonly string[]; readonly size: number } {
  if (of === "nodes" || of === "pods") {
    const names = inventory.candidates(of).map(({ name }) => name);
    return { names, size: names.length };
  }
  const names = inventory
    .candidates("workloads")
    .map(({ name }) => name)
    .filter((name) => of.some((word) => name.startsWith(`${word}/`)));
  return { names, size: 1 };
}

function mostOf(count: number, maxShare: number): number {
  return Math.max(1, Math.floor(count * maxShare + 1e-9));
}
