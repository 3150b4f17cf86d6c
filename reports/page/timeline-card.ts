// The card of charts over time, with the cursor that they share (reports/html/client/time-charts.ts moves it).
import { h } from "./dom.ts";

export function timelineCard(charts: HTMLElement): HTMLElement {
  return h(
    "section",
    { class: "card timeline-group" },
    h("h2", {}, "Over time"),
    h(
      "div",
      { class: "controls" },
      h(
        "label",
        {},
        "time ",
        h("input", { type: "range", class: "time-cursor", min: 0, max: 1000, value: 0, "aria-label": "time" }),
      ),
      h("output", { class: "time-cursor mono" }),
    ),
    charts,
  );
}
