// Runs one test file in a process of its own and kills it when it takes too long.
import { spawn } from "node:child_process";
import type { ProcessOutcome } from "./judge.ts";

const MAX_OUTPUT_CHARS = 200_000;

/**
 * Runs a compiled test file.
 *
 * @param file its path
 * @param cwd the folder to run it in
 * @param timeoutSeconds after which it is killed, with everything that it started
 * @param env more variables of its environment
 */
export function execute(
  file: string,
  cwd: string,
  timeoutSeconds: number,
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessOutcome> {
  return new Promise((done) => {
    // a process group of its own, so that a hung file dies with everything that it started
    const child = spawn(process.execPath, ["--enable-source-maps", file], {
      cwd,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, FORCE_COLOR: "0", ...env },
    });
    let output = "";
    let timedOut = false;
    const collect = (chunk: string) => {
      output += chunk;
      if (output.length > 2 * MAX_OUTPUT_CHARS) output = output.slice(-MAX_OUTPUT_CHARS);
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    const killGroup = () => {
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        // the group is gone already
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup();
    }, timeoutSeconds * 1000);
    const finish = (code: number | null, signal: string | null) => {
      clearTimeout(timer);
      done({ output, code, signal, timedOut, timeoutSeconds });
    };
    child.on("error", (error) => {
      output += String(error);
      finish(null, null);
    });
    // what a file leaves running must not hold the pipes open, or pass unseen
    child.on("exit", killGroup);
    child.on("close", finish);
  });
}
