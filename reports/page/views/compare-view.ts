// Two runs side by side: expectations, the differences of their numbers, and their courses over each other.

import type { MetricColumn, RunAnswer, RunState, SeriesAnswer } from "../../../sim/serve/protocol.ts";
import { timeCharts } from "../../html/client/time-charts.ts";
import { type Series, timeChart } from "../../html/time-chart.ts";
import type { Api } from "../api.ts";
import { bandsOf, SERIES_CHARTS, seriesOf } from "../charts.ts";
import { type ComparedNumber, compareNumbers } from "../compare-numbers.ts";
import { fill, h, scrolling } from "../dom.ts";
import { deltaText, metricText, wordsOf } from "../format.ts";
import type { Markup } from "../markup.ts";
import { runTitle } from "../run-list.ts";
import { timelineCard } from "../timeline-card.ts";

export interface CompareViewOptions {
  readonly api: Api;
  readonly markup: Markup;
  readonly columns: readonly MetricColumn[];
}

interface Side {
  readonly run: RunAnswer;
  readonly series: SeriesAnswer;
}

export class CompareView {
  readonly element: HTMLElement;
  private readonly options: CompareViewOptions;
  private readonly base = h("select", { "aria-label": "baseline run", onchange: () => void this.draw() });
  private readonly candidate = h("select", { "aria-label": "candidate run", onchange: () => void this.draw() });
  private readonly all = h("input", { type: "checkbox", onchange: () => void this.draw() });
  private readonly body = h("div");
  private drawn = 0;
  private known = "";

  constructor(options: CompareViewOptions) {
    this.options = options;
    const swap = () => {
      [this.base.value, this.candidate.value] = [this.candidate.value, this.base.value];
      void this.draw();
    };
    this.element = h(
      "div",
      { class: "compare-view" },
      h(
        "section",
        { class: "card" },
        h("h2", {}, "Compare two runs"),
        h(
          "div",
          { class: "controls" },
          h("label", {}, "baseline ", this.base),
          h("button", { type: "button", onclick: swap, "aria-label": "change sides" }, "⇄"),
          h("label", {}, "candidate ", this.candidate),
          h("label", {}, this.all, " what is equal, too"),
        ),
        h(
          "p",
          { class: "muted small" },
          "Two runs are two drawings of luck, unless their seeds are equal; kubedrill compare looks at many seeds, with confidence intervals.",
        ),
      ),
      this.body,
    );
  }

  /** The last two, unless others were chosen. */
  show(runs: readonly RunState[]): void {
    const done = runs.filter(({ phase }) => phase === "done");
    const known = done.map(({ id }) => id).join(",");
    if (known === this.known) return;
    this.known = known;
    const [base, candidate] = [this.base.value, this.candidate.value];
    for (const select of [this.base, this.candidate])
      fill(
        select,
        done.map((run) => h("option", { value: run.id }, runTitle(run))),
      );
    const ids = done.map(({ id }) => id);
    this.base.value = ids.includes(base) ? base : (ids.at(-2) ?? ids.at(-1) ?? "");
    this.candidate.value = ids.includes(candidate) && ids.includes(base) ? candidate : (ids.at(-1) ?? "");
    void this.draw();
  }

  private async draw(): Promise<void> {
    const drawn = ++this.drawn;
    const [base, candidate] = [this.base.value, this.candidate.value];
    if (base === "" || base === candidate) {
      return fill(
        this.body,
        h(
          "p",
          { class: "hint" },
          "Two runs that are done are needed: run a scenario twice, with another seed, variant or text.",
        ),
      );
    }
    const { api } = this.options;
    const side = async (id: string): Promise<Side> => {
      const [run, series] = await Promise.all([api.run(id), api.series(id)]);
      return { run, series };
    };
    const [before, after] = await Promise.all([side(base), side(candidate)]);
    if (drawn !== this.drawn) return;
    fill(
      this.body,
      this.verdicts(before.run, after.run),
      this.numbers(before.run, after.run),
      this.courses(before, after),
    );
    timeCharts(this.body);
  }

