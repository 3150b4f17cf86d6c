// Tables to look into: made when they are opened, a page of rows at a time, sorted by a head and filtered by words.
import { cellText, filtered, type StoredTable, sorted } from "./stored-table.ts";

const PAGE = 50;

export function tables(): void {
  for (const details of document.querySelectorAll<HTMLDetailsElement>("details.data-table")) {
    details.addEventListener("toggle", () => {
      if (details.open && details.querySelector("table") === null) open(details);
    });
  }
  // a link to a table opens it
  const follow = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", follow);
  follow();
}

function open(details: HTMLElement): void {
  const table = JSON.parse(details.querySelector("script")?.textContent ?? "") as StoredTable;
  const [search, heads, body, pager] = [element("input"), element("tr"), element("tbody"), element("div")];
  let [rows, page, sortedBy, isDescending, hidesEmpty] = [filtered(table, ""), 0, -1, false, true];
  const empty = table.columns.map(
    (column) => !Array.from({ length: table.rows }).some((_, row) => cellText(column, row) !== ""),
  );

  const show = () => {
    const shown = table.columns.map((_, i) => i).filter((i) => !(hidesEmpty && empty[i]));
    heads.replaceChildren(
      ...shown.map((i) => {
        const cell = element("th");
        cell.scope = "col";
        if (table.columns[i]!.numbers !== undefined) cell.className = "n";
        if (i === sortedBy) cell.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
        const button = element("button");
        button.type = "button";
        button.className = "head";
        button.textContent = `${table.columns[i]!.name}${i === sortedBy ? (isDescending ? " ↓" : " ↑") : ""}`;
        button.title = table.columns[i]!.doc;
        button.addEventListener("click", () => {
          if (i !== sortedBy) [sortedBy, isDescending] = [i, false];
          else if (!isDescending) isDescending = true;
          else [sortedBy, isDescending] = [-1, false];
          update();
          heads.querySelectorAll<HTMLElement>("button")[shown.indexOf(i)]?.focus();
        });
        cell.append(button);
        return cell;
      }),
    );
    body.replaceChildren(
      ...rows.slice(page * PAGE, (page + 1) * PAGE).map((row) => {
        const line = element("tr");
        for (const i of shown) {
          const cell = element("td");
          if (table.columns[i]!.numbers !== undefined) cell.className = "n";
          cell.textContent = cellText(table.columns[i]!, row);
          line.append(cell);
        }
        return line;
      }),
    );
    const pages = Math.max(1, Math.ceil(rows.length / PAGE));
    const range =
      rows.length === 0
        ? "no row fits"
        : `rows ${page * PAGE + 1} – ${Math.min(rows.length, (page + 1) * PAGE)} of ${rows.length}`;
    const text = element("span");
    text.setAttribute("role", "status");
    text.textContent = range;
    const step = (label: string, to: number) => {
      const button = element("button");
      button.type = "button";
      button.textContent = label;
      button.disabled = to < 0 || to >= pages;
      button.addEventListener("click", () => {
        page = to;
        show();
      });
      return button;
    };
    pager.replaceChildren(step("previous", page - 1), text, step("next", page + 1));
  };
  const update = () => {
    rows = filtered(table, search.value);
    if (sortedBy >= 0) rows = sorted(rows, table.columns[sortedBy]!, isDescending);
    page = 0;
    show();
  };

  search.type = "search";
  search.placeholder = "filter: words, column=value, column>5";
  search.setAttribute("aria-label", `filter ${table.name}`);
  search.addEventListener("input", update);
  const controls = element("div");
  controls.className = "controls";
  controls.append(search);
  const emptyColumns = empty.filter((is) => is).length;
  if (emptyColumns > 0) {
    const toggle = element("button");
    toggle.type = "button";
    const name = () => {
      toggle.textContent = `${hidesEmpty ? "show" : "hide"} ${emptyColumns} empty columns`;
    };
    name();
    toggle.addEventListener("click", () => {
      hidesEmpty = !hidesEmpty;
      name();
      show();
    });
    controls.append(toggle);
  }
  pager.className = "pager controls";
  const [grid, head, scroll, caption] = [element("table"), element("thead"), element("div"), element("caption")];
  caption.className = "visually-hidden";
  caption.textContent = table.name;
  head.append(heads);
  grid.append(caption, head, body);
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", `rows of ${table.name}`);
  scroll.append(grid);
  details.append(controls, scroll, pager);
  show();
}

function element<K extends keyof HTMLElementTagNameMap>(name: K): HTMLElementTagNameMap[K] {
  return document.createElement(name);
}
