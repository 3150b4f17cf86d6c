// The control plane in a trace: components by what they told of themselves, etcd by who led, leases by who held them, and the scheduler by
// its cycles.
import { messageReader, subjectReader } from "../../sim/metrics/event-log.ts";
import type { Result } from "../../sim/metrics/result.ts";
import { numbersOf, textReader } from "../../sim/metrics/table.ts";
import { GROUPS, type TraceWriter } from "./writer.ts";

const PLANE = GROUPS.controlPlane;

/** @returns what did not find room */
export function controlPlane({ tables }: Result, trace: TraceWriter, maxCycles: number): string[] {
  trace.process(PLANE, "control plane");
  const { etcd, leadership, events, pods } = tables;
  const member = textReader(etcd, "member");
  for (let row = 0; row < etcd.rows; row++) if (member(row) !== "") trace.track(PLANE, `etcd ${member(row)}`);
  const led = textReader(leadership, "member");
  const [from, to] = [numbersOf(leadership, "fromMicros"), numbersOf(leadership, "toMicros")];
  for (let row = 0; row < leadership.rows; row++) {
    const track = trace.track(PLANE, led(row) === "" ? "etcd without leader" : `etcd ${led(row)}`);
    trace.slice(PLANE, track, led(row) === "" ? "no leader" : "leads", from[row]!, to[row]!);
    if (led(row) !== "") trace.slice(PLANE, trace.track(PLANE, "leader: etcd"), led(row), from[row]!, to[row]!);
  }
  const [time, reason, component] = [
    numbersOf(events, "timeMicros"),
    textReader(events, "reason"),
    textReader(events, "component"),
  ];
  const [subject, message] = [subjectReader(events, pods), messageReader(events, pods)];
  const states = new StateTracks(trace);
  for (let row = 0; row < events.rows; row++) {
    const about = subject(row);
    const at = time[row]!;
    if (about.kind === "Component") states.told(about.name, reason(row), at);
    else if (about.kind === "EtcdMember")
      trace.instant(PLANE, trace.track(PLANE, `etcd ${about.name}`), reason(row), at, {
        message: message(row),
      });
    else if (about.kind === "Lease" && reason(row) === "LeaderElection") {
      const track = trace.track(PLANE, `lease ${about.name.split("/").at(-1)}`);
      trace.instant(PLANE, track, message(row), at);
    } else if (reason(row) === "FailedScheduling")
      trace.instant(PLANE, trace.track(PLANE, component(row) || "scheduler"), "FailedScheduling", at, {
        pod: about.name,
        message: message(row),
      });
  }
  states.finish();
  return cycles(tables, trace, maxCycles);
}

/** One slice per scheduling cycle: the pod, and what came of it. */
function cycles({ cycles: all, pods }: Result["tables"], trace: TraceWriter, most: number): string[] {
  const number = (name: string) => numbersOf(all, name);
  const [from, to, pod] = [number("startedMicros"), number("endedMicros"), number("pod")];
  const [feasible, evaluated] = [number("feasible"), number("evaluated")];
  const [node, outcome] = [textReader(all, "node"), textReader(all, "outcome")];
  const [namespace, name] = [textReader(pods, "namespace"), textReader(pods, "name")];
  for (let row = 0; row < Math.min(all.rows, most); row++) {
    const about = pod[row]!;
    const args = { outcome: outcome(row), node: node(row), feasible: feasible[row]!, evaluated: evaluated[row]! };
    // two schedulers may believe that they lead
    const track = trace.lane(PLANE, "scheduling cycles", from[row]!, to[row]!);
    trace.slice(PLANE, track, about < 0 ? "a pod" : `${namespace(about)}/${name(about)}`, from[row]!, to[row]!, args);
  }
  return all.rows > most
    ? [`${all.rows - most} of ${all.rows} scheduling cycles, the last ones (--max-events ${most})`]
    : [];
}

const STATE_NAMES: Readonly<Record<string, string>> = {
  ComponentStarted: "started",
  ComponentReady: "ready",
  ComponentLeads: "leads",
  ComponentStopping: "stopping",
  ComponentExited: "down",
};

/** One slice per state of each component, until the next. */
class StateTracks {
  private readonly trace: TraceWriter;
  private readonly states = new Map<string, { readonly name: string; readonly since: number }>();

  constructor(trace: TraceWriter) {
    this.trace = trace;
  }

  told(component: string, reason: string, at: number): void {
    this.close(component, at);
    this.states.set(component, { name: STATE_NAMES[reason] ?? reason, since: at });
  }

  finish(): void {
    for (const component of this.states.keys()) this.close(component, Number.NaN);
  }

  private close(component: string, at: number): void {
    const state = this.states.get(component);
    const track = this.trace.track(PLANE, component);
    if (state === undefined) return;
    this.trace.slice(PLANE, track, state.name, state.since, at);
    if (state.name !== STATE_NAMES.ComponentLeads) return;
    // by the components' own belief: two may overlap
    const leader = this.trace.lane(
      PLANE,
      `leader: ${component.replace(/-\d+$/, "")}`,
      state.since,
      this.trace.endOf(at),
    );
    this.trace.slice(PLANE, leader, component, state.since, at);
  }
}
