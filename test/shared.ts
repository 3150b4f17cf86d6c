// The folder of reference data beside the repository. Tests that need it skip with a count where it is missing.
import { join } from "node:path";
import { repositoryRoot } from "./checks/source-tree.ts";

/** Path of a file or folder under ../shared, which need not exist. */
export function fromShared(path: string): string {
  return join(repositoryRoot, "..", "shared", path);
}
