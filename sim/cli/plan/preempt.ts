// kubedrill plan preempt: would this new priority class evict something?
import { InputError } from "../failure.ts";
import { question } from "./question.ts";

export const preemptQuestion = question<{
  readonly class: string;
  readonly pod?: readonly string[];
  readonly for?: string;
  readonly require: boolean;
}>({
  command: "preempt <files..>",
  describe: "would pods of a new priority class evict something?",
  options: (parser) =>
    parser
      .option("class", {
        type: "string",
        demandOption: true,
        describe: "a file with a PriorityClass, the name of one in the cluster, or a priority",
      })
      .option("pod", {
        type: "string",
        array: true,
        nargs: 1,
        describe: "new pods of the class, as for fit-more; N*POD: N of it",
      })
      .option("for", { type: "string", describe: "kind/namespace/name in the cluster whose pods get the class" })
      .option("require", { type: "boolean", default: false, describe: "exit 1 when something is evicted" })
      .example(
        "$0 plan preempt dump.yaml --class critical.yaml --pod 3*web.yaml",
        "would three such pods evict something?",
      )
      .example(
        "$0 plan preempt dump.yaml --class 1000000 --for deployment/shop/web",
        "what if web became that important?",
      ) as never,
  async answer(given) {
    const { classNamed, groundOf, podNamed, podsOfNamed, timesOf } = await import("./ask.ts");
    const { answerPreempt } = await import("../../analysis/capacity/preempt.ts");
    if ((given.pod === undefined) === (given.for === undefined))
      throw new InputError("which pods would have the class? give either --pod or --for");
    const { ground } = await groundOf(given);
    const priorityClass = classNamed(given.class, ground);
    const pods =
      given.for !== undefined
        ? podsOfNamed(given.for, ground)
        : (given.pod ?? []).flatMap((text) => {
            const { times, name } = timesOf(text);
            const pod = podNamed(name, ground);
            return Array.from({ length: times }, (_, i) => ({
              ...pod,
              metadata: { ...pod.metadata, name: `${pod.metadata.name}-${i}`, uid: `${pod.metadata.name}-${i}` },
            }));
          });
    return answerPreempt(ground, pods, { ...priorityClass, require: given.require });
  },
});
