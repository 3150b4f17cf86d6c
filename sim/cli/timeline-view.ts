// Who led etcd when, as lines of characters: one line per member, one for times without a leader, one for faults, and a list of faults
// with their effects. As wide as the terminal; plain characters where it may not know others.
import { formatDuration, SECOND } from "../engine/tick.ts";
import type { FaultMark, LeaderSpan, Timeline } from "../metrics/timeline.ts";
import { bold, renderTable } from "./table.ts";

/** How a cell is drawn: led all of it, led a part, did not lead; without a leader; a fault goes on. */
interface Glyphs {
  readonly full: string;
  readonly part: string;
  readonly none: string;
  readonly gap: string;
  readonly lasts: string;
}

const UNICODE: Glyphs = { full: "█", part: "▒", none: "·", gap: "×", lasts: "─" };
const ASCII: Glyphs = { full: "#", part: "+", none: ".", gap: "x", lasts: "-" };

const MARKS = "123456789abcdefghijklmnopqrstuvwxyz";
const MAX_LISTED = 20;
const MIN_CELLS = 20;
const MAX_CELLS = 160;

export interface ViewOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly unicode: boolean;
}

/** What fits this process's standard output. */
export function viewOptions(): ViewOptions {
  const { LC_ALL, LC_CTYPE, LANG, TERM } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || "";
  const isTerminal = process.stdout.isTTY === true;
  return {
    width: (isTerminal ? process.stdout.columns : undefined) || 80,
    unicode: isTerminal && TERM !== "dumb" && /utf-?8/i.test(locale),
  };
}

/** The lines; none when there is nothing to draw. */
export function timelineView(timeline: Timeline | null, options: ViewOptions): string[] {
  if (timeline === null) return [];
  const lines = timeline.members.length > 0 && timeline.endMicros > 0 ? drawing(timeline, options) : [];
  return [...lines, ...faultList(timeline.faults)];
}

function drawing({ members, spans, faults, endMicros }: Timeline, { width, unicode }: ViewOptions): string[] {
  const glyphs = unicode ? UNICODE : ASCII;
  const labels = [...members, "no leader", "faults"];
  const indent = Math.max(...labels.map((label) => label.length)) + 2;
  const cells = Math.min(MAX_CELLS, Math.max(MIN_CELLS, width - indent - 1));
  const row = (label: string, text: string) => `${label.padEnd(indent)}${text}`.trimEnd();
  const lines = [bold(`etcd: who led when (one character is ${short(endMicros / cells)})`)];
  for (const member of members) lines.push(row(member, leaderLine(spans, member, cells, endMicros, glyphs)));
  const gaps = shares(spans, "", cells, endMicros).map((share) => (share > 0 ? glyphs.gap : " "));
  if (gaps.some((cell) => cell !== " ")) lines.push(row("no leader", gaps.join("")));
  if (faults.length > 0) lines.push(row("faults", faultLine(faults, cells, endMicros, glyphs)));
  lines.push(row("", axis(cells, endMicros)));
  return lines;
}

function leaderLine(spans: readonly LeaderSpan[], member: string, cells: number, end: number, glyphs: Glyphs): string {
  return shares(spans, member, cells, end)
    .map((share) => (share >= 0.999 ? glyphs.full : share > 0 ? glyphs.part : glyphs.none))
    .join("");
}

/** Which share of each cell the spans of one member cover. */
function shares(spans: readonly LeaderSpan[], member: string, cells: number, endMicros: number): number[] {
  const covered = Array<number>(cells).fill(0);
  const cellMicros = endMicros / cells;
  for (const span of spans) {
    if (span.member !== member || !(span.toMicros > span.fromMicros)) continue;
    const last = Math.min(cells - 1, Math.floor(span.toMicros / cellMicros));
    for (let cell = Math.floor(span.fromMicros / cellMicros); cell <= last; cell++) {
      const from = Math.max(span.fromMicros, cell * cellMicros);
      const to = Math.min(span.toMicros, (cell + 1) * cellMicros);
      covered[cell] = covered[cell]! + Math.max(0, to - from) / cellMicros;
    }
  }
  return covered;
}

function faultLine(faults: readonly FaultMark[], cells: number, endMicros: number, glyphs: Glyphs): string {
  const line = Array<string>(cells).fill(" ");
  const cellOf = (micros: number) => Math.min(cells - 1, Math.floor((micros / endMicros) * cells));
  for (const fault of faults) {
    if (!isInjected(fault)) continue;
    const end = Number.isNaN(fault.recoveredMicros) ? endMicros : fault.recoveredMicros;
    for (let cell = cellOf(fault.injectedMicros); cell <= cellOf(end); cell++)
      if (line[cell] === " ") line[cell] = glyphs.lasts;
  }
  // marks last, so that no line hides them; of two in one cell the later one stands
  for (const [index, fault] of faults.entries()) line[cellOf(fault.injectedMicros)] = markOf(index);
  return line.join("");
}

function axis(cells: number, endMicros: number): string {
  const [start, middle, end] = ["0s", short(endMicros / 2), short(endMicros)];
  const half = Math.floor(cells / 2);
  const left = start.padEnd(Math.max(start.length + 1, half - Math.floor(middle.length / 2))) + middle;
  return left.padEnd(Math.max(left.length + 1, cells - end.length)) + end;
}

function faultList(faults: readonly FaultMark[]): string[] {
  if (faults.length === 0) return [];
  const rows = faults
    .slice(0, MAX_LISTED)
    .map((fault, index) => [
      markOf(index),
      fault.id === fault.kind ? fault.id : `${fault.id} (${fault.kind})`,
      short(fault.injectedMicros),
      fault.targets || "-",
      outcomeText(fault),
      effectText(fault),
    ]);
  const head = ["", "fault", "at", "on", "outcome", "effect"];
  const table = renderTable(rows, { head, align: ["left", "left", "right", "left", "left", "left"] });
  const more = faults.length - rows.length;
  return [table, ...(more > 0 ? [`and ${more} more in faults.csv`] : [])];
}

function isInjected({ outcome }: FaultMark): boolean {
  return outcome !== "no target" && outcome !== "limit";
}

function outcomeText(fault: FaultMark): string {
  if (fault.outcome === "active") return "until the end";
  const lasted = fault.recoveredMicros - fault.injectedMicros;
  return fault.outcome === "recovered" && lasted > 0 ? `lasted ${short(lasted)}` : fault.outcome;
}

function effectText(fault: FaultMark): string {
  if (!isInjected(fault)) return "-";
  const parts: string[] = [];
  const time = (what: string, micros: number) => micros > 0 && parts.push(`${what} ${short(micros)}`);
  const count = (micros: number, one: string, many: string) =>
    micros > 0 && parts.push(`${micros} ${micros === 1 ? one : many}`);
  time("noticed after", fault.detectedMicros - fault.injectedMicros);
  time("no leader", fault.leaderlessMicros);
  time("no quorum", fault.noQuorumMicros);
  time("writes stalled", fault.stalledMicros);
  count(fault.leaderChanges, "leader change", "leader changes");
  count(fault.requestsFailed, "request failed", "requests failed");
  count(fault.lostWrites, "write lost", "writes lost");
  return parts.length === 0 ? "none seen" : parts.join(", ");
}

function markOf(index: number): string {
  return MARKS[index] ?? "*";
}

/** Durations as people say them: two or three digits are enough. */
function short(micros: number): string {
  const step = micros >= 600 * SECOND ? SECOND : micros >= 10 * SECOND ? SECOND / 10 : SECOND / 1000;
  return formatDuration(Math.round(micros / step) * step);
}
