// kubedrill batch: files × variants × seeds over all cores. The tables are the same bytes whatever the number of workers or machines.
import type { CommandModule } from "yargs";
import type { BatchArguments } from "./batch-options.ts";
import { EXIT_NOT_MET, EXIT_OK } from "./failure.ts";
import { formatsOf, type OutputOptions, withInputOptions, withOutputOptions } from "./input-options.ts";
import type { InputOptions } from "./load-plans.ts";

type Arguments = InputOptions & OutputOptions & BatchArguments;

export const batchCommand: CommandModule<object, Arguments> = {
  command: "batch <files..>",
  describe: "run scenarios with many seeds and variants on all cores, or on many machines",
  builder: (parser) =>
    withOutputOptions(withInputOptions(parser))
      .option("seeds", { type: "string", describe: "1..20, 1,2,7 or words; by default each scenario's own" })
      .option("workers", { alias: "w", type: "number", describe: "worker threads; by default one per core" })
      .option("until", {
        type: "string",
        describe: "stop each scenario when the mean is known: ci95<1%, ci95(pending_p99_s)<5%, ci95(victims)<2",
      })
      .option("min-seeds", { type: "number", describe: "with --until: look after so many seeds; default 10" })
      .option("max-seeds", {
        type: "number",
        describe: "with --until: give up after so many; default 1000, or --seeds",
      })
      .option("run-timeout", { type: "string", describe: "wall time that one run may take: 90s, 5m" })
      .option("run-memory", { type: "string", describe: "memory that one run may take: 512Mi, 2Gi" })
      .option("retries", { type: "number", describe: "how often a run is begun again whose worker died; default 2" })
      .option("keep-going", { type: "boolean", default: false, describe: "go on past runs that fail, and list them" })
      .option("restart", { type: "boolean", default: false, describe: "forget what an unfinished batch has left" })
      .option("shard", { type: "string", describe: "do part i of n, such as 1/4; kubedrill merge puts them together" })
      .option("queue", { type: "string", describe: "let workers of this Redis do the runs: redis://host:6379" })
      .example("$0 batch scenarios/batch/arrivals.yaml --seeds 1..20", "twenty seeds of one scenario")
      .example("$0 batch a.yaml b.yaml --seeds 1..200 --workers 8", "two scenarios, 200 seeds each")
      .example("$0 batch a.yaml --until 'ci95(pending_p99_s)<5%'", "as many seeds as it takes") as never,
  async handler(given) {
    const { files, set, config, nodes, machine, zones, out, progress, shuffleTies, also, html } = given;
    const { limitsOf, seedsOf, shardOf, untilOf, workersOf } = await import("./batch-options.ts");
    const options = {
      seeds: seedsOf(given),
      until: untilOf(given),
      workers: workersOf(given),
      limits: limitsOf(given),
      keepGoing: given["keep-going"],
      shard: shardOf(given),
      queue: given.queue,
      restart: given.restart,
      out,
      progress,
      shuffleTies,
      formats: formatsOf({ also, html }),
    };
    const { loadPlans } = await import("./load-plans.ts");
    const { executeBatch } = await import("./execute-batch.ts");
    const { batchView, isBatchMet, partView } = await import("./batch-view.ts");
    const plans = loadPlans({ files, set, config, nodes, machine, zones });
    const execution = await executeBatch({ plans, ...options });
    if ("part" in execution) {
      process.stdout.write(partView(execution));
      process.exitCode = execution.failures.length === 0 ? EXIT_OK : EXIT_NOT_MET;
      return;
    }
    process.stdout.write(batchView(execution));
    process.exitCode = isBatchMet(execution) ? EXIT_OK : EXIT_NOT_MET;
  },
};
