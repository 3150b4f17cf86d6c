// kubedrill bench: how fast the scheduler decides, on named workloads or on the workload of a scenario, under one or several
// scheduler configurations.
import type { CommandModule } from "yargs";
import type { BenchRequest } from "./bench-answer.ts";
import { EXIT_NOT_MET, EXIT_OK } from "./failure.ts";

type Arguments = BenchRequest;

export const benchCommand: CommandModule<object, Arguments> = {
  command: "bench [workloads..]",
  describe: "measure scheduling: named workloads, or a scenario's, under one or several configurations",
  builder: (parser) =>
    parser
      .positional("workloads", {
        type: "string",
        array: true,
        default: [],
        describe: "names (see --list), scenarios or manifests; by default all names",
      })
      .option("list", { type: "boolean", default: false, describe: "list the named workloads" })
      .option("nodes", { type: "number", default: 5000, describe: "nodes of the named workloads" })
      .option("pods", {
        type: "number",
        default: 2000,
        describe: "measured pods of the named workloads; of endless arrivals",
      })
      .option("config", {
        type: "string",
        array: true,
        nargs: 1,
        default: [],
        describe: "KubeSchedulerConfiguration file; several are measured side by side",
      })
      .option("percentage", {
        type: "number",
        describe: "percentageOfNodesToScore, 0 = adaptive; by default the configuration's",
      })
      .option("tie-break", {
        choices: ["heap", "first"] as const,
        default: "heap" as const,
        describe: "among nodes of equal score",
      })
      .option("repeat", {
        type: "number",
        default: 3,
        describe: "runs per row, on fresh clusters; the median is shown",
      })
      .option("verify", {
        type: "boolean",
        default: true,
        describe: "take every decision again with the plain evaluation and compare",
      })
      .option("out", { type: "string", default: "./out", describe: "folder for bench.csv" })
      .example("$0 bench SchedulingBasic TopologySpreading", "two of upstream's workloads at 5,000 nodes")
      .example("$0 bench --nodes 500 --pods 1000", "all of them on a small cluster")
      .example(
        "$0 bench scenario.yaml --config a.yaml --config b.yaml",
        "two configurations on the scenario's workload",
      ) as never,
  async handler(request) {
    const { answerBench } = await import("./bench-answer.ts");
    const { text, passed } = await answerBench(request);
    process.stdout.write(text);
    process.exitCode = passed ? EXIT_OK : EXIT_NOT_MET;
  },
};
