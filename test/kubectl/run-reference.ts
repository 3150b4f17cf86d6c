// Writes docs/ACTIONS.md and the reference of docs/EXPECT.md anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../checks/source-tree.ts";
import { actionReference, expectReference, MARK } from "./reference.ts";

for (const [file, made] of [
  ["docs/ACTIONS.md", actionReference()],
  ["docs/EXPECT.md", expectReference()],
] as const) {
  const path = join(repositoryRoot, file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.slice(0, text.indexOf(MARK)) + made);
}
