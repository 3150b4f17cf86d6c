// kubedrill merge: the parts that many machines have done, to the tables that one machine would have written, byte for byte.
import type { CommandModule } from "yargs";
import { EXIT_NOT_MET, EXIT_OK } from "./failure.ts";
import { ALSO_OPTION, type FileFormat, formatsOf, HTML_OPTION } from "./input-options.ts";

interface Arguments {
  readonly parts: readonly string[];
  readonly out: string;
  readonly also: readonly FileFormat[];
  readonly html: boolean;
}

export const mergeCommand: CommandModule<object, Arguments> = {
  command: "merge <parts..>",
  describe: "put the parts of a batch together: files of kubedrill batch --shard i/n",
  builder: (parser) =>
    parser
      .positional("parts", { type: "string", array: true, demandOption: true, describe: "files, or folders with them" })
      .option("out", { alias: "o", type: "string", default: "./out", describe: "folder for the CSV tables" })
      .option("also", ALSO_OPTION)
      .option("html", HTML_OPTION)
      .example("$0 merge parts/ --out ./out", "all parts in a folder")
      .example("$0 merge part-*-of-4.kubedrill", "four parts") as never,
  async handler({ parts, out, also, html }) {
    const { mergeParts } = await import("./merge-parts.ts");
    const { batchView, isBatchMet } = await import("./batch-view.ts");
    const execution = await mergeParts(parts, out, formatsOf({ also, html }));
    process.stdout.write(batchView(execution));
    process.exitCode = isBatchMet(execution) ? EXIT_OK : EXIT_NOT_MET;
  },
};
