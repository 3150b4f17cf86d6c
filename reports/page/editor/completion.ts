// Completion of keys and values from the schema, and what the schema says of the key under the pointer.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { snippetCompletion } from "@codemirror/autocomplete";
import { hoverTooltip } from "@codemirror/view";
import { h } from "../dom.ts";
import { placeAt } from "./place.ts";
import type { KeyOption, SchemaReader } from "./schema.ts";

/** A source of completions; the schema may come later than the editor. */
export function completeFrom(schema: () => SchemaReader | undefined) {
  return (context: CompletionContext): CompletionResult | null => {
    const reader = schema();
    if (reader === undefined) return null;
    const text = context.state.doc.toString();
    const place = placeAt(text, context.pos);
    const word = text.slice(place.from, context.pos);
    if (word.startsWith("#")) return null;
    if (!context.explicit && word === "") return null;
    const options = place.kind === "key" ? keyOptions(reader, place) : valueOptions(reader, place.path);
    if (options.length === 0) return null;
    return { from: place.from, to: context.pos, options, validFor: /^["']?[\w./-]*$/ };
  };
}

function keyOptions(
  reader: SchemaReader,
  { column, isLineStart, path, siblings }: ReturnType<typeof placeAt>,
): Completion[] {
  if (column !== undefined && isLineStart && reader.isList(path)) {
    const entry = reader.keysAt([...path, 0]);
    const values = reader
      .valuesAt([...path, 0])
      .map(({ doc, text }) => ({ label: `- ${text}`, info: doc || undefined, type: "enum" }));
    return [...entry.map((key) => keyOption(key, "- ", column + 2)), ...values];
  }
  return reader
    .keysAt(path)
    .filter(({ name }) => !siblings.includes(name))
    .map((key) => keyOption(key, "", column));
}

// in block style what opens a mapping or a list goes on in the next line
function keyOption(
  { doc, isRequired, name, opens, what }: KeyOption,
  dash: string,
  column: number | undefined,
): Completion {
  const options: Completion = {
    label: `${dash}${name}`,
    detail: what,
    type: "property",
    boost: isRequired ? 2 : 0,
    info: doc === "" ? undefined : () => docElement(doc, what, []),
  };
  const indent = " ".repeat(2);
  if (column === undefined) return snippetCompletion(`${dash}${name}: ${bracketsOf(opens)}`, options);
  // the editor adds the indentation of the line itself; behind a dash there are two columns more
  const more = dash === "" ? indent : `${indent}  `;
  const tail = opens === "mapping" ? `\n${more}#{}` : opens === "list" ? `\n${more}- #{}` : " #{}";
  return snippetCompletion(`${dash}${name}:${tail}`, options);
}

function bracketsOf(opens: KeyOption["opens"]): string {
  if (opens === "mapping") return "{ #{} }";
  return opens === "list" ? "[#{}]" : "#{}";
}

function valueOptions(reader: SchemaReader, path: readonly (string | number)[]): Completion[] {
  return reader.valuesAt(path).map(({ doc, text }) => ({ label: text, detail: doc, type: "enum" }));
}

/** What the schema says of a key, where the pointer rests on it. */
export function hoverFrom(schema: () => SchemaReader | undefined) {
  return hoverTooltip((view, at) => {
    const reader = schema();
    const line = view.state.doc.lineAt(at);
    if (reader === undefined) return null;
    const word = /[\w./-]+/g;
    for (let match = word.exec(line.text); match !== null; match = word.exec(line.text)) {
      const [from, to] = [line.from + match.index, line.from + match.index + match[0].length];
      if (at < from || at > to) continue;
      // only keys: what stands before a colon
      if (!/^["']?\s*:/.test(line.text.slice(match.index + match[0].length))) return null;
      const place = placeAt(view.state.doc.sliceString(0, to), to);
      const found = reader.docAt([...place.path, match[0]]);
      if (place.kind !== "key" || found === null) return null;
      return {
        pos: from,
        end: to,
        above: true,
        create: () => ({ dom: docElement(found.doc, found.what, found.values) }),
      };
    }
    return null;
  });
}

function docElement(doc: string, what: string, values: readonly string[]): HTMLElement {
  return h(
    "div",
    { class: "schema-doc" },
    what === "" ? null : h("p", { class: "what" }, what),
    doc === "" ? null : h("p", {}, doc),
    values.length === 0 ? null : h("p", { class: "values" }, values.slice(0, 30).join(" · ")),
  );
}
