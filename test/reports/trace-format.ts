// What is wrong with a trace file, by the rules of the Trace Event Format and by what its viewers make of a file that breaks them: events
// without their fields, slices that cut each other (Perfetto drops them), tracks and processes without a name or with two, counters that
// are no numbers. Complete, begin/end, instant, counter, flow and metadata events; anything else is an error.
// Source: "Trace Event Format", and the import of JSON traces as Perfetto documents it.

interface Event {
  readonly [field: string]: unknown;
}

const FIELDS = new Set(["name", "cat", "ph", "ts", "dur", "pid", "tid", "s", "id", "bp", "args", "cname"]);
const METADATA: Readonly<Record<string, "name" | "labels" | "sort_index">> = {
  process_name: "name",
  process_labels: "labels",
  process_sort_index: "sort_index",
  thread_name: "name",
  thread_sort_index: "sort_index",
};
const MAX_ID = 2 ** 31 - 1;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** @returns a line for each problem, with the index of the event; empty for a good file */
export function traceProblems(text: string): string[] {
  let file: { traceEvents?: unknown; displayTimeUnit?: unknown };
  try {
    file = JSON.parse(text);
  } catch (error) {
    return [`no JSON: ${(error as Error).message}`];
  }
  if (!Array.isArray(file.traceEvents)) return ["traceEvents: expected a list"];
  const check = new Check();
  if (file.displayTimeUnit !== "ms" && file.displayTimeUnit !== "ns")
    check.problems.push("displayTimeUnit: expected ms or ns");
  for (const [index, event] of (file.traceEvents as Event[]).entries()) check.event(index, event);
  check.finish();
  return check.problems;
}

interface Slice {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

class Check {
  readonly problems: string[] = [];
  private readonly processNames = new Map<number, string>();
  private readonly threadNames = new Map<string, string>();
  private readonly threadProcess = new Map<number, number>();
  private readonly metadata = new Set<string>();
  private readonly usedProcesses = new Map<number, number>();
  private readonly usedThreads = new Map<string, number>();
  private readonly slices = new Map<string, Slice[]>();
  private readonly open = new Map<string, { readonly index: number; readonly name: unknown; readonly ts: number }[]>();
  private readonly counters = new Map<string, { readonly series: string; readonly ts: number }>();
  private readonly flows = new Map<string, { readonly ts: number; readonly isOver: boolean }>();

  event(index: number, event: Event): void {
    const wrong = (what: string) => this.problems.push(`${index}: ${what}`);
    for (const field of Object.keys(event)) if (!FIELDS.has(field)) wrong(`unknown field ${field}`);
    const { ph, pid, tid, ts } = event;
    if (!isText(event.name)) wrong("name: expected a text");
    if (!isCount(pid) || pid === 0 || pid > MAX_ID) return void wrong("pid: expected a whole number of at least 1");
    if (!isCount(tid) || tid > MAX_ID) return void wrong("tid: expected a whole number");
    if (!isCount(ts)) return void wrong("ts: expected a whole number of microseconds");
    if (
      event.args !== undefined &&
      (typeof event.args !== "object" || event.args === null || Array.isArray(event.args))
    )
      return void wrong("args: expected a mapping");
    const args = (event.args ?? {}) as Readonly<Record<string, unknown>>;
    if (event.dur !== undefined && ph !== "X") wrong("dur belongs to complete events");
    if (event.s !== undefined && ph !== "i") wrong("s belongs to instant events");
    const track = `${pid}/${tid}`;
    if (ph === "M") return this.meta(index, event.name as string, pid, tid, args);
    this.use(index, pid, ph === "C" ? null : tid);
    switch (ph) {
      case "X":
        if (!isCount(event.dur)) return void wrong("dur: expected a whole number of microseconds");
        return this.slice(track, { index, from: ts, to: ts + event.dur });
      case "B":
        this.open.set(track, [...(this.open.get(track) ?? []), { index, name: event.name, ts }]);
        return;
      case "E": {
        const begin = this.open.get(track)?.pop();
        if (begin === undefined) return void wrong("ends what has not begun");
        if (begin.name !== event.name) wrong(`ends ${event.name} within ${begin.name}`);
        if (ts < begin.ts) return void wrong("ends before it begins");
        return this.slice(track, { index: begin.index, from: begin.ts, to: ts });
      }
      case "i":
        if (event.s !== "g" && event.s !== "p" && event.s !== "t") wrong("s: expected g, p or t");
        return;
      case "C":
        return this.counter(index, `${pid} ${event.name as string}`, ts, args);
      case "s":
      case "t":
      case "f":
        return this.flow(index, `${event.cat as string} ${event.name as string} ${String(event.id)}`, ph, ts, event);
      default:
        wrong(`unknown phase ${String(ph)}`);
    }
  }

