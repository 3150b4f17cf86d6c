// Who may import whom: the table of docs/ARCHITECTURE.md as data, and a search for cycles. A module is a folder of sim/,
// a file at sim's top level, or a top-level folder. Type imports count as well: they couple as much as others.
import type { SourceFile, Violation } from "./source-tree.ts";
import { type Token, tokenize, UnreadableSource } from "./tokens.ts";

interface Layer {
  /** Modules ("model"), or single files of one ("apiserver/client") that it may import. "*" is everything in sim. */
  readonly may: readonly string[];
  /** Packages from npm that it may import. */
  readonly packages: readonly string[];
}

// what a simulated process may know: the client side of the API server, and nothing behind it
const PROCESS = [
  "apiserver/client",
  "apiserver/informer",
  "apiserver/retry",
  "apiserver/back-off",
  "apiserver/shared-informer",
  "apiserver/event-recorder",
  "apiserver/leader-election",
  "apiserver/component",
  "apiserver/component-fault-points",
  "apiserver/process-client",
  "network",
  "model",
  "engine",
  "metrics/recorder",
  "metrics/heartbeat-load",
];

/** The table. A module that is not listed may not exist. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  engine: { may: [], packages: ["seedrandom"] },
  model: { may: ["engine"], packages: ["yaml"] },
  printers: { may: ["model", "engine"], packages: [] },
  raft: { may: ["engine/assert", "engine/random"], packages: [] },
  network: { may: ["engine", "model"], packages: [] },
  metrics: { may: ["engine", "model"], packages: [] },
  etcd: { may: ["raft", "network", "model", "engine"], packages: [] },
  apiserver: { may: ["etcd/client", "metrics/heartbeat-load", "network", "model", "engine"], packages: [] },
  scheduler: { may: PROCESS, packages: [] },
  controllers: { may: PROCESS, packages: [] },
  node: { may: PROCESS, packages: [] },
  // it asks the scheduler's own filters, as upstream links the scheduler's framework
  autoscaler: { may: [...PROCESS, "scheduler"], packages: [] },
  cloud: { may: PROCESS, packages: [] },
  workload: { may: PROCESS, packages: [] },
  traffic: { may: [...PROCESS, "metrics/service-recorder"], packages: [] },
  kubectl: { may: PROCESS, packages: [] },
  expect: { may: ["model", "engine"], packages: [] },
  faults: { may: ["*/fault-points", "model", "engine"], packages: [] },
  scenario: { may: ["model", "engine", "*/registry-names"], packages: ["yaml", "zod"] },
  cluster: { may: ["*"], packages: [] },
  check: { may: ["*"], packages: [] },
  analysis: { may: ["*"], packages: [] },
  import: {
    may: ["scenario", "printers", "*/registry-names", "model", "engine"],
    packages: ["yaml", "@msgpack/msgpack"],
  },
  batch: {
    // workers write the tables of their own runs: rows are not moved between threads
    may: ["cluster", "check", "analysis", "scenario", "metrics", "model", "engine", "reports"],
    packages: ["piscina", "amaro", "bullmq", "ioredis"],
  },
  cli: {
    may: ["*", "reports", "bench"],
    packages: ["yargs", "cli-progress", "cli-table3", "csv-stringify", "hyparquet-writer", "papaparse"],
  },
  serve: { may: ["*", "reports"], packages: [] },
  index: { may: ["*", "reports"], packages: [] },
  // the page of `kubedrill serve`, bundled with what it imports
  "reports/page": {
    may: ["serve/protocol", "reports"],
    packages: [
      "@codemirror/autocomplete",
      "@codemirror/commands",
      "@codemirror/lang-yaml",
      "@codemirror/language",
      "@codemirror/lint",
      "@codemirror/search",
      "@codemirror/state",
      "@codemirror/view",
      "@lezer/highlight",
    ],
  },
  reports: { may: ["metrics", "engine/tick"], packages: ["csv-stringify"] },
  bench: { may: ["*", "reports"], packages: ["tinybench", "flatqueue"] },
};

/** Files that import by a path that is only known when they run: a user's plugin, and benches by name. */
export const COMPUTED_IMPORTS: readonly string[] = [
  "test/runner/host-process.ts",
  "sim/batch/custom-plugins.ts",
  "bench/run.ts",
  "test/cli/command-thread.ts",
];

