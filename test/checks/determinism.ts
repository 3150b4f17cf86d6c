// Finds what could make two runs of the same scenario differ: clocks, timers, promises, randomness, locale, and functions
// of Math whose last bits depend on the engine. Works on tokens, and by allowing what is known to be safe where it can.
import type { SourceFile, Violation } from "./source-tree.ts";
import { type Token, tokenize, UnreadableSource } from "./tokens.ts";

/**
 * What a file may do. `pure`: nothing but compute; all of sim/ unless listed. `files`: may read files and await that.
 * `host`: drives a simulation from outside (processes, progress, worker threads), and may use its clock.
 */
export type Strictness = "pure" | "files" | "host";

const HOST_FOLDERS = ["sim/cli/", "sim/batch/", "sim/serve/", "reports/page/", "bench/"];
const FILES_FOLDERS = ["reports/"];
/** The only files of sim/ outside cli and batch that touch the disk. */
export const FILE_LOADERS: readonly string[] = ["sim/scenario/load.ts", "sim/scenario/load-files.ts"];

/** How strict the check is with a file. */
export function strictnessOf(path: string, loaders: readonly string[] = FILE_LOADERS): Strictness {
  if (HOST_FOLDERS.some((folder) => path.startsWith(folder))) return "host";
  if (FILES_FOLDERS.some((folder) => path.startsWith(folder)) || loaders.includes(path)) return "files";
  return "pure";
}

// exact by IEEE 754 or by the language's definition
const SAFE_MATH = new Set([
  "abs",
  "ceil",
  "clz32",
  "floor",
  "fround",
  "imul",
  "max",
  "min",
  "round",
  "sign",
  "sqrt",
  "trunc",
  "E",
  "LN10",
  "LN2",
  "LOG10E",
  "LOG2E",
  "PI",
  "SQRT1_2",
  "SQRT2",
]);

const ALWAYS_BANNED = new Map([
  ["Intl", "depends on the locale"],
  ["localeCompare", "depends on the locale: compare with <"],
  ["toLocaleString", "depends on the locale"],
  ["toLocaleUpperCase", "depends on the locale"],
  ["toLocaleLowerCase", "depends on the locale"],
  ["toLocaleDateString", "depends on the locale"],
  ["toLocaleTimeString", "depends on the locale"],
  ["crypto", "is random"],
  ["eval", "hides code from this check"],
  ["Function", "hides code from this check"],
  ["globalThis", "hides names from this check"],
  ["global", "hides names from this check"],
  ["WeakRef", "depends on the garbage collector"],
  ["FinalizationRegistry", "depends on the garbage collector"],
]);

const CLOCKS = new Map(
  [
    "Date",
    "Temporal",
    "performance",
    "hrtime",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "clearTimeout",
    "clearInterval",
    "clearImmediate",
  ].map((name) => [name, "is a clock of the host: use the engine's"]),
);

const PURE_BANNED = new Map([
  ["Promise", "runs outside of the engine's order"],
  ["async", "runs outside of the engine's order"],
  ["await", "runs outside of the engine's order"],
  ["queueMicrotask", "runs outside of the engine's order"],
  ["nextTick", "runs outside of the engine's order"],
  ["Atomics", "runs outside of the engine's order"],
  ["process", "is the host's"],
  ["console", "is the host's"],
  ["fetch", "is the host's"],
  ["navigator", "is the host's"],
  ["WebAssembly", "hides code from this check"],
  ["require", "hides an import"],
]);

const FILE_MODULES = new Set([
  "node:fs",
  "node:fs/promises",
  "node:path",
  "node:url",
  "node:stream",
  "node:stream/promises",
  "node:zlib",
]);

/** Determinism violations of one file. */
export function checkDeterminism(file: SourceFile, strictness: Strictness = strictnessOf(file.path)): Violation[] {
  const violations: Violation[] = [];
  const add = (line: number, message: string) => violations.push({ path: file.path, line, message });
  let tokens: Token[];
  try {
    tokens = tokenize(file.text);
  } catch (error) {
    if (!(error instanceof UnreadableSource)) throw error;
    add(error.line, `cannot be checked: ${error.message}`);
    return violations;
  }
  let depth = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === "punctuator") {
      if ("([{".includes(token.text) || token.text === "${") depth++;
      else if (")]}".includes(token.text)) depth--;
      if (isFloatPower(tokens, i)) add(token.line, `${token.text} differs between engines: use pow of engine/math.ts`);
    } else if (token.kind === "name") {
      checkName(tokens, i, strictness, add);
      if (strictness === "pure" && depth === 0 && (token.text === "let" || token.text === "var")) {
        add(token.line, "module state: pass it in");
      }
    } else if (token.kind === "template") {
      const [bracket, end] = [tokens[i - 1]?.text, tokens[i + 1]?.kind];
      if (bracket === "[" && end === "template")
        add(token.line, "a member named by a template hides it from this check");
    } else if (token.kind === "string") {
      checkString(tokens, i, strictness, add);
    }
  }
  return violations;
}

type Add = (line: number, message: string) => void;

