// Plants one bug at a time into a copy of the compiled program, and lets `kubedrill check` look for it. The program itself has no
// switch for any of this.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlantedBug } from "./planted-bugs/bug.ts";

export interface Search {
  readonly bug: PlantedBug;
  /** Seeds until it was found, the finding seed included; null when it was not. */
  readonly seeds: number | null;
  /** What found it, or how the search ended. */
  readonly by: string;
  readonly seconds: number;
}

export interface SearchOptions {
  readonly maxSeeds: number;
  readonly timeLimitSeconds: number;
}

const SUBFOLDERS = ["sim", "reports", "bench"] as const;

/** A text that does not stand exactly once in the compiled program. */
export class StaleBug extends Error {
  override readonly name = "StaleBug";
}

/** The file's text with the bug in it. @throws StaleBug */
export function mutate(bug: PlantedBug, text: string): string {
  const parts = text.split(bug.find);
  if (parts.length !== 2) throw new StaleBug(`${bug.id}: its text stands ${parts.length - 1} times in ${bug.file}`);
  return parts.join(bug.replace);
}

/** A copy of the compiled program that bugs are planted into. */
export class Copy {
  readonly folder: string;
  private readonly root: string;

  /** @param root of the repository */
  constructor(root: string, compiled: string) {
    this.root = compiled;
    this.folder = mkdtempSync(join(tmpdir(), "kubedrill-planted-"));
    for (const name of SUBFOLDERS) cpSync(join(compiled, name), join(this.folder, "dist", name), { recursive: true });
    cpSync(join(root, "package.json"), join(this.folder, "package.json"));
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
  }

  plant(bug: PlantedBug): void {
    writeFileSync(join(this.folder, "dist", bug.file), mutate(bug, readFileSync(join(this.root, bug.file), "utf8")));
  }

  restore(bug: PlantedBug): void {
    cpSync(join(this.root, bug.file), join(this.folder, "dist", bug.file));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Looks for a bug that is planted in a copy. */
export async function searchFor(bug: PlantedBug, copy: Copy, options: SearchOptions): Promise<Search> {
  const start = process.hrtime.bigint();
  copy.plant(bug);
  try {
    const answer = await runCheck(copy.folder, options);
    return { bug, ...answer, seconds: Number(process.hrtime.bigint() - start) / 1e9 };
  } finally {
    copy.restore(bug);
  }
}

function runCheck(
  folder: string,
  { maxSeeds, timeLimitSeconds }: SearchOptions,
): Promise<Pick<Search, "seeds" | "by">> {
  const args = ["check", "--seeds", `1..${maxSeeds}`, "--stop-at-first", "--no-shrink", "--json", "--workers", "1"];
  args.push("--time-limit", String(timeLimitSeconds));
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(folder, "dist/sim/cli/main.js"), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      errors += chunk;
    });
    // a bug may make a loop that never ends
    const timer = setTimeout(() => child.kill("SIGKILL"), (timeLimitSeconds + 30) * 1000);
    child.on("close", (_code, signal) => {
      clearTimeout(timer);
      if (signal !== null) return resolve({ seeds: 1, by: "it never ends" });
      resolve(readAnswer(out, errors));
    });
  });
}

function readAnswer(out: string, errors: string): Pick<Search, "seeds" | "by"> {
  let answer: { seeds: number; violations: { seed: number; invariant: string }[] };
  try {
    answer = JSON.parse(out);
  } catch {
    return { seeds: 1, by: `it does not run: ${errors.split("\n")[0] ?? ""}` };
  }
  const [first] = answer.violations;
  return first === undefined
    ? { seeds: null, by: `not in ${answer.seeds} seeds` }
    : { seeds: first.seed, by: first.invariant };
}
