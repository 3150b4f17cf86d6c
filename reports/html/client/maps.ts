// Maps of the cluster: another measure draws them again, and pointer or arrow keys tell what a cell is.
import { cellPaths, type MapNode, zonesOf, zoneText } from "../cluster-map.ts";
import { readable } from "../numbers.ts";

interface MapData {
  readonly measures: readonly string[];
  /** name, zone, pool, state, shares */
  readonly nodes: readonly (readonly [string, string, string, MapNode["state"], readonly (number | null)[]])[];
}

export function maps(): void {
  for (const host of document.querySelectorAll<HTMLElement>(".map-host")) {
    const text = host.querySelector("script.map-data")?.textContent;
    if (text) map(host, JSON.parse(text) as MapData);
  }
}

function map(host: HTMLElement, { measures, nodes: stored }: MapData): void {
  const nodes = stored.map(
    ([name, zone, pool, state, shares]): MapNode => ({
      ...{ name, zone, pool, state },
      shares: shares.map((share) => share ?? Number.NaN),
    }),
  );
  const zones = zonesOf(nodes);
  const select = host.querySelector<HTMLSelectElement>("select.measure");
  const output = host.querySelector<HTMLOutputElement>("output.cell");
  let measure = Number(select?.value ?? 0);
  select?.addEventListener("change", () => {
    measure = Number(select.value);
    for (const [i, layout] of zones.entries()) {
      const zone = host.querySelector(`[data-zone="${i}"]`);
      const picture = zone?.querySelector("svg.cells");
      if (!zone || !picture) continue;
      picture.innerHTML = cellPaths(nodes, layout, measure);
      const words = zoneText(nodes, layout, measures, measure);
      zone.querySelector("h3 span")!.textContent = words;
      picture.setAttribute("aria-label", `Nodes of zone ${layout.zone || "(none)"}: ${words}`);
    }
  });
  const tell = (index: number) => {
    const { name, zone, pool, state, shares } = nodes[index]!;
    // the one that is shown, and the first ones
    const told = [...new Set([measure, 0, 1, 2])].filter((i) => i < measures.length);
    const parts = told.map((i) => [measures[i]!, shares[i]!] as const).filter(([, share]) => !Number.isNaN(share));
    const numbers = parts.map(([what, share]) => `${what} ${readable(Math.round(share * 1000) / 10)} %`).join(", ");
    if (output !== null)
      output.textContent = `${name} (${[zone && `zone ${zone}`, pool, state].filter((part) => part).join(", ")}): ${numbers}`;
  };
  for (const [i, { nodes: members, columns }] of zones.entries()) {
    const picture = host.querySelector<SVGSVGElement>(`[data-zone="${i}"] svg.cells`);
    if (picture === null) continue;
    let at = -1;
    const show = (place: number) => {
      const index = members[place];
      if (index === undefined) return;
      at = place;
      picture.querySelector(".picked")?.remove();
      const frame = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      frame.setAttribute("class", "picked");
      frame.setAttribute("x", String(place % columns));
      frame.setAttribute("y", String(Math.floor(place / columns)));
      frame.setAttribute("width", ".88");
      frame.setAttribute("height", ".88");
      picture.append(frame);
      tell(index);
    };
    picture.tabIndex = 0;
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      show(at < 0 ? 0 : at + step);
    });
    picture.addEventListener("pointermove", (event) => {
      const box = picture.getBoundingClientRect();
      const side = box.width / columns;
      const [x, y] = [Math.floor((event.clientX - box.left) / side), Math.floor((event.clientY - box.top) / side)];
      if (x >= 0 && x < columns) show(y * columns + x);
    });
  }
}
