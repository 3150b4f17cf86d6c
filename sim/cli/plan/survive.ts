// kubedrill plan survive: how many nodes, racks or zones may fail at once.
import type { FailureUnit } from "../../analysis/capacity/survive.ts";
import { question } from "./question.ts";

export const surviveQuestion = question<{
  readonly of: FailureUnit;
  readonly most: number;
  readonly tries: number;
  readonly require?: number;
}>({
  command: "survive <files..>",
  describe: "how many nodes, racks or zones may fail at once so that all pods still fit",
  options: (parser) =>
    parser
      .option("of", { choices: ["node", "rack", "zone"] as const, default: "node" as const, describe: "what fails" })
      .option("most", { type: "number", default: 3, describe: "no more failures at once than these" })
      .option("tries", { type: "number", default: 5000, describe: "sets of one size to try; of more, a sample" })
      .option("require", { type: "number", describe: "exit 1 when it survives fewer" })
      .example("$0 plan survive dump.yaml", "does everything still fit after a node is lost? after two?")
      .example(
        "$0 plan survive scenario.yaml --of zone --require 1",
        "exit 1 when the loss of a zone is too much",
      ) as never,
  async answer(given) {
    const { groundOf, wholeNumber } = await import("./ask.ts");
    const { answerSurvive } = await import("../../analysis/capacity/survive.ts");
    wholeNumber("most", given.most, 1);
    wholeNumber("tries", given.tries, 1);
    wholeNumber("require", given.require, 0);
    const { ground } = await groundOf(given);
    return answerSurvive(ground, { unit: given.of, most: given.most, tries: given.tries, require: given.require });
  },
});
