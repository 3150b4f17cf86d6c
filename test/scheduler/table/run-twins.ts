// npm run test:twins -- --seeds FROM..TO: many twin histories, for changes of the node table. Exit code 1 at the first difference.
import { parseArgs } from "node:util";
import { compare, PERCENTAGES, TIE_BREAKS } from "./twins.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "1..300" } } });
const [from = 1, to = from] = values.seeds.split("..").map(Number);
let scheduled = 0;
for (const tieBreak of TIE_BREAKS) {
  for (const percentage of PERCENTAGES) {
    scheduled += compare(tieBreak, percentage, from, to).scheduled;
    console.error(`${tieBreak}, ${percentage} %: seeds ${from}..${to} agree`);
  }
}
console.log(`${scheduled} placements agree`);
