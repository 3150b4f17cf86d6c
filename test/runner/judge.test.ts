// The runner is tested with planted failures: every way in which a test file can fail to test must be seen.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { execute } from "./execute.ts";
import { TestHost } from "./host.ts";
import { type FileResult, judge, sourceProblems } from "./judge.ts";

const uvu = import.meta.resolve("uvu");
const header = `import { test, suite } from ${JSON.stringify(uvu)};\n`;
const folder = mkdtempSync(join(tmpdir(), "kubedrill-runner-"));

type Run = (name: string, body: string, timeoutSeconds?: number) => Promise<FileResult>;

function written(way: string, name: string, body: string): string {
  const file = join(folder, `${name}-${way}.mjs`);
  writeFileSync(file, header + body);
  return file;
}

const alone: Run = async (name, body, timeoutSeconds = 30) =>
  judge(await execute(written("alone", name, body), folder, timeoutSeconds), []);

// after a file that passes, and before one: what is wrong with this one is nobody else's
const inHost: Run = async (name, body, timeoutSeconds = 30) => {
  const hosts: TestHost[] = [];
  const next = async (file: string, seconds: number) => {
    if (hosts.at(-1)?.isUsable !== true) hosts.push(new TestHost(folder));
    return judge(await hosts.at(-1)!.run(file, seconds), []);
  };
  const good = `test("fine", () => {}); test.run();`;
  assert.equal((await next(written("before", name, good), 30)).problems, []);
  const result = await next(written("host", name, body), timeoutSeconds);
  const after = await next(written("after", name, good), 30);
  assert.equal([after.problems, after.passed], [[], 1]);
  for (const host of hosts) await host.end();
  return result;
};

test.after(() => rmSync(folder, { recursive: true, force: true }));

for (const [way, run] of [
  ["alone", alone],
  ["in a host", inHost],
] as const) {
  test(`${way}: passing tests pass`, async () => {
    const result = await run("pass", `test("a", () => {}); test("b", () => {}); test.run();`);
    assert.is(result.passed, 2);
    assert.is(result.failed, 0);
    assert.equal(result.problems, []);
  });

  test(`${way}: a failing test fails, and the others are counted`, async () => {
    const result = await run("fail", `test("a", () => {}); test("b", () => { throw new Error("x"); }); test.run();`);
    assert.is(result.passed, 1);
    assert.is(result.failed, 1);
  });

  test(`${way}: a crash fails`, async () => {
    assert.is((await run("crash", `test("a", () => {}); test.run(); throw new Error("boom");`)).failed, 1);
  });

  test(`${way}: an early exit with code 0 fails`, async () => {
    const result = await run("exit", `test("a", () => {}); test("b", () => process.exit(0)); test.run();`);
    assert.is(result.failed, 1);
  });

  test(`${way}: death by a signal fails`, async () => {
    const result = await run("signal", `test("a", () => process.kill(process.pid, "SIGTERM")); test.run();`);
    assert.is(result.failed, 1);
    assert.match(result.problems.join(), "SIGTERM");
  });

  test(`${way}: a hook that throws fails, though uvu exits with 0`, async () => {
    const result = await run("hook", `test.before(() => { throw new Error("x"); }); test("a", () => {}); test.run();`);
    assert.is(result.failed, 1);
  });

  test(`${way}: no tests and no run fail`, async () => {
    assert.is((await run("empty", "test.run();")).failed, 1);
    assert.is((await run("norun", `test("a", () => {});`)).failed, 1);
    assert.is((await run("nothing", "")).failed, 1);
  });

  test(`${way}: a hang is killed with what it started, and fails`, async () => {
    const body = `import { spawn } from "node:child_process";
    test("a", () => { spawn("sleep", ["60"], { stdio: "inherit" }); while (true) {} }); test.run();`;
    const start = Date.now();
    const result = await run("hang", body, 1);
    assert.is(result.failed, 1);
    assert.match(result.problems.join(), "killed after 1 s");
    assert.ok(Date.now() - start < 20_000);
  });

  test(`${way}: a process that is left behind is killed and does not hold the run`, async () => {
    const body = `import { spawn } from "node:child_process";
    test("a", () => { spawn("sleep", ["60"], { stdio: "inherit" }).unref(); }); test.run();`;
    const start = Date.now();
    assert.is((await run("orphan", body)).failed, 0);
    assert.ok(Date.now() - start < 20_000);
  });

  test(`${way}: skips are counted, those for missing files with their reason`, async () => {
    const result = await run("skip", `test.skip("a", () => {}); console.log("skipped: 4 (no ../shared)"); test.run();`);
    assert.is(result.skipped, 5);
    assert.is(result.failed, 0);
    assert.equal(result.skipReasons, ["no ../shared"]);
  });
}

test("in a host: the next file finds folder, environment and arguments as they were", async () => {
  const host = new TestHost(folder, { KUBEDRILL_GIVEN: "1" });
  const first = `import { tmpdir } from "node:os";
    test("a", () => { process.chdir(tmpdir()); delete process.env.KUBEDRILL_GIVEN; process.env.KUBEDRILL_LEFT = "1"; process.argv.push("x"); process.exitCode = 0; }); test.run();`;
  const second = `import { ok, is } from ${JSON.stringify(import.meta.resolve("uvu/assert"))};
    test("a", () => {
      is(process.cwd(), ${JSON.stringify(folder)}); is(process.env.KUBEDRILL_GIVEN, "1"); is(process.env.KUBEDRILL_LEFT, undefined);
      is(process.argv.length, 2); ok(process.argv[1].endsWith("second-host.mjs"));
    }); test.run();`;
  assert.equal(judge(await host.run(written("host", "first", first), 30), []).problems, []);
  const result = judge(await host.run(written("host", "second", second), 30), []);
  assert.equal(result.problems, [], result.output);
  assert.ok(result.cpuMicros! > 0);
  await host.end();
});

test("in a host: output of both streams belongs to its file", async () => {
  const host = new TestHost(folder);
  for (const [ours, theirs] of [
    ["one", "two"],
    ["two", "one"],
  ]) {
    const source = `test("a", () => { console.error("${ours} err"); console.log("${ours} out"); }); test.run();`;
    const { output } = judge(await host.run(written("host", ours!, source), 30), []);
    assert.ok(output.includes(`${ours} err`) && output.includes(`${ours} out`), output);
    assert.not.match(output, theirs!);
    assert.not.match(output, "end of file");
  }
  await host.end();
});

test("in a host: what would have kept its process alive is a failure", async () => {
  const result = await inHost("timer", `test("a", () => { setInterval(() => {}, 1e6); }); test.run();`);
  assert.is(result.failed, 1);
  assert.match(result.output, "it would not have ended: Timeout");
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
