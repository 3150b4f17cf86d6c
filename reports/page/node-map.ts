// The map of the nodes: zones as grids of cells, drawn anew for each moment; a cell is chosen with the pointer or with arrow keys.
import { cellPaths, type ZoneLayout, zonesOf, zoneText } from "../html/cluster-map.ts";
import { MEASURES, type NodeStanding } from "./cluster-course.ts";
import { fill, h, svg } from "./dom.ts";
import type { Markup } from "./markup.ts";

interface Zone {
  readonly layout: ZoneLayout;
  readonly words: HTMLElement;
  readonly picture: SVGSVGElement;
  readonly cells: SVGGElement;
  readonly marks: SVGGElement;
}

export class NodeMap {
  readonly element = h("div", { class: "map" });
  private readonly markup: Markup;
  private readonly onPick: (index: number) => void;
  private zones: readonly Zone[] = [];
  private nodes: readonly NodeStanding[] = [];
  private picked = -1;

  constructor(markup: Markup, onPick: (index: number) => void) {
    this.markup = markup;
    this.onPick = onPick;
  }

  /** Another cluster. */
  begin(nodes: readonly NodeStanding[]): void {
    this.nodes = nodes;
    this.picked = -1;
    this.zones = zonesOf(nodes).map((layout) => this.zone(layout));
    fill(
      this.element,
      this.zones.map(({ layout, picture, words }) =>
        h(
          "div",
          { class: "zone" },
          h("h3", {}, layout.zone === "" ? "no zone" : `zone ${layout.zone}`, " ", words),
          picture,
        ),
      ),
    );
  }

  draw(nodes: readonly NodeStanding[], measure: number): void {
    this.nodes = nodes;
    for (const { cells, layout, marks, picture, words } of this.zones) {
      this.markup.draw(cells, cellPaths(nodes, layout, measure));
      const text = zoneText(nodes, layout, MEASURES, measure);
      words.textContent = text;
      picture.setAttribute(
        "aria-label",
        `Nodes of zone ${layout.zone || "(none)"}: ${text}. Arrow keys choose a node.`,
      );
      fill(marks, this.marksOf(layout));
    }
  }

  pick(index: number): void {
    this.picked = index;
    for (const { layout, marks } of this.zones) fill(marks, this.marksOf(layout));
  }

  // what the colours cannot say: taints, faults, and which one is chosen
  private marksOf({ columns, nodes: members }: ZoneLayout): SVGElement[] {
    let [tainted, faulted, picked] = ["", "", ""];
    for (const [place, index] of members.entries()) {
      const { isFaulted, isTainted, state } = this.nodes[index]!;
      const [x, y] = [place % columns, Math.floor(place / columns)];
      if (isTainted && state !== "gone") tainted += `M${x + 0.58} ${y}h.3v.3z`;
      if (isFaulted) faulted += `M${x + 0.04} ${y + 0.04}h.8v.8h-.8z`;
      if (index === this.picked) picked = `M${x} ${y}h.88v.88h-.88z`;
    }
    return [
      svg("path", { class: "tainted", d: tainted }),
      svg("path", { class: "faulted", d: faulted }),
      svg("path", { class: "picked", d: picked }),
    ];
  }

  private zone(layout: ZoneLayout): Zone {
    const [cells, marks] = [svg("g"), svg("g")];
    const picture = svg(
      "svg",
      {
        class: "cells",
        viewBox: `-0.1 -0.1 ${layout.columns + 0.1} ${layout.rows + 0.1}`,
        role: "application",
        tabindex: 0,
        "aria-roledescription": "map of nodes",
      },
      cells,
      marks,
    );
    const choose = (place: number) => {
      const index = layout.nodes[place];
      if (index === undefined) return;
      this.pick(index);
      this.onPick(index);
    };
    picture.addEventListener("click", (event) => {
      const box = picture.getBoundingClientRect();
      const side = box.width / (layout.columns + 0.1);
      const [x, y] = [
        Math.floor((event.clientX - box.left) / side - 0.1),
        Math.floor((event.clientY - box.top) / side - 0.1),
      ];
      if (x >= 0 && x < layout.columns) choose(y * layout.columns + x);
    });
    picture.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -layout.columns, ArrowDown: layout.columns }[event.key];
      if (move === undefined) return;
      event.preventDefault();
      const place = layout.nodes.indexOf(this.picked);
      choose(place < 0 ? 0 : Math.min(layout.nodes.length - 1, Math.max(0, place + move)));
    });
    return { layout, words: h("span"), picture, cells, marks };
  }
}
