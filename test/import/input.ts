// Input of import tests, made of texts; and the scenario that comes out, loaded from a folder as `run` would load it.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { ImportOptions } from "../../sim/import/draft.ts";
import { type Imported, importSources } from "../../sim/import/import-sources.ts";
import { Source } from "../../sim/import/source.ts";
import { problemText } from "../../sim/model/problem.ts";
import { loadScenario } from "../../sim/scenario/load.ts";
import type { Plan } from "../../sim/scenario/plan.ts";

const OPTIONS: ImportOptions = {
  name: "imported",
  nodes: null,
  machine: {},
  zones: ["a"],
  first: null,
  open: (path) => ({ expected: "a file that exists", received: path }),
};

/** Files that the input names, by their paths. */
export function openTexts(texts: Readonly<Record<string, string>>): ImportOptions["open"] {
  return (path) =>
    texts[path] === undefined
      ? { expected: "a file that exists", received: path }
      : [new Source(path, "", new TextEncoder().encode(texts[path]))];
}

/** Imports texts by the names of their files. */
export function importTexts(
  texts: Readonly<Record<string, string>>,
  options: Partial<ImportOptions> = {},
  from = "",
): Imported {
  const sources = Object.entries(texts).map(([name, text]) => new Source(name, "", new TextEncoder().encode(text)));
  return importSources(sources, { ...OPTIONS, ...options }, from);
}

/** Imports files from disk, in order. */
export function importFiles(paths: readonly string[], from = "", options: Partial<ImportOptions> = {}): Imported {
  const sources = paths.map((path) => new Source(path, dirname(path), unzipped(readFileSync(path))));
  return importSources(sources, { ...OPTIONS, ...options }, from);
}

function unzipped(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}

/** All files below a folder. */
export function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** The plan of what was imported; throws with all problems where there are any. */
export function planOf(imported: Imported): Plan {
  if (imported.problems.length > 0) throw new Error(imported.problems.map(problemText).join("\n"));
  return withFolder((folder) => {
    const { plans, problems } = loadScenario(write(imported, folder));
    const [plan] = plans;
    if (plan === undefined) throw new Error(problems.map(problemText).join("\n"));
    return plan;
  });
}

/** Writes the files into a folder. @returns the scenario's path */
export function write(imported: Imported, folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of imported.files) writeFileSync(join(folder, name), text);
  return join(folder, "scenario.yaml");
}

export function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "kubedrill-import-test-"));
  let isPending = false;
  const remove = () => rmSync(folder, { recursive: true });
  try {
    const result = use(folder);
    isPending = result instanceof Promise;
    return result instanceof Promise ? (result.finally(remove) as T) : result;
  } finally {
    if (!isPending) remove();
  }
}

/** `kind what` of each remark, with its count. */
export function remarksOf({ remarks }: Imported): Readonly<Record<string, number>> {
  return Object.fromEntries(remarks.list().map(({ kind, what, count }) => [`${kind} ${what}`, count]));
}
