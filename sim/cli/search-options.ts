// Options of `kubedrill search` as values.
import { availableParallelism } from "node:os";
import { parseDurationMicros } from "../engine/tick.ts";
import { wholeNumber } from "./batch-options.ts";
import { InputError } from "./failure.ts";

export interface SearchArguments {
  readonly file: string;
  readonly set?: readonly string[];
  readonly variant?: string;
  readonly runs?: number;
  readonly budget?: string;
  readonly seed: string;
  readonly kinds?: readonly string[];
  readonly exclude?: readonly string[];
  readonly "max-faults"?: number;
  readonly "max-share"?: string;
  readonly window?: string;
  readonly findings: number;
  readonly "shrink-runs": number;
  readonly workers?: number;
  readonly out: string;
  readonly format: "table" | "json" | "csv";
  readonly progress?: boolean;
}

export interface SearchRequest {
  readonly file: string;
  readonly set: readonly string[];
  readonly variant: string | undefined;
  /** Infinity: as many as the budget allows. */
  readonly runs: number;
  /** Wall time; Infinity: no limit. */
  readonly budgetMicros: number;
  readonly seed: string;
  /** undefined: the scenario's, or the usual. */
  readonly kinds: readonly string[] | undefined;
  readonly exclude: readonly string[] | undefined;
  readonly maxFaults: number | undefined;
  readonly maxShare: number | undefined;
  readonly window: readonly [fromMicros: number, toMicros: number] | undefined;
  readonly findings: number;
  readonly shrinkRuns: number;
  readonly workers: number;
  readonly out: string;
  readonly progress: boolean | undefined;
}

const DEFAULT_RUNS = 500;
const MOST = 1_000_000_000;

/** @throws InputError */
export function searchRequest(given: SearchArguments): SearchRequest {
  const { budget, file, kinds, out, progress, runs, seed, set = [], variant } = given;
  const { "max-faults": maxFaults } = given;
  if (!/^[\w.-]{1,64}$/.test(seed)) throw new InputError(`--seed ${seed}: expected a number or a word`);
  return {
    ...{ file, out, progress, seed, set, variant },
    runs: runs === undefined ? (budget === undefined ? DEFAULT_RUNS : Infinity) : wholeNumber("runs", runs, 1, MOST),
    budgetMicros: budget === undefined ? Infinity : durationOf("budget", budget),
    kinds: listOf(kinds),
    exclude: listOf(given.exclude),
    maxFaults: maxFaults === undefined ? undefined : wholeNumber("max-faults", maxFaults, 1, 20),
    maxShare: given["max-share"] === undefined ? undefined : shareOf(given["max-share"]),
    window: given.window === undefined ? undefined : windowOf(given.window),
    findings: wholeNumber("findings", given.findings, 1, 1000),
    shrinkRuns: wholeNumber("shrink-runs", given["shrink-runs"], 1, MOST),
    workers: wholeNumber("workers", given.workers ?? availableParallelism(), 1, 1024),
  };
}

function listOf(given: readonly string[] | undefined): readonly string[] | undefined {
  return given?.flatMap((list) => list.split(",")).map((name) => name.trim());
}

function durationOf(option: string, text: string): number {
  const micros = parseDurationMicros(text);
  if (micros === undefined || micros <= 0)
    throw new InputError(`--${option} ${text}: expected a time such as 90s or 10m`);
  return micros;
}

function shareOf(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text);
  const share = match === null ? Number(text) : Number(match[1]) / 100;
  if (text.trim() !== "" && share > 0 && share <= 1) return share;
  throw new InputError(`--max-share ${text}: expected a share such as 30% or 0.3`);
}

function windowOf(text: string): readonly [number, number] {
  const [from = "", to = "", ...more] = text.split("..");
  const [fromMicros, toMicros] = [parseDurationMicros(from), parseDurationMicros(to)];
  if (fromMicros !== undefined && toMicros !== undefined && fromMicros < toMicros && more.length === 0)
    return [fromMicros, toMicros];
  throw new InputError(`--window ${text}: expected two times, such as 1m..10m`);
}
