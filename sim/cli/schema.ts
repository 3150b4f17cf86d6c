// kubedrill schema: the JSON Schema of scenario files, for editors and other tools.
import type { CommandModule } from "yargs";

export const schemaCommand: CommandModule = {
  command: "schema",
  describe: "print the JSON Schema of scenario files",
  builder: (parser) => parser.example("$0 schema > scenario.schema.json", "for your editor"),
  async handler() {
    const { scenarioJsonSchema } = await import("../scenario/schema.ts");
    process.stdout.write(scenarioJsonSchema());
  },
};
