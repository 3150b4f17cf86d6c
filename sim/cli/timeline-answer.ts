// Runs a scenario for `kubedrill timeline` and writes the trace file, whole or not at all.
import { closeSync, mkdtempSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { traceOf, traceText } from "../../reports/trace.ts";
import { loadCustomPlugins } from "../batch/custom-plugins.ts";
import { simulate } from "../cluster.ts";
import { formatDuration } from "../engine/tick.ts";
import { InputError } from "./failure.ts";
import type { InputOptions } from "./load-plans.ts";
import { makeFolder, writeFailure } from "./make-folder.ts";
import { onePlan } from "./moment.ts";
import { startProgress } from "./progress.ts";

export interface TimelineOptions extends InputOptions {
  readonly out: string;
  readonly seed?: string;
  readonly maxEvents: number;
  readonly progress: boolean | undefined;
}

/** @returns what was written, for people */
export async function answerTimeline(options: TimelineOptions): Promise<string> {
  const { maxEvents, out, seed } = options;
  if (!(Number.isInteger(maxEvents) && maxEvents > 0))
    throw new InputError("--max-events: expected a whole number of at least 1");
  const path = resolve(out);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new InputError(`cannot write to ${path}: a folder is in the place of the file`);
  const plan = onePlan(options);
  makeFolder(dirname(path));
  const progress = startProgress(options.progress);
  const result = simulate(plan, seed ?? plan.seed, {
    customPlugins: await loadCustomPlugins(plan),
    recordsCourse: true,
    onProgress: (share) => progress.set(share, plan.name),
  });
  progress.stop();
  const trace = traceOf(result, { maxEvents });
  const bytes = writeWhole(path, traceText(result, trace));
  const left = trace.leftOut.map((what) => `left out: ${what}\n`).join("");
  const { digest, simDurationMicros } = result.identity;
  return (
    `${trace.events.length} trace events over ${formatDuration(simDurationMicros)}, digest ${digest}\n${left}` +
    `${(bytes / 1_000_000).toFixed(1)} MB in ${path}: open it in https://ui.perfetto.dev\n`
  );
}

/** Beside its place first, so that an error leaves what was there before. */
function writeWhole(path: string, parts: Iterable<string>): number {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(dirname(path), ".kubedrill-"));
    const staged = join(folder, basename(path));
    const file = openSync(staged, "w");
    let written = 0;
    let pending = "";
    const flush = () => {
      const bytes = Buffer.from(pending);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      written += bytes.length;
      pending = "";
    };
    for (const part of parts) {
      pending += part;
      if (pending.length > 1_000_000) flush();
    }
    flush();
    closeSync(file);
    renameSync(staged, path);
    return written;
  } catch (error) {
    throw writeFailure(path, error);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
