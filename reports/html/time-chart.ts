// Lines over virtual time as SVG that needs no script: paths are in the units of the data, in a box that is stretched to the width there is,
// so that the page's script reads values from them instead of holding everything twice. Faults and actions are bands behind the lines.
import { downsample, type Points } from "./downsample.ts";
import { escapeHtml } from "./escape.ts";
import { duration, plain, readable } from "./numbers.ts";
import { axis, clockTicks } from "./ticks.ts";

export interface Series extends Points {
  readonly name: string;
  /** 1 … 6: its colour. Times are seconds. */
  readonly slot: number;
  /** A value holds until the next one, instead of a line between both. */
  readonly isStep?: boolean;
  readonly isDashed?: boolean;
}

/** A time in which something was done to the cluster. */
export interface Band {
  readonly from: number;
  /** Equal to `from` for a moment. */
  readonly to: number;
  readonly label: string;
}

export interface TimeChart {
  /** Of the element; unique in the page. */
  readonly id: string;
  readonly title: string;
  /** Behind values: "pods", "%", "ms". */
  readonly unit: string;
  readonly endSeconds: number;
  readonly series: readonly Series[];
  readonly bands?: readonly Band[];
  /** The axis ends here at the least. */
  readonly least?: number;
  readonly height?: number;
  /** Points that a line may have are four times as many. */
  readonly buckets?: number;
}

const HEIGHT = 150;
const BUCKETS = 400;
const AXIS_HEIGHT = 20;
/** Room above the plot, for the topmost label. */
const ABOVE = 8;

export function timeChart(chart: TimeChart): string {
  const { id, title, unit, endSeconds, bands = [], height = HEIGHT, buckets = BUCKETS } = chart;
  const end = endSeconds > 0 ? endSeconds : 1;
  const lines = chart.series.map((series) => ({ ...series, ...downsample(series, 0, end, buckets) }));
  const { top, ticks } = axis(Math.max(chart.least ?? 0, ...lines.map(({ values }) => largest(values))));
  const yOf = (value: number) => ABOVE + height * (1 - value / top);
  const grid = ticks.map(
    (tick) => `<line class="grid" x1="0" x2="100%" y1="${plain(yOf(tick), 1)}" y2="${plain(yOf(tick), 1)}"/>`,
  );
  const labels = ticks.map(
    (tick) => `<text x="100%" dx="-6" y="${plain(yOf(tick) + 4, 1)}" text-anchor="end">${readable(tick)}</text>`,
  );
  const paths = lines.map(({ slot, isDashed, isStep, ...points }) => {
    const dash = isDashed ? " dash" : "";
    return `<path class="line s${slot}${dash}" d="${pathOf(points, isStep === true)}"/>`;
  });
  const total = ABOVE + height + AXIS_HEIGHT;
  return `<figure class="time" id="${id}" data-end="${plain(end, 6)}" data-top="${plain(top, 6)}" data-unit="${escapeHtml(unit)}">
<figcaption><h3>${escapeHtml(title)}${unit === "" ? "" : ` <span class="unit">${escapeHtml(unit)}</span>`}</h3>${legend(chart.series)}</figcaption>
<div class="plot" role="img" aria-label="${escapeHtml(describe(chart, lines))}">
<svg class="y" height="${total}" aria-hidden="true">${labels.join("")}</svg>
<svg class="x" height="${total}" aria-hidden="true">${grid.join("")}${bands.map((band) => bandOf(band, end, height)).join("")}
<svg y="${ABOVE}" width="100%" height="${height}" viewBox="0 0 ${plain(end, 6)} ${plain(top, 6)}" preserveAspectRatio="none"><g transform="matrix(1 0 0 -1 0 ${plain(top, 6)})">${paths.join("")}</g></svg>
<line class="cursor" y1="${ABOVE}" y2="${ABOVE + height}"/>${timeAxis(end, ABOVE + height)}</svg>
</div></figure>`;
}

/** Labels of the time axis; every second one may be hidden where there is little room. */
export function timeAxis(end: number, y: number, most = 8): string {
  const ticks = clockTicks(end, most);
  return ticks
    .map((tick, i) => {
      const share = tick / end;
      const anchor = i === 0 ? "start" : share > 0.96 ? "end" : "middle";
      const odd = i % 2 === 1 ? ' class="odd"' : "";
      return `<text${odd} x="${percent(share)}" y="${y + 15}" text-anchor="${anchor}">${duration(tick)}</text>`;
    })
    .join("");
}

export function bandOf({ from, to, label }: Band, end: number, height: number): string {
  const [x, width] = [percent(from / end), percent(Math.max(0, Math.min(to, end) - from) / end)];
  const edge = `<line class="band-edge" x1="${x}" x2="${x}" y1="${ABOVE}" y2="${ABOVE + height}"/>`;
  return `<g><title>${escapeHtml(label)}</title><rect class="band" x="${x}" width="${width}" y="${ABOVE}" height="${height}"/>${edge}</g>`;
}

export function percent(share: number): string {
  return `${plain(share * 100, 3)}%`;
}

/** Absolute commands only, in the units of the data: M x y, L x y, H x, V y. The page's script reads them back. */
export function pathOf({ times, values }: Points, isStep: boolean): string {
  let path = "";
  let isDrawn = false;
  for (let i = 0; i < times.length; i++) {
    const [time, value] = [plain(times[i]!, 3), values[i]!];
    if (Number.isNaN(value)) {
      if (isDrawn && isStep) path += `H${time}`;
      isDrawn = false;
      continue;
    }
    const y = plain(value, 4);
    const isAlone = !isDrawn && (i + 1 === times.length || Number.isNaN(values[i + 1]!));
    // a line of no length is drawn as a dot
    if (!isDrawn) path += `M${time} ${y}${isAlone ? `L${time} ${y}` : ""}`;
    else path += isStep ? `H${time}V${y}` : `L${time} ${y}`;
    isDrawn = true;
  }
  return path;
}

export function legend(series: readonly Pick<Series, "name" | "slot" | "isDashed">[]): string {
  const items = series.map(({ name, slot, isDashed }) => {
    const line = `<line class="s${slot}${isDashed ? " dash" : ""}" x2="16" y1="4" y2="4" stroke-width="3"/>`;
    return `<li><svg aria-hidden="true">${line}</svg>${escapeHtml(name)} <b></b></li>`;
  });
  return `<ul class="legend">${items.join("")}</ul>`;
}

function describe({ title, unit, bands = [], endSeconds }: TimeChart, lines: readonly Series[]): string {
  const parts = lines.map(({ name, values }) => {
    const [low, high, last] = [smallest(values), largest(values), lastOf(values)];
    if (high === Number.NEGATIVE_INFINITY) return `${name}: not measured`;
    return `${name}: ${readable(low)} to ${readable(high)} ${unit}, ${readable(last)} at the end`;
  });
  const marks =
    bands.length === 0
      ? ""
      : `; during it: ${bands
          .slice(0, 5)
          .map(({ label }) => label)
          .join(", ")}`;
  return `Line chart over ${duration(endSeconds)}: ${title}. ${parts.join("; ")}${marks}`;
}

export function largest(values: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) if (values[i]! > most) most = values[i]!;
  return most;
}

export function smallest(values: ArrayLike<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i++) if (values[i]! < least) least = values[i]!;
  return least;
}

function lastOf(values: ArrayLike<number>): number {
  for (let i = values.length - 1; i >= 0; i--) if (!Number.isNaN(values[i]!)) return values[i]!;
  return Number.NaN;
}
