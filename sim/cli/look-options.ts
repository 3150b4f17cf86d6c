// Options of the commands that look at a cluster at one moment: when, with which seed, and at what.
import type { Argv } from "yargs";
import { withClusterOptions } from "./input-options.ts";
import type { InputOptions } from "./load-plans.ts";

export interface LookOptions extends Omit<InputOptions, "files"> {
  readonly at?: string;
  readonly seed?: string;
  readonly namespace?: string;
  readonly allNamespaces: boolean;
  readonly selector?: string;
}

export interface DescribeOptions extends LookOptions {
  readonly words: readonly string[];
}

export interface GetOptions extends DescribeOptions {
  readonly fieldSelector?: string;
  readonly output?: string;
  readonly sortBy?: string;
  readonly headers: boolean;
  readonly showLabels: boolean;
}

/** Options that `get` and `describe` share. */
export function withLookOptions<T>(parser: Argv<T>): Argv<T & LookOptions> {
  return withClusterOptions(parser)
    .option("at", { type: "string", describe: "virtual time, such as 90s or 1h30m, or end (default)" })
    .option("seed", { type: "string", describe: "seed of the run; by default the scenario's" })
    .option("namespace", { alias: "n", type: "string", describe: "namespace to look at, default: default" })
    .option("all-namespaces", { alias: "A", type: "boolean", default: false, describe: "look at all namespaces" })
    .option("selector", {
      alias: "l",
      type: "string",
      describe: "labels, such as app=web,tier!=db",
    }) as unknown as Argv<T & LookOptions>;
}
