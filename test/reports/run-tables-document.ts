// Writes docs/TABLES.md anew: npm run docs:tables.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tablesDocument } from "../../reports/tables-document.ts";
import { repositoryRoot } from "../checks/source-tree.ts";

writeFileSync(join(repositoryRoot, "docs/TABLES.md"), tablesDocument());
