// Who led when, where nobody did, and what faults came in between: a result's etcd in a form that can be drawn.
import type { Result } from "./result.ts";
import { numbersOf, textReader } from "./table.ts";

export interface Timeline {
  readonly endMicros: number;
  readonly members: readonly string[];
  readonly spans: readonly LeaderSpan[];
  readonly faults: readonly FaultMark[];
}

/** A time in which a member led by its own account, or nobody that a quorum knew (member is ""). */
export interface LeaderSpan {
  readonly member: string;
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** One row of the fault table; what was not measured is NaN. */
export interface FaultMark {
  readonly id: string;
  readonly kind: string;
  readonly targets: string;
  readonly outcome: string;
  readonly injectedMicros: number;
  readonly detectedMicros: number;
  readonly recoveredMicros: number;
  readonly restoredMicros: number;
  readonly leaderlessMicros: number;
  readonly noQuorumMicros: number;
  readonly stalledMicros: number;
  readonly leaderChanges: number;
  readonly requestsFailed: number;
  readonly lostWrites: number;
}

const MAX_ROWS = 10_000;

/** null when nothing happened to etcd that is worth drawing: one leader, and no faults. */
export function timelineOf(result: Result): Timeline | null {
  const { etcd, faults, leadership } = result.tables;
  if (faults.rows === 0 && leadership.rows <= 2) return null;
  const name = textReader(etcd, "member");
  const led = textReader(leadership, "member");
  const [from, to] = [numbersOf(leadership, "fromMicros"), numbersOf(leadership, "toMicros")];
  const text = (column: string) => textReader(faults, column);
  const number = (column: string) => numbersOf(faults, column);
  const [id, kind, targets, outcome] = [text("id"), text("kind"), text("targets"), text("outcome")];
  const [injected, detected, recovered] = [
    number("injectedMicros"),
    number("detectedMicros"),
    number("recoveredMicros"),
  ];
  const [restored, leaderless, noQuorum] = [
    number("restoredMicros"),
    number("leaderlessMicros"),
    number("noQuorumMicros"),
  ];
  const stalled = number("stalledMicros");
  const [changes, failed, lost] = [number("leaderChanges"), number("requestsFailed"), number("lostWrites")];
  return {
    endMicros: result.identity.simDurationMicros,
    members: rows(etcd.rows)
      .map((row) => name(row))
      .filter((member) => member !== ""),
    spans: rows(leadership.rows).map((row) => ({ member: led(row), fromMicros: from[row]!, toMicros: to[row]! })),
    faults: rows(faults.rows).map((row) => ({
      id: id(row),
      kind: kind(row),
      targets: targets(row),
      outcome: outcome(row),
      injectedMicros: injected[row]!,
      detectedMicros: detected[row]!,
      recoveredMicros: recovered[row]!,
      restoredMicros: restored[row]!,
      leaderlessMicros: leaderless[row]!,
      noQuorumMicros: noQuorum[row]!,
      stalledMicros: stalled[row]!,
      leaderChanges: changes[row]!,
      requestsFailed: failed[row]!,
      lostWrites: lost[row]!,
    })),
  };
}

function rows(count: number): number[] {
  return Array.from({ length: Math.min(count, MAX_ROWS) }, (_, row) => row);
}
