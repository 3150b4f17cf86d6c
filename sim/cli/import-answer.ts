// The answer of `kubedrill import`: reads the input, makes the scenario in memory, where it is loaded once as `run` would, and only
// then writes it. What was left out or assumed is printed, and stands at the top of the scenario as well.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { DraftFile } from "../import/draft.ts";
import { formatProblem, type Imported, importSources } from "../import/import-sources.ts";
import { type Place, remarkLines } from "../import/remarks.ts";
import { Source } from "../import/source.ts";
import type { FileProblem } from "../model/problem.ts";
import { type FileFault, InputFiles, isFault, nameFromFile, shownPath } from "../scenario/load-files.ts";
import { InputError } from "./failure.ts";
import { parseMachine } from "./load-plans.ts";
import { makeFolder } from "./make-folder.ts";
import { OutputDirectory } from "./output-directory.ts";
import { formatProblems } from "./problems.ts";

export interface ImportCommandOptions {
  readonly files: readonly string[];
  readonly from?: string;
  readonly out: string;
  readonly name?: string;
  readonly force: boolean;
  readonly strict: boolean;
  readonly nodes?: number;
  readonly machine?: string;
  readonly zones?: string;
  readonly first?: number;
}

export interface ImportAnswer {
  readonly out: string;
  readonly err: string;
  readonly isRefused: boolean;
}

/** What counts in folders. */
const WANTED = /\.(ya?ml|jsonl?|csv|swf|sktrace)(\.gz)?$/i;

/** @throws InputError for bad input and for files that are there already */
export function answerImport(options: ImportCommandOptions): ImportAnswer {
  const problem = formatProblem(options.from ?? "");
  if (problem !== null) throw new InputError(problem);
  const sources = readSources(options.files);
  const imported = importSources(sources, draftOptions(options), options.from);
  if (imported.problems.length > 0) throw new InputError(formatProblems(imported.problems));
  const lines = remarkLines(imported.remarks, ({ file, line }: Place) => `${file}:${line}`);
  const refused = imported.remarks.count("leftOut", "changed");
  if (options.strict && refused > 0) {
    const what = refused === 1 ? "1 thing has" : `${refused} things have`;
    return {
      out: "",
      err: `${lines.join("\n")}\nkubedrill: ${what} no equivalent; with --strict nothing is written\n`,
      isRefused: true,
    };
  }
  const folder = resolve(options.out);
  const taken = imported.files.map(({ name }) => join(folder, name)).find((path) => existsSync(path));
  if (taken !== undefined && !options.force)
    throw new InputError(
      `${shownPath(taken)} is there already; --force overwrites it, --out FOLDER takes another folder`,
    );
  write(folder, imported.files);
  return { out: answerText(imported, folder, summaryOf(imported), lines), err: "", isRefused: false };
}

function draftOptions({ files, first, machine, name, nodes, zones }: ImportCommandOptions) {
  if (nodes !== undefined && !(Number.isInteger(nodes) && nodes >= 1 && nodes <= 1_000_000))
    throw new InputError(`--nodes ${nodes}: expected a whole number from 1 to 1000000`);
  const scenario =
    name ??
    nameFromFile(
      (files[0] === "-" ? "imported" : (files[0] ?? "imported")).replace(/\.(csv|swf|sktrace)(\.gz)?$/i, ""),
    );
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(scenario))
    throw new InputError(`--name ${scenario}: expected lower-case letters, digits and -, at most 63`);
  return {
    name: scenario,
    nodes: nodes ?? null,
    machine: machine === undefined ? {} : (parseMachine(machine) as Readonly<Record<string, unknown>>),
    zones: zones === undefined ? ["a", "b", "c"] : zones.split(","),
    first: first ?? null,
    open: openNamed,
  };
}

// beside the file that names it, or from a folder above it, or from here
function openNamed(path: string, folder: string): readonly Source[] | FileFault {
  const folders = [resolve(".")];
  if (folder !== "")
    for (let at = resolve(folder); ; at = dirname(at)) {
      folders.splice(-1, 0, at);
      if (dirname(at) === at) break;
    }
  const at = folders.find((parent) => existsSync(join(parent, path))) ?? folder;
  const files = new InputFiles(at === "" ? "." : at);
  const found = files.manifestFiles(path, WANTED);
  if (isFault(found)) return found;
  const sources: Source[] = [];
  for (const name of found) {
    const bytes = files.bytes(name);
    if (!(bytes instanceof Uint8Array)) return bytes;
    sources.push(new Source(shownPath(name), dirname(name), bytes));
  }
  return sources;
}

function readSources(names: readonly string[]): readonly Source[] {
  const files = new InputFiles(".");
  const problems: FileProblem[] = [];
  const note = (file: string, { expected, received }: FileFault) =>
    problems.push({ file, line: 1, column: 1, path: "", expected, received });
  const sources: Source[] = [];
  const seen = new Set<string>();
  for (const name of names) {
    if (name === "-") {
      const bytes = readFileSync(0);
      if (!seen.has("-")) sources.push(new Source("-", "", bytes));
      seen.add("-");
      continue;
    }
    const found = files.manifestFiles(name, WANTED);
    if (isFault(found)) {
      note(name, found);
      continue;
    }
    for (const path of found) {
      if (seen.has(path)) continue;
      seen.add(path);
      const bytes = files.bytes(path);
      if (bytes instanceof Uint8Array) sources.push(new Source(shownPath(path), dirname(path), bytes));
      else note(shownPath(path), bytes);
    }
  }
  if (problems.length > 0) throw new InputError(formatProblems(problems));
  return sources;
}

function summaryOf({ plan }: Imported): string {
  if (plan === null) return "";
  const { actions, faults, objects, workload } = plan;
  const bound = objects.pods.filter((pod) => pod.spec.nodeName).length;
  return `${objects.nodes.length} nodes, ${objects.pods.length} pods at the start (${bound} on their nodes), ${faults.length} faults, ${actions.length} actions, ${workload.length} sources of pods`;
}

function write(folder: string, files: readonly DraftFile[]): void {
  makeFolder(folder);
  const output = new OutputDirectory(folder);
  const encoder = new TextEncoder();
  try {
    for (const { name, text } of files) output.append(name, encoder.encode(text));
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
}

function answerText(imported: Imported, folder: string, summary: string, remarks: readonly string[]): string {
  const shown = shownPath(folder);
  const found = [...imported.found].map(([title, count]) => `${count} ${count === 1 ? "file" : "files"} of ${title}`);
  const scenario = `${shown}/${imported.files[0]!.name}`;
  return `${[
    `read ${found.join(", ")}`,
    `wrote ${scenario}${imported.files.length > 1 ? ` and ${imported.files.length - 1} more` : ""}: ${summary}`,
    ...remarks,
    `next: kubedrill run ${scenario}`,
  ].join("\n")}\n`;
}