/** The module of a path: "sim/engine/tick.ts" is "engine", "sim/cluster.ts" is "cluster", "reports/csv.ts" is "reports". */
export function moduleOf(path: string): string {
  const parts = path.split("/");
  if (path.startsWith("reports/page/")) return "reports/page";
  if (parts[0] !== "sim") return parts[0]!;
  return parts[1]!.replace(/\.ts$/, "");
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** What a source imports or exports from, by whatever syntax. */
export function importsOf(tokens: readonly Token[]): Import[] {
  const imports: Import[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind !== "name" || tokens[i - 1]?.text === ".") continue;
    let next = tokens[i + 1];
    if (token.text === "import" && next?.text === "(") {
      next = tokens[i + 2];
      // a computed path cannot be checked: it is reported as an import of nothing
      if (next?.kind !== "string") imports.push({ specifier: "", line: token.line });
    }
    if ((token.text === "import" || token.text === "from") && next?.kind === "string") {
      imports.push({ specifier: next.text, line: token.line });
    }
  }
  return imports;
}

/** Violations of the table, imports of files that do not exist, and cycles. */
export function checkLayers(files: readonly SourceFile[]): Violation[] {
  const violations: Violation[] = [];
  const known = new Set(files.map((file) => file.path));
  const graph = new Map<string, { readonly to: string; readonly line: number }[]>();
  for (const file of files) {
    const edges: { to: string; line: number }[] = [];
    graph.set(file.path, edges);
    for (const { specifier, line } of readImports(file, violations)) {
      const add = (message: string) => violations.push({ path: file.path, line, message });
      if (specifier === "") {
        if (!COMPUTED_IMPORTS.includes(file.path)) add("import of a computed path");
      } else if (specifier.startsWith(".")) {
        const to = resolvePath(file.path, specifier);
        if (to !== undefined && known.has(to)) edges.push({ to, line });
        if (to === undefined) add(`import of ${specifier}: outside of the repository`);
        else checkEdge(file.path, to, add);
      } else checkPackage(file.path, specifier, add);
    }
  }
  return [...violations, ...findCycles(graph)];
}

function readImports(file: SourceFile, violations: Violation[]): Import[] {
  try {
    return importsOf(tokenize(file.text));
  } catch (error) {
    if (!(error instanceof UnreadableSource)) throw error;
    violations.push({ path: file.path, line: error.line, message: `cannot be checked: ${error.message}` });
    return [];
  }
}

function checkEdge(from: string, to: string, add: (message: string) => void): void {
  const source = moduleOf(from);
  const target = moduleOf(to);
  if (source === "test" || source === target) return;
  if (target === "test") return void add("import of test code");
  const layer = LAYERS[source];
  if (layer === undefined) return void add(`module "${source}" is not in the table of layers`);
  if (LAYERS[target] === undefined) return void add(`module "${target}" is not in the table of layers`);
  const inSim = to.startsWith("sim/");
  const file = to.replace(/^sim\//, "").replace(/\.ts$/, "");
  const isAllowed = layer.may.some((allowed) => {
    if (allowed === "*") return inSim && target !== "cli" && target !== "index";
    if (allowed.startsWith("*/")) return inSim && file === `${target}${allowed.slice(1)}`;
    return allowed === target || allowed === file;
  });
  if (!isAllowed) add(`${source} may not import ${file}; it may import ${layer.may.join(", ") || "nothing"}`);
}

function checkPackage(from: string, specifier: string, add: (message: string) => void): void {
  const source = moduleOf(from);
  if (source === "test" || specifier.startsWith("node:")) return;
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  if (LAYERS[source]?.packages.includes(name) !== true) add(`${source} may not import the package ${name}`);
}

function resolvePath(from: string, specifier: string): string | undefined {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

// depth-first search with an explicit path; each cycle is reported once, at the edge that closes it
function findCycles(
  graph: ReadonlyMap<string, readonly { readonly to: string; readonly line: number }[]>,
): Violation[] {
  const violations: Violation[] = [];
  const state = new Map<string, "open" | "done">();
  const path: string[] = [];
  const visit = (file: string) => {
    state.set(file, "open");
    path.push(file);
    for (const { to, line } of graph.get(file) ?? []) {
      if (state.get(to) === "open") {
        const cycle = [...path.slice(path.indexOf(to)), to].join(" → ");
        violations.push({ path: file, line, message: `import cycle: ${cycle}` });
      } else if (state.get(to) === undefined) visit(to);
    }
    path.pop();
    state.set(file, "done");
  };
  for (const file of graph.keys()) if (state.get(file) === undefined) visit(file);
  return violations;
}
