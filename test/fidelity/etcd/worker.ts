// What a worker thread runs: a part of the trials of one recorded setting, or runs of one recorded load. It reads the recordings
// itself.
import { workerData } from "piscina";
import { type LoadRun, runLoad } from "./load-trial.ts";
import { type RecordedSetting, readRecordings } from "./recordings.ts";
import { simulateTrials } from "./simulate.ts";
import { type PlainTally, toPlain } from "./tally.ts";

/** Trials or runs of this setting: numbers `from` up to, not including, `to`; loads are of one recorded row. */
export interface TrialTask {
  /** Name of the setting. */
  readonly setting: string;
  readonly from: number;
  readonly to: number;
  readonly row?: number;
}

let settings: Map<string, RecordedSetting> | null = null;

/** @throws Error when the recordings have no such setting */
export function runTrials(task: TrialTask): PlainTally | LoadRun[] {
  settings ??= new Map(readRecordings((workerData as { folder: string }).folder).map((entry) => [entry.name, entry]));
  const setting = settings.get(task.setting);
  if (setting === undefined) throw new Error(`no setting ${task.setting}`);
  if (task.row === undefined) return toPlain(simulateTrials(setting, task.from, task.to));
  const runs: LoadRun[] = [];
  for (let i = task.from; i < task.to; i++) {
    runs.push(runLoad(setting.kind, setting.rows[task.row]!, `${setting.name}/${task.row}/${i}`));
  }
  return runs;
}
