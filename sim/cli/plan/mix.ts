// kubedrill plan mix: the cheapest mix of several types of nodes.
import { InputError } from "../failure.ts";
import { question } from "./question.ts";

export const mixQuestion = question<{
  readonly types: string;
  readonly spot: number;
  readonly tries: number;
  readonly pending: number;
  readonly expectations: boolean;
  readonly require?: number;
}>({
  command: "mix <files..>",
  describe: "the cheapest mix of several types of nodes, with prices, zones and spot",
  options: (parser) =>
    parser
      .option("types", { type: "string", demandOption: true, describe: "a file with the types (see docs/PLAN.md)" })
      .option("spot", { type: "number", default: 1, describe: "share of the new nodes that may be spot, 0 to 1" })
      .option("tries", { type: "number", default: 2000, describe: "mixes to place at most" })
      .option("pending", { type: "number", default: 0, describe: "pods that may stay pending" })
      .option("expectations", {
        type: "boolean",
        default: false,
        describe: "the scenario's expectations must hold as well: each candidate is run",
      })
      .option("require", { type: "number", describe: "exit 1 when it costs more per hour" })
      .example("$0 plan mix app/ --types types.yaml", "what should app run on?")
      .example(
        "$0 plan mix dump.yaml --types types.yaml --spot 0.5",
        "at most half of the new nodes are spot",
      ) as never,
  async answer(given) {
    const { groundForNodes, wholeNumber } = await import("./ask.ts");
    const { cheapestMixAsked } = await import("./node-types.ts");
    wholeNumber("tries", given.tries, 1);
    wholeNumber("pending", given.pending, 0);
    if (!(given.spot >= 0 && given.spot <= 1)) throw new InputError("--spot: expected a share from 0 to 1");
    return cheapestMixAsked(await groundForNodes(given), given);
  },
});
