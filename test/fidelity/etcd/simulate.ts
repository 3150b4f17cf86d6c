// Runs some trials of one recorded setting. Trial i repeats the recorded row i modulo their number: its times of healing and of
// observation; everything else is drawn anew. A trial's draws come from kind, setting and number alone.
import { FAULT_KINDS } from "./fault-kinds.ts";
import { FaultTrial } from "./fault-trial.ts";
import type { RecordedSetting } from "./recordings.ts";
import { SPECIAL_KINDS } from "./special-kinds.ts";
import { Tally } from "./tally.ts";

/** The kind that has one request per row. */
export const API_KIND = "api_errors";
const LOADS = new Set(["steady_load", "network_latency_steady", "slow_disk", "overload"]);

/** Whether a recorded kind can be simulated. */
export function isSimulated(kind: string): boolean {
  return kind === API_KIND || isLoad(kind) || Object.hasOwn(FAULT_KINDS, kind) || Object.hasOwn(SPECIAL_KINDS, kind);
}

/** Whether a kind has one row per run of a load. */
export function isLoad(kind: string): boolean {
  return LOADS.has(kind);
}

/** Whether one trial of a kind is as long as a run of a load. */
export function isLong(kind: string): boolean {
  return kind === "snapshot_catchup";
}

/** Trials `from` up to, not including, `to`. */
export function simulateTrials(setting: RecordedSetting, from: number, to: number): Tally {
  const tally = new Tally();
  const fault = FAULT_KINDS[setting.kind];
  const special = SPECIAL_KINDS[setting.kind];
  for (let i = from; i < to; i++) {
    const row = setting.rows[i % setting.rows.length]!;
    const seed = `${setting.name}/${i}`;
    if (fault !== undefined) new FaultTrial(setting.kind, row, seed, tally).run(fault);
    else special?.(setting, i, seed, tally);
  }
  return tally;
}
