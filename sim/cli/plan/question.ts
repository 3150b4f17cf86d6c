// What all capacity questions have in common on the command line: the cluster that they are asked about, the form of the answer, the exit code.
import type { Argv, CommandModule } from "yargs";
import type { Answer } from "../../analysis/capacity/answer.ts";
import { EXIT_NOT_MET, EXIT_OK } from "../failure.ts";
import { withInputOptions } from "../input-options.ts";
import type { InputOptions } from "../load-plans.ts";

export interface QuestionOptions extends InputOptions {
  readonly at?: string;
  readonly seed?: string;
  readonly arrivals: number;
  readonly format: "table" | "json" | "csv";
}

interface Parts<A> {
  /** `name <files..>` */
  readonly command: string;
  readonly describe: string;
  readonly options: (parser: Argv<QuestionOptions>) => Argv<A>;
  /** Loads what it needs only when it is asked. */
  readonly answer: (given: A & QuestionOptions) => Promise<Answer>;
}

export function question<A>({
  command,
  describe,
  options,
  answer,
}: Parts<A>): CommandModule<object, A & QuestionOptions> {
  return {
    command,
    describe,
    builder: (parser) => options(withQuestionOptions(parser)) as never,
    async handler(given) {
      const { formatAnswer } = await import("./format-answer.ts");
      const found = await answer(given as unknown as A & QuestionOptions);
      process.stdout.write(formatAnswer(found, given.format));
      process.exitCode = found.met === false ? EXIT_NOT_MET : EXIT_OK;
    },
  };
}

function withQuestionOptions<T>(parser: Argv<T>): Argv<T & QuestionOptions> {
  return withInputOptions(parser)
    .option("at", {
      type: "string",
      describe: "ask about the cluster as a run has it at this time (90s, 1h30m, end); by default no time passes",
    })
    .option("seed", { type: "string", describe: "seed of what is drawn, and of the run; by default the scenario's" })
    .option("arrivals", {
      type: "number",
      default: 0,
      describe: "pods of each endless arrival process that count as waiting",
    })
    .option("format", {
      alias: ["o", "output"],
      choices: ["table", "json", "csv"] as const,
      default: "table" as const,
      describe: "form of the answer",
    }) as unknown as Argv<T & QuestionOptions>;
}
