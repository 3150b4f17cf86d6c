// kubedrill import: a scenario from what people have: a dump of a cluster, another tool's file, a trace, measured rates.
import type { CommandModule } from "yargs";
import { EXIT_NOT_MET, EXIT_OK } from "./failure.ts";
import type { ImportCommandOptions } from "./import-answer.ts";

export const importCommand: CommandModule<object, ImportCommandOptions> = {
  command: "import <files..>",
  describe: "a scenario from a cluster's dump, another tool's file, a trace or measured rates",
  builder: (parser) =>
    parser
      .positional("files", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "files, folders or patterns; - is standard input",
      })
      .option("from", { type: "string", describe: "the format, where it is not to be found out" })
      .option("out", { type: "string", default: "imported", describe: "folder of the scenario and its files" })
      .option("name", { type: "string", describe: "of the scenario; by default that of the first file" })
      .option("force", { type: "boolean", default: false, describe: "overwrite files that are there" })
      .option("strict", {
        type: "boolean",
        default: false,
        describe: "write nothing and exit with 1 when something has no equivalent, or only one that is near",
      })
      .option("first", { type: "number", describe: "of a trace, only so many jobs or rows" })
      .option("nodes", { type: "number", describe: "nodes to add where the input has none" })
      .option("machine", { type: "string", describe: "what each of them offers: cpu=8,memory=32Gi,…" })
      .option("zones", { type: "string", describe: "their zones, such as a,b,c" })
      .example("kubectl get all,nodes,pv,pvc -A -o yaml | $0 import - --out cluster", "a cluster as it is")
      .example("$0 import dump.yaml chaos/ --out drill", "a cluster, and experiments of Chaos Mesh on it")
      .example("$0 import nodes.csv pods.csv --from openb", "a trace") as never,
  async handler(options) {
    const { answerImport } = await import("./import-answer.ts");
    const { out, err, isRefused } = answerImport(options);
    process.stdout.write(out);
    process.stderr.write(err);
    process.exitCode = isRefused ? EXIT_NOT_MET : EXIT_OK;
  },
};
