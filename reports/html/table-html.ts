// Small tables that stand in the page as they are: of a few rows, or where somebody without scripts must read them.
import { escapeHtml } from "./escape.ts";

export interface Column {
  readonly head: string;
  readonly isNumber?: boolean;
}

/** HTML of a cell that is more than text. */
export interface Markup {
  readonly html: string;
}

export function htmlTable(
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly (string | Markup)[])[],
): string {
  const classOf = (i: number) => (columns[i]?.isNumber ? ' class="n"' : "");
  const heads = columns.map(({ head }, i) => `<th scope="col"${classOf(i)}>${escapeHtml(head)}</th>`);
  const lines = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const html = typeof cell === "string" ? escapeHtml(cell) : cell.html;
      return i === 0 ? `<th scope="row"${classOf(i)}>${html}</th>` : `<td${classOf(i)}>${html}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escapeHtml(caption)}"><table><caption>${escapeHtml(caption)}</caption><thead><tr>${heads.join("")}</tr></thead><tbody>${lines.join("\n")}</tbody></table></div>`;
}

/** A word with a sign in front, so that it is not told by its colour alone. */
export function badge(kind: "good" | "bad" | "warn", text: string): string {
  const sign = { good: "✓", bad: "✗", warn: "!" }[kind];
  return `<span class="badge ${kind}"><span aria-hidden="true">${sign}</span>${escapeHtml(text)}</span>`;
}

export function section(id: string, title: string, html: string): string {
  return `<section class="card" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${escapeHtml(title)}</h2>
${html}</section>`;
}
