// The TypeScript sources of the repository as paths and texts: what the checks of layers and determinism look at.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export interface SourceFile {
  /** From the root of the repository, with forward slashes: "sim/engine/engine.ts". */
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

const here = dirname(fileURLToPath(import.meta.url));
/** The root of the repository; this file is compiled to <outDir>/test/checks. */
export const repositoryRoot = dirname(dirname(dirname(here)));

/** All sources under the given top-level folders. */
export function readSources(folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap((folder) => readdirSync(join(repositoryRoot, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({
      path: relative(repositoryRoot, file).replaceAll("\\", "/"),
      text: readFileSync(file, "utf8"),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Prints violations and what was looked at, and sets the exit code. */
export function report(name: string, files: readonly SourceFile[], violations: readonly Violation[]): void {
  for (const { path, line, message } of violations) console.log(`${path}:${line}: ${message}`);
  console.log(`${name}: ${files.length} files, ${violations.length} violations`);
  if (violations.length > 0 || files.length === 0) process.exitCode = 1;
}
