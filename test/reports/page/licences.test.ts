// The page is a bundle: every package in it stands, with its licence, in the file that is served and packed beside it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "../../checks/source-tree.ts";

const read = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");
const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();

test("every bundled package is named, with the text of its licence", () => {
  const { inputs } = JSON.parse(read("dist/page.meta.json")) as { readonly inputs: Readonly<Record<string, unknown>> };
  const packages = new Set(
    Object.keys(inputs).flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.slice(1, 2) ?? []),
  );
  assert.ok(packages.size > 10);
  const licences = oneLine(read("reports/page/licences.txt"));
  for (const name of packages) {
    const file = readdirSync(join(repositoryRoot, "node_modules", name)).find((each) => /^licen[sc]e/i.test(each));
    assert.ok(file !== undefined, `${name} has a licence`);
    assert.ok(licences.includes(name), `${name} is named`);
    assert.ok(licences.includes(oneLine(read(`node_modules/${name}/${file}`))), `${name}: the text of its licence`);
  }
});

test.run();
