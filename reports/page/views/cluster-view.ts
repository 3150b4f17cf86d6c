// The cluster of a run at any of its moments: a slider over time, the map of the nodes, what is on the chosen one, and what kubectl would
// show then.

import type { MapPod, RunAnswer, SeriesAnswer } from "../../../sim/serve/protocol.ts";
import { timeChart } from "../../html/time-chart.ts";
import type { Api } from "../api.ts";
import { bandsOf, SERIES_CHARTS, seriesOf } from "../charts.ts";
import { ClusterCourse, MEASURES, type NodeStanding } from "../cluster-course.ts";
import { fill, h } from "../dom.ts";
import { bytesText, cpuText, timeText } from "../format.ts";
import type { Markup } from "../markup.ts";
import { NodeMap } from "../node-map.ts";
import { TimeSlider } from "../time-slider.ts";

export interface ClusterViewOptions {
  readonly api: Api;
  readonly markup: Markup;
}

const PODS_MILLIS = 150;
const TABLE_ROWS = 300;

export class ClusterView {
  readonly element: HTMLElement;
  private readonly options: ClusterViewOptions;
  private readonly slider: TimeSlider;
  private readonly map: NodeMap;
  private readonly measure = h("select", { "aria-label": "what colours mean", onchange: () => this.draw() });
  private readonly totals = h("p", { class: "muted small totals", role: "status" });
  private readonly chart = h("div", { class: "cluster-chart" });
  private readonly detail = h("section", { class: "card detail", "aria-live": "polite" });
  private readonly tableBody = h("div");
  private readonly table = h("details", {}, h("summary", {}, "nodes as a table"), this.tableBody);
  private readonly words = h("input", {
    type: "text",
    value: "get nodes",
    spellcheck: "false",
    "aria-label": "kubectl command",
  });
  private readonly lookButton = h("button", { type: "submit" }, "Show");
  private readonly lookOut = h("pre", { class: "look", tabindex: 0, "aria-label": "what kubectl shows" });
  private course: ClusterCourse | undefined;
  private run = "";
  private picked = -1;
  private podsTimer: number | undefined;
  private podsAsked = 0;

  constructor(options: ClusterViewOptions) {
    this.options = options;
    this.slider = new TimeSlider(
      () => this.moved(),
      (micros, direction) => this.course?.step(micros, direction) ?? 0,
    );
    this.map = new NodeMap(options.markup, (index) => this.pick(index));
    this.chart.addEventListener("click", (event) => this.clickChart(event));
    this.table.addEventListener("toggle", () => this.drawTable());
    const look = h(
      "form",
      { class: "look-form", onsubmit: (event: Event) => void this.look(event) },
      h("label", {}, h("code", {}, "kubectl "), this.words),
      this.lookButton,
      h("span", { class: "muted small" }, "at the slider's time; the run is done again up to there"),
    );
    this.element = h(
      "div",
      { class: "cluster-view" },
      h("section", { class: "card" }, h("h2", { class: "visually-hidden" }, "Time"), this.slider.element, this.chart),
      h(
        "div",
        { class: "map-and-detail" },
        h(
          "section",
          { class: "card" },
          h("div", { class: "controls" }, h("h2", {}, "Nodes"), h("label", {}, "colour: ", this.measure)),
          this.totals,
          this.map.element,
          legend(),
          this.table,
        ),
        this.detail,
      ),
      h("section", { class: "card" }, h("h2", {}, "As kubectl shows it"), look, this.lookOut),
    );
  }

  async show(id: string): Promise<void> {
    if (this.run === id) return;
    this.run = id;
    const { api } = this.options;
    const [run, map, series] = await Promise.all([api.run(id), api.map(id), api.series(id)]);
    // another one was opened while these came
    if (this.run !== id) return;
    const course = new ClusterCourse(map, run.faults);
    this.course = course;
    this.picked = -1;
    fill(this.lookOut);
    const before = this.measure.value;
    fill(
      this.measure,
      course.measures.map((i) => h("option", { value: i }, MEASURES[i])),
    );
    if (course.measures.includes(Number(before)) && before !== "") this.measure.value = before;
    this.map.begin(course.at(this.slider.atMicros));
    this.drawChart(run, series);
    this.slider.show(course.endMicros, bandsOf(run.faults, course.endMicros));
  }

