// kubedrill get: the objects of the simulated cluster at a virtual time, printed as kubectl would.
import type { CommandModule } from "yargs";
import { EXIT_NOT_MET, EXIT_OK } from "./failure.ts";
import { type GetOptions, withLookOptions } from "./look-options.ts";

export const getCommand: CommandModule<object, GetOptions> = {
  command: "get <words..>",
  describe: "objects of the cluster at a virtual time, as kubectl get prints them",
  builder: (parser) =>
    withLookOptions(
      parser.positional("words", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "KIND[,KIND] [NAME…] FILE…, or KIND/NAME FILE…",
      }),
    )
      .option("field-selector", {
        type: "string",
        describe: "fields, such as spec.nodeName=node-3,status.phase!=Running",
      })
      .option("output", { alias: "o", type: "string", describe: "wide, yaml, json, name or jsonpath={.metadata.name}" })
      .option("sort-by", { type: "string", describe: "path of a field, such as .metadata.creationTimestamp" })
      .option("headers", { type: "boolean", default: true, describe: "--no-headers: no line of headings" })
      .option("show-labels", { type: "boolean", default: false, describe: "all labels as the last column" })
      .example("$0 get pods scenario.yaml --at 300s", "pods of the default namespace after 300 s")
      .example("$0 get deployments,pods -A -o wide scenario.yaml --at 5m", "of all namespaces, with more columns")
      .example("$0 get node worker-3 scenario.yaml --at 2m -o yaml", "a whole object") as never,
  async handler(options) {
    const { answerGet } = await import("./get-answer.ts");
    const { out, err, isOk } = await answerGet(options);
    process.stdout.write(out);
    process.stderr.write(err);
    process.exitCode = isOk ? EXIT_OK : EXIT_NOT_MET;
  },
};
