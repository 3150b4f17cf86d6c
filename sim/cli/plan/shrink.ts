// kubedrill plan shrink: how many nodes the cluster could do without.
import { InputError } from "../failure.ts";
import { question } from "./question.ts";

export const shrinkQuestion = question<{
  readonly orders: number;
  readonly pendingShare: number;
  readonly inPlace: boolean;
  readonly require?: number;
}>({
  command: "shrink <files..>",
  describe: "how many nodes the cluster could do without",
  options: (parser) =>
    parser
      .option("orders", { type: "number", default: 11, describe: "random orders of removing nodes" })
      .option("pending-share", { type: "number", default: 0.002, describe: "share of pods that may stay pending" })
      .option("in-place", {
        type: "boolean",
        default: false,
        describe: "pods of nodes that stay are not moved; by default all are placed anew",
      })
      .option("require", { type: "number", describe: "exit 1 when fewer nodes can go" })
      .example("$0 plan shrink dump.yaml", "how many nodes are really needed?") as never,
  async answer(given) {
    const { groundOf, wholeNumber } = await import("./ask.ts");
    const { answerShrink } = await import("../../analysis/capacity/shrink.ts");
    wholeNumber("orders", given.orders, 1);
    wholeNumber("require", given.require, 0);
    if (!(given.pendingShare >= 0 && given.pendingShare < 1))
      throw new InputError("--pending-share: expected a share from 0 to below 1");
    const { orders, inPlace, require, pendingShare: mostPending } = given;
    return answerShrink((await groundOf(given)).ground, { orders, mostPending, inPlace, require });
  },
});
