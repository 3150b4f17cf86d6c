// The chosen folder: what is in it is listed, read and written; nothing outside of it, by whatever name or link.
import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Refusal } from "../../sim/serve/exchange.ts";
import { ScenarioFolder } from "../../sim/serve/scenario-folder.ts";
import { tries } from "../thorough.ts";

const top = mkdtempSync(join(tmpdir(), "kubedrill-serve-"));
test.after(() => rmSync(top, { recursive: true }));
const path = join(top, "chosen");
mkdirSync(join(path, "drills/deep"), { recursive: true });
mkdirSync(join(top, "outside"));
writeFileSync(join(top, "outside/secret.yaml"), "secret: true\n");
writeFileSync(join(path, "one.yaml"), "apiVersion: kubedrill/v1alpha1\nkind: Scenario\n");
writeFileSync(join(path, "drills/two.yml"), '# a comment\napiVersion: "kubedrill/v1alpha1"\n');
writeFileSync(join(path, "drills/deep/pods.yaml"), "kind: Pod\n");
writeFileSync(join(path, "notes.txt"), "not YAML\n");
writeFileSync(join(path, ".hidden.yaml"), "a: 1\n");
symlinkSync(join(top, "outside/secret.yaml"), join(path, "link.yaml"));
symlinkSync(join(top, "outside"), join(path, "linked"));
symlinkSync(join(top, "outside/new.yaml"), join(path, "dangling.yaml"));
const folder = new ScenarioFolder(path);

function statusOf(act: () => unknown): number {
  try {
    act();
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.status;
  }
}

test("lists YAML files by name, and which of them are scenarios; no links, nothing hidden", () => {
  assert.equal(folder.list(), [
    { name: "drills/deep/pods.yaml", isScenario: false },
    { name: "drills/two.yml", isScenario: true },
    { name: "one.yaml", isScenario: true },
  ]);
});

test("reads and writes, and what was read last decides who may write", () => {
  const { version } = folder.read("one.yaml");
  const written = folder.write("one.yaml", "a: 1\n", version);
  assert.is(readFileSync(join(path, "one.yaml"), "utf8"), "a: 1\n");
  assert.is(
    statusOf(() => folder.write("one.yaml", "b: 1\n", version)),
    409,
    "of a text that is not there any more",
  );
  writeFileSync(join(path, "one.yaml"), "by: somebody else\n");
  assert.is(
    statusOf(() => folder.write("one.yaml", "b: 1\n", written.version)),
    409,
  );
  assert.is(readFileSync(join(path, "one.yaml"), "utf8"), "by: somebody else\n");
  assert.is(
    statusOf(() => folder.write("one.yaml", "b: 1\n", null)),
    409,
    "a new file in its place",
  );
  folder.write("new/place/three.yaml", "c: 1\n", null);
  assert.is(readFileSync(join(path, "new/place/three.yaml"), "utf8"), "c: 1\n");
  assert.equal(readdirSync(join(path, "new/place")), ["three.yaml"], "nothing is left beside it");
});

const WAYS_OUT = [
  "../outside/secret.yaml",
  "drills/../../outside/secret.yaml",
  "./one.yaml",
  "drills//two.yml",
  join(top, "outside/secret.yaml"),
  "/etc/passwd.yaml",
  "..\\outside\\secret.yaml",
  "C:\\secret.yaml",
  "C:secret.yaml",
  "one.yaml\u0000.yaml",
  "one.yaml\n",
  ".hidden.yaml",
  ".git/hooks/pre-commit.yaml",
  "..",
  ".",
  "",
  "%2e%2e/outside/secret.yaml/../x.yaml",
  `${"a/".repeat(20)}x.yaml`,
  `${"a".repeat(500)}.yaml`,
];

test("no name leads out of the folder", () => {
  for (const name of WAYS_OUT) {
    assert.is(
      statusOf(() => folder.read(name)),
      403,
      JSON.stringify(name),
    );
    assert.is(
      statusOf(() => folder.write(name, "x", null)),
      403,
      JSON.stringify(name),
    );
    assert.is(
      statusOf(() => folder.refuse(name)),
      403,
      JSON.stringify(name),
    );
  }
});

