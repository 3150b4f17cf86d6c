// Two sets of runs, number by number: pairs of equal seed, the mean of their differences, how sure it is, and a verdict.
import type { ComparedNumber } from "../../metrics/compared-number.ts";
import { SUMMARY_COLUMNS } from "../../metrics/summary.ts";
import { pairedDifference } from "../statistics/describe.ts";
import { ResampleSource } from "../statistics/resamples.ts";
import { directionOf } from "./direction.ts";
import { allowedOf, type Tolerance, toleranceOf } from "./tolerance.ts";
import { verdictOf } from "./verdict.ts";

type Summary = Readonly<Record<string, number>>;

/** The runs of one scenario or variant. */
export interface RunSet {
  /** With the variant. */
  readonly scenario: string;
  readonly scenarioSha256: string;
  readonly bySeed: ReadonlyMap<string, Summary>;
}

export interface Comparison {
  readonly baseline: RunSet;
  readonly candidate: RunSet;
  /** Of which both sides have a run, in the order of the baseline. */
  readonly seeds: readonly string[];
  readonly rows: readonly ComparedNumber[];
}

export interface CompareOptions {
  /** Columns of the summary. */
  readonly metrics: readonly string[];
  readonly tolerances: readonly Tolerance[];
  readonly source?: ResampleSource;
}

/** Metrics that neither side has measured are left out. */
export function compareRuns(baseline: RunSet, candidate: RunSet, options: CompareOptions): Comparison {
  const source = options.source ?? new ResampleSource();
  const seeds = [...baseline.bySeed.keys()].filter((seed) => candidate.bySeed.has(seed));
  const rows: ComparedNumber[] = [];
  for (const { name, format } of SUMMARY_COLUMNS) {
    if (!options.metrics.includes(name)) continue;
    const of = ({ bySeed }: RunSet) => Float64Array.from(seeds, (seed) => bySeed.get(seed)![name] ?? Number.NaN);
    const [before, after] = [of(baseline), of(candidate)];
    if (before.every(Number.isNaN) && after.every(Number.isNaN)) continue;
    const paired = pairedDifference(before, after, source);
    const tolerance = toleranceOf(options.tolerances, name);
    const allowed = paired === undefined ? Number.NaN : allowedOf(tolerance, format, paired.baselineMean);
    const direction = directionOf(name);
    const differences = after.map((value, i) => value - before[i]!).filter((difference) => !Number.isNaN(difference));
    rows.push({
      baselineScenario: baseline.scenario,
      baselineSha256: baseline.scenarioSha256,
      candidateScenario: candidate.scenario,
      candidateSha256: candidate.scenarioSha256,
      metric: name,
      format,
      direction,
      baseline: paired?.baselineMean ?? Number.NaN,
      candidate: paired?.mean ?? Number.NaN,
      delta: paired?.difference ?? Number.NaN,
      ciLow: paired?.interval?.low ?? Number.NaN,
      ciHigh: paired?.interval?.high ?? Number.NaN,
      seeds: paired?.n ?? 0,
      differ: differences.filter((difference) => difference !== 0).length,
      tolerance: tolerance.text,
      allowed,
      verdict: verdictOf(paired?.interval, allowed, direction, differences),
    });
  }
  return { baseline, candidate, seeds, rows };
}
