// `npm run check:planted -- [id…] [--seeds N] [--time-limit S]`: looks for every planted bug, prints a table in Markdown. Exit code 1
// when one is not found (unless it is argued to be equivalent), or when its text does not stand in the program any more.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Copy, type Search, StaleBug, searchFor } from "./planted.ts";
import type { PlantedBug } from "./planted-bugs/bug.ts";
import { PLANTED_BUGS } from "./planted-bugs/registry.ts";

const PARALLEL = 2;
const compiled = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const { values, positionals } = parseArgs({
  options: { seeds: { type: "string", default: "20000" }, "time-limit": { type: "string", default: "400" } },
  allowPositionals: true,
});
const options = { maxSeeds: Number(values.seeds), timeLimitSeconds: Number(values["time-limit"]) };
const wanted = PLANTED_BUGS.filter(({ id }) => positionals.length === 0 || positionals.includes(id));
const queue: PlantedBug[] = wanted.filter(({ equivalent }) => equivalent === undefined);
const found = new Map<PlantedBug, Search>();
let stale = 0;

async function work(): Promise<void> {
  const copy = new Copy(dirname(compiled), compiled);
  try {
    for (let bug = queue.shift(); bug !== undefined; bug = queue.shift()) {
      try {
        const search = await searchFor(bug, copy, options);
        found.set(bug, search);
        console.error(`${bug.id}: ${search.seeds ?? "–"} (${search.by}), ${search.seconds.toFixed(0)} s`);
      } catch (error) {
        if (!(error instanceof StaleBug)) throw error;
        stale++;
        console.error(error.message);
      }
    }
  } finally {
    copy.remove();
  }
}

await Promise.all(Array.from({ length: PARALLEL }, work));
console.log("| bug | what is wrong | seeds needed | found by |\n| --- | --- | --- | --- |");
for (const bug of wanted) {
  const search = found.get(bug);
  const seeds = bug.equivalent === undefined ? String(search?.seeds ?? "not found") : "equivalent";
  console.log(`| ${bug.id} | ${bug.why} | ${seeds} | ${bug.equivalent ?? search?.by ?? "its text is gone"} |`);
}
const hits = [...found.values()].filter(({ seeds }) => seeds !== null).length;
console.log(`\n${hits} of ${found.size} found, ${stale} stale, ${wanted.length - found.size - stale} equivalent`);
if (stale > 0 || hits < found.size) process.exitCode = 1;
