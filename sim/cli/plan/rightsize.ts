// kubedrill plan rightsize: what recommended requests would change.
import { InputError } from "../failure.ts";
import { question } from "./question.ts";

export const rightsizeQuestion = question<{
  readonly requests: string;
  readonly orders: number;
  readonly pendingShare: number;
  readonly require: boolean;
}>({
  command: "rightsize <files..>",
  describe: "what recommended requests would change: what fits, and how many nodes it takes",
  options: (parser) =>
    parser
      .option("requests", {
        type: "string",
        demandOption: true,
        describe: "CSV with namespace,kind,name,container,cpu,memory, or VerticalPodAutoscaler objects",
      })
      .option("orders", { type: "number", default: 11, describe: "random orders of removing nodes" })
      .option("pending-share", { type: "number", default: 0.002, describe: "share of pods that may stay pending" })
      .option("require", { type: "boolean", default: false, describe: "exit 1 when pods stay pending" })
      .example("$0 plan rightsize dump.yaml --requests recommended.csv", "how many nodes would it take then?") as never,
  async answer(given) {
    const { groundOf, wholeNumber } = await import("./ask.ts");
    const { answerRightsize } = await import("../../analysis/capacity/rightsize.ts");
    const { loadRecommendations } = await import("../../scenario/recommendations.ts");
    const { formatProblems } = await import("../problems.ts");
    wholeNumber("orders", given.orders, 1);
    const { entries, problems } = loadRecommendations(given.requests);
    if (problems.length > 0) throw new InputError(formatProblems(problems));
    const { orders, require, pendingShare: mostPending } = given;
    return answerRightsize((await groundOf(given)).ground, entries, { orders, mostPending, require });
  },
});
