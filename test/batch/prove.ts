// What the proofs of batches share: the command line as a child process that can be killed, and the bytes of the tables.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../checks/source-tree.ts";
import { mainFile } from "../cli/command.ts";

/** A scenario so small that a thousand runs take seconds. */
export const TINY = join(repositoryRoot, "test/fixtures/batch/tiny.yaml");

export interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly err: string }>;
}

/** Starts kubedrill. */
export function startCommand(args: readonly string[]): Command {
  const child = spawn(process.execPath, [mainFile, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let err = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  return { child, ended: new Promise((resolve) => child.once("exit", (code) => resolve({ code, err }))) };
}

/** Runs kubedrill to its end. @throws when it fails */
export async function runCommand(args: readonly string[]): Promise<void> {
  const { code, err } = await startCommand(args).ended;
  if (code !== 0) throw new Error(`kubedrill ${args.join(" ")} ended with ${code}: ${err}`);
}

/** Runs that are finished and kept beside the tables: none before the batch has begun and after its end. */
export function finishedRuns(out: string): number {
  try {
    return readdirSync(join(out, ".kubedrill-batch/runs")).filter((name) => name.endsWith(".run")).length;
  } catch {
    return 0;
  }
}

/** Whether the batch has ended: nothing of it is left but tables. */
export function isOver(out: string): boolean {
  return existsSync(join(out, "summary.csv")) && !existsSync(join(out, ".kubedrill-batch"));
}

/** Hash of each file of the folder. */
export function bytesOf(out: string): ReadonlyMap<string, string> {
  const files = readdirSync(out).sort();
  return new Map(
    files.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(out, name)))
        .digest("hex"),
    ]),
  );
}

/** Says whether two folders hold the same bytes. @returns the same as a boolean */
export function compareFolders(what: string, expected: string, actual: string): boolean {
  const [want, got] = [bytesOf(expected), bytesOf(actual)];
  const names = new Set([...want.keys(), ...got.keys()]);
  const different = [...names].filter((name) => want.get(name) !== got.get(name));
  const all = createHash("sha256")
    .update([...got].join("\n"))
    .digest("hex")
    .slice(0, 16);
  const verdict = different.length === 0 ? "the same bytes" : `DIFFERENT: ${different.join(", ")}`;
  console.log(`${different.length === 0 ? "ok  " : "FAIL"} ${what}: ${got.size} files, ${all}, ${verdict}`);
  return different.length === 0;
}

/** Runs by scenario and seed, with how often each is in the table. */
export function countRuns(out: string): ReadonlyMap<string, number> {
  const [head, ...rows] = readFileSync(join(out, "summary.csv"), "utf8").trimEnd().split("\n");
  const at = ["scenario", "seed"].map((name) => (head ?? "").split(",").indexOf(name));
  const counts = new Map<string, number>();
  for (const row of rows) {
    const run = at.map((i) => row.split(",")[i]).join(" ");
    counts.set(run, (counts.get(run) ?? 0) + 1);
  }
  return counts;
}

export function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

/** `--name value` of the arguments. */
export function numberOption(args: readonly string[], name: string, otherwise: number): number {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(args[at + 1]);
}
