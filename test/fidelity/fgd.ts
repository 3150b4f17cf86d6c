// Reproduces the tables of "Beware of Fragmentation" (USENIX ATC 2023): six policies on each workload, over seeds, every judged cell in
// its tolerance; and the experiments without randomness, number by number. Exit code 1 when a cell is out or nothing was compared.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { GpuPolicyName } from "../../sim/model/scheduler-plugin-args.ts";
import { compareDeterministic } from "./fgd/deterministic.ts";
import { isJudged, type Published, readPublished, toleranceOf } from "./fgd/expected.ts";
import { type Curves, type ExperimentTask, POLICIES } from "./fgd/experiment.ts";
import { inOrder } from "./worker-pool.ts";

const USAGE =
  "usage: fidelity fgd --data DIR [--seeds 10] [--first-seed 1] [--policy NAME]… [--workload NAME]… [--workers N] [--all]   (DIR holds 01-openb-gpu-2023 and 02-fgd-expected)";
const AHEAD = 3;

interface Cell extends Published {
  readonly simulated: number;
  readonly simulatedSd: number;
  readonly tolerance: number;
}

/** Runs the command with its arguments; returns the exit code. */
export async function fidelityOfFgd(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: "string" },
      seeds: { type: "string", default: "10" },
      // published are 42 to 51, but the random numbers that a seed stands for are other ones here
      "first-seed": { type: "string", default: "1" },
      policy: { type: "string", multiple: true, default: [] },
      workload: { type: "string", multiple: true, default: [] },
      workers: { type: "string", default: String(availableParallelism()) },
      all: { type: "boolean", default: false },
    },
  });
  const [seeds, workers] = [Number(values.seeds), Number(values.workers)];
  const firstSeed = Number(values["first-seed"]);
  const unknown = values.policy.filter((name) => !POLICIES.includes(name as GpuPolicyName));
  if (values.data === undefined || !(seeds >= 1) || !(firstSeed >= 0) || !(workers >= 1) || unknown.length > 0) {
    console.error(unknown.length > 0 ? `no policy ${unknown.join(", ")}: ${POLICIES.join(", ")}` : USAGE);
    return 2;
  }
  const { data } = values;
  const deterministic = compareDeterministic(data, { workloads: values.workload, policies: values.policy });
  console.log(
    `in file order: ${deterministic.cells - deterministic.differences.length} of ${deterministic.cells} numbers of ${deterministic.rows} experiments are equal`,
  );
  for (const { actual, column, expected, policy, workload } of deterministic.differences)
    console.log(`${workload} ${policy} ${column}: expected ${expected}, got ${actual}`);

  const published = readPublished(data);
  const workloads = [...new Set(published.map(({ workload }) => workload))].filter(
    (name) => values.workload.length === 0 || values.workload.includes(name),
  );
  const policies = POLICIES.filter((name) => values.policy.length === 0 || values.policy.includes(name));
  const cells = await measure(published, { data, workloads, policies, seeds, firstSeed, workers });
  const judged = cells.filter(isJudged);
  printCells(values.all ? cells : judged);
  printLargest(cells);
  const out = judged.filter((cell) => !isIn(cell));
  console.log(
    `${judged.length - out.length} of ${judged.length} judged cells are within their tolerance, ${seeds} seeds`,
  );
  const nothing =
    judged.length === 0 ||
    (deterministic.rows === 0 && policies.some((name) => name !== "Random") && workloads.includes("default"));
  return out.length > 0 || deterministic.differences.length > 0 || nothing ? 1 : 0;
}

interface Extent {
  readonly data: string;
  readonly workloads: readonly string[];
  readonly policies: readonly GpuPolicyName[];
  readonly seeds: number;
  readonly firstSeed: number;
  readonly workers: number;
}

async function measure(published: readonly Published[], extent: Extent): Promise<Cell[]> {
  const { data, firstSeed, policies, seeds, workers, workloads } = extent;
  const subjects = workloads.flatMap((workload) => policies.map((policy) => ({ workload, policy })));
  const pool = {
    file: new URL("./fgd/worker.js", import.meta.url),
    name: "runExperiment",
    folder: data,
    workers,
    ahead: AHEAD,
  };
  const cells: Cell[] = [];
  let done = 0;
  await inOrder<(typeof subjects)[number], ExperimentTask, Curves>(
    pool,
    subjects,
    (subject) => Array.from({ length: seeds }, (_, i) => ({ ...subject, seed: String(firstSeed + i) })),
    (subject, curves) => {
      done += curves.length;
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${subjects.length * seeds} experiments`);
      for (const row of published)
        if (row.workload === subject.workload && row.policy === subject.policy) cells.push(cellOf(row, curves));
    },
  );
  if (process.stderr.isTTY) process.stderr.write("\n");
  return cells;
}

function cellOf(row: Published, curves: readonly Curves[]): Cell {
  const values = curves.map((curve) => curve[row.metric][row.percent]!);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const simulatedSd = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : Number.NaN;
  return { ...row, simulated: mean, simulatedSd, tolerance: toleranceOf(row, values.length) };
}

function isIn({ mean, simulated, tolerance }: Cell): boolean {
  // not a number is out
  return Math.abs(simulated - mean) <= tolerance;
}

function printCells(cells: readonly Cell[]): void {
  console.log("workload     policy         metric           at %   published    sd   simulated    sd    diff  within");
  for (const cell of cells) {
    const { mean, metric, percent, policy, sd, simulated, simulatedSd, tolerance, workload } = cell;
    const names = `${workload.padEnd(12)} ${policy.padEnd(14)} ${metric.padEnd(16)} ${String(percent).padStart(4)}`;
    const numbers = [
      mean.toFixed(2).padStart(11),
      sd.toFixed(2).padStart(5),
      simulated.toFixed(2).padStart(11),
      (Number.isNaN(simulatedSd) ? "" : simulatedSd.toFixed(2)).padStart(5),
      (simulated - mean).toFixed(2).padStart(7),
      tolerance.toFixed(2).padStart(7),
    ];
    const verdict = !isJudged(cell) ? "" : isIn(cell) ? "  in" : "  OUT";
    console.log(`${names} ${numbers.join(" ")}${verdict}`);
  }
}

/** How far the means are off anywhere, over all published points. */
function printLargest(cells: readonly Cell[]): void {
  for (const metric of new Set(cells.map((cell) => cell.metric))) {
    const of = cells.filter((cell) => cell.metric === metric);
    const differences = of.map(({ mean, simulated }) => Math.abs(simulated - mean));
    const within = of.filter(isIn).length;
    const average = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    console.log(
      `${metric}: ${of.length} published points, mean |difference| ${average.toFixed(3)}, largest ${Math.max(...differences).toFixed(2)}, ${within} within the tolerance`,
    );
  }
}
