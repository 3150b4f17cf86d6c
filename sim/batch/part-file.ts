// The part of a batch that one machine has done, as one file: what batch it belongs to, which runs are in it and how long each record is,
// then the records. `merge` puts parts together to the tables that one machine would have written.
import { closeSync, fsyncSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { type BatchManifest, batchId, runKey, tasksOf } from "./manifest.ts";
import { decodeOutcome, RecordError, type RunFacts } from "./outcome-file.ts";
import type { RunFailure, Shard, StoredBatch } from "./stored-batch.ts";
import type { ReportPart, RunTask } from "./task.ts";
import { UNFINISHED } from "./write-whole.ts";

/** A file that is no part, or does not fit the others. For the user to mend. */
export class PartError extends Error {
  override readonly name = "PartError";
}

interface PartHeader {
  readonly manifest: BatchManifest;
  readonly shard: Shard;
  readonly failures: readonly RunFailure[];
  /** Index of the task and length of its record, in their order in the file. */
  readonly records: readonly (readonly [index: number, bytes: number])[];
}

const MAGIC = "kubedrill-part 1\n";
const CHUNK_BYTES = 1 << 16;

/** `part-2-of-4.kubedrill`. */
export function partName({ index, count }: Shard): string {
  return `part-${index}-of-${count}.kubedrill`;
}

/** Writes the part whole or not at all. */
export function writePart(path: string, batch: StoredBatch, shard: Shard): void {
  const { manifest, folder, failures } = batch;
  const indexes = batch.schedule.wanted().filter((index) => !batch.isFailed(index));
  const records = indexes.map((index) => [index, folder.record(index).length] as const);
  const header: PartHeader = { manifest, shard, failures, records };
  const unfinished = `${path}${UNFINISHED}`;
  const file = openSync(unfinished, "w");
  try {
    write(file, Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`));
    for (const index of indexes) write(file, folder.record(index));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
}

/** An opened part. */
class PartReader {
  readonly path: string;
  readonly header: PartHeader;
  private readonly file: number;
  private readonly places = new Map<number, readonly [at: number, bytes: number]>();

  /** @throws PartError */
  constructor(path: string) {
    this.path = path;
    this.file = openSync(path, "r");
    const { header, end } = readHeader(this.file, path);
    this.header = header;
    let at = end;
    for (const [index, bytes] of header.records) {
      this.places.set(index, [at, bytes]);
      at += bytes;
    }
  }

  has(index: number): boolean {
    return this.places.has(index);
  }

  read(index: number): Uint8Array {
    const [at, bytes] = this.places.get(index)!;
    const record = new Uint8Array(bytes);
    if (readSync(this.file, record, 0, bytes, at) < bytes) throw new PartError(`${this.path} is cut off`);
    return record;
  }

  close(): void {
    closeSync(this.file);
  }
}

/** The parts of one batch, complete. */
export class Parts {
  readonly manifest: BatchManifest;
  readonly failures: readonly RunFailure[];
  private readonly parts: readonly PartReader[];
  private readonly tasks: readonly RunTask[];

  /** @throws PartError when parts are missing, of different batches, or no parts */
  constructor(paths: readonly string[]) {
    this.parts = paths.map((path) => new PartReader(path));
    const [first, ...others] = this.parts;
    if (first === undefined) throw new PartError("no part was given");
    this.manifest = first.header.manifest;
    const { count } = first.header.shard;
    for (const part of others) {
      if (batchId(part.header.manifest) !== batchId(this.manifest) || part.header.shard.count !== count) {
        throw new PartError(
          `${part.path} and ${first.path} are parts of different batches: same files, seeds, options and version?`,
        );
      }
    }
    const present = new Set(this.parts.map((part) => part.header.shard.index));
    const missing = Array.from({ length: count }, (_, i) => i + 1).filter((index) => !present.has(index));
    if (missing.length > 0) throw new PartError(`of ${count} parts these are missing: ${missing.join(", ")}`);
    this.tasks = tasksOf(this.manifest);
    const failures = new Map(this.parts.flatMap((part) => part.header.failures.map((f) => [f.index, f] as const)));
    this.failures = [...failures.values()].sort((a, b) => a.index - b.index);
  }

  /** All tasks of the batch, in the order of the reports. */
  get wanted(): readonly number[] {
    return [...this.tasks.keys()];
  }

  read(index: number): { readonly facts: RunFacts; readonly parts: readonly ReportPart[] } {
    const part = this.parts.find((p) => p.has(index));
    if (part === undefined) throw new PartError(`run ${index} is in none of the parts`);
    try {
      return decodeOutcome(runKey(this.manifest, index, this.tasks[index]!), part.read(index));
    } catch (error) {
      throw error instanceof RecordError ? new PartError(`${part.path}: ${error.message}`) : error;
    }
  }

  close(): void {
    for (const part of this.parts) part.close();
  }
}

function readHeader(file: number, path: string): { readonly header: PartHeader; readonly end: number } {
  const chunks: Buffer[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const got = readSync(file, chunk, 0, CHUNK_BYTES, size);
    chunks.push(chunk.subarray(0, got));
    size += got;
    if (size >= MAGIC.length && !Buffer.concat(chunks.slice(0, 1)).toString("latin1").startsWith(MAGIC)) break;
    const found = chunk.subarray(0, got).indexOf(10, size === got ? MAGIC.length : 0);
    if (found >= 0) {
      const end = size - got + found + 1;
      const text = Buffer.concat(chunks).subarray(MAGIC.length, end).toString();
      return { header: JSON.parse(text) as PartHeader, end };
    }
    if (got === 0) break;
  }
  throw new PartError(`${path} is no part of a batch: kubedrill batch --shard i/n writes them`);
}

function write(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
