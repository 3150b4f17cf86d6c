// kubedrill check: does our own etcd keep its promises? Swarm testing of the model that everything else stands on.
import { availableParallelism } from "node:os";
import type { CommandModule } from "yargs";
import { STYLES, type Style } from "../check.ts";
import { EXIT_NOT_MET, EXIT_OK, InputError } from "./failure.ts";

interface Arguments {
  readonly seeds: string | undefined;
  readonly seed: number | undefined;
  readonly style: Style | undefined;
  readonly workers: number | undefined;
  readonly "time-limit": number | undefined;
  readonly json: boolean;
  readonly shrink: boolean;
  readonly "stop-at-first": boolean;
  readonly faults: string | undefined;
  readonly operations: number | undefined;
  readonly progress: boolean | undefined;
}

export const checkCommand: CommandModule<object, Arguments> = {
  command: "check",
  describe: "test the simulated etcd itself: random faults, invariants, linearizability",
  builder: (parser) =>
    parser
      .option("seeds", { type: "string", describe: "how many (from 1 on), or from A to B: 20000, 5001..6000" })
      .option("seed", { type: "number", describe: "this one, with the story of its faults" })
      .option("style", { choices: STYLES, describe: "how faults are put together; by default each seed draws one" })
      .option("workers", { alias: "w", type: "number", describe: "worker threads; by default one per core" })
      .option("time-limit", { type: "number", describe: "seconds after which no more seeds are begun" })
      .option("json", { type: "boolean", default: false, describe: "the result as JSON on stdout" })
      .option("shrink", { type: "boolean", default: true, describe: "look for the smallest schedule that fails" })
      .option("stop-at-first", { type: "boolean", default: false, describe: "end with the first violation" })
      .option("faults", { type: "string", describe: "with --seed: keep these of its faults only (0,3,7; none)" })
      .option("operations", { type: "number", describe: "with --seed: end the workload after so many operations" })
      .option("progress", { type: "boolean", default: undefined, describe: "progress bar on stderr" })
      .example("$0 check --seeds 20000", "the full run: no violation, and everything was reached")
      .example("$0 check --seed 4711", "one seed again") as never,
  async handler(given) {
    const { answerCheck } = await import("./check-answer.ts");
    const passed = await answerCheck({
      range: given.seed === undefined ? rangeOf(given.seeds ?? "1000") : [wholeNumber("--seed", given.seed, 0), 1],
      isSingle: given.seed !== undefined,
      style: given.style,
      workers: wholeNumber("--workers", given.workers ?? availableParallelism(), 1),
      timeLimitSeconds: given["time-limit"] ?? Infinity,
      json: given.json,
      shrink: given.shrink,
      stopAtFirst: given["stop-at-first"],
      faults: faultsOf(given),
      operations: given.operations === undefined ? undefined : wholeNumber("--operations", given.operations, 0),
      progress: given.progress,
    });
    process.exitCode = passed ? EXIT_OK : EXIT_NOT_MET;
  },
};

function rangeOf(text: string): readonly [number, number] {
  const range = /^(\d{1,9})\.\.(\d{1,9})$/.exec(text);
  if (range !== null) {
    const [from, to] = [Number(range[1]), Number(range[2])];
    if (to >= from) return [from, to - from + 1];
  } else if (/^\d{1,9}$/.test(text) && Number(text) > 0) return [1, Number(text)];
  throw new InputError(`--seeds ${text}: expected how many, such as 20000, or a range such as 5001..6000`);
}

function wholeNumber(option: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least && value <= 1e9) return value;
  throw new InputError(`${option} ${value}: expected a whole number from ${least} on`);
}

function faultsOf({ faults, seed, operations }: Arguments): readonly number[] | undefined {
  if (seed === undefined && (faults !== undefined || operations !== undefined)) {
    throw new InputError("--faults and --operations change one seed: give it with --seed");
  }
  if (faults === undefined) return undefined;
  if (faults === "none") return [];
  if (!/^\d{1,3}(,\d{1,3})*$/.test(faults)) {
    throw new InputError(`--faults ${faults}: expected positions such as 0,3,7, or none`);
  }
  return faults.split(",").map(Number);
}
