// A process that runs test files one after the other, so that they share the modules that they import and what V8 has compiled of them.
// A file finds the working directory, the environment and the arguments that it would have alone; what it leaves behind that would have
// kept its process alive is a failure. A crash ends this process: who started it knows the file that was running.
import { pathToFileURL } from "node:url";
import type { HostRequest } from "./host.ts";

interface Uvu {
  exec(): Promise<void>;
}

// uvu would otherwise run a suite as soon as it is defined
const uvuGlobals = globalThis as unknown as { UVU_DEFER: number; UVU_QUEUE: unknown[][] };
uvuGlobals.UVU_DEFER = 1;

const cwd = process.cwd();
const env = { ...process.env };
// Node makes the two when they are first used, and then they stay
process.stdout.write("");
process.stderr.write("");

async function run({ file }: HostRequest): Promise<number> {
  const before = active();
  process.argv = [process.execPath, file];
  process.exitCode = undefined;
  uvuGlobals.UVU_QUEUE = [[null]];
  try {
    await import(pathToFileURL(file).href);
    const uvu = (await import("uvu")) as unknown as Uvu;
    await uvu.exec();
  } catch (error) {
    console.error(error);
    return 1;
  }
  const code = Number(process.exitCode ?? 0);
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  const left = await leftBehind(before);
  if (left.length > 0) {
    console.error(`it would not have ended: ${left.join(", ")}`);
    return 1;
  }
  return code;
}

/** How many there are of each thing that keeps a process alive. */
function active(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const LOOKS = 200;

/** What there is more of than before; what only takes a moment to close is given one. */
async function leftBehind(before: ReadonlyMap<string, number>): Promise<string[]> {
  let left: string[] = [];
  for (let look = 0; look < LOOKS; look++) {
    left = [...active()].filter(([name, count]) => count > (before.get(name) ?? 0)).map(([name]) => name);
    if (left.length === 0) break;
    await new Promise((done) => setTimeout(done, look === 0 ? 0 : 25));
  }
  return left;
}

process.on("message", async (request: HostRequest | "end") => {
  if (request === "end") process.exit(0);
  const { user, system } = process.cpuUsage();
  const code = await run(request);
  const used = process.cpuUsage();
  // both streams say that the file is over, as what was written before is on its way on both
  process.exitCode = undefined;
  process.stderr.write(`\n${request.mark}\n`);
  process.stdout.write(
    `\n${request.mark} ${code} ${process.memoryUsage.rss()} ${used.user + used.system - user - system}\n`,
  );
});
