// The answer to a capacity question as text: for people, as CSV (its table alone), or as JSON (all of it).
import { stringify } from "csv-stringify/sync";
import type { Answer, Cell } from "../../analysis/capacity/answer.ts";
import type { Binding } from "../../analysis/capacity/binding.ts";
import { bold, green, red, renderTable } from "../table.ts";

export function formatAnswer(answer: Answer, format: "table" | "json" | "csv"): string {
  if (format === "json") return `${JSON.stringify(answer, null, 1)}\n`;
  const { columns, rows } = answer.table;
  if (format === "csv")
    return stringify(
      rows.map((row) => row.map(cellText)),
      {
        header: true,
        columns: columns.map((name) => name.replaceAll(" ", "_")),
        record_delimiter: "\n",
      },
    );
  const lines = [bold(answer.answer), ""];
  if (rows.length > 0) {
    const align = columns.map((_, i) => (rows.every((row) => typeof row[i] !== "string") ? "right" : "left"));
    lines.push(
      renderTable(
        rows.map((row) => row.map(cellText)),
        { head: columns.map((c) => c.toUpperCase()), align },
      ),
      "",
    );
  }
  lines.push(...answer.reasoning);
  if (answer.binding !== null)
    lines.push("", ...bindingLines(answer.binding, answer.question === "drain" ? "can be drained" : "takes it"));
  if (answer.met !== null) lines.push("", answer.met ? green("required: met") : red("required: not met"));
  return `${lines.join("\n")}\n`;
}

function bindingLines({ pod, message, constraints, changes }: Binding, then: string): string[] {
  const lines = [`${bold("What stands in the way")}: ${pod}: ${message}`];
  for (const { plugin, reason, nodes, example } of constraints)
    lines.push(
      `  ${plugin}: ${reason} (${nodes} node${nodes === 1 ? "" : "s"}${example === "" ? "" : `, such as ${example}`})`,
    );
  if (changes.length === 0) lines.push("No single change is known that would lift it.");
  else lines.push(`${bold("The smallest change that would lift it")}:`);
  for (const { changes: parts, node } of changes) lines.push(`  ${parts.join("; ")} (then node ${node} ${then})`);
  return lines;
}

function cellText(cell: Cell): string {
  return cell === null ? "" : String(cell);
}
