#!/usr/bin/env node
import yargs from "yargs";
// The command line: parses arguments, calls one command, turns whatever goes wrong into one message and an exit code.
import { hideBin } from "yargs/helpers";
import { TOOL_VERSION } from "../metrics/result.ts";
import { nearest } from "../model/problem.ts";
import { COMMANDS } from "./commands.ts";
import { describeFailure, InputError } from "./failure.ts";
import { QUESTIONS } from "./plan/questions.ts";

/** Ends quietly when whoever reads our output has had enough (`kubedrill … | head`). */
function surviveClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
    throw error;
  });
}

async function main(): Promise<void> {
  surviveClosedPipe(process.stdout);
  surviveClosedPipe(process.stderr);
  // an option whose value may be missing: a file behind it is no value
  const words = hideBin(process.argv).map((word) => (word === "--follow" ? "--follow=all" : word));
  // yargs would pass over it, and the command would run without the file that was meant
  if (words.includes("-") && words[0] !== "import")
    throw new InputError("-: standard input is not read; name a file or folder");
  const parser = yargs(words)
    .scriptName("kubedrill")
    .usage("$0 <command>\n\nRehearse capacity and failure on a simulated Kubernetes cluster.")
    .version(TOOL_VERSION)
    .alias("h", "help")
    .example("$0 run scenario.yaml", "run a scenario, write tables to ./out")
    .example("$0 run ./manifests --nodes 5 --machine cpu=16,memory=64Gi", "will these manifests fit?")
    .example("$0 batch scenario.yaml --seeds 1..20", "the same scenario with 20 seeds, on all cores")
    .example("$0 init demo", "write a commented scenario to start from")
    .demandCommand(1, "Which command? kubedrill --help lists them.")
    .strict()
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .check((given) => checkValues(given))
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      // yargs' own errors are about the command line, all others are not
      throw error === undefined || error === null || error.name === "YError"
        ? new InputError(withSuggestion(message ?? error.message))
        : error;
    });
  for (const command of COMMANDS) parser.command(command);
  await parser.parseAsync();
}

const OPTIONS = [
  "out",
  "seed",
  "seeds",
  "set",
  "config",
  "output",
  "per-node",
  "arrivals",
  "at",
  "top",
  "workers",
  "nodes",
  "machine",
  "zones",
  "progress",
  "list",
  "pods",
  "percentage",
  "tie-break",
  "repeat",
  "verify",
  "force",
  "style",
  "time-limit",
  "json",
  "shrink",
  "until",
  "min-seeds",
  "max-seeds",
  "run-timeout",
  "run-memory",
  "retries",
  "keep-going",
  "restart",
  "shard",
  "queue",
  "concurrency",
  "stalled-after",
  "exit-when-idle",
  "stop-at-first",
  "faults",
  "operations",
  "namespace",
  "all-namespaces",
  "selector",
  "field-selector",
  "sort-by",
  "headers",
  "show-labels",
  "follow",
  "max-events",
  "format",
  "pod",
  "most",
  "require",
  "pool",
  "like",
  "pending",
  "expectations",
  "of",
  "tries",
  "types",
  "spot",
  "orders",
  "pending-share",
  "in-place",
  "class",
  "for",
  "requests",
  "count",
  "within",
  "probability",
  "node",
  "upgrade",
  "timeout",
  "down",
  "base-set",
  "candidate-set",
  "base-config",
  "candidate-config",
  "base-variant",
  "candidate-variant",
  "tolerance",
  "metrics",
  "fail-on",
  "also",
  "html",
  "from",
  "name",
  "strict",
  "first",
  "port",
  "open",
  "help",
  "version",
];

/** May be given more than once. */
const LISTS: ReadonlySet<string> = new Set([
  "set",
  "base-set",
  "candidate-set",
  "tolerance",
  "metrics",
  "fail-on",
  "also",
  "pod",
  "node",
]);

/** Refuses options without a value, with no number where one belongs, or given twice: yargs takes them as "", NaN or a list. */
function checkValues(given: Readonly<Record<string, unknown>>): true {
  for (const option of OPTIONS) {
    const value = given[option];
    const ofList = LISTS.has(option) || (option === "config" && Array.isArray(given._) && given._[0] === "bench");
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === "") throw new InputError(`--${option} needs a value`);
      if (Number.isNaN(one)) throw new InputError(`--${option}: expected a number`);
    }
    if (Array.isArray(value) && !ofList) throw new InputError(`--${option} is given twice: once is enough`);
  }
  return true;
}

/** Names what may have been meant by an unknown option or command. */
function withSuggestion(message: string): string {
  const unknown = /^Unknown (argument|command)s?: (.+)$/.exec(message);
  if (message.startsWith("Not enough non-option arguments")) {
    return "what to work on is missing: a file or folder\nSee kubedrill --help.";
  }
  if (unknown === null) return `${message}\nSee kubedrill --help.`;
  const names = (unknown[2] ?? "").split(", ");
  const lines = names.map((name) => {
    const commands = [...COMMANDS, ...QUESTIONS].map(({ command }) => String(command).split(" ")[0] ?? "");
    const written = process.argv.find((argument) => argument.replace(/^-+/, "").split("=")[0] === name) ?? name;
    const isOption = written.startsWith("-");
    const near = nearest(name, isOption ? OPTIONS : commands);
    const what = isOption ? `unknown option ${written.split("=")[0]}` : `unknown command or argument ${name}`;
    return near === undefined ? what : `${what}: did you mean ${isOption ? "--" : ""}${near}?`;
  });
  return `${lines.join("\n")}\nSee kubedrill --help.`;
}

try {
  await main();
} catch (error) {
  const { message, exitCode } = describeFailure(error);
  process.stderr.write(`kubedrill: ${message}\n`);
  process.exitCode = exitCode;
}