function checkName(tokens: readonly Token[], i: number, strictness: Strictness, add: Add): void {
  const token = tokens[i]!;
  if (token.text === "Math") return checkMath(tokens, i, add);
  if (token.text === "for") return checkForIn(tokens, i, add);
  if (token.text === "constructor" && tokens[i - 1]?.text.endsWith(".")) {
    return add(token.line, "constructor of a value hides code from this check");
  }
  if (strictness === "pure" && token.text === "import" && tokens[i + 1]?.text === "(") {
    return add(token.line, "import() runs outside of the engine's order");
  }
  const reason = bannedReason(token.text, strictness);
  if (reason === undefined) return;
  // the engine has members with such names too
  if (OWN_MEMBERS.has(token.text) && isMember(tokens, i)) return;
  add(token.line, `${token.text} ${reason}`);
}

// globals whose names objects of the simulation may use for members
const OWN_MEMBERS = new Set(["process", "performance", "nextTick", "require", "fetch", "async", "Date"]);
// of these, the ones that are no functions as globals, so that `name(` can only declare or call a method
const OWN_METHODS = new Set(["process", "performance", "nextTick"]);
const BEFORE_KEY = new Set(["{", ",", ";", "(", "}", "readonly", "get", "set", "private", "protected", "public"]);

function isMember(tokens: readonly Token[], i: number): boolean {
  const name = tokens[i]!.text;
  const before = tokens[i - 1]?.text ?? ";";
  const after = tokens[i + 1]?.text;
  if (before === "." || before === "?.") return true;
  if (!BEFORE_KEY.has(before)) return false;
  return after === ":" || (after === "?" && tokens[i + 2]?.text === ":") || (after === "(" && OWN_METHODS.has(name));
}

function bannedReason(name: string, strictness: Strictness): string | undefined {
  const always = ALWAYS_BANNED.get(name);
  if (always !== undefined || strictness === "host") return always;
  return CLOCKS.get(name) ?? (strictness === "pure" ? PURE_BANNED.get(name) : undefined);
}

function checkMath(tokens: readonly Token[], i: number, add: Add): void {
  const token = tokens[i]!;
  const dot = tokens[i + 1];
  const member = tokens[i + 2];
  if (dot?.text !== "." || member?.kind !== "name") return add(token.line, "Math other than as Math.name");
  if (!SAFE_MATH.has(member.text))
    add(member.line, `Math.${member.text} differs between engines, or is random: use engine/math.ts`);
}

// a power of a bigint literal is exact
function isFloatPower(tokens: readonly Token[], i: number): boolean {
  const left = tokens[i - 1];
  if (tokens[i]!.text === "**=") return true;
  return tokens[i]!.text === "**" && !(left?.kind === "number" && left.text.endsWith("n"));
}

function checkForIn(tokens: readonly Token[], i: number, add: Add): void {
  if (tokens[i + 1]?.text !== "(") return;
  let depth = 0;
  for (let j = i + 1; j < tokens.length; j++) {
    const { kind, text, line } = tokens[j]!;
    if (kind !== "punctuator" && kind !== "name") continue;
    if (text === "(" || text === "[" || text === "{" || text === "${") depth++;
    else if (text === ")" || text === "]" || text === "}") depth--;
    else if (depth === 1 && text === ";") return;
    else if (depth === 1 && text === "in" && kind === "name") return add(line, "for…in: use Object.keys or for…of");
    if (depth === 0) return;
  }
}

function checkString(tokens: readonly Token[], i: number, strictness: Strictness, add: Add): void {
  const token = tokens[i]!;
  const before = tokens[i - 1]?.text;
  const isModule = before === "from" || before === "import" || (before === "(" && tokens[i - 2]?.text === "import");
  if (isModule && !token.text.startsWith(".") && strictness !== "host") {
    const isAllowed = strictness === "files" && (FILE_MODULES.has(token.text) || importsOnlyHash(tokens, i));
    if (BUILT_IN.test(token.text) && !isAllowed) add(token.line, `import of ${token.text}`);
  }
  // object["name"], and the destructuring { "name": x }
  const isKey =
    (before === "[" && tokens[i + 1]?.text === "]") ||
    ((before === "{" || before === ",") && tokens[i + 1]?.text === ":");
  if (isKey && ALWAYS_BANNED.has(token.text)) add(token.line, `${token.text} ${ALWAYS_BANNED.get(token.text)}`);
}

// import { createHash } from "node:crypto": the only part of it that is no chance
function importsOnlyHash(tokens: readonly Token[], i: number): boolean {
  const statement = tokens.slice(Math.max(0, i - 5), i + 1).map((token) => token.text);
  return statement.join(" ") === "import { createHash } from node:crypto";
}

const BUILT_IN =
  /^(node:.*|(assert|async_hooks|buffer|child_process|cluster|console|crypto|dgram|dns|events|fs|http|http2|https|inspector|module|net|os|path|perf_hooks|process|readline|repl|stream|string_decoder|timers|tls|tty|url|util|v8|vm|worker_threads|zlib)(\/.*)?)$/;
