// Swarm testing of our own etcd: random clusters, workloads and faults, and what must hold all the while. What is checked and how to
// read a violation: docs/CHECK.md. A seed is a pure function of its number and options.
import { describeFault } from "./check/faults.ts";
import type { SeedOptions, SeedOutcome, Violation } from "./check/outcome.ts";
import { Run } from "./check/run.ts";
import { drawSetup, type Setup } from "./check/setup.ts";
import { shrink } from "./check/shrink.ts";

export type { SeedOptions, SeedOutcome } from "./check/outcome.ts";
export { SOMETIMES } from "./check/sometimes.ts";
export { STYLES, type Style } from "./check/style.ts";
export { type CheckResult, CheckSummary, FULL_RUN_SEEDS } from "./check/summary.ts";

/** A smaller case of the same seed that fails, too. */
export interface Shrunk {
  readonly options: SeedOptions;
  /** In words. */
  readonly faults: readonly string[];
  readonly operations: number;
  readonly violation: Violation;
  readonly trials: number;
  /** How it comes to the violation, the last lines. */
  readonly story: readonly string[];
}

const STORY_LINES = 40;

/** Runs one seed. */
export function checkSeed(seed: number, options: SeedOptions = {}): SeedOutcome {
  return new Run(setupOf(seed, options), false).run();
}

/** Looks for the smallest schedule and the shortest workload that violate the same invariant. */
export function shrinkSeed(outcome: SeedOutcome, options: SeedOptions, maxTrials: number): Shrunk {
  const { seed } = outcome;
  const setup = setupOf(seed, options);
  const optionsOf = (items: readonly number[], length: number) => ({ ...options, faults: items, operations: length });
  const start = {
    items: setup.faults.map((fault) => fault.position),
    length: Math.min(setup.operations, outcome.operations),
  };
  const fails = (items: readonly number[], length: number) =>
    checkSeed(seed, optionsOf(items, length)).violation?.invariant === outcome.violation?.invariant;
  const { items, length, trials } = shrink(start, (tried) => fails(tried.items, tried.length), maxTrials);
  const smallest = optionsOf(items, length);
  const run = new Run(setupOf(seed, smallest), true);
  const { violation } = run.run();
  return {
    options: smallest,
    faults: run.setup.faults.map(describeFault),
    operations: length,
    violation: violation ?? outcome.violation!,
    trials,
    story: run.lines.slice(-STORY_LINES),
  };
}

/** What a seed draws, in words, a line each. */
export function describeSetup(seed: number, options: SeedOptions = {}): readonly string[] {
  const setup = setupOf(seed, options);
  const { members, version, style, disk, transport } = setup;
  return [
    `seed ${seed}: ${members} members, etcd ${version}, ${style}, disk ${disk}, ${transport}, ${setup.preVote ? "with" : "without"} pre-vote`,
    `  ${setup.clients} clients, ${setup.operations} operations on ${setup.keys} keys in ${setup.faultMicros / 1e6} s`,
    ...setup.faults.map((fault) => `  ${describeFault(fault)}`),
  ];
}

function setupOf(seed: number, { style, faults, operations }: SeedOptions): Setup {
  const setup = drawSetup(seed, style);
  return {
    ...setup,
    operations: operations ?? setup.operations,
    faults: faults === undefined ? setup.faults : setup.faults.filter(({ position }) => faults.includes(position)),
  };
}
