// Finds the parts that were named, in folders too, and writes the tables of the whole batch.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Parts } from "../batch/part-file.ts";
import { type BatchExecution, writeTables } from "./execute-batch.ts";
import { InputError } from "./failure.ts";
import type { FileFormat } from "./file-formats.ts";
import { OutputDirectory } from "./output-directory.ts";

/** @throws InputError, PartError */
export async function mergeParts(
  names: readonly string[],
  out: string,
  formats: readonly FileFormat[] = [],
): Promise<BatchExecution> {
  const parts = new Parts(names.flatMap(partsIn));
  try {
    const output = new OutputDirectory(out);
    try {
      const { manifest, wanted, failures } = parts;
      return await writeTables({ manifest, wanted, failures, read: (index) => parts.read(index) }, output, { formats });
    } catch (error) {
      output.discard();
      throw error;
    }
  } finally {
    parts.close();
  }
}

function partsIn(name: string): string[] {
  const there = statSync(name, { throwIfNoEntry: false });
  if (there === undefined) throw new InputError(`${name}: expected a part of a batch or a folder with parts`);
  if (!there.isDirectory()) return [name];
  // artifacts of a build come each in a folder of its own
  const found = readdirSync(name, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".kubedrill"));
  if (found.length === 0) throw new InputError(`${name}: no part of a batch in this folder`);
  return found.sort().map((file) => join(name, file));
}
