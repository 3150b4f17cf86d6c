// npm run test:twins -- --seeds FROM..TO: many twin histories, for changes of the node table. Lists what differs, the first
// difference of each history, and ends with exit code 1 if anything does.
import { parseArgs } from "node:util";
import { Assertion } from "uvu/assert";
import { compare, PERCENTAGES, TIE_BREAKS } from "./twins.ts";

const MOST_SHOWN = 12;

const { values } = parseArgs({ options: { seeds: { type: "string", default: "1..300" } } });
const [from = 1, to = from] = values.seeds.split("..").map(Number);
let different = 0;
for (const tieBreak of TIE_BREAKS) {
  for (const percentage of PERCENTAGES) {
    let attempts = 0;
    let served = 0;
    for (let seed = from; seed <= to && different < MOST_SHOWN; seed++) {
      try {
        const lived = compare(tieBreak, percentage, seed, seed);
        attempts += lived.attempts;
        served += lived.served;
      } catch (error) {
        different++;
        if (error instanceof Assertion)
          console.log(`${error.message}\n  table ${error.actual}\n  plain ${error.expects}`);
        else console.log(`seed ${seed}, ${tieBreak}, ${percentage} %: ${(error as Error).stack}`);
      }
    }
    console.log(
      `${tieBreak}, ${percentage} %, seeds ${from}..${to}: ${attempts} attempts, ${served} decided by the table`,
    );
  }
}
console.log(different === 0 ? "all agree" : `${different} histories differ`);
if (different > 0) process.exitCode = 1;
