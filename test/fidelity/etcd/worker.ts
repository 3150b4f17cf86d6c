// What a worker thread runs: a part of the trials of one recorded setting. It reads the recordings itself.
import { workerData } from "piscina";
import { type RecordedSetting, readRecordings } from "./recordings.ts";
import { simulateTrials } from "./simulate.ts";
import { type PlainTally, toPlain } from "./tally.ts";

export interface TrialTask {
  /** Name of the setting. */
  readonly setting: string;
  readonly from: number;
  readonly to: number;
}

let settings: Map<string, RecordedSetting> | null = null;

/** @throws Error when the recordings have no such setting */
export function runTrials(task: TrialTask): PlainTally {
  settings ??= new Map(readRecordings((workerData as { folder: string }).folder).map((entry) => [entry.name, entry]));
  const setting = settings.get(task.setting);
  if (setting === undefined) throw new Error(`no setting ${task.setting}`);
  return toPlain(simulateTrials(setting, task.from, task.to));
}
