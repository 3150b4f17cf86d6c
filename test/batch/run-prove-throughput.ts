// npm run prove:throughput -- [--runs 600] [--repeats 3]: how much faster two workers are than one, start and tables included. The two
// are measured in turn and the best of each counts, because whatever else runs on the machine only ever makes them slower.
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { numberOption, runCommand, TINY } from "./prove.ts";

const WANTED = 1.8;

async function main(args: readonly string[]): Promise<boolean> {
  const runs = numberOption(args, "runs", 600);
  const repeats = numberOption(args, "repeats", 3);
  const folder = mkdtempSync(join(tmpdir(), "kubedrill-throughput-"));
  const best = new Map([
    [1, Number.POSITIVE_INFINITY],
    [2, Number.POSITIVE_INFINITY],
  ]);
  console.log(`${runs} runs, ${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)} before it began`);
  try {
    for (let repeat = 0; repeat < repeats; repeat++) {
      for (const workers of best.keys()) {
        const started = performance.now();
        await runCommand(["batch", TINY, "--seeds", `1..${runs}`, "-w", String(workers), "--out", join(folder, "out")]);
        const seconds = (performance.now() - started) / 1000;
        best.set(workers, Math.min(best.get(workers)!, seconds));
        console.log(
          `${workers} worker${workers === 1 ? " " : "s"}: ${seconds.toFixed(2)} s, ${(runs / seconds).toFixed(1)} runs/s`,
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const ratio = best.get(1)! / best.get(2)!;
  console.log(`two workers are ${ratio.toFixed(2)} times as fast as one; wanted: ${WANTED}`);
  return ratio >= WANTED;
}

const passed = await main(process.argv.slice(2));
console.log(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
process.exitCode = passed ? 0 : 1;
