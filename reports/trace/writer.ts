// Trace events as they are collected: processes and tracks get their numbers and names at their first use. Slices of a track must lie
// within each other or apart; what may overlap is given lanes. Source: the Trace Event Format (JSON object form).

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

/** The groups of tracks above those of nodes, in the order in which viewers show them. */
export const GROUPS = { controlPlane: 1, faults: 2, workloads: 3, cluster: 4, firstNode: 10 } as const;

export class TraceWriter {
  readonly events: TraceEvent[] = [];
  readonly endMicros: number;
  private readonly tracks = new Map<string, number>();
  private readonly processes = new Set<number>();
  // when the last slice of each lane ends
  private readonly lanes = new Map<string, number[]>();

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

  /** The first of the tracks `name`, `name (2)` … on which nothing goes on then; the slice that follows has to end when it says. */
  lane(pid: number, name: string, from: number, to: number): number {
    const key = `${pid} ${name}`;
    const busy = this.lanes.get(key) ?? [];
    this.lanes.set(key, busy);
    let lane = busy.findIndex((until) => until <= from);
    if (lane < 0) lane = busy.length;
    busy[lane] = to;
    return this.track(pid, lane === 0 ? name : `${name} (${lane + 1})`);
  }

  /** What goes on at the end of the run ends there. */
  endOf(to: number): number {
    return Number.isNaN(to) ? this.endMicros : to;
  }

  slice(pid: number, tid: number, name: string, from: number, to: number, args?: TraceEvent["args"]): void {
    if (Number.isNaN(from)) return;
    const end = this.endOf(to);
    this.events.push({ name, ph: "X", pid, tid, ts: from, dur: Math.max(0, end - from), ...(args && { args }) });
  }

  instant(pid: number, tid: number, name: string, at: number, args?: TraceEvent["args"]): void {
    if (!Number.isNaN(at)) this.events.push({ name, ph: "i", pid, tid, ts: at, s: "t", ...(args && { args }) });
  }

  counter(pid: number, name: string, at: number, args: Readonly<Record<string, number>>): void {
    this.events.push({ name, ph: "C", pid, tid: 0, ts: at, args });
  }
}
