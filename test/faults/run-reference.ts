// Writes the reference into docs/FAULTS.md anew.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../checks/source-tree.ts";
import { faultReference, MARK } from "./reference.ts";

const path = join(repositoryRoot, "docs/FAULTS.md");
const text = readFileSync(path, "utf8");
writeFileSync(path, text.slice(0, text.indexOf(MARK)) + faultReference());
