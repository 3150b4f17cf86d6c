// Runs some trials of one recorded setting. Trial i repeats the recorded row i modulo their number: its times of healing and of
// observation; everything else is drawn anew. A trial's draws come from kind, setting and number alone.
import { FAULT_KINDS } from "./fault-kinds.ts";
import { FaultTrial } from "./fault-trial.ts";
import type { RecordedSetting } from "./recordings.ts";
import { Tally } from "./tally.ts";

/** Whether a recorded kind can be simulated. */
export function isSimulated(kind: string): boolean {
  return Object.hasOwn(FAULT_KINDS, kind);
}

/** Trials `from` up to, not including, `to`. */
export function simulateTrials(setting: RecordedSetting, from: number, to: number): Tally {
  const tally = new Tally();
  const kind = FAULT_KINDS[setting.kind];
  if (kind === undefined) return tally;
  for (let i = from; i < to; i++) {
    const row = setting.rows[i % setting.rows.length]!;
    new FaultTrial(setting.kind, row, `${setting.name}/${i}`, tally).run(kind);
  }
  return tally;
}
