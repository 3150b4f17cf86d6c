// The runner is tested with planted failures: every way in which a test file can fail to test must be seen.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { execute } from "./execute.ts";
import { type FileResult, judge, sourceProblems } from "./judge.ts";

const uvu = import.meta.resolve("uvu");
const header = `import { test, suite } from ${JSON.stringify(uvu)};\n`;
const folder = mkdtempSync(join(tmpdir(), "kubedrill-runner-"));

async function run(name: string, body: string, timeoutSeconds = 30): Promise<FileResult> {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, header + body);
  return judge(await execute(file, folder, timeoutSeconds), []);
}

test.after(() => rmSync(folder, { recursive: true, force: true }));

test("passing tests pass", async () => {
  const result = await run("pass", `test("a", () => {}); test("b", () => {}); test.run();`);
  assert.is(result.passed, 2);
  assert.is(result.failed, 0);
  assert.equal(result.problems, []);
});

test("a failing test fails, and the others are counted", async () => {
  const result = await run("fail", `test("a", () => {}); test("b", () => { throw new Error("x"); }); test.run();`);
  assert.is(result.passed, 1);
  assert.is(result.failed, 1);
});

test("a crash fails", async () => {
  assert.is((await run("crash", `test("a", () => {}); test.run(); throw new Error("boom");`)).failed, 1);
});

test("an early exit with code 0 fails", async () => {
  const result = await run("exit", `test("a", () => {}); test("b", () => process.exit(0)); test.run();`);
  assert.is(result.failed, 1);
});

test("death by a signal fails", async () => {
  const result = await run("signal", `test("a", () => process.kill(process.pid, "SIGTERM")); test.run();`);
  assert.is(result.failed, 1);
  assert.match(result.problems.join(), "SIGTERM");
});

test("a hook that throws fails, though uvu exits with 0", async () => {
  const result = await run("hook", `test.before(() => { throw new Error("x"); }); test("a", () => {}); test.run();`);
  assert.is(result.failed, 1);
});

test("no tests and no run fail", async () => {
  assert.is((await run("empty", "test.run();")).failed, 1);
  assert.is((await run("norun", `test("a", () => {});`)).failed, 1);
  assert.is((await run("nothing", "")).failed, 1);
});

test("a hang is killed with what it started, and fails", async () => {
  const body = `import { spawn } from "node:child_process";
    test("a", () => { spawn("sleep", ["60"], { stdio: "inherit" }); while (true) {} }); test.run();`;
  const start = Date.now();
  const result = await run("hang", body, 1);
  assert.is(result.failed, 1);
  assert.match(result.problems.join(), "killed after 1 s");
  assert.ok(Date.now() - start < 20_000);
});

test("a process that is left behind is killed and does not hold the run", async () => {
  const body = `import { spawn } from "node:child_process";
    test("a", () => { spawn("sleep", ["60"], { stdio: "inherit" }).unref(); }); test.run();`;
  const start = Date.now();
  assert.is((await run("orphan", body)).failed, 0);
  assert.ok(Date.now() - start < 20_000);
});

test("skips are counted, those for missing files with their reason", async () => {
  const result = await run("skip", `test.skip("a", () => {}); console.log("skipped: 4 (no ../shared)"); test.run();`);
  assert.is(result.skipped, 5);
  assert.is(result.failed, 0);
  assert.equal(result.skipReasons, ["no ../shared"]);
});

test("a forgotten run or only is seen in the source", () => {
  const twice = `import { suite, test } from "uvu";\nconst a = suite("a");\ntest.run();\n`;
  assert.equal(sourceProblems(twice), ['suite "a" is never run']);
  assert.equal(sourceProblems(`${twice}a.run();\n`), []);
  assert.equal(sourceProblems(`${twice}// a.run();\n`), ['suite "a" is never run']);
  assert.equal(sourceProblems(`import { test } from "uvu";\ntest.only("x", f);\ntest.run();\n`), [
    'suite "test" has an only',
  ]);
});

test("a file that could not be started fails", () => {
  assert.is(judge(undefined, []).failed, 1);
});

test.run();
