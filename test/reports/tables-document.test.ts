// docs/TABLES.md says what the reports say.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tablesDocument } from "../../reports/tables-document.ts";
import { repositoryRoot } from "../checks/source-tree.ts";

test("docs/TABLES.md has every table and column: npm run docs:tables brings it up to date", () => {
  assert.ok(readFileSync(join(repositoryRoot, "docs/TABLES.md"), "utf8") === tablesDocument());
});

test.run();
