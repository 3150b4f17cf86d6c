// Which runs of a batch are still to be done, and which of them the reports are made of. Whoever executes asks for the next one; what is
// decided depends on outcomes in the order of seeds, never on which came first, so any number of workers gives the same reports.
import { confidenceInterval } from "../analysis/statistics/interval.ts";
import { meanOf } from "../analysis/statistics/moments.ts";
import { ResampleSource } from "../analysis/statistics/resamples.ts";
import { type BatchManifest, tasksOf } from "./manifest.ts";
import type { UntilCondition, UntilRule } from "./until-rule.ts";

type Summary = Readonly<Record<string, number>>;

export interface Schedule {
  /** Index of a task to do now; undefined when there is none at the moment. Each is given once. */
  next(): number | undefined;
  /** A task has come out; also of those that were never asked for. */
  finished(index: number, summary: Summary): void;
  /** Is everything there that the reports need? */
  isComplete(): boolean;
  /** Of the tasks that are known to be needed: how many are there, of how many at most. */
  progress(): { readonly done: number; readonly of: number };
  /** The tasks that the reports are made of, in their order. Once complete. */
  wanted(): readonly number[];
}

/** @param isMine which tasks this process does: a shard's; the rest is left to others */
export function scheduleOf(manifest: BatchManifest, isMine: (index: number) => boolean = () => true): Schedule {
  const tasks = tasksOf(manifest);
  if (manifest.until !== null) return new UntilSchedule(manifest, manifest.until);
  return new WholeSchedule([...tasks.keys()].filter(isMine));
}

class WholeSchedule implements Schedule {
  private readonly indexes: readonly number[];
  private readonly done = new Set<number>();
  private at = 0;

  constructor(indexes: readonly number[]) {
    this.indexes = indexes;
  }

  next(): number | undefined {
    while (this.at < this.indexes.length && this.done.has(this.indexes[this.at]!)) this.at++;
    return this.indexes[this.at++];
  }

  finished(index: number): void {
    this.done.add(index);
  }

  isComplete(): boolean {
    return this.done.size >= this.indexes.length;
  }

  progress() {
    return { done: this.done.size, of: this.indexes.length };
  }

  wanted(): readonly number[] {
    return this.indexes;
  }
}

/**
 * Stops each scenario when the intervals of all its variants are narrow enough. All variants of a scenario get the same seeds, so that they
 * can be compared pair by pair. It is looked at after the least number of seeds and then each time there are a tenth more: looking at
 * every single one would find narrow intervals by chance.
 */
class UntilSchedule implements Schedule {
  private readonly groups: readonly Group[];
  private readonly seeds: number;

  constructor({ plans, seeds }: BatchManifest, rule: UntilRule) {
    this.seeds = seeds?.length ?? 1;
    const members = new Map<number, number[]>();
    for (const [planIndex, { group }] of plans.entries()) {
      members.set(group, [...(members.get(group) ?? []), planIndex]);
    }
    const source = new ResampleSource();
    this.groups = [...members.values()].map((planIndexes) => new Group(planIndexes, this.seeds, rule, source));
  }

  next(): number | undefined {
    for (const group of this.groups) {
      const index = group.next();
      if (index !== undefined) return index;
    }
    return undefined;
  }

  finished(index: number, summary: Summary): void {
    const planIndex = Math.floor(index / this.seeds);
    this.groups.find((group) => group.has(planIndex))?.finished(index, summary);
  }

  isComplete(): boolean {
    return this.groups.every((group) => group.decided !== undefined);
  }

  progress() {
    return {
      done: this.groups.reduce((sum, group) => sum + group.done, 0),
      of: this.groups.reduce((sum, group) => sum + group.most, 0),
    };
  }

  wanted(): readonly number[] {
    const counts = new Map(
      this.groups.flatMap((group) => group.plans.map((planIndex) => [planIndex, group.decided ?? 0])),
    );
    const planIndexes = [...counts.keys()].sort((a, b) => a - b);
    return planIndexes.flatMap((planIndex) =>
      Array.from({ length: counts.get(planIndex)! }, (_, seed) => planIndex * this.seeds + seed),
    );
  }
}

/** The variants of one scenario. */
class Group {
  readonly plans: readonly number[];
  /** How many seeds it takes; undefined while that is open. */
  decided: number | undefined;
  private readonly seeds: number;
  private readonly rule: UntilRule;
  private readonly source: ResampleSource;
  /** By task: the metrics that the rule asks for. */
  private readonly values = new Map<number, Summary>();
  private readonly metrics: ReadonlySet<string>;
  /** Seeds, from the first on, that all variants have come out with. */
  private complete = 0;
  private looking: number;
  private at = 0;

  constructor(plans: readonly number[], seeds: number, rule: UntilRule, source: ResampleSource) {
    this.plans = plans;
    this.seeds = seeds;
    this.rule = rule;
    this.source = source;
    this.metrics = new Set(rule.conditions.flatMap((condition) => condition.metrics));
    this.looking = Math.min(seeds, Math.max(2, rule.minSeeds));
  }

  get done(): number {
    return this.decided === undefined ? this.values.size : this.decided * this.plans.length;
  }

  get most(): number {
    return (this.decided ?? this.seeds) * this.plans.length;
  }

  has(planIndex: number): boolean {
    return this.plans.includes(planIndex);
  }

  // seeds outermost; beyond the next look nothing is begun that may never be needed, but for what keeps workers busy meanwhile
  next(): number | undefined {
    while (this.decided === undefined && this.at < nextLook(this.looking, this.seeds) * this.plans.length) {
      const seed = Math.floor(this.at / this.plans.length);
      const index = this.plans[this.at % this.plans.length]! * this.seeds + seed;
      this.at++;
      if (!this.values.has(index)) return index;
    }
    return undefined;
  }

  finished(index: number, summary: Summary): void {
    const kept: Record<string, number> = {};
    for (const metric of this.metrics) kept[metric] = summary[metric] ?? Number.NaN;
    this.values.set(index, kept);
    const isThere = (seed: number) => this.plans.every((plan) => this.values.has(plan * this.seeds + seed));
    while (this.complete < this.seeds && isThere(this.complete)) this.complete++;
    while (this.decided === undefined && this.complete >= this.looking) {
      if (this.looking >= this.seeds || this.isNarrow(this.looking)) this.decided = this.looking;
      else this.looking = nextLook(this.looking, this.seeds);
    }
  }

  private isNarrow(seeds: number): boolean {
    return this.rule.conditions.every((condition) =>
      this.plans.every((plan) => condition.metrics.every((metric) => this.holds(condition, metric, plan, seeds))),
    );
  }

  private holds({ limit, required }: UntilCondition, metric: string, plan: number, seeds: number): boolean {
    const all = Float64Array.from({ length: seeds }, (_, seed) => this.values.get(plan * this.seeds + seed)![metric]!);
    const measured = all.filter((value) => !Number.isNaN(value));
    if (measured.length === 0) return !required;
    const interval = confidenceInterval(measured, this.source);
    if (interval === undefined) return false;
    const mean = meanOf(measured);
    const reach = Math.max(interval.high - mean, mean - interval.low);
    // what never varies is certain, also where the mean is 0
    return reach === 0 || reach < (limit.kind === "share" ? limit.value * Math.abs(mean) : limit.value);
  }
}

function nextLook(seeds: number, most: number): number {
  return Math.min(most, Math.max(seeds + 1, Math.ceil(seeds * 1.1)));
}