  finish(): void {
    for (const [track, begins] of this.open)
      for (const { index } of begins) this.problems.push(`${index}: never ends, on ${track}`);
    for (const [pid, index] of this.usedProcesses)
      if (!this.processNames.has(pid)) this.problems.push(`${index}: process ${pid} has no name`);
    for (const [track, index] of this.usedThreads)
      if (!this.threadNames.has(track)) this.problems.push(`${index}: track ${track} has no name`);
    for (const [flow, { isOver }] of this.flows) if (!isOver) this.problems.push(`flow ${flow} never ends`);
    const names = [...this.processNames.values()];
    for (const name of names)
      if (names.indexOf(name) !== names.lastIndexOf(name)) this.problems.push(`two processes are called ${name}`);
    const seen = new Set<string>();
    for (const [track, name] of this.threadNames) {
      const key = `${track.split("/")[0]} ${name}`;
      if (seen.has(key)) this.problems.push(`two tracks of a process are called ${name}`);
      seen.add(key);
    }
    for (const [track, slices] of this.slices) this.nest(track, slices);
  }

  /** Slices of a track lie within each other or apart, whatever their order in the file. */
  private nest(track: string, slices: Slice[]): void {
    slices.sort((a, b) => a.from - b.from || b.to - a.to || a.index - b.index);
    const stack: Slice[] = [];
    for (const slice of slices) {
      while (stack.length > 0 && stack.at(-1)!.to <= slice.from) stack.pop();
      const around = stack.at(-1);
      if (around !== undefined && slice.to > around.to)
        this.problems.push(`${slice.index}: cuts the slice of ${around.index} on track ${track}`);
      stack.push(slice);
    }
  }

  private meta(index: number, name: string, pid: number, tid: number, args: Readonly<Record<string, unknown>>): void {
    const field = METADATA[name];
    if (field === undefined) return void this.problems.push(`${index}: unknown metadata ${name}`);
    const value = args[field];
    if (field === "sort_index" ? !isCount(value) : !isText(value))
      return void this.problems.push(`${index}: ${name} needs args.${field}`);
    const isThread = name.startsWith("thread");
    const subject = isThread ? `${pid}/${tid}` : `${pid}`;
    if (this.metadata.has(`${name} ${subject}`)) this.problems.push(`${index}: ${name} of ${subject} is said twice`);
    this.metadata.add(`${name} ${subject}`);
    if (name === "process_name") this.processNames.set(pid, value as string);
    if (name !== "thread_name") return;
    this.threadNames.set(subject, value as string);
    if ((this.threadProcess.get(tid) ?? pid) !== pid) this.problems.push(`${index}: tid ${tid} is in two processes`);
    this.threadProcess.set(tid, pid);
  }

  private use(index: number, pid: number, tid: number | null): void {
    if (!this.usedProcesses.has(pid)) this.usedProcesses.set(pid, index);
    if (tid !== null && !this.usedThreads.has(`${pid}/${tid}`)) this.usedThreads.set(`${pid}/${tid}`, index);
  }

  private slice(track: string, slice: Slice): void {
    const slices = this.slices.get(track);
    if (slices === undefined) this.slices.set(track, [slice]);
    else slices.push(slice);
  }

  private counter(index: number, key: string, ts: number, args: Readonly<Record<string, unknown>>): void {
    const series = Object.keys(args).join(" ");
    if (series === "") this.problems.push(`${index}: a counter without a value`);
    for (const value of Object.values(args))
      if (!Number.isFinite(value)) this.problems.push(`${index}: a counter that is no number`);
    const last = this.counters.get(key);
    if (last !== undefined && last.series !== series) this.problems.push(`${index}: a counter with other series`);
    if (last !== undefined && ts < last.ts) this.problems.push(`${index}: a counter that goes back in time`);
    this.counters.set(key, { series, ts });
  }

  private flow(index: number, key: string, ph: "s" | "t" | "f", ts: number, { id }: Event): void {
    if (!isText(id) && !isCount(id)) return void this.problems.push(`${index}: a flow without an id`);
    const last = this.flows.get(key);
    if (ph === "s" ? last !== undefined : last === undefined || last.isOver)
      this.problems.push(`${index}: flow ${key} ${ph === "s" ? "begins twice" : "has not begun"}`);
    if (last !== undefined && ts < last.ts) this.problems.push(`${index}: flow ${key} goes back in time`);
    this.flows.set(key, { ts, isOver: ph === "f" });
  }
}
