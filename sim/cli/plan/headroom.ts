// kubedrill plan headroom: does a burst of pods run in time?
import { InputError } from "../failure.ts";
import { question } from "./question.ts";

export const headroomQuestion = question<{
  readonly pod: readonly string[];
  readonly count: number;
  readonly within: string;
  readonly seeds: number;
  readonly probability: number;
  readonly require: boolean;
}>({
  command: "headroom <files..>",
  describe: "is a burst of pods running in time, with which probability?",
  options: (parser) =>
    parser
      .option("pod", {
        type: "string",
        array: true,
        nargs: 1,
        demandOption: true,
        describe: "what comes, as for fit-more",
      })
      .option("count", { type: "number", default: 1, describe: "how many of it, at --at (default 1m)" })
      .option("within", { type: "string", default: "60s", describe: "time in which all must be running" })
      .option("seeds", { type: "number", default: 20, describe: "runs, each with a seed of its own" })
      .option("probability", { type: "number", default: 0.95, describe: "share of runs that must succeed" })
      .option("require", { type: "boolean", default: false, describe: "exit 1 when fewer runs succeed" })
      .example(
        "$0 plan headroom scenario.yaml --pod web.yaml --count 50 --at 1h --within 90s",
        "can it take 50 more at once?",
      ) as never,
  async answer(given) {
    const { headroomAsked } = await import("./runs.ts");
    if (given.pod.length > 1) throw new InputError("--pod is given twice: once is enough");
    return headroomAsked(given);
  },
});
