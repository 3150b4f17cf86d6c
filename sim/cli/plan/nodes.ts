// kubedrill plan nodes: the fewest nodes of a type that the pods need.
import { InputError } from "../failure.ts";
import { question } from "./question.ts";

export const nodesQuestion = question<{
  readonly pool?: string;
  readonly like?: string;
  readonly most: number;
  readonly pending: number;
  readonly expectations: boolean;
  readonly require?: number;
}>({
  command: "nodes <files..>",
  describe: "the fewest nodes of a type that the pods need",
  options: (parser) =>
    parser
      .option("pool", { type: "string", describe: "a pool of the scenario: how many nodes must it have?" })
      .option("like", { type: "string", describe: "a node of the cluster: how many more of its kind?" })
      .option("most", { type: "number", default: 5000, describe: "no more nodes than these" })
      .option("pending", { type: "number", default: 0, describe: "pods that may stay pending" })
      .option("expectations", {
        type: "boolean",
        default: false,
        describe: "the scenario's expectations must hold as well: each candidate is run",
      })
      .option("require", { type: "number", describe: "exit 1 when it takes more" })
      .example("$0 plan nodes app/ --machine cpu=8,memory=32Gi --zones a,b,c", "how many such nodes does app need?")
      .example("$0 plan nodes scenario.yaml --pool general --expectations", "how large must the pool be?") as never,
  async answer(given) {
    const { groundForNodes, wholeNumber } = await import("./ask.ts");
    const { fewestNodesAsked } = await import("./node-types.ts");
    wholeNumber("most", given.most, 0);
    wholeNumber("pending", given.pending, 0);
    wholeNumber("require", given.require, 0);
    if (given.nodes !== undefined) throw new InputError("--nodes is what is asked for: leave it out");
    return fewestNodesAsked(await groundForNodes(given), given);
  },
});
