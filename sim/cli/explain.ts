// kubedrill explain: why a pod is pending, or why it is where it is, at a moment of a run; and the smallest change that would help.
import type { CommandModule } from "yargs";
import { withInputOptions } from "./input-options.ts";
import type { InputOptions } from "./load-plans.ts";

interface Arguments extends InputOptions {
  readonly pod: string;
  readonly at?: string;
  readonly seed?: string;
  readonly top: number;
  readonly output: "text" | "json";
  readonly namespace?: string;
}

export const explainCommand: CommandModule<object, Arguments> = {
  command: "explain <pod> <files..>",
  describe: "why a pod is pending or why it is where it is, and what would change that",
  builder: (parser) =>
    withInputOptions(
      parser.positional("pod", {
        type: "string",
        demandOption: true,
        describe: "name, namespace/name, pod/name or KIND/name of a workload",
      }),
    )
      .option("at", { type: "string", describe: "virtual time, such as 90s or 1h30m; by default the end of the run" })
      .option("seed", { type: "string", describe: "seed of the run; by default the scenario's" })
      .option("namespace", { alias: "n", type: "string", describe: "namespace of the name" })
      .option("top", { type: "number", default: 5, describe: "how many nodes and remedies to show" })
      .option("output", {
        alias: "o",
        choices: ["text", "json"] as const,
        default: "text" as const,
        describe: "form of the answer",
      })
      .example("$0 explain web-7 scenario.yaml --at 90s", "why is web-7 where it is, 90 seconds into the run?")
      .example("$0 explain default/db-0 cluster-dump.yaml", "why is db-0 pending on the cluster of the dump?") as never,
  async handler({ pod, at, seed, top, output, namespace, ...input }) {
    const { answerExplain } = await import("./explain-answer.ts");
    process.stdout.write(await answerExplain(pod, input, { at, seed, top, output, namespace }));
  },
};
