// A run as trace events for Perfetto (ui.perfetto.dev) and chrome://tracing: one track per component of the control plane, fault, action and
// workload, and per node its pods with their phases. Times are microseconds of virtual time. A pure function of the result.
// Source: the Trace Event Format (JSON object form; complete, instant, counter and metadata events).
import { messageReader, subjectReader } from "../sim/metrics/event-log.ts";
import type { Result } from "../sim/metrics/result.ts";
import { numbersOf, textReader } from "../sim/metrics/table.ts";

export interface TraceEvent {
  readonly name: string;
  /** X complete, i instant, C counter, M metadata. */
  readonly ph: "X" | "i" | "C" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Scope of an instant: its thread. */
  readonly s?: "t";
  readonly cat?: string;
  readonly args?: Readonly<Record<string, string | number>>;
}

export interface Trace {
  readonly events: readonly TraceEvent[];
  /** What did not find room, for people. */
  readonly leftOut: readonly string[];
}

export interface TraceOptions {
  /** Slices and instants about pods and nodes; beyond it nodes with nothing to tell are left out first. */
  readonly maxEvents: number;
}

const CONTROL_PLANE = 1;
const FAULTS = 2;
const WORKLOADS = 3;
const COUNTERS = 4;
const FIRST_NODE = 10;

export function traceOf(result: Result, { maxEvents }: TraceOptions): Trace {
  const trace = new TraceWriter(result.identity.simDurationMicros);
  controlPlane(result, trace);
  faultsAndActions(result, trace);
  workloads(result, trace);
  counters(result, trace);
  const leftOut = nodes(result, trace, maxEvents);
  return { events: trace.events, leftOut };
}

/** The JSON file, in pieces: one event per line. */
export function* traceText(result: Result, trace: Trace): Generator<string> {
  const { digest, runId, scenario, seed, toolVersion } = result.identity;
  const about = {
    tool: `kubedrill ${toolVersion}`,
    scenario,
    seed,
    run_id: runId,
    digest,
    left_out: trace.leftOut.join("; "),
  };
  yield `{"displayTimeUnit":"ms","otherData":${JSON.stringify(about)},"traceEvents":[\n`;
  for (const [i, event] of trace.events.entries())
    yield `${JSON.stringify(event)}${i + 1 < trace.events.length ? "," : ""}\n`;
  yield "]}\n";
}

class TraceWriter {
  readonly events: TraceEvent[] = [];
  private readonly endMicros: number;
  private readonly tracks = new Map<string, number>();
  private readonly processes = new Set<number>();

  constructor(endMicros: number) {
    this.endMicros = endMicros;
  }

  process(pid: number, name: string): void {
    if (this.processes.has(pid)) return;
    this.processes.add(pid);
    this.events.push({ name: "process_name", ph: "M", pid, tid: 0, ts: 0, args: { name } });
    this.events.push({ name: "process_sort_index", ph: "M", pid, tid: 0, ts: 0, args: { sort_index: pid } });
  }

  /** The track of this name in the process, made at its first use. */
  track(pid: number, name: string): number {
    const key = `${pid} ${name}`;
    let tid = this.tracks.get(key);
    if (tid === undefined) {
      tid = this.tracks.size + 1;
      this.tracks.set(key, tid);
      this.events.push({ name: "thread_name", ph: "M", pid, tid, ts: 0, args: { name } });
      this.events.push({ name: "thread_sort_index", ph: "M", pid, tid, ts: 0, args: { sort_index: tid } });
    }
    return tid;
  }

  /** What goes on at the end of the run ends there. */
  slice(pid: number, tid: number, name: string, from: number, to: number, args?: TraceEvent["args"]): void {
    if (Number.isNaN(from)) return;
    const end = Number.isNaN(to) ? this.endMicros : to;
    this.events.push({ name, ph: "X", pid, tid, ts: from, dur: Math.max(0, end - from), ...(args && { args }) });
  }

  instant(pid: number, tid: number, name: string, at: number, args?: TraceEvent["args"]): void {
    if (!Number.isNaN(at)) this.events.push({ name, ph: "i", pid, tid, ts: at, s: "t", ...(args && { args }) });
  }

  counter(pid: number, name: string, at: number, args: Readonly<Record<string, number>>): void {
    this.events.push({ name, ph: "C", pid, tid: 0, ts: at, args });
  }
}

