// Where a batch keeps what it has done: one file per finished run, and the manifest that says which batch they belong to. Whatever kills
// the process, at any moment, leaves files that are whole, so that the same command goes on from there.
// Refuses to mix batches, and to be used by two processes at once.
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FolderLock } from "./folder-lock.ts";
import { type BatchManifest, differencesOf, runKey, tasksOf } from "./manifest.ts";
import { decodeOutcome, RecordError, type RunFacts } from "./outcome-file.ts";
import type { ReportPart, RunTask } from "./task.ts";
import { UNFINISHED, writeWhole } from "./write-whole.ts";

/** The folder holds something that this batch cannot use. For the user to decide. */
export class WorkFolderError extends Error {
  override readonly name = "WorkFolderError";
}

const MANIFEST = "batch.json";
const RUNS = "runs";

/** Where the tables of the batch with this folder are put together. */
export function stagingOf(path: string): string {
  return join(path, "tables");
}

export class WorkFolder {
  readonly path: string;
  private readonly manifest: BatchManifest;
  private readonly tasks: readonly RunTask[];
  private readonly lock: FolderLock;
  private readonly runs: string;

  /**
   * Makes the folder, or goes on in the one that is there.
   *
   * @param path a folder that is the batch's alone; its parent exists
   * @param startAnew forget what another batch has left there
   * @throws WorkFolderError when another batch is unfinished there, or somebody else works in it
   */
  constructor(path: string, manifest: BatchManifest, startAnew: boolean) {
    this.path = path;
    this.manifest = manifest;
    this.tasks = tasksOf(manifest);
    this.runs = join(path, RUNS);
    mkdirSync(this.runs, { recursive: true });
    const lock = FolderLock.take(path);
    if (typeof lock === "string") throw new WorkFolderError(`another kubedrill (${lock}) is at work in ${path}`);
    this.lock = lock;
    try {
      this.begin(startAnew);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** What finished before, read and checked one by one; what is damaged is thrown away. */
  *finishedRuns(): Generator<{ readonly index: number; readonly facts: RunFacts }> {
    for (const name of readdirSync(this.runs).sort()) {
      const index = Number.parseInt(name, 10);
      if (name.endsWith(UNFINISHED) || !(index in this.tasks) || name !== this.nameOf(index)) {
        rmSync(join(this.runs, name), { force: true });
        continue;
      }
      try {
        yield { index, facts: this.read(index).facts };
      } catch (error) {
        if (!(error instanceof RecordError)) throw error;
        rmSync(join(this.runs, name), { force: true });
      }
    }
  }

  /** Where the outcome of a task belongs, and under which key. */
  storeOf(index: number): { readonly file: string; readonly key: string } {
    return { file: join(this.runs, this.nameOf(index)), key: this.keyOf(index) };
  }

  /** Takes a record that another machine has made. @throws RecordError when it is not one of this task */
  put(index: number, record: Uint8Array): RunFacts {
    const { facts } = decodeOutcome(this.keyOf(index), record);
    writeWhole(this.storeOf(index).file, record);
    return facts;
  }

  record(index: number): Uint8Array {
    return readFileSync(this.storeOf(index).file);
  }

  read(index: number): { readonly facts: RunFacts; readonly parts: readonly ReportPart[] } {
    return decodeOutcome(this.keyOf(index), this.record(index));
  }

  /** Makes the folder for tables that are being put together, without what a killed process has left there. */
  emptyStaging(): void {
    const path = stagingOf(this.path);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
  }

  /** Ends the work here for now. @returns how many finished runs are kept; a folder without any is removed */
  leave(): number {
    const kept = readdirSync(this.runs).filter((name) => !name.endsWith(UNFINISHED)).length;
    if (kept === 0) this.remove();
    else this.lock.release();
    return kept;
  }

  /** The batch is done: nothing of it is needed any more. */
  remove(): void {
    // first what makes it a batch: half a folder must not look like one
    rmSync(join(this.path, MANIFEST), { force: true });
    rmSync(this.runs, { recursive: true, force: true });
    rmSync(stagingOf(this.path), { recursive: true, force: true });
    this.lock.release();
    try {
      rmdirSync(this.path);
    } catch {
      // somebody has put something there: theirs to keep
    }
  }

  private begin(startAnew: boolean): void {
    const before = this.readManifest();
    if (before !== undefined) {
      const differences = differencesOf(before, this.manifest);
      if (differences.length === 0) return;
      if (!startAnew) {
        const lines = differences.map((line) => `  ${line}`).join("\n");
        throw new WorkFolderError(
          `${this.path} holds an unfinished batch of other inputs:\n${lines}\nGive the same arguments to go on with it, or --restart to forget it.`,
        );
      }
    }
    rmSync(this.runs, { recursive: true, force: true });
    mkdirSync(this.runs);
    writeWhole(join(this.path, MANIFEST), Buffer.from(`${JSON.stringify(this.manifest, null, 1)}\n`));
  }

  private readManifest(): BatchManifest | undefined {
    try {
      return JSON.parse(readFileSync(join(this.path, MANIFEST), "utf8")) as BatchManifest;
    } catch {
      return undefined;
    }
  }

  private nameOf(index: number): string {
    return `${String(index).padStart(7, "0")}-${this.keyOf(index)}.run`;
  }

  private keyOf(index: number): string {
    return runKey(this.manifest, index, this.tasks[index]!);
  }
}
