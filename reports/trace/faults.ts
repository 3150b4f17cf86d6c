// Faults and actions in a trace: a track each, and for faults a band on every node that they hit.
import type { Result } from "../../sim/metrics/result.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { GROUPS, type TraceWriter } from "./writer.ts";

const FAULTS = GROUPS.faults;
/** Its targets are zones. */
const ZONE_OUTAGE = "zoneOutage";

/** A fault that hit a node. */
export interface NodeFault {
  readonly id: string;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

/** @returns faults by the names of the nodes that they hit */
export function faultsAndActions({ tables }: Result, trace: TraceWriter): ReadonlyMap<string, readonly NodeFault[]> {
  const { faults, actions, nodes } = tables;
  const onNodes = new Map<string, NodeFault[]>();
  const [nodeName, zone] = [textReader(nodes, "name"), textReader(nodes, "zone")];
  const zones = new Map<string, string[]>();
  for (let row = 0; row < nodes.rows; row++) {
    onNodes.set(nodeName(row), []);
    const names = zones.get(zone(row));
    if (names === undefined) zones.set(zone(row), [nodeName(row)]);
    else names.push(nodeName(row));
  }
  if (faults.rows + actions.rows > 0) trace.process(FAULTS, "faults and actions");
  const text = (name: string) => textReader(faults, name);
  const [id, kind, targets, outcome] = [text("id"), text("kind"), text("targets"), text("outcome")];
  const [injected, recovered] = [numbersOf(faults, "injectedMicros"), numbersOf(faults, "recoveredMicros")];
  const [detected, matched] = [numbersOf(faults, "detectedMicros"), numbersOf(faults, "matched")];
  for (let row = 0; row < faults.rows; row++) {
    const name = `fault ${id(row)}`;
    const args = { kind: kind(row), targets: targets(row), outcome: outcome(row) };
    const from = injected[row]!;
    if (matched[row] !== 1 || outcome(row) === "limit") {
      trace.instant(FAULTS, trace.track(FAULTS, name), outcome(row), from, args);
      continue;
    }
    const to = trace.endOf(recovered[row]!);
    // one that comes again and again may come before it is over
    const track = trace.lane(FAULTS, name, from, to);
    trace.slice(FAULTS, track, kind(row), from, to, args);
    trace.instant(FAULTS, track, "first sign", detected[row]!);
    const hit = { id: id(row), kind: kind(row), from, to };
    for (const target of targets(row).split(" "))
      for (const node of kind(row) === ZONE_OUTAGE ? (zones.get(target) ?? []) : [target]) onNodes.get(node)?.push(hit);
  }
  const [started, ended] = [numbersOf(actions, "startedMicros"), numbersOf(actions, "endedMicros")];
  const of = (name: string) => textReader(actions, name);
  const [action, command, result, message] = [of("id"), of("command"), of("outcome"), of("message")];
  for (let row = 0; row < actions.rows; row++) {
    const args = { outcome: result(row), message: message(row) };
    const [from, to] = [started[row]!, trace.endOf(ended[row]!)];
    const track = trace.lane(FAULTS, `action ${action(row)}`, from, to);
    trace.slice(FAULTS, track, `kubectl ${command(row)}`, from, to, args);
  }
  return onNodes;
}
