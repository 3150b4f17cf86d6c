// npm run prove:report -- [--runs 1000] [--points 1000000] [--keep FOLDER]: how large reports are, how long a browser takes to show them, and that they
// ask the network for nothing: of a run, of a batch of 1,000 runs, and of a run with a time series of a million points, whose single peak
// and dip must still be there.
import { createReadStream, createWriteStream, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { finished } from "node:stream/promises";
import type { Browser } from "playwright-core";
import { numberOption, runCommand, TINY } from "../batch/prove.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { axe } from "./axe.ts";
import { chromiumPath, openChromium, watch } from "./chromium.ts";

const MIB = 1024 * 1024;
/** Promised for one run, and for a thousand. */
const LARGEST_SINGLE_MIB = 2;
const LARGEST_BATCH_MIB = 10;
const PEAK = 987_654;

interface Shown {
  readonly bytes: number;
  readonly loadMillis: number;
  readonly requests: number;
  readonly violations: number;
  readonly problems: readonly string[];
}

/** From going there to the first frame that is drawn after everything was done. */
async function show(browser: Browser, file: string): Promise<Shown> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const seen = await watch(page);
  const start = process.hrtime.bigint();
  await page.goto(`file://${file}`, { waitUntil: "load" });
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  const loadMillis = Number(process.hrtime.bigint() - start) / 1e6;
  await page.evaluate("document.querySelector('#table-summary').open = true");
  const { violations } = await axe(page);
  const problems = [...seen.problems, ...violations];
  await page.close();
  return {
    bytes: statSync(file).size,
    loadMillis,
    requests: seen.requests.length,
    violations: violations.length,
    problems,
  };
}

/** The folder's time series, drawn out to so many points, with one peak and one dip. */
async function drawOut(folder: string, points: number): Promise<void> {
  const path = join(folder, "timeseries.csv");
  const lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path) })) lines.push(line);
  const [header = "", first = ""] = lines;
  const names = header.split(",");
  const [time, pending, running] = ["time_s", "pods_pending", "pods_running"].map((name) => names.indexOf(name));
  const end = Number(first.split(",")[names.indexOf("sim_duration_s")]);
  const out = createWriteStream(path);
  out.write(`${header}\n`);
  for (let i = 0; i < points; i++) {
    const cells = first.split(",");
    cells[time!] = ((end * i) / (points - 1)).toFixed(6);
    cells[pending!] = i === Math.floor(points / 3) ? String(PEAK) : "5";
    cells[running!] = i === Math.floor(points / 2) ? "1" : String(1000 + (i % 7));
    if (!out.write(`${cells.join(",")}\n`)) await new Promise<void>((resolve) => out.once("drain", () => resolve()));
  }
  out.end();
  await finished(out);
}

async function main(args: readonly string[]): Promise<boolean> {
  const [runs, points] = [numberOption(args, "runs", 1000), numberOption(args, "points", 1_000_000)];
  const keep = args.includes("--keep") ? args[args.indexOf("--keep") + 1] : undefined;
  const path = chromiumPath();
  if (path === undefined) {
    console.log("skipped: 3 (no Chromium here: apt-get install chromium)");
    return true;
  }
  const folder = keep ?? mkdtempSync(join(tmpdir(), "kubedrill-report-"));
  mkdirSync(folder, { recursive: true });
  const browser = await openChromium(path);
  let isFine = true;
  const check = (holds: boolean, text: string) => {
    isFine &&= holds;
    console.log(`${holds ? "ok  " : "FAIL"} ${text}`);
  };
  const reportOn = async (what: string, out: string, mostMib: number, seconds: number) => {
    const { bytes, loadMillis, problems, requests, violations } = await show(browser, join(out, "report.html"));
    const size = `${(bytes / MIB).toFixed(2)} MiB (at most ${mostMib})`;
    check(
      bytes < mostMib * MIB && requests === 0 && problems.length === 0,
      `${what}: ${size}, made in ${seconds.toFixed(1)} s of CPU, shown in ${loadMillis.toFixed(0)} ms, ${requests} network requests, ${violations} violations of axe-core`,
    );
    for (const problem of problems) console.log(`     ${problem}`);
  };
  const make = async (out: string): Promise<number> => {
    const before = process.resourceUsage();
    const { writeReport } = await import("../../sim/cli/html-report.ts");
    await writeReport(out);
    const after = process.resourceUsage();
    return (after.userCPUTime - before.userCPUTime) / 1e6;
  };
  try {
    const [single, batch] = [join(folder, "single"), join(folder, "batch")];
    await runCommand(["run", join(repositoryRoot, "scenarios/failures/zone-outage.yaml"), "--out", single]);
    await reportOn("a run with a zone outage", single, LARGEST_SINGLE_MIB, await make(single));
    await runCommand(["batch", TINY, "--seeds", `1..${runs}`, "--out", batch]);
    await reportOn(`${runs} runs`, batch, LARGEST_BATCH_MIB, await make(batch));
    await drawOut(single, points);
    await reportOn(`a time series of ${points} points`, single, LARGEST_SINGLE_MIB, await make(single));
    const page = await browser.newPage();
    await page.goto(`file://${join(single, "report.html")}`);
    const label = (await page.getAttribute("#timelines-0-pods .plot", "aria-label")) ?? "";
    const drawn = (await page.getAttribute("#timelines-0-pods path.s2", "d")) ?? "";
    check(
      /pending: 5 to 987\u202f654/.test(label) && drawn.includes(` ${PEAK}`),
      `its peak of one point in ${points} is drawn`,
    );
    check(/running: 1 to/.test(label), "its dip is drawn");
  } finally {
    await browser.close();
    if (keep === undefined) rmSync(folder, { recursive: true, force: true });
  }
  return isFine;
}

const passed = await main(process.argv.slice(2));
console.log(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
process.exitCode = passed ? 0 : 1;
