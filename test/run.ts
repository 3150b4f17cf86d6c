// Runs the uvu test files, each with a kill timeout, one after the other in as many processes as there are cores, and counts what uvu alone
// would not notice: a crash, no tests, a forgotten `.run()`, a failed hook. Usage: node dist/test/run.js [name…] [--timeout S] [--thorough]
// The last line is `N passed, N failed` or `N passed, N failed, N skipped`; a file that needs ../shared and does not find it prints
// `skipped: N (reason)`. A line `// test-timeout: 300s` asks for more time; such files come first. One with `// test-process: own` has a
// process for itself. Tests in a browser run when they are named. --thorough: files that import test/thorough.ts, with all their cases.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { execute } from "./runner/execute.ts";
import { TestHost } from "./runner/host.ts";
import { type FileResult, judge, sourceProblems } from "./runner/judge.ts";

const PARALLEL = Math.max(2, availableParallelism());
const DEFAULT_TIMEOUT_SECONDS = 120;
/** Tests that are run only when they are named. */
const NAMED_ONLY = "test/browser/";

const outDir = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(outDir);

interface Options {
  readonly names: readonly string[];
  readonly timeoutSeconds: number;
  readonly isThorough: boolean;
}

function parseArguments(args: readonly string[]): Options {
  const names: string[] = [];
  let timeoutSeconds = DEFAULT_TIMEOUT_SECONDS;
  let isThorough = false;
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--timeout") timeoutSeconds = Number(args[++i]);
    else if (args[i] === "--thorough") isThorough = true;
    else names.push(args[i]!);
  }
  return { names, timeoutSeconds, isThorough };
}

interface TestFile {
  readonly path: string;
  /** Seconds that it asks for; undefined: the default is enough. */
  readonly asks: number | undefined;
  readonly isAlone: boolean;
}

/** Sources decide what is run, so that a stale compiled file is not, and a missing one is a failure. */
function findTests({ names, isThorough }: Options): TestFile[] {
  return readdirSync(join(root, "test"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) => (names.length === 0 ? !path.startsWith(NAMED_ONLY) : names.some((name) => path.includes(name))))
    .sort()
    .map((path) => ({ path, source: readFileSync(join(root, path), "utf8") }))
    .filter(({ source }) => !isThorough || /^import .* from "(\.\.?\/)+thorough\.ts";$/m.test(source))
    .map(({ path, source }) => ({
      path,
      asks: secondsAsked(source),
      isAlone: /^\/\/ test-process: own$/m.test(source),
    }))
    .sort((a, b) => (b.asks ?? 0) - (a.asks ?? 0));
}

function secondsAsked(source: string): number | undefined {
  const asked = /^\/\/ test-timeout: (\d+)s$/m.exec(source);
  return asked === null ? undefined : Number(asked[1]);
}

/** Runs files one after the other: in one process as long as none crashes, or in their own where they ask for it. */
class Runner {
  private readonly options: Options;
  private readonly env: Readonly<Record<string, string>>;
  private host: TestHost | undefined;

  constructor(options: Options) {
    this.options = options;
    this.env = options.isThorough ? { KUBEDRILL_THOROUGH: "1" } : {};
  }

  async run({ path, asks, isAlone }: TestFile): Promise<FileResult> {
    const compiled = resolve(outDir, path.replace(/\.ts$/, ".js"));
    if (!existsSync(compiled)) return judge(undefined, ["it was not compiled"]);
    const problems = sourceProblems(readFileSync(compiled, "utf8"));
    const seconds = asks ?? this.options.timeoutSeconds;
    if (isAlone) return judge(await execute(compiled, root, seconds, this.env), problems);
    if (this.host?.isUsable !== true) {
      await this.host?.end();
      this.host = new TestHost(root, this.env);
    }
    return judge(await this.host.run(compiled, seconds), problems);
  }

  async end(): Promise<void> {
    await this.host?.end();
  }
}

async function main(): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  const queue = findTests(options);
  const results: FileResult[] = [];
  if (queue.length === 0) {
    results.push(judge(undefined, []));
    console.log(`no test file matches ${options.names.join(" ")}`);
  }
  const worker = async () => {
    const runner = new Runner(options);
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const start = process.hrtime.bigint();
      const result = await runner.run(file);
      const seconds = (Number(process.hrtime.bigint() - start) / 1e9).toFixed(1);
      results.push(result);
      console.log(
        `${result.failed > 0 ? "FAIL" : "ok  "} ${file.path}: ${describe(result)}, ${seconds} s${cpu(result)}`,
      );
      if (result.failed > 0) console.log(`${result.problems.join("\n")}\n${result.output.trimEnd()}\n`);
    }
    await runner.end();
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  const total = results.reduce(
    (sum, result) => ({
      passed: sum.passed + result.passed,
      failed: sum.failed + result.failed,
      skipped: sum.skipped + result.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
  for (const reason of new Set(results.flatMap((result) => result.skipReasons))) console.log(`skipped: ${reason}`);
  console.log(describe(total));
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
}

/** Wall time says little on a machine that does other things too. */
function cpu({ cpuMicros }: FileResult): string {
  return cpuMicros === undefined ? "" : ` (${(cpuMicros / 1e6).toFixed(1)} CPU s)`;
}

function describe(counts: Pick<FileResult, "passed" | "failed" | "skipped">): string {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}

await main();
