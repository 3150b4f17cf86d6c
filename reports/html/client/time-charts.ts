// The time cursor that all charts of a report share, moved by pointer or keyboard, and each chart's numbers as a table.
import { duration, readable } from "../numbers.ts";
import { type Line, rangeWithin, readPath, valueAt } from "./read-path.ts";

const TABLE_ROWS = 24;

interface Chart {
  readonly figure: HTMLElement;
  readonly end: number;
  readonly unit: string;
  readonly names: readonly string[];
  readonly lines: readonly Line[];
}

/** @param root below which there are charts that have not been made alive yet */
export function timeCharts(root: ParentNode = document): void {
  const groups = new Map<Element, Chart[]>();
  for (const figure of root.querySelectorAll<HTMLElement>("figure.time")) {
    const chart = read(figure);
    const group = figure.closest(".timeline-group") ?? document.body;
    const charts = groups.get(group) ?? [];
    groups.set(group, charts);
    charts.push(chart);
    addTable(chart);
  }
  for (const [group, charts] of groups) cursor(group, charts);
}

function read(figure: HTMLElement): Chart {
  const names = [...figure.querySelectorAll(".legend li")].map((item) => item.textContent?.trim() ?? "");
  const lines = [...figure.querySelectorAll("path.line")].map((path) => readPath(path.getAttribute("d") ?? ""));
  return { figure, end: Number(figure.dataset.end), unit: figure.dataset.unit ?? "", names, lines };
}

function cursor(group: Element, charts: readonly Chart[]): void {
  const slider = group.querySelector<HTMLInputElement>("input.time-cursor");
  const output = group.querySelector<HTMLOutputElement>("output.time-cursor");
  const end = charts[0]?.end ?? 1;
  const show = (share: number) => {
    const time = share * end;
    for (const chart of charts) showAt(chart, share, time);
    for (const lane of group.querySelectorAll<SVGLineElement>(".lanes .cursor")) place(lane, share);
    if (slider !== null) {
      slider.value = String(Math.round(share * Number(slider.max)));
      slider.setAttribute("aria-valuetext", duration(time));
    }
    if (output !== null) output.textContent = duration(time);
  };
  slider?.addEventListener("input", () => show(Number(slider.value) / Number(slider.max)));
  for (const plot of group.querySelectorAll<SVGSVGElement>("svg.x")) {
    plot.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      show(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    });
  }
}

function place(line: SVGLineElement, share: number): void {
  line.setAttribute("x1", `${share * 100}%`);
  line.setAttribute("x2", `${share * 100}%`);
  line.style.visibility = "visible";
}

function showAt({ figure, lines, unit }: Chart, share: number, time: number): void {
  const line = figure.querySelector<SVGLineElement>(".cursor");
  if (line !== null) place(line, share);
  for (const [i, value] of figure.querySelectorAll(".legend b").entries()) {
    const at = lines[i] === undefined ? Number.NaN : valueAt(lines[i], time);
    value.textContent = Number.isNaN(at) ? "–" : `${readable(at)} ${unit}`;
  }
}

/** The table is made when somebody opens it: reports stay small. */
function addTable(chart: Chart): void {
  const { figure, names, lines, unit, end } = chart;
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = "as a table";
  summary.setAttribute("aria-label", `${figure.querySelector("h3")?.textContent ?? "chart"} as a table`);
  details.append(summary);
  figure.append(details);
  details.addEventListener("toggle", () => {
    if (!details.open || details.querySelector("table") !== null) return;
    const scroll = document.createElement("div");
    scroll.className = "scroll";
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", `${figure.querySelector("h3")?.textContent ?? "chart"} in numbers`);
    const table = document.createElement("table");
    scroll.append(table);
    const caption = table.createCaption();
    caption.textContent = `smallest – largest value in each stretch of time${unit === "" ? "" : `, ${unit}`}`;
    addRow(table.createTHead(), ["from", ...names], "th");
    const body = table.createTBody();
    for (let i = 0; i < TABLE_ROWS; i++) {
      const [from, to] = [(end * i) / TABLE_ROWS, (end * (i + 1)) / TABLE_ROWS];
      const cells = lines.map((line) => {
        const [low, high] = rangeWithin(line, from, i === TABLE_ROWS - 1 ? Number.POSITIVE_INFINITY : to);
        return low === high ? readable(low) : `${readable(low)} – ${readable(high)}`;
      });
      addRow(body, [duration(from), ...cells], "td");
    }
    details.append(scroll);
  });
}

function addRow(section: HTMLTableSectionElement, texts: readonly string[], kind: "th" | "td"): void {
  const row = section.insertRow();
  for (const [i, text] of texts.entries()) {
    const cell = document.createElement(i === 0 ? "th" : kind);
    if (cell.tagName === "TH") cell.setAttribute("scope", kind === "th" ? "col" : "row");
    cell.textContent = text;
    row.append(cell);
  }
}
