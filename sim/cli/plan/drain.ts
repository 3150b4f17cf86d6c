// kubedrill plan drain: which drains do disruption budgets block, and for how long?
import { question } from "./question.ts";

export const drainQuestion = question<{
  readonly node?: readonly string[];
  readonly pool?: string;
  readonly upgrade: boolean;
  readonly timeout: string;
  readonly down: string;
  readonly require: boolean;
}>({
  command: "drain <files..>",
  describe: "which drains do disruption budgets block, and for how long? --upgrade: all nodes in turn",
  options: (parser) =>
    parser
      .option("node", { type: "string", array: true, nargs: 1, describe: "only this node; may be given several times" })
      .option("pool", { type: "string", describe: "only nodes of this pool" })
      .option("upgrade", {
        type: "boolean",
        default: false,
        describe: "one node after the other, each coming back; by default each by itself",
      })
      .option("timeout", { type: "string", default: "10m", describe: "a drain is given up after so long" })
      .option("down", { type: "string", default: "2m", describe: "upgrade: time until a drained node is back" })
      .option("require", { type: "boolean", default: false, describe: "exit 1 when a drain does not come to its end" })
      .example("$0 plan drain dump.yaml", "can every node be drained?")
      .example("$0 plan drain dump.yaml --upgrade --require", "will the upgrade go through?") as never,
  async answer(given) {
    const { drainAsked } = await import("./runs.ts");
    return drainAsked(given);
  },
});
