// Where reports go. Files are written to a hidden folder beside their place and moved there when all of them are complete, so
// that an error leaves what was there before, and never half a table.
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join, resolve } from "node:path";

export class OutputDirectory {
  readonly path: string;
  private readonly staging: string;
  private readonly madeFolder: string | undefined;
  private readonly open = new Map<string, number>();

  constructor(path: string) {
    this.path = resolve(path);
    // the topmost folder that this call has made, so that a failure can take it back
    this.madeFolder = mkdirSync(this.path, { recursive: true });
    this.staging = mkdtempSync(join(this.path, ".kubedrill-"));
  }

  /** Appends to a file of this name. */
  append(name: string, bytes: Uint8Array): void {
    let file = this.open.get(name);
    if (file === undefined) {
      file = openSync(join(this.staging, name), "w");
      this.open.set(name, file);
    }
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  }

  /** Moves all files to their place. */
  commit(): void {
    this.close();
    for (const name of this.open.keys()) renameSync(join(this.staging, name), join(this.path, name));
    rmSync(this.staging, { recursive: true, force: true });
  }

  /** Leaves everything as it was. */
  discard(): void {
    this.close();
    rmSync(this.staging, { recursive: true, force: true });
    if (this.madeFolder !== undefined && readdirSync(this.path).length === 0) rmdirSync(this.path);
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
