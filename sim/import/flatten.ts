// Documents to the objects in them: lists of any sort opened, items of a typed list (PodList) with the kind that the list implies.
import type { ParsedDocument } from "../model/documents.ts";
import type { Path } from "../model/problem.ts";
import type { Part } from "./draft.ts";

/** A mapping of the input, of any shape. */
export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The objects of documents, in order. */
export function objectsOf(documents: readonly ParsedDocument[]): readonly Part[] {
  const parts: Part[] = [];
  for (const document of documents) open(parts, { document, base: [], value: document.value });
  return parts;
}

/** The objects of a list that stands inside of a document. */
export function objectsBelow(document: ParsedDocument, base: Path, value: unknown, kind = "", version = ""): Part[] {
  const parts: Part[] = [];
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      open(parts, { document, base: [...base, index], value: withKind(item, version, kind) });
  } else open(parts, { document, base, value });
  return parts;
}

function open(parts: Part[], part: Part): void {
  const { document, base, value } = part;
  if (value == null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) open(parts, { document, base: [...base, index], value: item });
    return;
  }
  const kind = isMapping(value) && typeof value["kind"] === "string" ? value["kind"] : "";
  if (!isMapping(value) || !kind.endsWith("List") || !Array.isArray(value["items"])) {
    parts.push(part);
    return;
  }
  const itemKind = kind === "List" ? "" : kind.slice(0, -"List".length);
  const version = kind === "List" ? "" : String(value["apiVersion"] ?? "");
  for (const [index, item] of value["items"].entries())
    open(parts, { document, base: [...base, "items", index], value: withKind(item, version, itemKind) });
}

function withKind(item: unknown, apiVersion: string, kind: string): unknown {
  if (!isMapping(item) || kind === "" || item["kind"] !== undefined) return item;
  return { apiVersion, kind, ...item };
}
