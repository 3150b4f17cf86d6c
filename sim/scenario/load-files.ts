// The one place of the loader that touches the disk: reads files as text, walks folders and patterns, and remembers what
// was read with its SHA-256. Takes UTF-8, UTF-16 with a byte order mark, and gzip of either.
// Refuses bytes that are no text and files beyond 1 GiB; every refusal is data.
import { createHash } from "node:crypto";
import { type Dirent, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { gunzipSync } from "node:zlib";
import { shown } from "../model/problem.ts";
import type { InputFile } from "./plan.ts";

/** What was asked for and is not there, in words that follow "expected". */
export interface FileFault {
  readonly expected: string;
  readonly received: string;
}

export interface TextFile {
  /** As it is shown in messages: relative to the current folder where that is shorter. */
  readonly name: string;
  readonly text: string;
}

const MAX_BYTES = 1 << 30;
const MANIFEST_NAME = /\.(ya?ml|jsonl?)(\.gz)?$/i;

/** Reads files on behalf of one scenario or command, each at most once. */
export class InputFiles {
  /** Relative names resolve against this folder. */
  readonly folder: string;
  private readonly read = new Map<string, { readonly file: TextFile; readonly sha256: string }>();
  private readonly within: string | null;

  /** Files that are not on the disk, by absolute path. */
  private readonly unwritten: ReadonlyMap<string, string>;

  /**
   * @param within nothing outside of this folder is read, wherever links may lead; null = no such limit
   * @param unwritten texts that are read in place of files on the disk, by name relative to the folder
   */
  constructor(folder: string, within: string | null = null, unwritten: ReadonlyMap<string, string> = new Map()) {
    this.folder = resolve(folder);
    this.within = within === null ? null : realpathSync(within);
    this.unwritten = new Map([...unwritten].map(([name, text]) => [resolve(folder, name), text]));
  }

  /** What has been read so far, in order, with names relative to the folder. */
  files(): readonly InputFile[] {
    return [...this.read].map(([path, { sha256 }]) => ({ path: slashes(relative(this.folder, path)), sha256 }));
  }

  /** The text of a file, or why there is none. */
  text(name: string): TextFile | FileFault {
    const path = this.absolute(name);
    const known = this.read.get(path);
    if (known !== undefined) return known.file;
    const unwritten = this.unwritten.get(path);
    if (unwritten !== undefined) {
      const file = { name: slashes(relative(this.folder, path)), text: unwritten };
      this.read.set(path, { file, sha256: createHash("sha256").update(unwritten).digest("hex") });
      return file;
    }
    if (!this.mayRead(path)) return this.outside(name);
    const bytes = readBytes(path);
    if (!(bytes instanceof Uint8Array)) return bytes;
    const text = textOf(bytes);
    if (typeof text !== "string") return text;
    const file = { name: shownPath(path), text };
    this.read.set(path, { file, sha256: createHash("sha256").update(bytes).digest("hex") });
    return file;
  }

  /** The bytes of a file, unpacked; they do not count as read. */
  bytes(name: string): Uint8Array | FileFault {
    const path = this.absolute(name);
    return this.mayRead(path) ? readBytes(path) : this.outside(name);
  }

  /**
   * The files that a file name, folder or pattern means, sorted, as absolute paths. In folders those that can hold
   * manifests (.yaml, .yml, .json, .jsonl, each also with .gz) count, hidden ones do not.
   *
   * @param wanted names of files that count in folders
   */
  manifestFiles(name: string, wanted: RegExp = MANIFEST_NAME): readonly string[] | FileFault {
    const path = this.absolute(name);
    if (this.unwritten.has(path)) return [path];
    if (!this.mayRead(/[*?[]/.test(name) ? globBase(path) : path)) return this.outside(name);
    try {
      const kind = kindOf(path);
      if (kind === "file") return [path];
      const found: string[] = [];
      if (kind === "folder") walk(path, (file) => wanted.test(file) && found.push(file));
      else if (/[*?[]/.test(name)) {
        const pattern = globPattern(slashes(path));
        walk(globBase(path), (file) => pattern.test(slashes(file)) && found.push(file));
      } else return { expected: "a file, folder or pattern that exists", received: shown(name, 200) };
      if (found.length > 0) return found.sort();
      return {
        expected: `at least one ${kind === "folder" ? ".yaml, .yml, .json or .jsonl file in the folder" : "file that matches"}`,
        received: shown(name, 200),
      };
    } catch (error) {
      return systemFault(error, name);
    }
  }

  absolute(name: string): string {
    return isAbsolute(name) ? resolve(name) : resolve(this.folder, name);
  }

  private mayRead(path: string): boolean {
    return this.within === null || isWithin(this.within, path);
  }

  private outside(name: string): FileFault {
    return { expected: `a file below ${this.within}`, received: shown(name, 200) };
  }
}

/** Does a path lie in a folder (whose own links are resolved), wherever its links lead? What does not exist lies where its folder does. */
export function isWithin(folder: string, path: string): boolean {
  const parts = relative(folder, realPath(resolve(path)));
  return parts === "" || !(parts === ".." || parts.startsWith(`..${sep}`) || isAbsolute(parts));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    // what cannot be resolved cannot be read either
    return above === path ? path : join(realPath(above), basename(path));
  }
}

/** Is this the refusal rather than the thing? */
export function isFault<T extends object>(value: T | FileFault): value is FileFault {
  return "expected" in value;
}

/** The SHA-256 in hex over the parts, each with its length, so that no two lists of parts look alike. */
export function sha256Of(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex");
}

/** How a path is shown: relative to the current folder unless that climbs further than it is worth. */
export function shownPath(path: string): string {
  const short = relative(process.cwd(), path);
  return slashes(short !== "" && !short.startsWith(`..${sep}..${sep}..`) ? short : path);
}

/** The folder of a file. */
export function folderOf(path: string): string {
  return dirname(resolve(path));
}

/** A name for a run from the name of its first file. */
export function nameFromFile(path: string): string {
  const name = basename(path).replace(/\.(ya?ml|jsonl?|gz)/gi, "");
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 63) || "run"
  );
}

