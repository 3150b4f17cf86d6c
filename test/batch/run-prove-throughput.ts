// npm run prove:throughput -- [--seeds 40] [--repeats 2]: how much faster a batch is on two cores than on one, start and tables included.
// One core is one worker whose process is held on one core, since collecting garbage would borrow the other. The two are measured in turn
// and the best of each counts, because whatever else runs on the machine only ever makes them slower; it must be quiet all the same.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "../checks/source-tree.ts";
import { mainFile } from "../cli/command.ts";
import { numberOption } from "./prove.ts";

const WANTED = 1.8;
const SCENARIO = join(repositoryRoot, "scenarios/batch/arrivals.yaml");

/** @returns seconds */
function measure(cores: number, seeds: number, out: string): number {
  const batch = [mainFile, "batch", SCENARIO, "--seeds", `1..${seeds}`, "-w", String(cores), "--out", out];
  const held = ["-c", cores === 1 ? "0" : "0,1", process.execPath, ...batch];
  const started = performance.now();
  const done = spawnSync("taskset", held, { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`kubedrill ${batch.join(" ")}: ${done.stderr || String(done.error)}`);
  return (performance.now() - started) / 1000;
}

function main(args: readonly string[]): boolean {
  const seeds = numberOption(args, "seeds", 40);
  const repeats = numberOption(args, "repeats", 2);
  const folder = mkdtempSync(join(tmpdir(), "kubedrill-throughput-"));
  const best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  console.log(`${2 * seeds} runs; load of the machine ${loadavg()[0]!.toFixed(1)} before it began`);
  try {
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const cores of [1, 2]) {
        const seconds = measure(cores, seeds, join(folder, "out"));
        best[cores - 1] = Math.min(best[cores - 1]!, seconds);
        console.log(
          `${cores} core${cores === 1 ? " " : "s"}: ${seconds.toFixed(2)} s, ${((2 * seeds) / seconds).toFixed(2)} runs/s`,
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const ratio = best[0]! / best[1]!;
  console.log(`two cores are ${ratio.toFixed(2)} times as fast as one; wanted: ${WANTED}`);
  return ratio >= WANTED;
}

const passed = main(process.argv.slice(2));
console.log(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
process.exitCode = passed ? 0 : 1;
