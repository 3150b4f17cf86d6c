// kubedrill timeline: a run as a trace file for ui.perfetto.dev.
import type { CommandModule } from "yargs";
import { withInputOptions } from "./input-options.ts";
import type { InputOptions } from "./load-plans.ts";

interface Arguments extends InputOptions {
  readonly out: string;
  readonly seed?: string;
  readonly maxEvents: number;
  readonly progress: boolean | undefined;
}

export const timelineCommand: CommandModule<object, Arguments> = {
  command: "timeline <files..>",
  describe: "run a scenario and write a trace file of it, to be opened in ui.perfetto.dev",
  builder: (parser) =>
    withInputOptions(parser)
      .option("out", { alias: "o", type: "string", default: "./trace.json", describe: "the trace file" })
      .option("seed", { type: "string", describe: "seed of the run; by default the scenario's" })
      .option("max-events", {
        type: "number",
        default: 200_000,
        describe: "most trace events about pods; nodes with least to tell are left out",
      })
      .option("progress", { type: "boolean", default: undefined, describe: "progress bar on stderr" })
      .example("$0 timeline scenario.yaml --out trace.json", "then open trace.json in ui.perfetto.dev") as never,
  async handler(options) {
    const { answerTimeline } = await import("./timeline-answer.ts");
    process.stdout.write(await answerTimeline(options));
  },
};
