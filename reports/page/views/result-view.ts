// What came out of a run: verdicts first, then the numbers that people ask for, its course over time, and all tables to take away.

import type { MetricColumn, RunAnswer, SeriesAnswer, ShownFault } from "../../../sim/serve/protocol.ts";
import { timeCharts } from "../../html/client/time-charts.ts";
import { duration } from "../../html/numbers.ts";
import { timeChart } from "../../html/time-chart.ts";
import type { Api } from "../api.ts";
import { bandsOf, SERIES_CHARTS, seriesOf } from "../charts.ts";
import { fill, h, scrolling } from "../dom.ts";
import { metricText, timeText, wordsOf } from "../format.ts";
import type { Markup } from "../markup.ts";
import { timelineCard } from "../timeline-card.ts";

export interface ResultViewOptions {
  readonly api: Api;
  readonly markup: Markup;
  readonly columns: readonly MetricColumn[];
}

export class ResultView {
  readonly element = h("div", { class: "result-view" });
  private readonly options: ResultViewOptions;
  private shown = "";

  constructor(options: ResultViewOptions) {
    this.options = options;
  }

  async show(id: string): Promise<void> {
    this.shown = id;
    const { api } = this.options;
    const [run, series] = await Promise.all([api.run(id), api.series(id)]);
    // another one was opened while these came
    if (this.shown !== id) return;
    fill(
      this.element,
      this.verdicts(run),
      this.numbers(run),
      this.course(run, series),
      this.faults(run.faults),
      this.tables(run),
    );
    timeCharts(this.element);
  }

  private verdicts({ identity, verdicts }: RunAnswer): HTMLElement {
    const isValid = identity.invalidReasons.length === 0;
    const isMet = isValid && verdicts.every(({ holds }) => holds);
    const words = !isValid
      ? "the result means nothing"
      : verdicts.length === 0
        ? "done"
        : isMet
          ? "all expectations hold"
          : "expectations fail";
    return h(
      "section",
      { class: "card" },
      h(
        "h2",
        {},
        `${identity.scenario} `,
        h("span", { class: `badge ${isMet ? "good" : "bad"}` }, `${isMet ? "✓" : "✗"} ${words}`),
      ),
      h(
        "p",
        { class: "muted small" },
        `seed ${identity.seed} · ${timeText(identity.simDurationMicros)} of virtual time · digest `,
        h("code", {}, identity.digest),
      ),
      identity.invalidReasons.map((reason) => h("p", { class: "bad" }, reason)),
      identity.warnings.map((warning) => h("p", { class: "warn small" }, warning)),
      verdicts.length === 0
        ? null
        : h(
            "ul",
            { class: "verdicts" },
            verdicts.map(({ holds, reason, text }) =>
              h(
                "li",
                { class: holds ? "" : "fails" },
                h("span", { class: holds ? "good" : "bad" }, holds ? "✓ " : "✗ "),
                h("code", {}, text),
                reason === "" ? null : h("span", { class: "muted" }, ` ${reason}`),
              ),
            ),
          ),
    );
  }

  private numbers({ summary }: RunAnswer): HTMLElement {
    const { columns } = this.options;
    const key = columns.filter(({ isKey, name }) => isKey && summary[name] !== null && summary[name] !== undefined);
    const measured = columns.filter(({ name }) => summary[name] !== null && summary[name] !== undefined);
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "Numbers"),
      h(
        "dl",
        { class: "tiles" },
        key.map((column) =>
          h(
            "div",
            { class: "tile", title: column.doc },
            h("dt", {}, wordsOf(column.name)),
            h("dd", {}, metricText(summary[column.name], column)),
          ),
        ),
      ),
      h(
        "details",
        {},
        h("summary", {}, `all ${measured.length} that were measured`),
        scrolling(
          "all numbers",
          h(
            "table",
            {},
            h(
              "thead",
              {},
              h(
                "tr",
                {},
                h("th", { scope: "col" }, "number"),
                h("th", { scope: "col", class: "n" }, "value"),
                h("th", { scope: "col" }, "meaning"),
              ),
            ),
            h(
              "tbody",
              {},
              measured.map((column) =>
                h(
                  "tr",
                  {},
                  h("th", { scope: "row" }, h("code", {}, column.name)),
                  h("td", { class: "n" }, metricText(summary[column.name], column)),
                  h("td", { class: "muted" }, column.doc),
                ),
              ),
            ),
          ),
        ),
      ),
    );
  }

  private course({ faults, identity }: RunAnswer, series: SeriesAnswer): HTMLElement {
    const endSeconds = identity.simDurationMicros / 1e6;
    const bands = bandsOf(faults, identity.simDurationMicros);
    const charts = h("div", { class: "charts" });
    const drawn = SERIES_CHARTS.map((chart, i) => {
      const lines = chart.lines
        .map(([column, name], slot) => seriesOf(series, column, name, slot + 1, chart.scale))
        .filter((line) => line !== null);
      if (lines.length === 0) return "";
      return timeChart({ id: `course-${i}`, title: chart.title, unit: chart.unit, endSeconds, series: lines, bands });
    });
    this.options.markup.draw(charts, drawn.join(""));
    return timelineCard(charts);
  }

  private faults(faults: readonly ShownFault[]): HTMLElement | null {
    if (faults.length === 0) return null;
    const at = (micros: number | null) => (micros === null ? "–" : duration(micros / 1e6));
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "Faults"),
      scrolling(
        "faults",
        h(
          "table",
          {},
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              ["fault", "kind", "whom it hit", "happened", "recovered", "outcome"].map((text) =>
                h("th", { scope: "col" }, text),
              ),
            ),
          ),
          h(
            "tbody",
            {},
            faults
              .slice(0, 500)
              .map((fault) =>
                h(
                  "tr",
                  {},
                  h("th", { scope: "row" }, fault.id),
                  h("td", {}, fault.kind),
                  h("td", {}, fault.targets),
                  h("td", { class: "mono" }, at(fault.injectedMicros)),
                  h("td", { class: "mono" }, at(fault.recoveredMicros)),
                  h("td", {}, fault.outcome),
                ),
              ),
          ),
        ),
      ),
    );
  }

  private tables({ state, tables }: RunAnswer): HTMLElement {
    const { api } = this.options;
    const take = async (blob: Promise<Blob>, name: string) => {
      const url = URL.createObjectURL(await blob);
      h("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    };
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "To take away"),
      h(
        "p",
        {},
        h("button", { type: "button", onclick: () => void take(api.report(state.id), "report.html") }, "report.html"),
        h("span", { class: "muted small" }, " all of it on one page; tables below as kubedrill run writes them"),
      ),
      h(
        "ul",
        { class: "tables" },
        tables.map(({ doc, name, rows }) =>
          h(
            "li",
            {},
            h(
              "button",
              {
                type: "button",
                title: doc,
                disabled: rows === 0,
                onclick: () => void take(api.table(state.id, name), `${name}.csv`),
              },
              `${name}.csv`,
            ),
            h("span", { class: "muted small" }, ` ${rows} rows`),
          ),
        ),
      ),
    );
  }
}
