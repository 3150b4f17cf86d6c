// How many nodes, racks or zones may fail at once so that all pods still find a place: every set of k, then of k + 1, until one fails. Where there
// are too many sets, the heaviest and a sample of the rest are tried, and the answer says so.
// Asks about room alone: that the pods start again in time is what `run` with faults shows.
import { createStream } from "../../engine/random.ts";
import type { Node } from "../../model/objects.ts";
import { rackOf, zoneOf } from "../../model/topology.ts";
import { type Amounts, addTo, freeOf, requestsOf } from "./amounts.ts";
import type { Answer } from "./answer.ts";
import { type Binding, bindingOf } from "./binding.ts";
import { type Ground, pinnedTo, withoutNodes } from "./ground.ts";
import { settledGround } from "./settled-ground.ts";
import { Trial } from "./trial.ts";

export type FailureUnit = "node" | "rack" | "zone";

export interface SurviveOptions {
  readonly unit: FailureUnit;
  /** Largest number of failures at once that is asked about. */
  readonly most: number;
  /** Sets of one size that are tried; more are sampled. */
  readonly tries: number;
  readonly require?: number;
}

export interface SizeTried {
  readonly k: number;
  readonly sets: number;
  readonly tried: number;
  readonly failing: readonly FailingSet[];
  readonly isExhaustive: boolean;
}

export interface FailingSet {
  readonly units: readonly string[];
  /** Pods without a place. */
  readonly pods: readonly string[];
  readonly victims: number;
}

export interface Survival {
  /** Largest k of which no set failed, among those that were tried. */
  readonly survives: number;
  readonly sizes: readonly SizeTried[];
  readonly first: FailingSet | null;
  readonly units: number;
  readonly pendingBefore: number;
  /** Without a controller nobody creates them again. */
  readonly barePods: number;
  readonly binding: Binding | null;
}

interface Unit {
  readonly name: string;
  readonly nodes: readonly string[];
  /** Largest share of any resource that its pods hold: who goes first. */
  readonly weight: number;
}

export function survive(given: Ground, options: Pick<SurviveOptions, "unit" | "most" | "tries">): Survival {
  const { ground, pending } = settledGround(given);
  const units = unitsOf(ground, options.unit);
  const sizes: SizeTried[] = [];
  let first: FailingSet | null = null;
  let binding: Binding | null = null;
  let survives = 0;
  for (let k = 1; k <= Math.min(options.most, units.length) && first === null; k++) {
    const total = choose(units.length, k);
    const isExhaustive = total <= options.tries;
    const failing: FailingSet[] = [];
    let tried = 0;
    for (const set of isExhaustive ? setsOf(units, k) : sampleOf(units, k, options.tries, ground.seed)) {
      tried++;
      const outcome = fail(ground, set);
      if (outcome === null) continue;
      failing.push(outcome.set);
      binding ??= outcome.binding;
      // one by one all weak spots are worth knowing, of combinations one is enough
      if (k > 1) break;
    }
    sizes.push({ k, sets: total, tried, failing, isExhaustive });
    first = failing[0] ?? null;
    if (first === null) survives = k;
  }
  const barePods = ground.objects.pods.filter(
    (pod) => !pod.metadata.ownerReferences?.some((o) => o.controller === true),
  );
  return {
    survives,
    sizes,
    first,
    units: units.length,
    pendingBefore: pending.length,
    barePods: barePods.length,
    binding,
  };
}

/** What stays pending when these units fail; null when everything finds a place. */
function fail(
  ground: Ground,
  units: readonly Unit[],
): { readonly set: FailingSet; readonly binding: Binding | null } | null {
  const gone = new Set(units.flatMap(({ nodes }) => nodes));
  const trial = new Trial(withoutNodes(ground, gone));
  const { unplaced, victims } = trial.settle();
  const [refused] = unplaced;
  if (refused === undefined) return null;
  return {
    set: {
      units: units.map(({ name }) => name),
      pods: unplaced.map(({ pod }) => pod.key),
      victims: victims.length,
    },
    binding: bindingOf(trial.scheduler, refused.pod, refused.message),
  };
}

function unitsOf(ground: Ground, unit: FailureUnit): readonly Unit[] {
  const { snapshot } = new Trial(ground);
  const capacity: Amounts = new Map();
  const nodesOf = new Map<string, Node[]>();
  for (const info of snapshot.nodes) {
    addTo(capacity, freeOf(info));
    const name = unit === "node" ? info.name : unit === "zone" ? zoneOf(info.node) : rackOf(info.node);
    // a node that is in no zone fails with none
    if (name === "") continue;
    const list = nodesOf.get(name);
    if (list === undefined) nodesOf.set(name, [info.node]);
    else list.push(info.node);
  }
  const units = [...nodesOf].map(([name, nodes]): Unit => {
    const held: Amounts = new Map();
    for (const { metadata } of nodes)
      for (const { pod, shape } of snapshot.node(metadata.name)?.pods ?? [])
        if (pinnedTo(pod) === null) addTo(held, requestsOf(shape));
    let weight = 0;
    for (const [resource, amount] of held) weight = Math.max(weight, amount / Math.max(1, capacity.get(resource) ?? 0));
    return { name, nodes: nodes.map(({ metadata }) => metadata.name), weight };
  });
  return units.sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1));
}

