// kubedrill describe: objects of the simulated cluster at a virtual time in full, with their Events, as kubectl describe prints them.
import type { CommandModule } from "yargs";
import { EXIT_NOT_MET, EXIT_OK } from "./failure.ts";
import { type DescribeOptions, withLookOptions } from "./look-options.ts";

export const describeCommand: CommandModule<object, DescribeOptions> = {
  command: "describe <words..>",
  describe: "objects of the cluster at a virtual time in full, with their Events, as kubectl describe prints them",
  builder: (parser) =>
    withLookOptions(
      parser.positional("words", {
        type: "string",
        array: true,
        demandOption: true,
        describe: "KIND [NAME…] FILE…, or KIND/NAME FILE…; the beginning of a name is enough",
      }),
    )
      .example("$0 describe pod web-0 scenario.yaml --at 300s", "a pod after 300 s")
      .example("$0 describe node worker-3 scenario.yaml", "a node at the end of the run") as never,
  async handler(options) {
    const { answerDescribe } = await import("./get-answer.ts");
    const { out, err, isOk } = await answerDescribe(options);
    process.stdout.write(out);
    process.stderr.write(err);
    process.exitCode = isOk ? EXIT_OK : EXIT_NOT_MET;
  },
};
