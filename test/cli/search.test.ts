// kubedrill search from outside: a planted weakness is found, made small and replayed; the same at any number of workers; what it refuses.
// test-timeout: 180s
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { repositoryRoot } from "../checks/source-tree.ts";
import { kubedrill } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-search-test-"));
test.after(() => rmSync(folder, { recursive: true }));

const blocked = join(repositoryRoot, "scenarios/weaknesses/budget-blocks-drain.yaml");
const few = ["--variant", "planted", "--kinds", "drain,nodeCrash,rolloutRestart", "--runs", "6", "--shrink-runs", "20"];

interface Json {
  readonly runs: number;
  readonly findings: readonly {
    readonly kinds: readonly string[];
    readonly schedule: readonly string[];
    readonly file: string;
    readonly replayed: boolean;
    readonly minimal: boolean;
  }[];
}

const search = (...args: readonly string[]) => kubedrill(["search", blocked, ...few, ...args], folder);

test("a budget that blocks drains is found, made small and written as a scenario that fails in the same way", () => {
  const { code, err, out } = search("--format", "json", "--workers", "1", "--out", "one");
  assert.is(err, "");
  assert.is(code, 1);
  const { findings } = JSON.parse(out) as Json;
  assert.equal(
    findings.map(({ kinds, minimal, replayed }) => ({ kinds, minimal, replayed })),
    [{ kinds: ["drain"], minimal: true, replayed: true }],
  );
  const replay = kubedrill(["run", join("one", findings[0]!.file), "--out", "replayed"], folder);
  assert.is(replay.code, 1);
  assert.match(replay.out, "FAILED: actions.active == 0");
});

test("what is found does not depend on the number of workers", () => {
  const files = (name: string) =>
    readdirSync(join(folder, name)).map((file) => readFileSync(join(folder, name, file), "utf8"));
  const three = search("--format", "csv", "--workers", "3", "--out", "three");
  assert.equal(files("three"), files("one"));
  assert.is(three.out, readFileSync(join(folder, "three/findings.csv"), "utf8"));
});

test("nothing found: exit code 0", () => {
  const { code, out } = kubedrill(
    [
      "search",
      blocked,
      "--variant",
      "mended",
      "--kinds",
      "drain,nodeCrash",
      "--runs",
      "6",
      "--workers",
      "1",
      "--out",
      "none",
    ],
    folder,
  );
  assert.is(code, 0, out);
  assert.match(out, "No violation found in 6 runs");
});

test("a scenario that fails by itself, that expects nothing, or that never ends, is refused, and so are words that mean nothing", () => {
  const text = readFileSync(blocked, "utf8");
  const written = (name: string, change: (text: string) => string) => {
    writeFileSync(join(folder, name), change(text));
    return kubedrill(["search", name, ...(/variants:/.test(change(text)) ? ["--variant", "planted"] : [])], folder);
  };
  const failing = written("failing.yaml", (all) => all.replace("actions.active == 0", "count(pods, app=web) == 0"));
  assert.is(failing.code, 2);
  assert.match(failing.err, "an expectation fails although nothing happens");
  assert.match(failing.err, "count(pods, app=web) == 0");
  assert.match(written("silent.yaml", (all) => all.slice(0, all.indexOf("  expect:"))).err, "expects nothing");
  assert.match(written("idle.yaml", (all) => all.replace("duration: 30m", "until: idle")).err, "give it a duration");
  assert.match(search("--kinds", "nodeCrsh").err, "did you mean nodeCrash?");
  assert.match(search("--window", "5m..1m").err, "expected two times");
  assert.match(search("--window", "5m..2h").err, "within the run, which ends at 30m");
  const variant = (...args: readonly string[]) => kubedrill(["search", blocked, ...args], folder).err;
  assert.match(variant(), "expected one variant of planted, mended");
  assert.match(variant("--variant", "big"), "expected one variant of planted, mended");
  writeFileSync(join(folder, "one.yaml"), text.slice(0, text.indexOf("  variants:")));
  assert.match(kubedrill(["search", "one.yaml", "--variant", "big"], folder).err, "the scenario has no variants");
});

test.run();