  private verdicts(base: RunAnswer, candidate: RunAnswer): HTMLElement | null {
    const texts = [...new Set([...base.verdicts, ...candidate.verdicts].map(({ text }) => text))];
    if (texts.length === 0) return null;
    const cell = (run: RunAnswer, text: string) => {
      const verdict = run.verdicts.find((each) => each.text === text);
      if (verdict === undefined) return h("td", { class: "muted" }, "not asked");
      return h(
        "td",
        { class: verdict.holds ? "good" : "bad" },
        verdict.holds ? "✓ holds" : "✗ fails",
        verdict.reason === "" ? null : h("span", { class: "muted small" }, ` ${verdict.reason}`),
      );
    };
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "Expectations"),
      scrolling(
        "expectations",
        h(
          "table",
          {},
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ["expectation", "baseline", "candidate"].map((text) => h("th", { scope: "col" }, text)),
            ),
          ),
          h(
            "tbody",
            {},
            texts.map((text) =>
              h("tr", {}, h("th", { scope: "row" }, h("code", {}, text)), cell(base, text), cell(candidate, text)),
            ),
          ),
        ),
      ),
    );
  }

  private numbers(base: RunAnswer, candidate: RunAnswer): HTMLElement {
    const rows = compareNumbers(this.options.columns, base.summary, candidate.summary);
    const shown = this.all.checked ? rows : rows.filter(({ verdict }) => verdict !== "equal");
    const equal = rows.filter(({ verdict }) => verdict === "equal").length;
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "Numbers"),
      shown.length === 0 ? h("p", {}, "Nothing differs.") : numbersTable(shown),
      !this.all.checked && equal > 0 ? h("p", { class: "muted small" }, `${equal} numbers are equal`) : null,
    );
  }

  private courses(base: Side, candidate: Side): HTMLElement {
    const endMicros = Math.max(base.run.identity.simDurationMicros, candidate.run.identity.simDurationMicros);
    const bands = [
      ...bandsOf(base.run.faults, base.run.identity.simDurationMicros).map((band) => ({
        ...band,
        label: `baseline ${band.label}`,
      })),
      ...bandsOf(candidate.run.faults, candidate.run.identity.simDurationMicros).map((band) => ({
        ...band,
        label: `candidate ${band.label}`,
      })),
    ].filter((band, i, all) => all.findIndex((other) => other.from === band.from && other.to === band.to) === i);
    const drawn = SERIES_CHARTS.flatMap(({ lines, scale, title, unit }, chart) =>
      lines.map(([column, name], line) => {
        const before = seriesOf(base.series, column, "baseline", 1, scale);
        const after = seriesOf(candidate.series, column, "candidate", 2, scale);
        const series: Series[] = [
          ...(before === null ? [] : [{ ...before, isDashed: true }]),
          ...(after === null ? [] : [after]),
        ];
        if (series.length === 0) return "";
        return timeChart({
          id: `compare-${chart}-${line}`,
          title: `${title}: ${name}`,
          unit,
          endSeconds: endMicros / 1e6,
          series,
          bands,
          height: 120,
        });
      }),
    );
    const charts = h("div", { class: "charts" });
    this.options.markup.draw(charts, drawn.join(""));
    return timelineCard(charts);
  }
}

function numbersTable(rows: readonly ComparedNumber[]): HTMLElement {
  const sign = { better: "▲ better", worse: "▼ worse", changed: "changed", same: "within 1 %", equal: "equal" };
  const colour = { better: "good", worse: "bad", changed: "warn", same: "muted", equal: "muted" };
  return scrolling(
    "differences",
    h(
      "table",
      { class: "deltas" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["number", "baseline", "candidate", "difference", "%", "verdict"].map((text, i) =>
            h("th", { scope: "col", class: i > 0 && i < 5 ? "n" : "" }, text),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map(({ base, candidate, column, delta, percent, verdict }) =>
          h(
            "tr",
            { class: column.isKey ? "key" : "" },
            h("th", { scope: "row", title: column.doc }, wordsOf(column.name)),
            h("td", { class: "n" }, metricText(base, column)),
            h("td", { class: "n" }, metricText(candidate, column)),
            h("td", { class: "n" }, delta === null ? "–" : deltaText(delta, column)),
            h(
              "td",
              { class: "n" },
              percent === null ? "" : `${percent > 0 ? "+" : percent < 0 ? "−" : ""}${Math.abs(percent).toFixed(1)}`,
            ),
            h("td", { class: colour[verdict] }, sign[verdict]),
          ),
        ),
      ),
    ),
  );
}
