// kubedrill report: the HTML report of a folder that run, batch, merge or compare has written.
import type { CommandModule } from "yargs";

interface Arguments {
  readonly folder: string;
}

export const reportCommand: CommandModule<object, Arguments> = {
  command: "report [folder]",
  describe: "write report.html from the tables of a folder",
  builder: (parser) =>
    parser
      .positional("folder", { type: "string", default: "./out", describe: "where run, batch, merge or compare wrote" })
      .example("$0 report ./out", "one self-contained file beside the tables") as never,
  async handler({ folder }) {
    const { writeReport } = await import("./html-report.ts");
    const { statSync } = await import("node:fs");
    const { join } = await import("node:path");
    const { InputError } = await import("./failure.ts");
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new InputError(`${folder}: no such folder`);
    const path = join(folder, await writeReport(folder));
    process.stdout.write(`${path}, ${Math.ceil(statSync(path).size / 1024)} KiB\n`);
  },
};