/** Components by what they told of themselves, etcd by who led, leases by who got them. */
function controlPlane({ tables }: Result, trace: TraceWriter): void {
  trace.process(CONTROL_PLANE, "control plane");
  const { etcd, leadership, events, pods } = tables;
  const member = textReader(etcd, "member");
  for (let row = 0; row < etcd.rows; row++) if (member(row) !== "") trace.track(CONTROL_PLANE, `etcd ${member(row)}`);
  const led = textReader(leadership, "member");
  const [from, to] = [numbersOf(leadership, "fromMicros"), numbersOf(leadership, "toMicros")];
  for (let row = 0; row < leadership.rows; row++) {
    const track = trace.track(CONTROL_PLANE, led(row) === "" ? "etcd without leader" : `etcd ${led(row)}`);
    trace.slice(CONTROL_PLANE, track, led(row) === "" ? "no leader" : "leads", from[row]!, to[row]!);
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
      trace.instant(CONTROL_PLANE, trace.track(CONTROL_PLANE, `etcd ${about.name}`), reason(row), at, {
        message: message(row),
      });
    else if (about.kind === "Lease" && reason(row) === "LeaderElection") {
      const track = trace.track(CONTROL_PLANE, `lease ${about.name.split("/").at(-1)}`);
      trace.instant(CONTROL_PLANE, track, message(row), at);
    } else if (reason(row) === "FailedScheduling")
      trace.instant(CONTROL_PLANE, trace.track(CONTROL_PLANE, component(row) || "scheduler"), "FailedScheduling", at, {
        pod: about.name,
        message: message(row),
      });
  }
  states.finish();
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
    const track = this.trace.track(CONTROL_PLANE, component);
    if (state !== undefined) this.trace.slice(CONTROL_PLANE, track, state.name, state.since, at);
  }
}

function faultsAndActions({ tables }: Result, trace: TraceWriter): void {
  const { faults, actions } = tables;
  if (faults.rows + actions.rows > 0) trace.process(FAULTS, "faults and actions");
  const text = (name: string) => textReader(faults, name);
  const [id, kind, targets, outcome] = [text("id"), text("kind"), text("targets"), text("outcome")];
  const [injected, recovered] = [numbersOf(faults, "injectedMicros"), numbersOf(faults, "recoveredMicros")];
  const [detected, matched] = [numbersOf(faults, "detectedMicros"), numbersOf(faults, "matched")];
  for (let row = 0; row < faults.rows; row++) {
    const track = trace.track(FAULTS, `fault ${id(row)}`);
    const args = { kind: kind(row), targets: targets(row), outcome: outcome(row) };
    if (matched[row] !== 1 || outcome(row) === "limit")
      trace.instant(FAULTS, track, outcome(row), injected[row]!, args);
    else trace.slice(FAULTS, track, kind(row), injected[row]!, recovered[row]!, args);
    trace.instant(FAULTS, track, "first sign", detected[row]!);
  }
  const [started, ended] = [numbersOf(actions, "startedMicros"), numbersOf(actions, "endedMicros")];
  const of = (name: string) => textReader(actions, name);
  const [action, command, result, message] = [of("id"), of("command"), of("outcome"), of("message")];
  for (let row = 0; row < actions.rows; row++) {
    const track = trace.track(FAULTS, `action ${action(row)}`);
    const args = { outcome: result(row), message: message(row) };
    trace.slice(FAULTS, track, `kubectl ${command(row)}`, started[row]!, ended[row]!, args);
  }
}

