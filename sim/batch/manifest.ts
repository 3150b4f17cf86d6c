// What a batch is: its plans, seeds and options, as far as they decide its bytes. A batch goes on where it stopped, parts are merged and
// workers take tasks only when their manifests are equal. Limits, retries and numbers of workers are no part of it.
import { TOOL_VERSION } from "../metrics/result.ts";
import { sha256Of } from "../scenario/load-files.ts";
import type { Plan } from "../scenario/plan.ts";
import { buildHash } from "./build-hash.ts";
import type { RunTask } from "./task.ts";
import type { UntilRule } from "./until-rule.ts";

/** Moves when files of older batches can no longer be read. */
const FORMAT = 1;

export interface PlanEntry {
  readonly name: string;
  readonly variant: string;
  /** Hash of the scenario, all files that it names, and the variant. */
  readonly sha256: string;
  /** Its own seed, for batches that give none. */
  readonly seed: string;
  /** Number of the scenario that it is a variant of. */
  readonly group: number;
}

export interface BatchManifest {
  readonly format: number;
  readonly toolVersion: string;
  /** Hash of the compiled program. */
  readonly build: string;
  readonly plans: readonly PlanEntry[];
  /** null: each plan's own. */
  readonly seeds: readonly string[] | null;
  readonly shuffleTies: string | null;
  readonly until: UntilRule | null;
}

export interface BatchInputs {
  readonly plans: readonly Plan[];
  readonly seeds: readonly string[] | undefined;
  readonly shuffleTies?: string | undefined;
  readonly until?: UntilRule | undefined;
}

export function manifestOf({ plans, seeds, shuffleTies, until }: BatchInputs): BatchManifest {
  const groups = new Map<string, number>();
  const groupOf = ({ name, files }: Plan): number => {
    const key = sha256Of([name, ...files.flatMap((file) => [file.path, file.sha256])]);
    const group = groups.get(key) ?? groups.size;
    groups.set(key, group);
    return group;
  };
  return {
    format: FORMAT,
    toolVersion: TOOL_VERSION,
    build: buildHash(),
    plans: plans.map((plan) => ({
      name: plan.name,
      variant: plan.variant,
      sha256: plan.sha256,
      seed: plan.seed,
      group: groupOf(plan),
    })),
    seeds: seeds ?? null,
    shuffleTies: shuffleTies ?? null,
    until: until ?? null,
  };
}

/** All runs, in the order of the reports: plans outermost. */
export function tasksOf({ plans, seeds }: BatchManifest): RunTask[] {
  return plans.flatMap((plan, planIndex) => (seeds ?? [plan.seed]).map((seed) => ({ planIndex, seed })));
}

/** What names the batch. */
export function batchId(manifest: BatchManifest): string {
  return sha256Of([JSON.stringify(manifest)]).slice(0, 32);
}

/** What names one run of it: everything that its bytes depend on, and its place. */
export function runKey(manifest: BatchManifest, index: number, { planIndex, seed }: RunTask): string {
  const { format, toolVersion, build, shuffleTies } = manifest;
  const plan = manifest.plans[planIndex]!;
  const parts = [String(format), toolVersion, build, plan.sha256, plan.variant, seed, shuffleTies ?? "", String(index)];
  return sha256Of(parts).slice(0, 32);
}

/** In which respects two batches are not the same, for people; empty when they are. */
export function differencesOf(before: BatchManifest, now: BatchManifest): readonly string[] {
  const found: string[] = [];
  if (before.format !== now.format) return ["it was written by a version of kubedrill that this one cannot read"];
  if (before.toolVersion !== now.toolVersion) {
    found.push(`kubedrill was version ${before.toolVersion}, this is ${now.toolVersion}`);
  } else if (before.build !== now.build) found.push("kubedrill itself was another build");
  if (before.plans.length !== now.plans.length) {
    found.push(`it had ${before.plans.length} scenarios and variants, now there are ${now.plans.length}`);
  } else {
    const at = now.plans.findIndex((plan, i) => JSON.stringify(plan) !== JSON.stringify(before.plans[i]));
    if (at >= 0) found.push(`scenario ${nameOf(now.plans[at]!)} or a file that it names has changed`);
  }
  if (JSON.stringify(before.seeds) !== JSON.stringify(now.seeds)) {
    found.push(`its seeds were ${seedsText(before.seeds)}, now they are ${seedsText(now.seeds)}`);
  }
  if (before.shuffleTies !== now.shuffleTies) found.push("--shuffle-ties is another");
  if (JSON.stringify(before.until) !== JSON.stringify(now.until)) {
    found.push(`--until was ${before.until?.text ?? "not given"}, now it is ${now.until?.text ?? "not given"}`);
  }
  return found;
}

/** `scenario[variant]`. */
export function nameOf({ name, variant }: { readonly name: string; readonly variant: string }): string {
  return variant === "" ? name : `${name}[${variant}]`;
}

function seedsText(seeds: readonly string[] | null): string {
  if (seeds === null) return "each scenario's own";
  return seeds.length <= 3 ? seeds.join(",") : `${seeds[0]}…${seeds.at(-1)} (${seeds.length})`;
}
