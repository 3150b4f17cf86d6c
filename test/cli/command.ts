// Runs the compiled command line as a user does.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The compiled command line. */
export const mainFile = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "sim/cli/main.js");

export interface CommandOutcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export function kubedrill(args: readonly string[], cwd: string = process.cwd()): CommandOutcome {
  const env = { ...process.env, NO_COLOR: "1" };
  const done = spawnSync(process.execPath, [mainFile, ...args], { cwd, encoding: "utf8", env, timeout: 60_000 });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

/** The command line for a shell. */
export const shellCommand = `${JSON.stringify(process.execPath)} ${JSON.stringify(mainFile)}`;
