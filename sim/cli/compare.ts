// kubedrill compare: a baseline and a candidate over the same seeds, and what has got better or worse; the exit code is for CI.
import type { CommandModule } from "yargs";
import type { CompareVerdict } from "../metrics/compared-number.ts";
import { EXIT_NOT_MET, EXIT_OK } from "./failure.ts";
import { HTML_OPTION } from "./input-options.ts";

interface Arguments {
  readonly base: string;
  readonly candidate?: string;
  readonly set?: readonly string[];
  readonly "base-set"?: readonly string[];
  readonly "candidate-set"?: readonly string[];
  readonly config?: string;
  readonly "base-config"?: string;
  readonly "candidate-config"?: string;
  readonly "base-variant"?: string;
  readonly "candidate-variant"?: string;
  readonly nodes?: number;
  readonly machine?: string;
  readonly zones?: string;
  readonly seeds?: string;
  readonly tolerance?: readonly string[];
  readonly metrics?: readonly string[];
  readonly format: "table" | "markdown" | "csv" | "json";
  readonly "fail-on": readonly CompareVerdict[];
  readonly workers?: number;
  readonly "run-timeout"?: string;
  readonly "run-memory"?: string;
  readonly retries?: number;
  readonly out?: string;
  readonly html: boolean;
  readonly restart: boolean;
  readonly progress?: boolean;
}

const FAIL_ON = ["worse", "undecided", "changed", "better"] as const;

export const compareCommand: CommandModule<object, Arguments> = {
  command: "compare <base> [candidate]",
  describe: "compare two scenarios, settings or finished batches over the same seeds, for people and for CI",
  builder: (parser) =>
    parser
      .positional("base", {
        type: "string",
        demandOption: true,
        describe: "a scenario, manifests, or the folder of a finished batch",
      })
      .positional("candidate", { type: "string", describe: "likewise; by default the same with other settings" })
      .option("set", { type: "string", array: true, nargs: 1, describe: "change a value on both sides: path=value" })
      .option("base-set", { type: "string", array: true, nargs: 1, describe: "… only for the baseline" })
      .option("candidate-set", { type: "string", array: true, nargs: 1, describe: "… only for the candidate" })
      .option("config", { type: "string", describe: "KubeSchedulerConfiguration file of both sides" })
      .option("base-config", { type: "string", describe: "… only of the baseline" })
      .option("candidate-config", { type: "string", describe: "… only of the candidate" })
      .option("base-variant", { type: "string", describe: "only this variant, or scenario, of the baseline" })
      .option("candidate-variant", { type: "string", describe: "only this one of the candidate" })
      .option("nodes", { type: "number", describe: "manifests only: number of nodes to add" })
      .option("machine", { type: "string", describe: "what each of them offers: cpu=16,memory=64Gi,gpu=4" })
      .option("zones", { type: "string", describe: "zones that they are spread over: a,b,c" })
      .option("seeds", { type: "string", describe: "1..20, 1,2,7 or words; default 1..20, or those of finished runs" })
      .option("tolerance", {
        type: "string",
        array: true,
        nargs: 1,
        describe: "what may change: METRIC:5%, METRIC:2, METRIC:5%+2 or 5%; default 1%",
      })
      .option("metrics", {
        type: "string",
        array: true,
        nargs: 1,
        describe: "columns of summary.csv to compare, with * for any text, joined with commas; all",
      })
      .option("format", {
        choices: ["table", "markdown", "csv", "json"] as const,
        default: "table" as const,
        describe: "what is printed; markdown is for a pull request",
      })
      .option("fail-on", {
        array: true,
        choices: FAIL_ON,
        default: ["worse"] as const,
        describe: "verdicts that make the exit code 1",
      })
      .option("workers", { alias: "w", type: "number", describe: "worker threads; by default one per core" })
      .option("run-timeout", { type: "string", describe: "wall time that one run may take: 90s, 5m" })
      .option("run-memory", { type: "string", describe: "memory that one run may take: 512Mi, 2Gi" })
      .option("retries", { type: "number", describe: "how often a run is begun again whose worker died; default 2" })
      .option("out", { alias: "o", type: "string", describe: "folder for all tables of the runs, and compare.csv" })
      .option("html", HTML_OPTION)
      .option("restart", { type: "boolean", default: false, describe: "forget what an unfinished comparison has left" })
      .option("progress", { type: "boolean", describe: "progress bar on stderr, by default only on a terminal" })
      .example("$0 compare old.yaml new.yaml", "two scenarios")
      .example("$0 compare shop.yaml --candidate-config binpack.yaml", "two scheduler configurations")
      .example("$0 compare shop.yaml --candidate-set cluster.controlPlane.etcd.members=5", "one value")
      .example(
        "$0 compare main/out pr/out --format markdown --tolerance pending_p99_s:5%",
        "two batches, for a comment",
      ) as never,
  async handler(given) {
    const { limitsOf, seedsOf, workersOf } = await import("./batch-options.ts");
    const { loadSide, named, pairsOf, pairsWithin } = await import("./compare-sides.ts");
    const { executeCompare } = await import("./execute-compare.ts");
    const { compareView, isFine } = await import("./compare-view.ts");
    const batch = { ...given, "keep-going": false };
    const [seeds, workers, limits] = [seedsOf(batch), workersOf(batch), limitsOf(batch)];
    const { set = [], config, nodes, machine, zones } = given;
    const side = (role: "base" | "candidate", path: string) =>
      loadSide({
        path,
        set: [...set, ...(given[`${role}-set`] ?? [])],
        config: given[`${role}-config`] ?? config,
        variant: given[`${role}-variant`],
        ...{ nodes, machine, zones },
      });
    const base = side("base", given.base);
    const isOther = (
      ["candidate-set", "candidate-config", "candidate-variant", "base-set", "base-config"] as const
    ).some((option) => given[option] !== undefined);
    const isWithin = given.candidate === undefined && !isOther;
    const pairs = isWithin
      ? pairsWithin(base, given.base)
      : pairsOf(base, side("candidate", given.candidate ?? given.base));
    const execution = await executeCompare({
      ...{ seeds, workers, limits },
      pairs: named(pairs),
      tolerances: given.tolerance ?? [],
      metrics: given.metrics?.flatMap((list) => list.split(",").map((name) => name.trim())),
      restart: given.restart,
      out: given.out,
      html: given.html,
      progress: given.progress,
    });
    process.stdout.write(await compareView(execution, given.format));
    process.exitCode = isFine(execution, given["fail-on"]) ? EXIT_OK : EXIT_NOT_MET;
  },
};