/** All sets of k, those of the first units first. */
function* setsOf<T>(units: readonly T[], k: number, from = 0): Generator<readonly T[]> {
  if (k === 0) {
    yield [];
    return;
  }
  for (let i = from; i <= units.length - k; i++)
    for (const rest of setsOf(units, k - 1, i + 1)) yield [units[i] as T, ...rest];
}

/** The heaviest sets, then random ones; none twice. */
function* sampleOf(units: readonly Unit[], k: number, tries: number, seed: string): Generator<readonly Unit[]> {
  const stream = createStream(seed, `plan/survive/${k}`);
  const seen = new Set<string>();
  const isNew = (set: readonly Unit[]) => {
    const key = set.map(({ name }) => name).join("\n");
    return !seen.has(key) && seen.add(key) !== undefined;
  };
  for (const set of setsOf(units, k)) {
    if (seen.size >= tries / 2) break;
    if (isNew(set)) yield set;
  }
  while (seen.size < tries) {
    const picked = new Set<number>();
    while (picked.size < k) picked.add(stream.int(units.length));
    const set = [...picked].sort((a, b) => a - b).map((i) => units[i] as Unit);
    if (isNew(set)) yield set;
  }
}

/** Number of sets of k out of n; exact while it matters. */
export function choose(n: number, k: number): number {
  let sets = 1;
  for (let i = 1; i <= k; i++) sets = Math.round((sets * (n - k + i)) / i);
  return sets;
}

export function answerSurvive(ground: Ground, options: SurviveOptions): Answer {
  const found = survive(ground, options);
  const { survives, first, sizes, units } = found;
  const plural = `${options.unit}s`;
  const sampled = sizes.filter(({ isExhaustive }) => !isExhaustive);
  const reasoning = [
    `There are ${units} ${plural}. Pods of failed nodes are placed again by the scheduler on what is left, preemption included; DaemonSet and static pods go with their nodes.`,
    ...sizes.map(({ k, sets, tried, failing, isExhaustive }) =>
      isExhaustive
        ? `k = ${k}: ${failing.length === 0 || k === 1 ? `all ${sets} sets were tried` : `${tried} of ${sets} sets were tried until one failed`}, ${failing.length} failed.`
        : `k = ${k}: ${tried} of ${sets} sets were tried, half of them the heaviest, the others at random; ${failing.length} failed.`,
    ),
    ...sampled
      .filter(({ failing }) => failing.length === 0)
      .map(
        ({ k, tried }) =>
          `k = ${k} is not proven: with 95 % confidence at most ${percent(6 / tried)} of all sets fail.`,
      ),
    ...(found.pendingBefore > 0
      ? [`${found.pendingBefore} pods were pending before any failure and do not count.`]
      : []),
    ...(found.barePods > 0
      ? [`${found.barePods} pods have no controller: nobody creates them again, but room for them is asked for.`]
      : []),
  ];
  const limit = Math.min(options.most, units);
  return {
    question: "survive",
    answer:
      units === 0
        ? `No node says in which ${options.unit} it is.`
        : first === null
          ? `It survives the failure of any ${survives === 1 ? options.unit : `${survives} ${plural}`} at once${survives === limit && survives < units ? " (no more were asked about)" : ""}.`
          : `${survives === 0 ? `It does not survive the failure of ${options.unit} ` : `It survives any ${survives === 1 ? options.unit : `${survives} ${plural}`} at once, but not `}${first.units.join(" + ")}: ${first.pods.length} pod${first.pods.length === 1 ? "" : "s"} stay${first.pods.length === 1 ? "s" : ""} pending.`,
    values: {
      [`survives_${plural}_k`]: survives,
      first_failing_set: first === null ? null : first.units.join(" "),
      pods_pending: first === null ? 0 : first.pods.length,
      is_proven: sampled.length === 0,
      sets_tried: sizes.reduce((sum, { tried }) => sum + tried, 0),
    },
    table: {
      columns: ["k", "failing set", "pods pending", "evicted", "such as"],
      rows: sizes.flatMap(({ k, failing }) =>
        failing.map(({ units: names, pods, victims }) => [k, names.join(" "), pods.length, victims, pods[0] ?? ""]),
      ),
    },
    reasoning,
    binding: found.binding,
    met: options.require === undefined ? null : survives >= options.require,
  };
}

function percent(share: number): string {
  return `${Math.round(share * 10000) / 100} %`;
}
