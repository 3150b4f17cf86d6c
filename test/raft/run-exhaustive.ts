// Exhaustive search of small clusters: `npm run exhaustive:raft -- [--entries N] [--terms N] [--max-states N]`. Prints one
// line per setting; exit code 1 on a violation, or when a search did not come to its end.
import { parseArgs } from "node:util";
import { search } from "./state-space.ts";

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "3" },
    terms: { type: "string", default: "2" },
    entries: { type: "string", default: "2" },
    "max-states": { type: "string", default: "20000000" },
    "pre-vote": { type: "boolean", default: false },
    beats: { type: "boolean", default: false },
    crashes: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const start = process.hrtime.bigint();
const result = search({
  nodes: Number(values.nodes),
  terms: Number(values.terms),
  entries: Number(values.entries),
  preVote: values["pre-vote"],
  crashes: values.crashes,
  beats: values.beats,
  maxStates: Number(values["max-states"]),
  fault: null,
});
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(JSON.stringify({ ...result, seconds: Number(seconds.toFixed(1)) }));
if (result.violation !== null || !result.isComplete) process.exitCode = 1;
