// Lanes over virtual time: what lasted from when to when (faults, leaders), a lane for each row, on the time axis of the charts below.
import { escapeHtml } from "./escape.ts";
import { duration } from "./numbers.ts";
import { percent, timeAxis } from "./time-chart.ts";

export interface Lane {
  readonly name: string;
  readonly spans: readonly Span[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
  /** Written into the span where there is room for it. */
  readonly label: string;
  /** Class of its colour: f1 … f6, none, band-fill. */
  readonly fill: string;
  /** What a pointer on it shows. */
  readonly about: string;
}

const ROW = 26;
const BAR = 18;
const MOST_SPANS = 300;
/** Share of the width below which no label fits. */
const ROOM = 0.009;

/** @param label says what the lanes are, for those who do not see them */
export function lanes(rows: readonly Lane[], endSeconds: number, label: string): string {
  const end = endSeconds > 0 ? endSeconds : 1;
  const height = rows.length * ROW;
  const bars = rows.flatMap(({ spans }, i) =>
    thinned(spans, end).map((span) => bar(span, end, i * ROW + (ROW - BAR) / 2)),
  );
  const names = rows.map(({ name }) => `<li>${escapeHtml(name)}</li>`).join("");
  const words = rows.map(({ name, spans }) => {
    const parts = spans.slice(0, 8).map(({ from, to, about }) => `${about} (${duration(from)} to ${duration(to)})`);
    return `${name}: ${parts.join(", ")}${spans.length > 8 ? `, and ${spans.length - 8} more` : ""}`;
  });
  return `<div class="lanes" role="img" aria-label="${escapeHtml(`${label}. ${words.join("; ")}`)}"><ul aria-hidden="true">${names}</ul>
<svg class="x" height="${height + 20}" aria-hidden="true">${bars.join("")}<line class="cursor" y1="0" y2="${height}"/>${timeAxis(end, height)}</svg></div>`;
}

/** Where there are many, short ones that nearly touch are drawn as one: nobody could tell them apart. */
export function thinned(spans: readonly Span[], end: number): readonly Span[] {
  if (spans.length <= MOST_SPANS) return spans;
  const small = end / MOST_SPANS;
  const all: { span: Span; count: number }[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    const isJoined =
      last !== undefined &&
      span.to - span.from < small &&
      span.from - last.span.to < small &&
      (last.count > 1 || last.span.to - last.span.from < small);
    if (!isJoined) {
      all.push({ span, count: 1 });
      continue;
    }
    last.count++;
    const fill = last.span.fill === span.fill ? span.fill : "mixed";
    last.span = { from: last.span.from, to: Math.max(last.span.to, span.to), label: "", fill, about: last.span.about };
  }
  return all.map(({ count, span }) => (count === 1 ? span : { ...span, about: `${span.about} and ${count - 1} more` }));
}

function bar({ from, to, label, fill, about }: Span, end: number, y: number): string {
  const share = (Math.min(to, end) - from) / end;
  const [x, width] = [percent(from / end), percent(Math.max(share, 0.002))];
  const fits = share > label.length * ROOM;
  // its own svg clips the label
  const text =
    fits && label !== ""
      ? `<svg x="${x}" y="${y}" width="${width}" height="${BAR}"><text class="in" x="6" y="13">${escapeHtml(label)}</text></svg>`
      : "";
  return `<g><title>${escapeHtml(`${about}: ${duration(from)} to ${duration(to)}`)}</title><rect class="${fill}" x="${x}" y="${y}" width="${width}" height="${BAR}" rx="3"/>${text}</g>`;
}
