// Reads one variant of a scenario: which of its parts the schema found nothing wrong with, what the files that they name hold, and every
// mistake with its place.
import { type DefaultingContext, defaultPod } from "../model/defaults.ts";
import { located, type ParsedDocument } from "../model/documents.ts";
import type { Pod } from "../model/objects.ts";
import type { FileProblem, Path, Problem } from "../model/problem.ts";
import { Reader } from "../model/reader.ts";
import { type InputFiles, isFault } from "./load-files.ts";
import { loadShape } from "./load-shape.ts";
import type { ScenarioInput } from "./schema.ts";

/** What all variants of a scenario share: the document, its files, and what was parsed of them. */
export class SharedInputs {
  readonly document: ParsedDocument;
  readonly files: InputFiles;
  private readonly made = new Map<string, unknown>();

  constructor(document: ParsedDocument, files: InputFiles) {
    this.document = document;
    this.files = files;
  }

  /** The value made for the key, made now if it was not. */
  once<T>(key: readonly unknown[], make: () => T): T {
    const text = JSON.stringify(key);
    if (!this.made.has(text)) this.made.set(text, make());
    return this.made.get(text) as T;
  }
}

export class VariantReading {
  readonly problems: FileProblem[] = [];
  readonly warnings: string[] = [];
  readonly scenario: ScenarioInput;
  readonly inputs: SharedInputs;
  private readonly schemaProblems: readonly Problem[];

  constructor(value: unknown, inputs: SharedInputs, schemaProblems: readonly Problem[]) {
    // pieces are only read where `clean` says that they have this type
    this.scenario = value as ScenarioInput;
    this.inputs = inputs;
    this.schemaProblems = schemaProblems;
    this.note(schemaProblems);
  }

  read(value: unknown, path: Path, check: (reader: Reader) => void): void {
    const problems: Problem[] = [];
    check(new Reader(value, problems));
    this.note(problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] })));
  }

  text(name: string, at: Path): { readonly name: string; readonly text: string } | null {
    const file = this.inputs.files.text(name);
    if (!isFault(file)) return file;
    this.note([{ path: at, expected: file.expected, received: file.received }]);
    return null;
  }

  note(problems: readonly Problem[]): void {
    this.problems.push(...located(this.inputs.document, problems));
  }

  // the items of a list that the schema found nothing wrong with, with their paths
  items<T>(list: readonly T[] | undefined, path: Path): readonly { readonly item: T; readonly path: Path }[] {
    if (!Array.isArray(list)) return [];
    return list.map((item: T, index) => ({ item, path: [...path, index] })).filter(({ path: at }) => this.clean(at));
  }

  hasMapping(...path: readonly string[]): boolean {
    let value: unknown = this.scenario;
    for (const key of path) {
      if (typeof value !== "object" || value === null) return false;
      value = (value as Readonly<Record<string, unknown>>)[key];
      if (value === undefined) return true;
    }
    return typeof value === "object" && value !== null && !Array.isArray(value);
  }

  clean(path: Path): boolean {
    const inside = (problem: Problem) => path.every((key, i) => problem.path[i] === key);
    return !this.schemaProblems.some(inside);
  }

  /** The pod that a shape describes, with defaults. */
  shape(
    value: unknown,
    at: Path,
    name: string | undefined,
    namespace: string | undefined,
    context: DefaultingContext,
  ): Pod | null {
    const loaded = loadShape(value, this.inputs.document, at, this.inputs.files);
    this.problems.push(...loaded.problems);
    if (loaded.pod === null) return null;
    const { metadata } = loaded.pod;
    const pod: Pod = {
      ...loaded.pod,
      metadata: { ...metadata, name: name ?? metadata.name, namespace: namespace ?? (metadata.namespace || "default") },
    };
    return defaultPod(
      pod,
      context,
      (problem) => this.problems.push(...located(loaded.document, [problem])),
      loaded.specPath,
    );
  }
}
