// kubedrill plan fit-more: how many more of this pod, or of these in their proportions, fit.
import { question } from "./question.ts";

export const fitMoreQuestion = question<{
  readonly pod: readonly string[];
  readonly most: number;
  readonly require?: number;
}>({
  command: "fit-more <files..>",
  describe: "how many more of this pod, or of several in their proportions, fit",
  options: (parser) =>
    parser
      .option("pod", {
        type: "string",
        array: true,
        nargs: 1,
        demandOption: true,
        describe:
          "a file, kind/namespace/name of what is in the cluster, or cpu=1,memory=2Gi; N*POD: N of it in each set",
      })
      .option("most", { type: "number", default: 10_000, describe: "stop after so many copies" })
      .option("require", { type: "number", describe: "exit 1 when fewer (sets) fit" })
      .example("$0 plan fit-more dump.yaml --pod web.yaml", "how many more of it fit?")
      .example(
        "$0 plan fit-more dump.yaml --pod 3*web.yaml --pod db.yaml",
        "how often do three web and one db fit?",
      ) as never,
  async answer(given) {
    const { groundOf, podNamed, timesOf, wholeNumber } = await import("./ask.ts");
    const { answerFitMore } = await import("../../analysis/capacity/fit-more.ts");
    wholeNumber("most", given.most, 1);
    wholeNumber("require", given.require, 0);
    const { ground } = await groundOf(given);
    const asked = given.pod.map((text) => {
      const { times: share, name } = timesOf(text);
      return { name, pod: podNamed(name, ground), share };
    });
    return answerFitMore(ground, asked, { most: given.most, require: given.require });
  },
});
