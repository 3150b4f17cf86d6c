// kubedrill plan: questions about capacity. Each is a subcommand of its own in plan/, answered by sim/analysis/capacity.
import type { CommandModule } from "yargs";
import { QUESTIONS } from "./plan/questions.ts";

export const planCommand: CommandModule = {
  command: "plan",
  describe: "capacity: how many more fit, how many nodes it takes, what it survives",
  builder(parser) {
    for (const question of QUESTIONS) parser.command(question);
    return parser
      .demandCommand(1, "Which question? kubedrill plan --help lists them.")
      .example("$0 plan fit-more cluster-dump.yaml --pod web.yaml", "how many more of this pod fit?")
      .example("$0 plan nodes app/ --machine cpu=8,memory=32Gi", "how many such nodes does app need?")
      .example("$0 plan survive cluster-dump.yaml --of zone", "does everything still fit after a zone is lost?");
  },
  handler() {
    // its questions answer
  },
};
