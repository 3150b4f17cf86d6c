// What the options of `batch` mean, checked: a value that cannot be is refused with what was expected.
import { availableParallelism } from "node:os";
import type { RunLimits } from "../batch/limits.ts";
import type { Shard } from "../batch/stored-batch.ts";
import { parseUntil, type UntilRule } from "../batch/until-rule.ts";
import { parseDurationMicros } from "../engine/tick.ts";
import { quantityError, value } from "../model/quantity.ts";
import { parseSeeds } from "../scenario/expand.ts";
import { InputError } from "./failure.ts";

export interface BatchArguments {
  readonly seeds?: string;
  readonly workers?: number;
  readonly until?: string;
  readonly "min-seeds"?: number;
  readonly "max-seeds"?: number;
  readonly "run-timeout"?: string;
  readonly "run-memory"?: string;
  readonly retries?: number;
  readonly "keep-going": boolean;
  readonly restart: boolean;
  readonly shard?: string;
  readonly queue?: string;
}

/** Less than this and a worker does not even start. */
const LEAST_MEMORY_BYTES = 64 * 1_048_576;
const DEFAULT_MIN_SEEDS = 10;
const DEFAULT_MAX_SEEDS = 1000;
const DEFAULT_RETRIES = 2;

/** @throws InputError */
export function workersOf({ workers }: BatchArguments): number {
  return workers === undefined ? availableParallelism() : wholeNumber("workers", workers, 1, 1024);
}

/** @throws InputError */
export function seedsOf(given: BatchArguments): readonly string[] | undefined {
  const { seeds, until } = given;
  if (seeds === undefined) {
    if (until === undefined) return undefined;
    const most = wholeNumber("max-seeds", given["max-seeds"] ?? DEFAULT_MAX_SEEDS, 2, 1_000_000);
    return Array.from({ length: most }, (_, i) => String(i + 1));
  }
  const list = parseSeeds(seeds);
  if (list === undefined) {
    throw new InputError(
      `--seeds ${seeds}: expected a range such as 1..20, or a list such as 1,2,7, without repetition`,
    );
  }
  return given["max-seeds"] === undefined ? list : list.slice(0, wholeNumber("max-seeds", given["max-seeds"], 2, 1e6));
}

/** @throws InputError */
export function untilOf(given: BatchArguments): UntilRule | undefined {
  if (given.until === undefined) {
    if (given["min-seeds"] !== undefined || given["max-seeds"] !== undefined) {
      throw new InputError("--min-seeds and --max-seeds go with --until");
    }
    return undefined;
  }
  if (given.shard !== undefined) {
    throw new InputError("--until looks at all seeds together: it does not go with --shard, but with --queue");
  }
  const rule = parseUntil(given.until, wholeNumber("min-seeds", given["min-seeds"] ?? DEFAULT_MIN_SEEDS, 2, 1_000_000));
  if ("problem" in rule) throw new InputError(`--until ${given.until}: ${rule.problem}`);
  return rule;
}

/** @throws InputError */
export function limitsOf(given: BatchArguments): RunLimits {
  const { "run-timeout": timeout, "run-memory": memory } = given;
  const timeoutMicros = timeout === undefined ? undefined : parseDurationMicros(timeout);
  if (timeout !== undefined && (timeoutMicros === undefined || timeoutMicros < 1000)) {
    throw new InputError(`--run-timeout ${timeout}: expected a time such as 90s or 5m`);
  }
  if (memory !== undefined && (quantityError(memory) !== undefined || value(memory) < LEAST_MEMORY_BYTES)) {
    throw new InputError(`--run-memory ${memory}: expected an amount such as 512Mi or 2Gi, of at least 64Mi`);
  }
  return {
    timeoutMillis: timeoutMicros === undefined ? null : timeoutMicros / 1000,
    memoryBytes: memory === undefined ? null : value(memory),
    retries: wholeNumber("retries", given.retries ?? DEFAULT_RETRIES, 0, 100),
  };
}

/** `2/4`: the second of four. @throws InputError */
export function shardOf({ shard, queue }: BatchArguments): Shard | undefined {
  if (shard === undefined) return undefined;
  if (queue !== undefined) throw new InputError("--shard and --queue are two ways to use many machines: take one");
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(shard);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count) {
    throw new InputError(`--shard ${shard}: expected which of how many, such as 1/4, counted from 1`);
  }
  return { index, count };
}

/** @throws InputError */
export function wholeNumber(option: string, given: number, least: number, most: number): number {
  if (Number.isInteger(given) && given >= least && given <= most) return given;
  throw new InputError(`--${option} ${given}: expected a whole number from ${least} to ${most}`);
}