function slashes(path: string): string {
  return sep === "/" ? path : path.split(sep).join("/");
}

function readBytes(path: string): Uint8Array | FileFault {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return { expected: "a file", received: "a folder" };
    // a pipe can be read only once, and a second reader would find it empty
    if (!stat.isFile()) return { expected: "a file on disk", received: "a pipe or device" };
    if (stat.size > MAX_BYTES) return { expected: "a file of at most 1 GiB", received: `${stat.size} bytes` };
    const bytes = readFileSync(path);
    if (!(bytes[0] === 0x1f && bytes[1] === 0x8b)) return bytes;
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    return systemFault(error, path);
  }
}

function systemFault(error: unknown, name: string): FileFault {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const received = shown(shownName(name), 200);
  if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG")
    return { expected: "a file that exists", received };
  if (code === "EACCES" || code === "EPERM") return { expected: "a file that may be read", received };
  if (code === "ERR_BUFFER_TOO_LARGE" || code === "ERR_OUT_OF_RANGE")
    return { expected: "at most 1 GiB of text", received };
  if (code.startsWith("Z_") || code === "ERR_INVALID_ARG_VALUE" || code === "ERR_INVALID_ARG_TYPE")
    return { expected: "a file that can be read", received };
  return { expected: `a file that can be read (${code || "unknown error"})`, received };
}

function shownName(name: string): string {
  return isAbsolute(name) ? shownPath(name) : name;
}

/** Text in UTF-8, or in UTF-16 with a byte order mark. */
export function textOf(bytes: Uint8Array): string | FileFault {
  const wide =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
  try {
    return new TextDecoder(wide ?? "utf-8", { fatal: true }).decode(bytes);
  } catch {
    return {
      expected: "UTF-8 text",
      received: wide === null ? `other bytes in line ${badLine(bytes)}` : "broken UTF-16",
    };
  }
}

// the line of the first bytes that are no UTF-8: decode line by line, as only the first one is wanted
function badLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, end));
    } catch {
      return line;
    }
    start = end;
  }
  return line;
}

function kindOf(path: string): "file" | "folder" | "none" {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "none" : stat.isDirectory() ? "folder" : "file";
}

// sorted, without hidden entries and without following links to folders, which could go round in circles
function walk(folder: string, visit: (file: string) => void): void {
  const entries: Dirent[] = readdirSync(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const entry of entries) {
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, visit);
    else if (entry.isFile() || (entry.isSymbolicLink() && kindOf(path) === "file")) visit(path);
  }
}

// the part of a pattern before its first wildcard
function globBase(path: string): string {
  const parts = path.split(sep);
  const wild = parts.findIndex((part) => /[*?[]/.test(part));
  return parts.slice(0, wild).join(sep) || sep;
}

// ** crosses folders, * and ? do not, [abc] and [a-z] and [!a] are sets
function globPattern(glob: string): RegExp {
  let source = "";
  for (let i = 0; i < glob.length; i++) {
    const char = glob[i]!;
    if (glob.startsWith("**/", i)) {
      source += "(?:[^/]+/)*";
      i += 2;
    } else if (glob.startsWith("**", i)) {
      source += ".*";
      i++;
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "[" && glob.indexOf("]", i + 2) > 0) {
      const end = glob.indexOf("]", i + 2);
      source += `[${glob
        .slice(i + 1, end)
        .replace(/^!/, "^")
        .replace(/\\/g, "\\\\")}]`;
      i = end;
    } else source += char.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  }
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return /^$/; // a set such as [z-a] matches nothing
  }
}