  private moved(): void {
    this.draw();
    clearTimeout(this.podsTimer);
    this.podsTimer = setTimeout(() => void this.drawPods(), PODS_MILLIS);
  }

  private draw(): void {
    const { course } = this;
    if (course === undefined) return;
    const micros = this.slider.atMicros;
    const nodes = course.at(micros);
    this.map.draw(nodes, Number(this.measure.value));
    const count = (is: (node: NodeStanding) => boolean) => nodes.filter(is).length;
    const there = count(({ state }) => state !== "gone");
    const parts = [
      `${there} nodes`,
      [count(({ state }) => state === "down"), "not ready"],
      [count(({ state }) => state === "cordoned"), "cordoned"],
      [count(({ isTainted, state }) => isTainted && state !== "gone"), "tainted"],
      [count(({ isFaulted }) => isFaulted), "with a fault"],
    ].flatMap((part) => (typeof part === "string" ? [part] : part[0] === 0 ? [] : [`${part[0]} ${part[1]}`]));
    const pods = nodes.reduce((sum, node) => sum + node.pods, 0);
    this.totals.textContent = `${parts.join(", ")} · ${pods} pods on them`;
    const cursor = this.chart.querySelector<SVGLineElement>(".cursor");
    if (cursor !== null) {
      const x = `${(micros / course.endMicros) * 100}%`;
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
      cursor.style.visibility = "visible";
    }
    this.drawTable();
  }

  private drawChart(run: RunAnswer, series: SeriesAnswer): void {
    const { lines, scale, title, unit } = SERIES_CHARTS[0]!;
    const drawn = lines
      .map(([column, name], slot) => seriesOf(series, column, name, slot + 1, scale))
      .filter((line) => line !== null);
    const endSeconds = run.identity.simDurationMicros / 1e6;
    const bands = bandsOf(run.faults, run.identity.simDurationMicros);
    this.options.markup.draw(
      this.chart,
      timeChart({ id: "cluster-pods", title, unit, endSeconds, series: drawn, bands, height: 70 }),
    );
  }

  private clickChart(event: MouseEvent): void {
    const plot = this.chart.querySelector("svg.x");
    if (plot === null || this.course === undefined) return;
    const box = plot.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    this.slider.pause();
    this.slider.move(Math.round(share * this.course.endMicros));
  }

  private pick(index: number): void {
    this.picked = index;
    void this.drawPods();
  }

  private async drawPods(): Promise<void> {
    const { course } = this;
    if (course === undefined) return;
    const asked = ++this.podsAsked;
    const micros = this.slider.atMicros;
    const node = this.picked < 0 ? null : course.nodeAt(this.picked, micros);
    const { pods, total } = await this.options.api.pods(this.run, node?.name ?? null, micros);
    if (asked !== this.podsAsked) return;
    const head = node === null ? this.waitingHead(total) : this.nodeHead(node, course);
    fill(
      this.detail,
      head,
      total === 0
        ? null
        : h("h3", {}, node === null ? "Pods that wait for a node" : `${total} ${total === 1 ? "pod" : "pods"}`),
      h(
        "ul",
        { class: "pods" },
        pods.map((pod) => this.podRow(pod)),
      ),
      total > pods.length ? h("p", { class: "muted small" }, `… and ${total - pods.length} more`) : null,
    );
  }

  private waitingHead(total: number) {
    return [
      h("h2", {}, total === 0 ? "No pod waits for a node" : `${total} pods wait for a node`),
      h(
        "p",
        { class: "muted small" },
        "Choose a node of the map to see what is on it: by pointer, or by Tab and the arrow keys.",
      ),
    ];
  }

  private nodeHead(node: NodeStanding, { answer }: ClusterCourse) {
    const { cpuMilli, gpus, memoryBytes, name, pods, state, taints, zone, pool } = node;
    const all = answer.nodes[this.picked]!;
    const states = { ready: "ready", down: "not ready", cordoned: "cordoned", gone: "not there (yet, or any more)" };
    const row = (term: string, text: string) => [h("dt", {}, term), h("dd", {}, text)];
    return [
      h(
        "div",
        { class: "detail-head" },
        h("h2", {}, name),
        h("button", { type: "button", class: "small-button", onclick: () => this.unpick() }, "✕ no node"),
      ),
      h(
        "p",
        {},
        h("span", { class: `badge ${state === "ready" ? "good" : state === "down" ? "bad" : "warn"}` }, states[state]),
        node.isFaulted ? [" ", h("span", { class: "badge bad" }, "fault under way")] : null,
      ),
      h(
        "dl",
        { class: "facts" },
        zone === "" ? null : row("zone", zone),
        pool === "" ? null : row("pool", pool),
        row("CPU", `${cpuText(cpuMilli)} of ${cpuText(all.cpuMilli)} requested`),
        row("memory", `${bytesText(memoryBytes)} of ${bytesText(all.memoryBytes)} requested`),
        row("pods", `${pods} of ${all.pods}`),
        all.gpus > 0 ? row("GPUs", `${gpus} of ${all.gpus} requested`) : null,
        taints === "" ? null : row("taints", taints),
      ),
      h("button", { type: "button", onclick: () => this.ask(`describe node ${name}`) }, "describe"),
    ];
  }

