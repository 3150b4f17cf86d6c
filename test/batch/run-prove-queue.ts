// npm run prove:queue -- [--runs 300]: a batch over Redis with three workers, of which two are killed with SIGKILL while they work, and a
// batch that is killed itself and started again: no run is lost or doubled, and the tables are the bytes of one machine.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Command,
  compareFolders,
  countRuns,
  finishedRuns,
  numberOption,
  runCommand,
  sleep,
  startCommand,
  TINY,
} from "./prove.ts";
import { startRedis } from "./queue/redis.ts";

async function main(args: readonly string[], url: string): Promise<boolean> {
  const runs = numberOption(args, "runs", 300);
  const folder = mkdtempSync(join(tmpdir(), "kubedrill-queue-"));
  const [here, queued] = [join(folder, "here"), join(folder, "queued")];
  const batch = (out: string, ...more: string[]) => ["batch", TINY, "--seeds", `1..${runs}`, "--out", out, ...more];
  const workers: Command[] = [];
  console.log(`${runs} runs, three workers at ${url}`);
  try {
    await runCommand(batch(here));
    for (let i = 0; i < 3; i++)
      workers.push(startCommand(["worker", "--queue", url, "-c", "2", "--stalled-after", "3s"]));
    let coordinator = startCommand(batch(queued, "--queue", url));
    const until = async (share: number) => {
      while (coordinator.child.exitCode === null && finishedRuns(queued) < share * runs) await sleep(2);
      if (coordinator.child.exitCode !== null)
        throw new Error(`the batch was over too early: ${(await coordinator.ended).err}`);
    };
    const kill = async (what: string, { child, ended }: Command) => {
      child.kill("SIGKILL");
      await ended;
      console.log(`kill -9 of ${what} with ${finishedRuns(queued)} of ${runs} runs fetched`);
    };
    await until(0.2);
    await kill("worker 1", workers[0]!);
    await until(0.4);
    await kill("the batch", coordinator);
    coordinator = startCommand(batch(queued, "--queue", url));
    await until(0.6);
    await kill("worker 2", workers[1]!);
    const { code, err } = await coordinator.ended;
    if (code !== 0) throw new Error(`the batch ended with ${code}: ${err}`);
    console.log(err.trim());
    const counts = [...countRuns(queued).values()];
    const isEachOnce = counts.length === runs && counts.every((count) => count === 1);
    console.log(`${isEachOnce ? "ok  " : "FAIL"} each of ${runs} runs is there once`);
    return compareFolders("by three workers, of which one lived", here, queued) && isEachOnce;
  } finally {
    for (const { child } of workers) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

const server = await startRedis();
if (server === undefined) {
  console.log("skipped: neither redis-server nor valkey-server is installed\n0 passed, 0 failed, 1 skipped");
} else {
  const passed = await main(process.argv.slice(2), server.url);
  await server.stop();
  console.log(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
  process.exitCode = passed ? 0 : 1;
}
