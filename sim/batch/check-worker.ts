// The file that a worker thread of `kubedrill check` runs: a row of seeds in, their outcomes out.
import { checkSeed, type SeedOptions, type SeedOutcome } from "../check.ts";

export interface CheckTask {
  readonly seeds: readonly number[];
  readonly options: SeedOptions;
}

/** Checks the seeds of a task, in order. */
export function runSeeds({ seeds, options }: CheckTask): readonly SeedOutcome[] {
  return seeds.map((seed) => checkSeed(seed, options));
}
