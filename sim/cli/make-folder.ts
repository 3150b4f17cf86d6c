// Makes the folders that results go to. Level by level, since Node's own recursive mkdir never comes back from places where
// no folder can be made, such as /proc. What stands in the way is named in one line.
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { InputError } from "./failure.ts";

/**
 * Makes a folder and those above it, as far as they are missing.
 *
 * @returns the topmost one that was made, if any
 * @throws InputError where that is impossible
 */
export function makeFolder(path: string): string | undefined {
  const missing: string[] = [];
  try {
    for (let at = path; ; at = dirname(at)) {
      const there = statSync(at, { throwIfNoEntry: false });
      if (there?.isDirectory()) break;
      if (there !== undefined) throw new InputError(`cannot write to ${path}: ${at} is not a folder`);
      missing.push(at);
      if (dirname(at) === at) break;
    }
    for (const folder of missing.toReversed()) mkdirSync(folder);
  } catch (error) {
    throw writeFailure(path, error);
  }
  return missing.at(-1);
}

/** What a user reads when a folder or file cannot be written; what is not about that stays as it is. */
export function writeFailure(path: string, error: unknown): unknown {
  const reason = error instanceof Error ? REASONS[(error as NodeJS.ErrnoException).code ?? ""] : undefined;
  return reason === undefined ? error : new InputError(`cannot write to ${path}: ${reason}`);
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "no folder can be made there",
  ENOTDIR: "something above it is not a folder",
  EEXIST: "something else is there",
  EISDIR: "a folder is in the place of a file",
  ENOTEMPTY: "a folder is in the place of a file",
  ENAMETOOLONG: "the name is too long",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
};