test("only .yaml and .yml files: nothing that could be executed is ever written", () => {
  for (const name of ["plugin.ts", "x.js", "notes.txt", "Makefile", "x.yaml.sh", "package.json"]) {
    assert.is(
      statusOf(() => folder.write(name, "x", null)),
      403,
      name,
    );
    assert.is(
      statusOf(() => folder.read(name)),
      403,
      name,
    );
  }
});

test("links are not followed, be they the file, a folder on the way, or a link to nothing", () => {
  for (const name of ["link.yaml", "linked/secret.yaml", "linked/new.yaml", "dangling.yaml"]) {
    assert.is(
      statusOf(() => folder.read(name)),
      403,
      name,
    );
    assert.is(
      statusOf(() => folder.write(name, "x", null)),
      403,
      name,
    );
  }
  assert.equal(readdirSync(join(top, "outside")), ["secret.yaml"]);
  assert.is(readFileSync(join(top, "outside/secret.yaml"), "utf8"), "secret: true\n");
  assert.is(
    statusOf(() => folder.write("one.yaml/x.yaml", "x", null)),
    403,
    "through a file",
  );
  mkdirSync(join(path, "folder.yaml"));
  assert.is(
    statusOf(() => folder.write("folder.yaml", "x", null)),
    403,
    "in the place of a folder",
  );
  assert.is(
    statusOf(() => folder.read("folder.yaml")),
    403,
  );
});

test("a link in the place of the file that is written beside it first is not followed", () => {
  const staged = join(path, `.late.yaml.${process.pid}.tmp`);
  symlinkSync(join(top, "outside/secret.yaml"), staged);
  folder.write("late.yaml", "late\n", null);
  assert.is(readFileSync(join(top, "outside/secret.yaml"), "utf8"), "secret: true\n");
  assert.is(readFileSync(join(path, "late.yaml"), "utf8"), "late\n");
  assert.not(existsSync(staged));
});

test("a file that has a second name elsewhere is replaced, not written through", () => {
  linkSync(join(top, "outside/secret.yaml"), join(path, "hard.yaml"));
  folder.write("hard.yaml", "ours\n", folder.read("hard.yaml").version);
  assert.is(readFileSync(join(top, "outside/secret.yaml"), "utf8"), "secret: true\n");
});

test("a folder that is itself reached by a link is fine", () => {
  symlinkSync(path, join(top, "by-link"));
  assert.is(new ScenarioFolder(join(top, "by-link")).read("late.yaml").text, "late\n");
});

test("files that are too large are neither read nor written", () => {
  writeFileSync(join(path, "large.yaml"), "#".repeat((4 << 20) + 1));
  assert.is(
    statusOf(() => folder.read("large.yaml")),
    413,
  );
  assert.is(
    statusOf(() => folder.write("larger.yaml", "#".repeat((4 << 20) + 1), null)),
    413,
  );
});

test("whatever a name is made of, nothing appears outside", () => {
  const part = fc.constantFrom(
    "..",
    ".",
    "",
    "a",
    "linked",
    "link.yaml",
    "x.yaml",
    "/",
    "\\",
    "\u0000",
    "~",
    "drills",
    "%2e%2e",
  );
  const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/"));
  const check = fc.property(name, (tried) => {
    statusOf(() => folder.write(tried, "tried", null));
    assert.equal(readdirSync(top).sort(), ["by-link", "chosen", "outside"], tried);
    assert.equal(readdirSync(join(top, "outside")), ["secret.yaml"], tried);
    assert.is(readFileSync(join(top, "outside/secret.yaml"), "utf8"), "secret: true\n", tried);
  });
  fc.assert(check, { seed: 5, numRuns: tries(300, 5000) });
});

test("no folder is said so", () => {
  assert.throws(() => new ScenarioFolder(join(top, "nowhere")), /ENOENT/);
  assert.throws(() => new ScenarioFolder(join(path, "late.yaml")), /not a folder/);
});

test.run();
