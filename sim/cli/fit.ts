// kubedrill fit: do these pods fit on this cluster, where, and if not, why; per node and plugin. No time passes.
import type { CommandModule } from "yargs";
import { EXIT_NOT_MET, EXIT_OK } from "./failure.ts";
import { withInputOptions } from "./input-options.ts";
import type { InputOptions } from "./load-plans.ts";

interface Arguments extends InputOptions {
  readonly output: "table" | "csv" | "json";
  readonly perNode: boolean;
  readonly arrivals: number;
}

export const fitCommand: CommandModule<object, Arguments> = {
  command: "fit <files..>",
  describe: "do the pods fit on the cluster, where, and if not, why",
  builder: (parser) =>
    withInputOptions(parser)
      .option("output", {
        alias: "o",
        choices: ["table", "csv", "json"] as const,
        default: "table" as const,
        describe: "form of the answer",
      })
      .option("per-node", {
        type: "boolean",
        default: false,
        describe: "table: every node's verdict on every pod that does not fit",
      })
      .option("arrivals", {
        type: "number",
        default: 1000,
        describe: "pods to take from each endless arrival process of a scenario",
      })
      .example("$0 fit cluster-dump.yaml new-app/", "will new-app fit on the cluster of the dump?")
      .example("$0 fit app.yaml --nodes 3 --machine cpu=8,memory=32Gi", "will it fit on three such nodes?")
      .example("$0 fit case.json -o json", "every decision on a reference case, in full") as never,
  async handler({ output, perNode, arrivals, ...input }) {
    const { answerFit } = await import("./fit-answer.ts");
    const { text, allFit } = await answerFit(input, { output, perNode, arrivals });
    process.stdout.write(text);
    process.exitCode = allFit ? EXIT_OK : EXIT_NOT_MET;
  },
};