function workloads({ tables }: Result, trace: TraceWriter): void {
  const { rollouts, workloads: all, evictions, pods } = tables;
  if (rollouts.rows + evictions.rows === 0) return;
  trace.process(WORKLOADS, "workloads");
  const [kind, namespace, name] = [textReader(all, "kind"), textReader(all, "namespace"), textReader(all, "name")];
  const label = (row: number) => `${kind(row)} ${namespace(row)}/${name(row)}`;
  const rollout = (column: string) => numbersOf(rollouts, column);
  const [workload, from, to] = [rollout("workload"), rollout("startedMicros"), rollout("endedMicros")];
  const [surge, unavailable] = [rollout("surgeMax"), rollout("unavailableMax")];
  for (let row = 0; row < rollouts.rows; row++) {
    const args = { surge_max: surge[row]!, unavailable_max: unavailable[row]! };
    const track = trace.track(WORKLOADS, label(workload[row]!));
    // one that another overtook ends where that one begins
    const next = workload.findIndex((other, i) => i > row && other === workload[row]);
    const end = Number.isNaN(to[row]!) && next >= 0 ? from[next]! : to[row]!;
    trace.slice(
      WORKLOADS,
      track,
      Number.isNaN(to[row]!) ? "rollout (not completed)" : "rollout",
      from[row]!,
      end,
      args,
    );
  }
  const eviction = (column: string) => numbersOf(evictions, column);
  const [time, pod, replaced] = [eviction("timeMicros"), eviction("pod"), eviction("replacedMicros")];
  const [cause, of, podName] = [textReader(evictions, "cause"), numbersOf(pods, "workload"), textReader(pods, "name")];
  for (let row = 0; row < evictions.rows; row++) {
    const owner = of[pod[row]!]!;
    const track = trace.track(WORKLOADS, owner >= 0 ? label(owner) : "pods without a controller");
    const args = { pod: podName(pod[row]!), replaced_s: Number.isNaN(replaced[row]!) ? "" : replaced[row]! / 1e6 };
    trace.instant(WORKLOADS, track, `eviction: ${cause(row)}`, time[row]!, args);
  }
}

/** The time series, and pods bound in each second. */
function counters({ tables }: Result, trace: TraceWriter): void {
  trace.process(COUNTERS, "cluster");
  const { timeseries, pods } = tables;
  const column = (name: string) => numbersOf(timeseries, name);
  const [time, pending, starting, running] = ["timeMicros", "podsPending", "podsStarting", "podsRunning"].map(column);
  const [nodesReady, active, backoff, unschedulable] = [
    "nodesReady",
    "queueActive",
    "queueBackoff",
    "queueUnschedulable",
  ].map(column);
  for (let row = 0; row < timeseries.rows; row++) {
    const at = time![row]!;
    trace.counter(COUNTERS, "pods", at, {
      running: running![row]!,
      starting: starting![row]!,
      pending: pending![row]!,
    });
    trace.counter(COUNTERS, "nodes ready", at, { nodes: nodesReady![row]! });
    trace.counter(COUNTERS, "scheduling queue", at, {
      active: active![row]!,
      backoff: backoff![row]!,
      unschedulable: unschedulable![row]!,
    });
  }
  const bound = new Map<number, number>();
  for (const scheduled of numbersOf(pods, "scheduledMicros")) {
    if (Number.isNaN(scheduled)) continue;
    const second = Math.floor(scheduled / 1e6);
    bound.set(second, (bound.get(second) ?? 0) + 1);
  }
  for (const second of [...bound.keys()].sort((a, b) => a - b)) {
    trace.counter(COUNTERS, "pods bound per second", second * 1e6, { pods: bound.get(second)! });
    if (!bound.has(second + 1)) trace.counter(COUNTERS, "pods bound per second", (second + 1) * 1e6, { pods: 0 });
  }
}

/** Tracks of nodes: periods on the first, pods on as many as run side by side. Nodes with most to tell come first. */
function nodes({ tables, identity }: Result, trace: TraceWriter, maxEvents: number): string[] {
  const { nodes: all, nodePeriods, pods, evictions } = tables;
  const name = textReader(all, "name");
  const podNode = textReader(pods, "node");
  const podsOf = new Map<string, number[]>();
  for (let row = 0; row < pods.rows; row++) {
    const node = podNode(row);
    if (node === "") continue;
    const list = podsOf.get(node);
    if (list === undefined) podsOf.set(node, [row]);
    else list.push(row);
  }
  const told = new Map<string, number>();
  const tell = (node: string, weight: number) => told.set(node, (told.get(node) ?? 0) + weight);
  const periodNode = numbersOf(nodePeriods, "node");
  for (const node of periodNode) tell(name(node), 1000);
  const evictedFrom = textReader(evictions, "node");
  for (let row = 0; row < evictions.rows; row++) tell(evictedFrom(row), 1);
  const rows = Array.from({ length: all.rows }, (_, row) => row);
  rows.sort((a, b) => (told.get(name(b)) ?? 0) - (told.get(name(a)) ?? 0) || a - b);
  const periodsOf = new Map<number, number[]>();
  for (const [period, node] of periodNode.entries()) periodsOf.set(node, [...(periodsOf.get(node) ?? []), period]);
  const read = readersOf(tables);
  let left = maxEvents;
  let [nodesLeftOut, podsLeftOut] = [0, 0];
  for (const [place, row] of rows.entries()) {
    const ofNode = podsOf.get(name(row)) ?? [];
    // a pod is up to four slices
    const cost = ofNode.length * 4 + (periodsOf.get(row)?.length ?? 0);
    if (cost > left) {
      nodesLeftOut++;
      podsLeftOut += ofNode.length;
      continue;
    }
    left -= cost;
    node(read, trace, FIRST_NODE + place, row, ofNode, periodsOf.get(row) ?? [], identity.simDurationMicros);
  }
  if (nodesLeftOut === 0) return [];
  return [
    `${nodesLeftOut} of ${all.rows} nodes with ${podsLeftOut} pods, those with least to tell (--max-events ${maxEvents})`,
  ];
}

