// kubedrill serve: a page on this machine where scenarios are edited, run, looked at and compared.
import type { CommandModule } from "yargs";
import { EXIT_OK, InputError } from "./failure.ts";

interface Arguments {
  readonly folder?: string;
  readonly port: number;
  readonly open: boolean;
  readonly "run-timeout": string;
  readonly "run-memory": string;
}

export const serveCommand: CommandModule<object, Arguments> = {
  command: "serve [folder]",
  describe: "open a page on this machine to edit, run and compare the scenarios of a folder",
  builder: (parser) =>
    parser
      .positional("folder", { type: "string", describe: "scenarios and what they name; default: the current folder" })
      .option("port", { type: "number", default: 4180, describe: "port on 127.0.0.1; 0 = any that is free" })
      .option("open", {
        type: "boolean",
        default: true,
        describe: "--no-open: open no browser, only print the address",
      })
      .option("run-timeout", { type: "string", default: "10m", describe: "wall time that one run may take: 90s, 5m" })
      .option("run-memory", { type: "string", default: "2Gi", describe: "memory that one run may take: 512Mi, 2Gi" })
      .example("$0 serve", "scenarios of this folder")
      .example("$0 serve ./drills --port 8080 --no-open", "of another, with an address to open by hand") as never,
  async handler({ folder = ".", open, port, ...given }) {
    const { limitsOf } = await import("./batch-options.ts");
    const { serve } = await import("../serve/server.ts");
    if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
      throw new InputError("--port: expected a whole number from 0 to 65535");
    const limits = limitsOf({ ...given, "keep-going": false, restart: false });
    let serving: Awaited<ReturnType<typeof serve>>;
    try {
      serving = await serve({ folder, port, timeoutMillis: limits.timeoutMillis!, memoryBytes: limits.memoryBytes! });
    } catch (error) {
      throw portFailure(error, port);
    }
    process.stdout.write(`kubedrill serves ${folder} at\n  ${serving.url}\nCtrl-C ends it\n`);
    if (open) (await import("./open-browser.ts")).openBrowser(serving.url);
    await new Promise<void>((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
    });
    await serving.close();
    process.exitCode = EXIT_OK;
  },
};

function portFailure(error: unknown, port: number): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === "EADDRINUSE")
    return new InputError(`port ${port} is taken: choose another with --port, or --port 0 for any that is free`);
  if (code === "EACCES" && (error as NodeJS.ErrnoException).syscall === "listen")
    return new InputError(`port ${port} may not be used: choose one from 1024 on with --port`);
  return error;
}
