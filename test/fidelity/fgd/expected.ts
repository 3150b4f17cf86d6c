// The published tables, and how near a mean must come to them. Source of the tolerances: ../shared/reference/FGD.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metric } from "./experiment.ts";

export const EXPECTED_FOLDER = "02-fgd-expected";
/** Of the published means. */
export const PUBLISHED_SEEDS = 10;

/** A published mean over seeds. */
export interface Published {
  readonly workload: string;
  readonly policy: string;
  readonly metric: Metric;
  readonly percent: number;
  readonly mean: number;
  readonly sd: number;
}

/** Points at which a mean has to be within the tolerance. */
const JUDGED: Readonly<Record<Metric, readonly number[]>> = {
  alloc_pct: [100, 130],
  frag_amount_pct: [100, 130],
  frag_ratio_pct: [50],
};
const LEAST_TOLERANCE = 0.25;
const RATIO_TOLERANCE = 1;
const DEVIATIONS = 1.3;
const SPARE = 1.5;

export function isJudged({ metric, percent }: Published): boolean {
  return JUDGED[metric].includes(percent);
}

/**
 * In points. With fewer seeds than were published the mean is less certain: the tolerance grows with the deviation of the difference, and
 * half as much again, as a few runs in one order of nodes are off in many cells at once.
 */
export function toleranceOf({ metric, sd }: Published, seeds: number): number {
  const widened = Math.sqrt((1 / seeds + 1 / PUBLISHED_SEEDS) / (2 / PUBLISHED_SEEDS));
  const least = metric === "frag_ratio_pct" ? RATIO_TOLERANCE : Math.max(LEAST_TOLERANCE, DEVIATIONS * sd);
  return seeds >= PUBLISHED_SEEDS ? least : least * widened * SPARE;
}

export function readPublished(data: string): readonly Published[] {
  return rows(join(data, EXPECTED_FOLDER, "summary.csv")).map((row) => ({
    workload: row["workload"]!,
    policy: row["policy"]!,
    metric: row["metric"] as Metric,
    percent: Number(row["arrived_pct"]),
    mean: Number(row["mean"]),
    sd: Number(row["sd"]),
  }));
}

/** Rows of the table without randomness, as texts by column. */
export function readDeterministic(data: string): readonly Readonly<Record<string, string>>[] {
  return rows(join(data, EXPECTED_FOLDER, "deterministic_trace_order.csv"));
}

function rows(path: string): Readonly<Record<string, string>>[] {
  const [header = "", ...lines] = readFileSync(path, "utf8").trim().split("\n");
  const names = header.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i]!, cell])));
}
