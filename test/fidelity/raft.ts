// Measures how faithful sim/raft is to etcd's raft library: `--traces DIR` replays recorded traces step by step. One row
// per family, then the first differences. Exit code 1 on any, and when there was nothing to compare.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { replayTrace, type TraceDifference, type TraceResult } from "./raft-trace.ts";

const SHOWN = 10;

/** Runs the command with its arguments; returns the exit code. */
export function fidelityOfRaft(args: readonly string[]): number {
  const { values } = parseArgs({ args: [...args], options: { traces: { type: "string" } } });
  if (values.traces !== undefined) return compareTraces(values.traces);
  console.error("usage: fidelity raft --traces DIR");
  return 2;
}

function compareTraces(folder: string): number {
  const results = readdirSync(folder)
    .filter((name) => name.endsWith(".jsonl") || name.endsWith(".jsonl.gz"))
    .sort()
    .map((name) => replayFile(join(folder, name), name));
  const differences = results.flatMap((result) => result.differences);
  for (const profile of new Set(results.map((result) => result.profile))) {
    printRow(
      profile,
      results.filter((result) => result.profile === profile),
    );
  }
  printRow("total", results);
  for (const difference of differences.slice(0, SHOWN)) printDifference(difference);
  if (differences.length > SHOWN) console.log(`… and ${differences.length - SHOWN} more differences`);
  return results.length === 0 || differences.length > 0 ? 1 : 0;
}

function replayFile(path: string, name: string): TraceResult {
  try {
    const bytes = readFileSync(path);
    return replayTrace((name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"));
  } catch (error) {
    const difference: TraceDifference = {
      trace: name,
      step: "begin",
      field: "file",
      expected: "a trace",
      actual: String(error),
    };
    return { name, profile: "unreadable", steps: 0, equal: 0, differences: [difference] };
  }
}

function printRow(family: string, results: readonly TraceResult[]): void {
  const sum = (of: (result: TraceResult) => number) => results.reduce((total, result) => total + of(result), 0);
  const cases = results.filter((result) => result.differences.length === 0).length;
  const steps = sum((result) => result.steps);
  const equal = sum((result) => result.equal);
  const share = steps === 0 ? "-" : `${((100 * equal) / steps).toFixed(equal === steps ? 0 : 3)} %`;
  console.log(
    `${family.padEnd(12)} traces ${cases}/${results.length} equal   steps ${equal}/${steps} equal   ${share}`,
  );
}

function printDifference({ trace, step, field, expected, actual }: TraceDifference): void {
  console.log(`${trace} step ${step}: ${field}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}
