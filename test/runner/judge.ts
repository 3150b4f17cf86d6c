// What the outcome of one test file's process means. uvu exits with 0 when a hook throws or nothing was run, so its
// summary is read and every way of not having run all tests is a failure.

export interface ProcessOutcome {
  readonly output: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly timeoutSeconds: number;
  /** What the process itself has used; undefined where that was not seen. */
  readonly cpuMicros?: number | undefined;
}

export interface FileResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly skipReasons: readonly string[];
  readonly problems: readonly string[];
  readonly output: string;
  readonly cpuMicros: number | undefined;
}

/**
 * Judges one test file.
 *
 * @param outcome of its process; undefined when it could not be started
 * @param known problems found before
 */
export function judge(outcome: ProcessOutcome | undefined, known: readonly string[]): FileResult {
  const problems = [...known];
  const text = (outcome?.output ?? "").replace(ANSI, "");
  const total = count(text, "Total");
  const passed = count(text, "Passed") ?? 0;
  const skippedByUvu = count(text, "Skipped") ?? 0;
  const missing = [...text.matchAll(/^skipped: (\d+) \((.+)\)$/gm)];
  const skipped = skippedByUvu + missing.reduce((sum, match) => sum + Number(match[1]), 0);
  if (outcome === undefined) problems.push("it was not started");
  else if (outcome.timedOut) problems.push(`killed after ${outcome.timeoutSeconds} s`);
  else if (outcome.signal !== null) problems.push(`died of ${outcome.signal}`);
  else if (total === undefined) problems.push(`no summary of tests, exit code ${outcome.code}`);
  else if (total === 0 && skipped === 0) problems.push("no tests");
  // uvu's total leaves out skipped tests
  else if (passed < total) problems.push(`${passed} of ${total} tests passed`);
  else if (outcome.code !== 0) problems.push(`exit code ${outcome.code}`);
  const failed = problems.length === 0 ? 0 : Math.max(1, (total ?? 0) - passed);
  return {
    passed,
    failed,
    skipped,
    skipReasons: missing.map((match) => match[2]!),
    problems,
    output: text,
    cpuMicros: outcome?.cpuMicros,
  };
}

/**
 * What a test file's source says that its run would not: suites that are used but never run, and a forgotten `.only`.
 *
 * @param source the compiled file
 */
export function sourceProblems(source: string): string[] {
  const names = [...source.matchAll(/\b(?:const|let)\s+(\w+)\s*=\s*suite\(/g)].map((match) => match[1]!);
  if (/import\s*\{[^}]*\btest\b[^}]*\}\s*from\s*["']uvu["']/.test(source)) names.push("test");
  return names.flatMap((name) => {
    const problems: string[] = [];
    if (!new RegExp(`^\\s*${name}\\.run\\(\\);?\\s*$`, "m").test(source)) problems.push(`suite "${name}" is never run`);
    if (new RegExp(`^\\s*${name}\\.only\\(`, "m").test(source)) problems.push(`suite "${name}" has an only`);
    return problems;
  });
}

// colour sequences, should uvu print them nevertheless
const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

function count(text: string, label: string): number | undefined {
  const match = [...text.matchAll(new RegExp(`^ {2}${label}: +(\\d+)$`, "gm"))].at(-1);
  return match === undefined ? undefined : Number(match[1]);
}
