// Collects the summaries of a batch, plan by plan, and makes the rows of statistics.csv and differences.csv. Of each scenario it holds the
// baseline and one more variant, however many there are.
import type { DifferenceRow, StatisticsRow, VariantIdentity } from "../../reports/columns/batch-tables.ts";
import { describeSample, pairedDifference } from "../analysis/statistics/describe.ts";
import type { Interval } from "../analysis/statistics/interval.ts";
import { ResampleSource } from "../analysis/statistics/resamples.ts";
import { SUMMARY_COLUMNS } from "../metrics/summary.ts";
import type { PlanEntry } from "./manifest.ts";
import type { RunFacts } from "./outcome-file.ts";

/** The runs of one variant, by seed. */
interface Sample {
  readonly plan: PlanEntry;
  readonly identity: VariantIdentity;
  readonly seeds: string[];
  /** By column of the summary. */
  readonly values: readonly number[][];
}

export class MetricSamples {
  readonly statistics: StatisticsRow[] = [];
  readonly differences: DifferenceRow[] = [];
  private readonly source = new ResampleSource();
  private baseline: Sample | undefined;
  private current: Sample | undefined;

  /** Runs come in the order of the reports: all of one plan, then the next. */
  add(plan: PlanEntry, { identity, summary }: RunFacts): void {
    if (this.current?.plan !== plan) {
      this.finish();
      const { schemaVersion, toolVersion, scenario, scenarioSha256, configSha256 } = identity;
      this.current = {
        plan,
        identity: { schemaVersion, toolVersion, scenario, scenarioSha256, configSha256, variant: plan.variant },
        seeds: [],
        values: SUMMARY_COLUMNS.map(() => []),
      };
    }
    this.current.seeds.push(identity.seed);
    for (const [i, { name }] of SUMMARY_COLUMNS.entries()) this.current.values[i]!.push(summary[name] ?? Number.NaN);
  }

  /** The last plan is complete. */
  finish(): void {
    const sample = this.current;
    this.current = undefined;
    if (sample === undefined) return;
    this.describe(sample);
    if (this.baseline?.plan.group === sample.plan.group) this.compare(this.baseline, sample);
    else this.baseline = sample;
  }

  private describe({ identity, values }: Sample): void {
    for (const [i, { name: metric, format }] of SUMMARY_COLUMNS.entries()) {
      const described = describeSample(Float64Array.from(values[i]!), this.source);
      if (described === undefined) continue;
      this.statistics.push({ ...identity, metric, format, ...described, ...ends(described.interval) });
    }
  }

  private compare(baseline: Sample, sample: Sample): void {
    const places = new Map(baseline.seeds.map((seed, place) => [seed, place]));
    for (const [i, { name: metric, format }] of SUMMARY_COLUMNS.entries()) {
      const before = sample.seeds.map((seed) => baseline.values[i]![places.get(seed) ?? -1] ?? Number.NaN);
      const paired = pairedDifference(Float64Array.from(before), Float64Array.from(sample.values[i]!), this.source);
      if (paired === undefined) continue;
      const { identity } = sample;
      const row = { ...identity, baseline: baseline.plan.variant, metric, format, ...paired };
      this.differences.push({ ...row, ...ends(paired.interval) });
    }
  }
}

function ends(interval: Interval | undefined): { readonly ciLow: number; readonly ciHigh: number } {
  return { ciLow: interval?.low ?? Number.NaN, ciHigh: interval?.high ?? Number.NaN };
}
