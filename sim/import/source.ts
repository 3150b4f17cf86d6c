// One file of the input: its bytes, its text where it is text, its documents where it is YAML or JSON; each worked out when asked for.
import { type ParsedDocument, parseDocuments } from "../model/documents.ts";
import type { FileProblem } from "../model/problem.ts";
import { isFault, textOf } from "../scenario/load-files.ts";

export class Source {
  /** As messages show it. */
  readonly name: string;
  /** Where other files named in it are looked for; "" for standard input. */
  readonly folder: string;
  readonly bytes: Uint8Array;
  private line: string | undefined;
  private decoded: string | null | undefined;
  private parsed:
    | { readonly documents: readonly ParsedDocument[]; readonly problems: readonly FileProblem[] }
    | undefined;

  constructor(name: string, folder: string, bytes: Uint8Array) {
    this.name = name;
    this.folder = folder;
    this.bytes = bytes;
  }

  /** null when it is no text. */
  get text(): string | null {
    if (this.decoded === undefined) {
      const text = textOf(this.bytes);
      this.decoded = typeof text === "string" ? text : null;
    }
    return this.decoded;
  }

  /** The first line that is not empty, or how it begins: formats are told by it. */
  get firstLine(): string {
    this.line ??= /^\ufeff?\s*([^\r\n]*)/.exec((this.text ?? "").slice(0, 10_000))?.[1] ?? "";
    return this.line;
  }

  documents(): { readonly documents: readonly ParsedDocument[]; readonly problems: readonly FileProblem[] } {
    if (this.parsed === undefined) {
      const { text } = this;
      const fault = textOf(this.bytes);
      if (text === null)
        this.parsed = {
          documents: [],
          problems: [
            {
              file: this.name,
              line: 1,
              column: 1,
              path: "",
              expected: isFaultText(fault) ? fault.expected : "text",
              received: isFaultText(fault) ? fault.received : "",
            },
          ],
        };
      else {
        const { documents, problems } = parseDocuments(text, this.name);
        this.parsed = { documents: documents.filter(({ value }) => value != null), problems };
      }
    }
    return this.parsed;
  }
}

function isFaultText(value: string | object): value is { readonly expected: string; readonly received: string } {
  return typeof value === "object" && isFault(value as never);
}
