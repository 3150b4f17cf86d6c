// Measures how faithful sim/raft is to etcd's raft library: `--traces DIR` replays recorded traces step by step,
// `--testdata DIR` runs the library's own test scripts. One row per family, then the first differences. Exit code 1 on any,
// and when there was nothing to compare.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { compareScript, NOT_COMPARED, type ScriptKind } from "../interaction/compare.ts";
import { replayTrace, type TraceDifference, type TraceResult } from "./raft-trace.ts";

const SHOWN = 10;

/** Runs the command with its arguments; returns the exit code. */
export function fidelityOfRaft(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: { traces: { type: "string" }, testdata: { type: "string" } },
  });
  if (values.traces === undefined && values.testdata === undefined) {
    console.error("usage: fidelity raft [--traces DIR] [--testdata DIR]");
    return 2;
  }
  const ofTraces = values.traces === undefined ? 0 : compareTraces(values.traces);
  const ofScripts = values.testdata === undefined ? 0 : compareScripts(values.testdata);
  return Math.max(ofTraces, ofScripts);
}

function compareTraces(folder: string): number {
  const results = (existsSync(folder) ? readdirSync(folder) : [])
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
  if (results.length === 0) console.log(`no traces in ${folder}`);
  for (const difference of differences.slice(0, SHOWN)) printDifference(difference);
  if (differences.length > SHOWN) console.log(`… and ${differences.length - SHOWN} more differences`);
  return results.length === 0 || differences.length > 0 ? 1 : 0;
}

/** Where the scripts of each kind are, within the folder of test data. */
const SCRIPTS: readonly (readonly [ScriptKind, string])[] = [
  ["quorum", "quorum/testdata"],
  ["confchange", "confchange/testdata"],
  ["interaction", "testdata"],
];

function compareScripts(folder: string): number {
  let failed = 0;
  const shown: string[] = [];
  for (const [kind, path] of SCRIPTS) {
    const from = join(folder, path);
    const names = existsSync(from) ? readdirSync(from).filter((name) => name.endsWith(".txt")) : [];
    let equalFiles = 0;
    let commands = 0;
    let equal = 0;
    for (const name of names.sort()) {
      const result = compareScript(readFileSync(join(from, name), "utf8"), kind);
      commands += result.commands;
      equal += result.commands - result.differences.length;
      // a file without a command has shown nothing
      if (result.differences.length === 0 && result.commands > 0) equalFiles++;
      for (const { line, command, expected, actual } of result.differences) {
        shown.push(`${path}/${name}:${line} ${command}: expected\n${expected}\ngot\n${actual}`);
      }
    }
    if (names.length === 0 || equalFiles < names.length) failed++;
    console.log(`${kind.padEnd(12)} files ${equalFiles}/${names.length} equal   commands ${equal}/${commands} equal`);
  }
  for (const text of NOT_COMPARED) console.log(`not compared: ${text}`);
  for (const text of shown.slice(0, SHOWN)) console.log(text);
  if (shown.length > SHOWN) console.log(`… and ${shown.length - SHOWN} more differences`);
  return failed === 0 ? 0 : 1;
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
