// Writes a file so that it is there whole or not at all, whenever the process is killed: under another name, to the disk, then renamed.
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";

/** What a file is called that is not whole yet; two processes never share one. */
export const UNFINISHED = ".part";

export function writeWhole(path: string, bytes: Uint8Array): void {
  const unfinished = `${path}.${process.pid}${UNFINISHED}`;
  const file = openSync(unfinished, "w");
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
}
