// kubedrill search: what would have to break for an expectation to fail? Chaos by search, with the smallest schedule as a scenario.
import type { CommandModule } from "yargs";
import { EXIT_INTERRUPTED, EXIT_NOT_MET, EXIT_OK } from "./failure.ts";
import type { SearchArguments } from "./search-options.ts";

export const searchCommand: CommandModule<object, SearchArguments> = {
  command: "search <file>",
  describe: "look for faults and actions that make an expectation of a scenario fail, and for the fewest that do",
  builder: (parser) =>
    parser
      .positional("file", { type: "string", demandOption: true, describe: "a scenario with expectations" })
      .option("set", { type: "string", array: true, nargs: 1, describe: "change a value: path=value, path below spec" })
      .option("variant", { type: "string", describe: "which one of a scenario with sweep or variants" })
      .option("runs", { type: "number", describe: "schedules to try; default 500, or as many as --budget allows" })
      .option("budget", { type: "string", describe: "wall time after which no more are begun: 90s, 10m" })
      .option("seed", { type: "string", default: "1", describe: "of the search; the runs have the scenario's seed" })
      .option("kinds", { type: "string", array: true, nargs: 1, describe: "only these faults, actions, layers: a,b" })
      .option("exclude", { type: "string", array: true, nargs: 1, describe: "not these" })
      .option("max-faults", { type: "number", describe: "at most so many faults and actions in a run; default 3" })
      .option("max-share", {
        type: "string",
        describe: "at most this share of what is alike in one fault; default 34%",
      })
      .option("window", { type: "string", describe: "when things may happen and are over: 1m..10m" })
      .option("findings", { type: "number", default: 10, describe: "end after so many distinct violations" })
      .option("shrink-runs", {
        type: "number",
        default: 300,
        describe: "runs that one of them may take to become small",
      })
      .option("workers", { alias: "w", type: "number", describe: "worker threads; by default one per core" })
      .option("out", {
        alias: "o",
        type: "string",
        default: "./out",
        describe: "folder for findings.csv and scenarios",
      })
      .option("format", {
        choices: ["table", "json", "csv"] as const,
        default: "table" as const,
        describe: "what is printed",
      })
      .option("progress", { type: "boolean", describe: "progress bar on stderr, by default only on a terminal" })
      .example("$0 search shop.yaml --budget 10m", "ten minutes of chaos")
      .example("$0 search shop.yaml --kinds nodes,zones,drain --runs 200", "only what hits nodes and zones, and drains")
      .example("$0 run out/shop-finding-1.yaml", "a finding again") as never,
  async handler(given) {
    const { searchRequest } = await import("./search-options.ts");
    const { executeSearch } = await import("./execute-search.ts");
    const { searchView } = await import("./search-view.ts");
    const execution = await executeSearch(searchRequest(given));
    process.stdout.write(await searchView(execution, given.format));
    const { isInterrupted, rows } = execution;
    process.exitCode = isInterrupted ? EXIT_INTERRUPTED : rows.length > 0 ? EXIT_NOT_MET : EXIT_OK;
  },
};
