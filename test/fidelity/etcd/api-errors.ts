// Replays the recorded single requests, in their order, and compares code, message and detail. Requests of one scenario run on one
// cluster, as they were recorded. What cannot be equal is not compared: identities of members, sizes of files to the page, times
// below 1 s.

import { API_REQUESTS } from "./api-requests.ts";
import { ApiScenario, type Outcome } from "./api-scenario.ts";
import { compareFact, type Row } from "./compare.ts";
import type { Exception } from "./exceptions.ts";
import type { RecordedRow, RecordedSetting } from "./recordings.ts";

/** Longer requests wait for a timeout, which is known. */
const LEAST_TIMEOUT_MS = 1_000;
const TIMEOUT_TOLERANCE_MS = 100;

/** Two rows per request: its answer, and where it timed out, after how long. */
export function compareApi(setting: RecordedSetting, exceptions: readonly Exception[]): Row[] {
  const rows: Row[] = [];
  let scenario: ApiScenario | null = null;
  for (const row of setting.rows) {
    if (scenario === null || scenario.name !== row.scenario) scenario = new ApiScenario(setting, row);
    const name = `${row.scenario}: ${row.request} at ${row.target}`;
    const outcome = replay(scenario, row);
    const recorded = describe({
      code: row.code ?? "",
      message: row.message ?? "",
      detail: comparable(row.detail ?? ""),
    });
    rows.push(
      compareFact(
        setting.name,
        name,
        recorded,
        describe({ ...outcome, detail: comparable(outcome.detail) }),
        exceptions,
      ),
    );
    const recordedMs = Number(row.dur_ms);
    if (recordedMs < LEAST_TIMEOUT_MS || row.scenario === "watch") continue;
    const simulatedMs =
      Math.abs(outcome.durationMs - recordedMs) < TIMEOUT_TOLERANCE_MS ? recordedMs : outcome.durationMs;
    rows.push(compareFact(setting.name, `${name}, ms`, String(recordedMs), String(simulatedMs), exceptions));
  }
  return rows;
}

function replay(scenario: ApiScenario, row: RecordedRow): Outcome {
  const request = row.request ?? "";
  for (const [pattern, act] of API_REQUESTS[row.scenario ?? ""] ?? []) {
    const match = pattern.exec(request);
    if (match !== null) return scenario.measure(() => act(scenario, match, row.target ?? ""));
  }
  return { code: "", message: "not simulated", detail: "", durationMs: 0 };
}

function describe(outcome: { readonly code: string; readonly message: string; readonly detail: string }): string {
  return [outcome.code, outcome.message, outcome.detail].filter((part) => part !== "").join(", ");
}

/** A detail without what differs from run to run. */
function comparable(detail: string): string {
  return (
    detail
      .replace(/memberID:\d+/g, "memberID")
      .replace(/db_size=\d+|db_in_use=\d+|elapsed_ms=\d+/g, "")
      // how many members raise the same alarm is decided by the last page of their files
      .replace(/(memberID alarm:NOSPACE {1,2})+/, "memberID alarm:NOSPACE ")
      .replace(/NOSPACE NOSPACE/, "NOSPACE")
      .trim()
  );
}
