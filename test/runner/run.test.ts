// The runner as a command: its last line and exit code are what CI reads.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const runner = fileURLToPath(new URL("../run.js", import.meta.url));

function run(...args: readonly string[]): { readonly lines: readonly string[]; readonly code: number | null } {
  const { stdout, status } = spawnSync(process.execPath, [runner, ...args], { encoding: "utf8" });
  return { lines: stdout.trimEnd().split("\n"), code: status };
}

test("the last line counts the tests of the files whose path contains a name", () => {
  const { lines, code } = run("engine/assert.test", "no-such-file");
  assert.match(lines[0]!, /^ok {3}test\/engine\/assert\.test\.ts: 2 passed, 0 failed/);
  assert.is(lines.at(-1), "2 passed, 0 failed");
  assert.is(code, 0);
});

test("no file is a failure, not a success with nothing done", () => {
  const { lines, code } = run("no-such-file");
  assert.is(lines.at(-1), "0 passed, 1 failed");
  assert.is(code, 1);
});

test("thorough tests are those that have more cases, with all of them", () => {
  assert.is(run("test/thorough.test").lines.at(-1), "1 passed, 0 failed");
  const { lines, code } = run("--thorough", "test/thorough.test", "engine/assert.test");
  assert.is(lines.at(-1), "2 passed, 0 failed");
  assert.is(code, 0);
});

test("a timeout that nothing can meet is a failure", () => {
  const { lines, code } = run("engine/event-queue.test", "--timeout", "0.05");
  assert.match(lines.join("\n"), "killed after 0.05 s");
  assert.is(lines.at(-1), "0 passed, 1 failed");
  assert.is(code, 1);
});

test.run();
