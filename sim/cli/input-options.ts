// Options that several commands share: what to run, and with what changes.
import type { Argv } from "yargs";
import type { InputOptions } from "./load-plans.ts";

export interface OutputOptions {
  readonly out: string;
  readonly progress: boolean | undefined;
  readonly shuffleTies?: string;
  readonly also: readonly FileFormat[];
  readonly html: boolean;
}

/** What may be written besides the CSV tables. */
export type FileFormat = "json" | "parquet" | "html";

export const ALSO_OPTION = {
  array: true,
  choices: ["json", "parquet"] as const,
  default: [] as FileFormat[],
  describe: "write besides the CSV tables: json (results.json), parquet (every table)",
} as const;

export const HTML_OPTION = {
  type: "boolean",
  default: true,
  describe: "write report.html from the tables; --no-html leaves it out",
} as const;

/** Everything that is written besides the CSV tables. */
export function formatsOf({ also, html }: { readonly also: readonly FileFormat[]; readonly html: boolean }) {
  return html ? ([...also, "html"] as const) : also;
}

export function withInputOptions<T>(parser: Argv<T>): Argv<T & InputOptions> {
  const withFiles = parser.positional("files", {
    type: "string",
    array: true,
    demandOption: true,
    describe: "a scenario, or manifests: files, folders, patterns",
  });
  return withClusterOptions(withFiles) as unknown as Argv<T & InputOptions>;
}

/** The same but for the files. */
export function withClusterOptions<T>(parser: Argv<T>): Argv<T & Omit<InputOptions, "files">> {
  return parser
    .option("set", { type: "string", array: true, nargs: 1, describe: "change a value: path=value, path below spec" })
    .option("config", {
      type: "string",
      describe: "KubeSchedulerConfiguration file, instead of the scenario's or the default",
    })
    .option("nodes", { type: "number", describe: "manifests only: number of nodes to add" })
    .option("machine", { type: "string", describe: "what each of them offers: cpu=16,memory=64Gi,gpu=4" })
    .option("zones", { type: "string", describe: "zones that they are spread over: a,b,c" }) as unknown as Argv<
    T & Omit<InputOptions, "files">
  >;
}

export function withOutputOptions<T>(parser: Argv<T>): Argv<T & OutputOptions> {
  return parser
    .option("out", { alias: "o", type: "string", default: "./out", describe: "folder for the CSV tables" })
    .option("also", ALSO_OPTION)
    .option("html", HTML_OPTION)
    .option("progress", {
      type: "boolean",
      default: undefined,
      describe: "progress bar on stderr, by default only on a terminal",
    })
    .option("shuffle-ties", {
      type: "string",
      describe: "seed of a random order among simultaneous events: what then changes more than the order is a race",
    }) as unknown as Argv<T & OutputOptions>;
}
