// What is compared with what: from BASE and CANDIDATE (scenarios, manifests, or folders with the tables of finished batches) to pairs of
// run sets, and what has to be run for them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { nameOf } from "../batch/manifest.ts";
import { readSummaries, type StoredSummary, SUMMARY_FILE } from "../batch/read-summaries.ts";
import type { Plan } from "../scenario/plan.ts";
import { InputError } from "./failure.ts";
import { loadPlans } from "./load-plans.ts";

/** How one side is described. */
export interface SideOptions {
  readonly path: string;
  readonly set: readonly string[];
  readonly config: string | undefined;
  /** Only this variant, or this scenario. */
  readonly variant: string | undefined;
  readonly nodes?: number | undefined;
  readonly machine?: string | undefined;
  readonly zones?: string | undefined;
}

/** One scenario or variant of a side: a plan that is to be run, or runs that are there. */
export type Entry = {
  /** With the variant. */
  readonly name: string;
  readonly variant: string;
} & ({ readonly plan: Plan } | { readonly runs: readonly StoredSummary[] });

export type Side = readonly Entry[];

/** @throws InputError, SummaryFileError */
export function loadSide({ path, variant, ...options }: SideOptions): Side {
  const entries = existsSync(join(path, SUMMARY_FILE)) ? stored(path, options) : planned(path, options);
  if (variant === undefined) return entries;
  const chosen = entries.filter((entry) => entry.variant === variant || entry.name === variant);
  if (chosen.length > 0) return chosen;
  throw new InputError(`${path} has no variant ${variant}: there are ${entries.map(({ name }) => name).join(", ")}`);
}

function planned(path: string, { config, ...options }: Omit<SideOptions, "path" | "variant">): Side {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const plans = loadPlans({ files: [path], ...given, ...(config === undefined ? {} : { config }) });
  return plans.map((plan) => ({ name: nameOf(plan), variant: plan.variant, plan }));
}

function stored(path: string, { set, config, nodes }: Omit<SideOptions, "path" | "variant">): Side {
  if (set.length > 0 || config !== undefined || nodes !== undefined) {
    throw new InputError(`${path} holds finished runs: nothing in them can be changed any more`);
  }
  const byName = new Map<string, StoredSummary[]>();
  for (const row of readSummaries(path)) byName.set(row.scenario, [...(byName.get(row.scenario) ?? []), row]);
  if (byName.size === 0) throw new InputError(`${join(path, SUMMARY_FILE)} has no rows`);
  return [...byName].map(([name, runs]) => ({ name, variant: /\[(.*)\]$/.exec(name)?.[1] ?? "", runs }));
}

export type Pair = readonly [baseline: Entry, candidate: Entry];

/** One baseline against every candidate, or each variant against its namesake. @throws InputError when neither is possible */
export function pairsOf(baseline: Side, candidate: Side): readonly Pair[] {
  const [first] = baseline;
  if (baseline.length === 1) return candidate.map((entry) => [first!, entry] as const);
  const pairs = baseline.map((entry) => [entry, candidate.find(({ variant }) => variant === entry.variant)] as const);
  if (baseline.length === candidate.length && pairs.every(([, other]) => other !== undefined)) return pairs as Pair[];
  const names = (side: Side) => side.map(({ name }) => name).join(", ");
  throw new InputError(
    `the variants do not pair up: the baseline has ${names(baseline)}, the candidate ${names(candidate)}; choose with --base-variant and --candidate-variant`,
  );
}

/** Within one file or folder: the first against all others. @throws InputError when there is only one */
export function pairsWithin(side: Side, path: string): readonly Pair[] {
  const [first, ...others] = side;
  if (others.length > 0) return others.map((entry) => [first!, entry] as const);
  throw new InputError(
    `${path} has nothing to be compared with: name a candidate, or say with --candidate-set or --candidate-config what is different`,
  );
}

/** The same pairs with plans whose names tell them apart in tables, where those of both sides are the same. */
export function named(pairs: readonly Pair[]): readonly Pair[] {
  const isTold = ([a, b]: Pair) => !("plan" in a && "plan" in b) || a.name !== b.name;
  if (pairs.every(isTold)) return pairs;
  const called = new Map<Entry, Entry>();
  const call = (entry: Entry, role: string): Entry => {
    if (!("plan" in entry)) return entry;
    const variant = entry.variant === "" ? role : `${role},${entry.variant}`;
    const plan = { ...entry.plan, variant };
    const renamed = called.get(entry) ?? { name: nameOf(plan), variant, plan };
    called.set(entry, renamed);
    return renamed;
  };
  return pairs.map(([a, b]) => [call(a, "baseline"), call(b, "candidate")] as const);
}
