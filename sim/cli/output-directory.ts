// Where reports go. Files are written to a hidden folder beside their place and moved there when all of them are complete, so
// that an error leaves what was there before, and never half a table.
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InputError } from "./failure.ts";
import { makeFolder, writeFailure } from "./make-folder.ts";

export class OutputDirectory {
  readonly path: string;
  private readonly staging: string;
  private readonly ownsStaging: boolean;
  private readonly madeFolder: string | undefined;
  private readonly open = new Map<string, number>();

  /** @param staging a folder that exists when files are written, on the same disk; by default one is made, and removed in the end */
  constructor(path: string, staging?: string) {
    this.path = resolve(path);
    // the topmost folder that this call has made, so that a failure can take it back
    this.madeFolder = makeFolder(this.path);
    this.ownsStaging = staging === undefined;
    // fails where nothing may be written
    this.staging = staging ?? this.attempt(() => mkdtempSync(join(this.path, ".kubedrill-")));
  }

  /** Appends to a file of this name. */
  append(name: string, bytes: Uint8Array): void {
    let file = this.open.get(name);
    if (file === undefined) {
      file = this.attempt(() => openSync(join(this.staging, name), "w"));
      this.open.set(name, file);
    }
    const to = file;
    this.attempt(() => {
      for (let at = 0; at < bytes.length; ) at += writeSync(to, bytes, at);
    });
  }

  /** Moves all files to their place, or none. */
  commit(): void {
    this.close();
    for (const name of this.open.keys()) {
      const target = join(this.path, name);
      if (statSync(target, { throwIfNoEntry: false })?.isDirectory()) {
        throw new InputError(`cannot write to ${target}: a folder is in the place of the file`);
      }
    }
    for (const name of this.open.keys()) renameSync(join(this.staging, name), join(this.path, name));
    if (this.ownsStaging) rmSync(this.staging, { recursive: true, force: true });
  }

  /** Leaves everything as it was. */
  discard(): void {
    this.close();
    if (this.ownsStaging) rmSync(this.staging, { recursive: true, force: true });
    if (this.madeFolder === undefined) return;
    // what this call has made, from below, as far as nobody else has put anything there
    for (let at = this.path; readdirSync(at).length === 0; at = dirname(at)) {
      rmdirSync(at);
      if (at === this.madeFolder) return;
    }
  }

  private attempt<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw writeFailure(this.path, error);
    }
  }

  private close(): void {
    for (const file of this.open.values()) {
      try {
        closeSync(file);
      } catch {
        // closed already
      }
    }
  }
}
