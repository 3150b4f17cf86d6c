// kubedrill schema: the JSON Schemas of scenario files and of the documents that are written, for editors and other tools.
import type { CommandModule } from "yargs";

const KINDS = ["scenario", "results", "comparison"] as const;

interface Arguments {
  readonly of: (typeof KINDS)[number];
}

export const schemaCommand: CommandModule<object, Arguments> = {
  command: "schema [of]",
  describe: "print the JSON Schema of scenario files, or of the documents that are written",
  builder: (parser) =>
    parser
      .positional("of", {
        choices: KINDS,
        default: "scenario" as const,
        describe: "scenario files, results.json of run and batch, or compare --format json",
      })
      .example("$0 schema > scenario.schema.json", "for your editor")
      .example("$0 schema results > results.schema.json", "for what reads results.json") as never,
  async handler({ of }) {
    if (of === "scenario") {
      const { scenarioJsonSchema } = await import("../scenario/schema.ts");
      process.stdout.write(scenarioJsonSchema());
      return;
    }
    const { documentSchema } = await import("../../reports/json-schemas.ts");
    process.stdout.write(documentSchema(of));
  },
};
