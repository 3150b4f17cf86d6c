// The chosen folder: the scenario files in it are listed, read and written, and nothing else on this machine. Names are relative, with
// forward slashes. Refuses whatever could lead out of the folder: absolute names, "..", links at any step, names of other systems.
import {
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { sha256Of } from "../scenario/load-files.ts";
import { Refusal } from "./exchange.ts";

export interface ScenarioFile {
  readonly name: string;
  readonly text: string;
  /** Changes with the text: who writes says which one was read. */
  readonly version: string;
}

export interface ListedFile {
  readonly name: string;
  /** By its first lines: a scenario, rather than manifests or something else in YAML. */
  readonly isScenario: boolean;
}

const MAX_FILES = 2_000;
const MAX_DEPTH = 8;
const MAX_BYTES = 4 << 20;
const YAML = /\.ya?ml$/i;

export class ScenarioFolder {
  /** Absolute, with its own links resolved. */
  readonly path: string;

  /** @throws what the file system says when there is no such folder */
  constructor(path: string) {
    this.path = realpathSync(path);
    if (!lstatSync(this.path).isDirectory())
      throw Object.assign(new Error(`${path}: not a folder`), { code: "ENOTDIR" });
  }

  /** YAML files, sorted, without hidden ones and without following links. */
  list(): readonly ListedFile[] {
    const names: string[] = [];
    this.walk("", 0, names);
    return names.map((name) => ({ name, isScenario: looksLikeScenario(this.head(name)) }));
  }

  /** @throws Refusal */
  read(name: string): ScenarioFile {
    const path = this.resolve(name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) throw new Refusal(404, `${name}: there is no such file`);
    if (!stat.isFile()) throw new Refusal(403, `${name}: not a file`);
    if (stat.size > MAX_BYTES) throw new Refusal(413, `${name}: more than 4 MiB`);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(readFileSync(path));
    return { name, text, version: versionOf(text) };
  }

  /**
   * Writes a file whole or not at all.
   *
   * @param version that was read; null = the file is new
   * @throws Refusal when the name leads elsewhere, or somebody else has written the file in between
   */
  write(name: string, text: string, version: string | null): ScenarioFile {
    const path = this.resolve(name);
    if (Buffer.byteLength(text) > MAX_BYTES) throw new Refusal(413, `${name}: more than 4 MiB`);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat !== undefined && !stat.isFile()) throw new Refusal(403, `${name}: not a file`);
    if (stat !== undefined && version === null) throw new Refusal(409, `${name}: there is a file of this name already`);
    if (version !== null && (stat === undefined || this.read(name).version !== version))
      throw new Refusal(409, `${name}: has been changed by somebody else since it was opened`);
    mkdirSync(dirname(path), { recursive: true });
    writeWhole(path, text);
    return { name, text, version: versionOf(text) };
  }

  /** @throws Refusal unless the name may be read and written */
  refuse(name: string): void {
    this.resolve(name);
  }

  // every step is looked at: the last one that exists must lie where it seems to
  private resolve(name: string): string {
    const parts = name.split("/");
    const isPlain = (part: string) =>
      part !== "" && !part.startsWith(".") && !/[\\:\u0000-\u001f\u007f<>|?*"]/.test(part);
    if (name.length > 400 || parts.length > MAX_DEPTH || !parts.every(isPlain))
      throw new Refusal(403, `${JSON.stringify(name.slice(0, 100))}: not a name below the folder`);
    if (!YAML.test(name)) throw new Refusal(403, `${name}: only .yaml and .yml files are read and written`);
    let path = this.path;
    for (const [i, part] of parts.entries()) {
      path = join(path, part);
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      if (stat.isSymbolicLink()) throw new Refusal(403, `${name}: is or goes through a link`);
      if (i < parts.length - 1 && !stat.isDirectory()) throw new Refusal(403, `${name}: goes through a file`);
    }
    return path;
  }

  private walk(folder: string, depth: number, names: string[]): void {
    const entries = readdirSync(join(this.path, folder), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    for (const entry of entries) {
      if (names.length >= MAX_FILES) return;
      if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
      const name = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && depth < MAX_DEPTH - 1) this.walk(name, depth + 1, names);
      else if (entry.isFile() && YAML.test(entry.name)) names.push(name);
    }
  }

  private head(name: string): string {
    try {
      return readFileSync(join(this.path, name)).subarray(0, 4096).toString("utf8");
    } catch {
      return "";
    }
  }
}

function looksLikeScenario(text: string): boolean {
  return /^\s*["']?apiVersion["']?\s*:\s*["']?kubedrill\//m.test(text);
}

function versionOf(text: string): string {
  return sha256Of([text]).slice(0, 32);
}

// beside its place first; a name that somebody else could have put there is never followed
function writeWhole(path: string, text: string): void {
  const staged = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  rmSync(staged, { force: true });
  const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_WRONLY } = constants;
  const file = openSync(staged, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    renameSync(staged, path);
  } catch (error) {
    rmSync(staged, { force: true });
    throw error;
  }
}
