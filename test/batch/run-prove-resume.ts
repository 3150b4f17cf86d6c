// npm run prove:resume -- [--runs 1000] [--kills 3] [--seed 1]: a batch that is killed with SIGKILL at random moments and started again
// ends with the same bytes as one that nobody disturbed.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStream } from "../../sim/engine/random.ts";
import {
  compareFolders,
  countRuns,
  finishedRuns,
  isOver,
  numberOption,
  runCommand,
  sleep,
  startCommand,
  TINY,
} from "./prove.ts";

async function main(args: readonly string[]): Promise<boolean> {
  const runs = numberOption(args, "runs", 1000);
  const kills = numberOption(args, "kills", 3);
  const seed = numberOption(args, "seed", 1);
  const stream = createStream(seed, "prove/resume");
  const folder = mkdtempSync(join(tmpdir(), "kubedrill-resume-"));
  const [calm, disturbed] = [join(folder, "calm"), join(folder, "disturbed")];
  const batch = (out: string) => ["batch", TINY, "--seeds", `1..${runs}`, "--out", out];
  console.log(`${runs} runs, ${kills} kills, seed ${seed}`);
  try {
    await runCommand(batch(calm));
    // how many runs are finished when it happens: early enough that a quick machine is not done before the signal comes
    const latest = Math.max(1, Math.floor(runs * 0.8));
    const moments = Array.from({ length: kills }, () => 1 + stream.int(latest)).sort((a, b) => a - b);
    let killed = 0;
    for (const moment of moments) {
      const { child, ended } = startCommand(batch(disturbed));
      while (child.exitCode === null && finishedRuns(disturbed) < moment) await sleep(2);
      await sleep(stream.int(40));
      const kept = finishedRuns(disturbed);
      child.kill("SIGKILL");
      const { code, err } = await ended;
      if (code !== null) throw new Error(`it ended with ${code} before it was killed: ${err}`);
      if (isOver(disturbed)) throw new Error("it was over before it was killed");
      killed++;
      console.log(`kill -9 number ${killed} with ${kept} of ${runs} runs finished`);
    }
    const { code, err } = await startCommand(batch(disturbed)).ended;
    if (code !== 0) throw new Error(`it ended with ${code}: ${err}`);
    console.log(err.trim());
    const counts = [...countRuns(disturbed).values()];
    const isEachOnce = counts.length === runs && counts.every((count) => count === 1);
    console.log(`${isEachOnce ? "ok  " : "FAIL"} each of ${runs} runs is there once`);
    return compareFolders("killed and gone on with", calm, disturbed) && isEachOnce && killed === kills;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const passed = await main(process.argv.slice(2));
console.log(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
process.exitCode = passed ? 0 : 1;
