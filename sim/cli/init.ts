// kubedrill init: a small scenario with comments, ready to run and to be changed.
import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CommandModule } from "yargs";
import { InputError } from "./failure.ts";
import { makeFolder, writeFailure } from "./make-folder.ts";
import { STARTER_FILES } from "./starter.ts";

interface Arguments {
  readonly folder: string;
  readonly force: boolean;
}

export const initCommand: CommandModule<object, Arguments> = {
  command: "init [folder]",
  describe: "write a commented scenario to start from",
  builder: (parser) =>
    parser
      .positional("folder", { type: "string", default: "drill", describe: "where to put it" })
      .option("force", { type: "boolean", default: false, describe: "overwrite files that are there" })
      .example("$0 init my-cluster && $0 run my-cluster/scenario.yaml", "make one and run it"),
  handler({ folder, force }) {
    const taken = STARTER_FILES.map(({ name }) => join(folder, name)).filter((path) => existsSync(path));
    if (taken.length > 0 && !force) throw new InputError(`${taken[0]} is there already; --force overwrites it`);
    makeFolder(resolve(folder));
    for (const { name, text } of STARTER_FILES) {
      try {
        writeFileSync(join(folder, name), text);
      } catch (error) {
        throw writeFailure(join(folder, name), error);
      }
    }
    console.log(`wrote ${STARTER_FILES.map(({ name }) => join(folder, name)).join(", ")}`);
    console.log(`next: kubedrill run ${join(folder, "scenario.yaml")}`);
  },
};
