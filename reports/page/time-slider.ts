// A slider over the virtual time of a run, with bands where faults are under way and buttons that go from one happening to the next.
import type { Band } from "../html/time-chart.ts";
import { fill, h, svg } from "./dom.ts";
import { timeText } from "./format.ts";

const STEPS = 4000;
const PLAY_MILLIS = 20_000;

export class TimeSlider {
  readonly element: HTMLElement;
  private readonly input = h("input", {
    type: "range",
    min: 0,
    max: STEPS,
    step: 1,
    value: 0,
    "aria-label": "virtual time",
  });
  private readonly output = h("output", { class: "mono time-now" });
  private readonly bands = svg("svg", {
    class: "bands",
    "aria-hidden": "true",
    preserveAspectRatio: "none",
    viewBox: "0 0 1000 10",
  });
  private readonly play = h("button", { type: "button", onclick: () => this.togglePlay() }, "▶ play");
  private readonly onMove: (micros: number) => void;
  private endMicros = 1;
  private micros = 0;
  private timer: number | undefined;

  /** @param step where the next happening is, forwards or backwards */
  constructor(onMove: (micros: number) => void, step: (micros: number, direction: 1 | -1) => number) {
    this.onMove = onMove;
    this.input.addEventListener("input", () => {
      this.pause();
      this.move(Math.round((Number(this.input.value) / STEPS) * this.endMicros), false);
    });
    const go = (direction: 1 | -1) => () => {
      this.pause();
      this.move(step(this.micros, direction));
    };
    this.element = h(
      "div",
      { class: "time-slider" },
      stepButton("to the happening before", "M4 3v10M13 3 6 8l7 5z", go(-1)),
      this.play,
      stepButton("to the next happening", "M12 3v10M3 3l7 5-7 5z", go(1)),
      h("div", { class: "track" }, this.bands, this.input),
      this.output,
    );
  }

  get atMicros(): number {
    return this.micros;
  }

  show(endMicros: number, bands: readonly Band[]): void {
    this.pause();
    this.endMicros = Math.max(1, endMicros);
    const end = this.endMicros / 1e6;
    fill(
      this.bands,
      bands.map(({ from, label, to }) =>
        svg(
          "rect",
          { x: (from / end) * 1000, width: Math.max(3, ((to - from) / end) * 1000), y: 0, height: 10 },
          svg("title", {}, label),
        ),
      ),
    );
    this.move(Math.min(this.micros, this.endMicros));
  }

  move(micros: number, isFromElsewhere = true): void {
    this.micros = micros;
    if (isFromElsewhere) this.input.value = String(Math.round((micros / this.endMicros) * STEPS));
    const text = timeText(micros);
    this.output.textContent = `${text} of ${timeText(this.endMicros)}`;
    this.input.setAttribute("aria-valuetext", text);
    this.onMove(micros);
  }

  pause(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.play.textContent = "▶ play";
  }

  private togglePlay(): void {
    if (this.timer !== undefined) return this.pause();
    if (this.micros >= this.endMicros) this.move(0);
    this.play.textContent = "⏸ pause";
    let last = performance.now();
    this.timer = setInterval(() => {
      const now = performance.now();
      const next = this.micros + ((now - last) / PLAY_MILLIS) * this.endMicros;
      last = now;
      // gone from the page: nobody looks
      if (!this.element.isConnected) return this.pause();
      this.move(Math.min(this.endMicros, Math.round(next)));
      if (next >= this.endMicros) this.pause();
    }, 60);
  }
}

function stepButton(text: string, path: string, onclick: () => void): HTMLElement {
  const icon = svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: path }));
  return h("button", { type: "button", "aria-label": text, title: text, onclick }, icon);
}
