// The runs of this process: how far each has come, and what can be done with it.
import type { RunState } from "../../sim/serve/protocol.ts";
import { fill, h } from "./dom.ts";
import { timeText } from "./format.ts";

export interface RunListOptions {
  readonly onOpen: (id: string) => void;
  readonly onRemove: (id: string) => void;
}

export class RunList {
  readonly element = h("ul", { class: "runs", "aria-label": "runs" });
  private readonly options: RunListOptions;
  private readonly rows = new Map<string, HTMLLIElement>();

  constructor(options: RunListOptions) {
    this.options = options;
  }

  /** The newest first. Rows stay as they are while a run goes on, so that nothing moves under the pointer. */
  show(runs: readonly RunState[], open: string | undefined): void {
    const gone = new Set(this.rows.keys());
    for (const run of runs) {
      gone.delete(run.id);
      const row = this.rows.get(run.id) ?? h("li", { "data-run": run.id });
      if (!this.rows.has(run.id)) {
        this.rows.set(run.id, row);
        this.element.prepend(row);
      }
      const look = `${run.phase} ${run.scenario} ${run.isMet}`;
      if (row.dataset["look"] !== look) {
        row.dataset["look"] = look;
        this.build(row, run);
      }
      row.classList.toggle("open", run.id === open);
      const button = row.querySelector("button.run");
      if (run.id === open) button?.setAttribute("aria-current", "true");
      else button?.removeAttribute("aria-current");
      this.progress(row, run);
    }
    for (const id of gone) {
      this.rows.get(id)?.remove();
      this.rows.delete(id);
    }
    this.element.classList.toggle("empty", runs.length === 0);
  }

  private build(row: HTMLLIElement, run: RunState): void {
    const { id, phase } = run;
    const isActive = phase === "waiting" || phase === "running";
    const label = isActive ? "cancel" : "forget";
    fill(
      row,
      h(
        "button",
        { class: "run", type: "button", onclick: () => this.options.onOpen(id) },
        h("span", { class: `mark ${markClass(run)}`, title: markText(run) }, markSign(run)),
        h("span", { class: "name" }, `#${id} ${runName(run)}`),
        h("span", { class: "about" }, ""),
      ),
      isActive
        ? h(
            "div",
            { class: "bar", role: "progressbar", "aria-label": `run ${id}`, "aria-valuemin": 0, "aria-valuemax": 100 },
            h("i"),
          )
        : null,
      h(
        "button",
        {
          class: "small-button",
          type: "button",
          "aria-label": `${label} run ${id}`,
          onclick: () => this.options.onRemove(id),
        },
        isActive ? "cancel" : "✕",
      ),
    );
  }

  private progress(row: HTMLLIElement, run: RunState): void {
    const { elapsedMillis, nowMicros, phase, seed, share } = run;
    const about = row.querySelector(".about");
    const wall = `${(elapsedMillis / 1000).toFixed(1)} s`;
    if (about !== null) {
      if (phase === "running")
        about.textContent = `${share > 0 ? `${Math.round(share * 100)} %, ` : ""}at ${timeText(nowMicros)}`;
      else if (phase === "done") about.textContent = `seed ${seed} · ${timeText(nowMicros)} in ${wall}`;
      else about.textContent = phase === "failed" ? run.message : phase;
    }
    const bar = row.querySelector<HTMLElement>(".bar");
    if (bar === null) return;
    const isOpenEnded = phase === "running" && share === 0 && nowMicros > 0;
    bar.classList.toggle("open-ended", isOpenEnded);
    (bar.firstElementChild as HTMLElement).style.width = `${isOpenEnded ? 30 : share * 100}%`;
    if (isOpenEnded) bar.removeAttribute("aria-valuenow");
    else bar.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    bar.setAttribute("aria-valuetext", about?.textContent ?? "");
  }
}

export function runName({ file, scenario, variant }: RunState): string {
  const name = scenario === "" ? file : scenario;
  return variant === "" ? name : `${name} [${variant}]`;
}

/** For lists to choose from. */
export function runTitle(run: RunState): string {
  return `#${run.id} ${runName(run)}, seed ${run.seed || "of the scenario"}`;
}

function markSign({ isMet, phase }: RunState): string {
  if (phase === "done") return isMet ? "✓" : "✗";
  return { waiting: "…", running: "▸", failed: "!", cancelled: "–" }[phase];
}

function markClass({ isMet, phase }: RunState): string {
  if (phase === "done") return isMet ? "good" : "bad";
  return phase === "failed" ? "bad" : "muted";
}

function markText({ isMet, phase }: RunState): string {
  if (phase !== "done") return phase;
  return isMet ? "done: all expectations hold" : "done: an expectation fails, or the result means nothing";
}
