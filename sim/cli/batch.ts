// kubedrill batch: files × variants × seeds over all cores. The tables are the same bytes whatever the number of workers.
import { availableParallelism } from "node:os";
import type { CommandModule } from "yargs";
import { EXIT_NOT_MET, EXIT_OK, InputError } from "./failure.ts";
import { type OutputOptions, withInputOptions, withOutputOptions } from "./input-options.ts";
import type { InputOptions } from "./load-plans.ts";

type Arguments = InputOptions & OutputOptions & { readonly seeds?: string; readonly workers?: number };

export const batchCommand: CommandModule<object, Arguments> = {
  command: "batch <files..>",
  describe: "run scenarios with many seeds and variants on all cores",
  builder: (parser) =>
    withOutputOptions(withInputOptions(parser))
      .option("seeds", { type: "string", describe: "1..20, 1,2,7 or words; by default each scenario's own" })
      .option("workers", { alias: "w", type: "number", describe: "worker threads; by default one per core" })
      .example("$0 batch scenarios/batch/arrivals.yaml --seeds 1..20", "twenty seeds of one scenario")
      .example("$0 batch a.yaml b.yaml --seeds 1..200 --workers 8", "two scenarios, 200 seeds each"),
  async handler({ files, set, config, nodes, machine, zones, seeds, workers, out, progress, shuffleTies }) {
    const { loadPlans } = await import("./load-plans.ts");
    const { execute } = await import("./execute.ts");
    const { isMet, summaryView } = await import("./summary-view.ts");
    const { parseSeeds } = await import("../scenario/expand.ts");
    const seedList = seeds === undefined ? undefined : parseSeeds(seeds);
    if (seeds !== undefined && seedList === undefined) {
      throw new InputError(
        `--seeds ${seeds}: expected a range such as 1..20, or a list such as 1,2,7, without repetition`,
      );
    }
    const threads = workers ?? availableParallelism();
    if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
      throw new InputError(`--workers ${workers}: expected a whole number from 1 to 1024`);
    }
    const plans = loadPlans({ files, set, config, nodes, machine, zones });
    const execution = await execute({ plans, seeds: seedList, workers: threads, out, progress, shuffleTies });
    process.stdout.write(summaryView(execution));
    process.exitCode = isMet(execution.runs) ? EXIT_OK : EXIT_NOT_MET;
  },
};