/** Columns of nodes and pods, opened once. */
function readersOf({ nodes, nodePeriods, pods }: Result["tables"]) {
  const number = (of: string) => numbersOf(pods, of);
  const text = (of: string) => textReader(pods, of);
  return {
    nodeName: textReader(nodes, "name"),
    zone: textReader(nodes, "zone"),
    from: numbersOf(nodePeriods, "fromMicros"),
    to: numbersOf(nodePeriods, "toMicros"),
    what: textReader(nodePeriods, "what"),
    created: number("createdMicros"),
    scheduled: number("scheduledMicros"),
    running: number("runningMicros"),
    ready: number("readyMicros"),
    deletion: number("deletionMicros"),
    deleted: number("deletedMicros"),
    finished: number("finishedMicros"),
    restarts: number("restarts"),
    namespace: text("namespace"),
    podName: text("name"),
    owner: text("owner"),
    state: text("state"),
    cause: text("cause"),
  };
}

function node(
  read: ReturnType<typeof readersOf>,
  trace: TraceWriter,
  pid: number,
  row: number,
  pods: readonly number[],
  periods: readonly number[],
  endMicros: number,
): void {
  const zone = read.zone(row);
  trace.process(pid, `node ${read.nodeName(row)}${zone === "" ? "" : ` (${zone})`}`);
  const condition = trace.track(pid, "condition");
  for (const period of periods) {
    const track = read.what(period) === "NotReady" ? condition : trace.track(pid, "cordon");
    trace.slice(pid, track, read.what(period), read.from[period]!, read.to[period]!);
  }
  const { created, deleted, deletion, finished, ready, running, scheduled } = read;
  const beginOf = (pod: number) => (Number.isNaN(scheduled[pod]!) ? created[pod]! : scheduled[pod]!);
  const lanes: number[] = [];
  for (const pod of [...pods].sort((a, b) => beginOf(a) - beginOf(b) || a - b)) {
    const begin = beginOf(pod);
    const end = firstOf(deleted[pod]!, finished[pod]!, endMicros);
    let lane = lanes.findIndex((until) => until <= begin);
    if (lane < 0) lane = lanes.length;
    lanes[lane] = end;
    const tid = trace.track(pid, `pods ${lane + 1}`);
    const args = {
      owner: read.owner(pod),
      state: read.state(pod),
      cause: read.cause(pod),
      restarts: read.restarts[pod]!,
    };
    trace.slice(pid, tid, `${read.namespace(pod)}/${read.podName(pod)}`, begin, end, args);
    const runs = Math.min(running[pod]!, end);
    if (runs > begin) trace.slice(pid, tid, "starting", begin, runs);
    if (ready[pod]! > runs && runs < end) trace.slice(pid, tid, "not ready", runs, Math.min(ready[pod]!, end));
    // one that is deleted before it is ready has but its outer slice from there on
    const leaves = Math.max(deletion[pod]!, Number.isNaN(ready[pod]!) ? begin : ready[pod]!, runs || begin);
    if (leaves < end) trace.slice(pid, tid, "terminating", leaves, end);
  }
}

/** The first that is a number. */
function firstOf(...values: readonly number[]): number {
  return values.find((value) => !Number.isNaN(value)) ?? 0;
}
