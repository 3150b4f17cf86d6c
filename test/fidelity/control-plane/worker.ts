// A worker thread: simulates one seed of one recording and gives its facts.
import { workerData } from "node:worker_threads";
import type { Fact } from "./fact.ts";
import { factsOf } from "./facts.ts";
import { type Recording, readRecording } from "./recordings.ts";
import { simulateRecording } from "./simulate.ts";

export interface SeedTask {
  /** `family/name` */
  readonly recording: string;
  readonly seed: number;
}

export type SeedAnswer =
  | { readonly facts: readonly (readonly [string, Fact])[]; readonly milliseconds: number }
  | { readonly failure: string };

let last: { readonly name: string; readonly recording: Recording } | null = null;

export function runSeed({ recording, seed }: SeedTask): SeedAnswer {
  const { folder } = workerData as { readonly folder: string };
  if (last?.name !== recording) last = { name: recording, recording: readRecording(folder, recording) };
  const begin = performance.now();
  try {
    const facts = [...factsOf(simulateRecording(last.recording, seed))];
    return { facts, milliseconds: performance.now() - begin };
  } catch (error) {
    return { failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