  private podRow({ cpuMilli, memoryBytes, message, name, namespace, sinceMicros, state }: MapPod): HTMLElement {
    const words = `${cpuText(cpuMilli)} CPU, ${bytesText(memoryBytes)}, ${state} since ${timeText(sinceMicros)}`;
    return h(
      "li",
      { class: `pod-row ${state}` },
      h(
        "button",
        { type: "button", class: "link", onclick: () => this.ask(`describe pod ${name} -n ${namespace}`) },
        `${namespace}/${name}`,
      ),
      h("span", { class: "muted small" }, ` ${words}`),
      message === "" ? null : h("p", { class: "warn small" }, message),
    );
  }

  private unpick(): void {
    this.picked = -1;
    this.map.pick(-1);
    void this.drawPods();
  }

  private drawTable(): void {
    if (!this.table.open || this.course === undefined) return;
    const nodes = this.course.at(this.slider.atMicros);
    const rows = nodes.slice(0, TABLE_ROWS).map((node) => {
      const shares = this.course!.measures.map((i) =>
        h("td", { class: "n" }, Number.isNaN(node.shares[i]!) ? "–" : `${Math.round(node.shares[i]! * 100)} %`),
      );
      const states = [
        node.state === "down" ? "not ready" : node.state,
        node.isTainted ? "tainted" : "",
        node.isFaulted ? "fault" : "",
      ];
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, node.name),
        h("td", {}, node.zone),
        h("td", {}, states.filter((word) => word !== "").join(", ")),
        h("td", { class: "n" }, node.pods),
        shares,
      );
    });
    const heads = ["node", "zone", "state", "pods", ...this.course.measures.map((i) => MEASURES[i]!)];
    fill(
      this.tableBody,
      h(
        "div",
        { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "nodes at this time" },
        h(
          "table",
          {},
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              heads.map((text, i) => h("th", { scope: "col", class: i >= 3 ? "n" : "" }, text)),
            ),
          ),
          h("tbody", {}, rows),
        ),
      ),
      nodes.length > TABLE_ROWS ? h("p", { class: "muted small" }, `the first ${TABLE_ROWS} of ${nodes.length}`) : null,
    );
  }

  private ask(words: string): void {
    this.words.value = words;
    void this.look();
  }

  private async look(event?: Event): Promise<void> {
    event?.preventDefault();
    this.lookButton.disabled = true;
    this.lookOut.textContent = "the run is being done again up to this moment …";
    try {
      const { err, nowMicros, out } = await this.options.api.look(this.run, this.words.value, this.slider.atMicros);
      this.lookOut.textContent = `# at ${timeText(nowMicros)}: ${this.words.value}\n${out}${err}`;
    } catch (error) {
      this.lookOut.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      this.lookButton.disabled = false;
      if (event === undefined) this.lookOut.scrollIntoView({ block: "nearest" });
    }
  }
}

function legend(): HTMLElement {
  const scale = h(
    "span",
    { class: "heat", "aria-hidden": "true" },
    Array.from({ length: 11 }, (_, i) => h("i", { class: `b${i}` })),
  );
  const item = (name: string, text: string) =>
    h("span", {}, h("i", { class: `sample ${name}`, "aria-hidden": "true" }), ` ${text}`);
  return h(
    "p",
    { class: "map-legend muted small" },
    h("span", {}, "0 % ", scale, " 100 %"),
    item("down-sample", "not ready"),
    item("cordoned-sample", "cordoned"),
    item("tainted-sample", "tainted"),
    item("faulted-sample", "fault under way"),
    item("gone-sample", "not there"),
  );
}
