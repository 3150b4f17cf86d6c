// What a format of input is: how it is told from others, and how it fills the draft. A new one is one file with such a value, and one
// line in formats.ts.
import type { ParsedDocument } from "../model/documents.ts";
import type { Draft, Part } from "./draft.ts";
import type { Mapping } from "./flatten.ts";
import type { Source } from "./source.ts";

/** Whole files, such as tables; all of one import at once, as a node list and a pod list belong together. */
export interface SourceFormat {
  readonly by: "source";
  readonly name: string;
  /** What it is, for people. */
  readonly title: string;
  matches(source: Source): boolean;
  read(draft: Draft, sources: readonly Source[]): void;
}

/** Documents of YAML or JSON that are of the format as a whole. */
export interface DocumentFormat {
  readonly by: "document";
  readonly name: string;
  readonly title: string;
  matches(value: Mapping | readonly unknown[]): boolean;
  read(draft: Draft, document: ParsedDocument, source: Source): void;
}

/** Objects with apiVersion and kind, which may stand among others. */
export interface ObjectFormat {
  readonly by: "object";
  readonly name: string;
  readonly title: string;
  matches(apiVersion: string, kind: string): boolean;
  read(draft: Draft, part: Part, source: Source): void;
}

export type ImportFormat = SourceFormat | DocumentFormat | ObjectFormat;
