// From the files of an input to the files of a scenario: tells the formats apart, lets each fill the draft, and finishes it. Pure: reads
// and writes no file. A mistake anywhere means that nothing is made.
import type { FileProblem } from "../model/problem.ts";
import { nearest, shown } from "../model/problem.ts";
import type { Plan } from "../scenario/plan.ts";
import { Draft, type DraftFile, type ImportOptions, type Part } from "./draft.ts";
import { finish } from "./finish.ts";
import { isMapping, objectsOf } from "./flatten.ts";
import type { DocumentFormat, ImportFormat, ObjectFormat, SourceFormat } from "./format.ts";
import { FORMATS } from "./formats.ts";
import type { Remarks } from "./remarks.ts";
import type { Source } from "./source.ts";

export interface Imported {
  /** The scenario first; empty when there are problems. */
  readonly files: readonly DraftFile[];
  /** What they load to; null when there are problems. */
  readonly plan: Plan | null;
  readonly remarks: Remarks;
  readonly problems: readonly FileProblem[];
  /** What the input was taken for: title → number of files. */
  readonly found: ReadonlyMap<string, number>;
}

/** @param from name of a format that the input is said to have; "" = find out */
export function importSources(sources: readonly Source[], options: ImportOptions, from = ""): Imported {
  const draft = new Draft(options);
  const found = new Map<string, number>();
  const formats = from === "" ? FORMATS : FORMATS.filter(({ name }) => name === from);
  const tables = new Map<SourceFormat, Source[]>();
  for (const source of sources) {
    const named = new Set<string>();
    for (const format of readSource(draft, source, formats, from !== "", tables)) named.add(format.title);
    for (const title of named) found.set(title, (found.get(title) ?? 0) + 1);
  }
  for (const [format, own] of tables) format.read(draft, own);
  for (const step of draft.atEnd) step();
  refuseNothing(draft, sources[0]?.name ?? "");
  const comments = [
    `Made by kubedrill import of ${sources
      .map(({ name }) => name.slice(name.lastIndexOf("/") + 1))
      .slice(0, 5)
      .join(", ")}${sources.length > 5 ? ` and ${sources.length - 5} more` : ""}:`,
    `${[...found.keys()].join(", ")}.`,
  ];
  const { files, plan } = draft.problems.length > 0 ? { files: [], plan: null } : finish(draft, options.name, comments);
  return { files, plan, remarks: draft.remarks, problems: draft.problems, found };
}

// a scenario of nothing but assumptions would be no import
function refuseNothing(draft: Draft, file: string): void {
  const lists = [
    draft.made,
    draft.workload,
    draft.faults,
    draft.actions,
    draft.services,
    draft.expect,
    draft.uses,
    draft.files,
  ];
  const hasObjects = Object.values(draft.manifests.result().objects).some((list) => list.length > 0);
  const isSomething = hasObjects || draft.schedulerConfiguration !== null || lists.some((list) => list.length > 0);
  const [first] = [...draft.remarks.list("leftOut"), ...draft.remarks.list()];
  if (isSomething || first === undefined || draft.problems.length > 0) return;
  const { object, place, reason, what } = first;
  draft.problems.push({
    ...(place ?? { file, line: 1, column: 1 }),
    path: "",
    expected: `something that has an equivalent (${what}: ${reason})`,
    received: object === "" ? what : object,
  });
}

/** Reads what a file holds, tables aside. @returns the formats that were found in it */
function readSource(
  draft: Draft,
  source: Source,
  formats: readonly ImportFormat[],
  isForced: boolean,
  tables: Map<SourceFormat, Source[]>,
): readonly ImportFormat[] {
  const table = formats.find(
    (format): format is SourceFormat => format.by === "source" && (isForced || format.matches(source)),
  );
  if (table !== undefined) {
    const list = tables.get(table);
    if (list === undefined) tables.set(table, [source]);
    else list.push(source);
    return [table];
  }
  const { documents, problems } = source.documents();
  draft.problems.push(...problems);
  const used: ImportFormat[] = [];
  if (problems.length === 0 && documents.length === 0) fault(draft, source, "something to import", "an empty file");
  for (const document of documents) {
    const { value } = document;
    const whole = formats.find(
      (format): format is DocumentFormat =>
        format.by === "document" && (isMapping(value) || Array.isArray(value)) && (isForced || format.matches(value)),
    );
    if (whole !== undefined) {
      whole.read(draft, document, source);
      used.push(whole);
      continue;
    }
    for (const part of objectsOf([document])) {
      const format = objectFormat(formats, part, isForced);
      if (format === undefined) unknown(draft, part);
      else {
        format.read(draft, part, source);
        used.push(format);
      }
    }
  }
  return used;
}

function objectFormat(formats: readonly ImportFormat[], { value }: Part, isForced: boolean): ObjectFormat | undefined {
  const { apiVersion, kind } = (isMapping(value) ? value : {}) as {
    readonly apiVersion?: string;
    readonly kind?: string;
  };
  if (typeof apiVersion !== "string" || typeof kind !== "string") return undefined;
  return formats.find(
    (format): format is ObjectFormat => format.by === "object" && (isForced || format.matches(apiVersion, kind)),
  );
}

function unknown(draft: Draft, part: Part): void {
  const { value } = part;
  const isScenario = isMapping(value) && String(value["apiVersion"]).startsWith("kubedrill/");
  const expected = isScenario ? "something to import: this is a scenario already" : "a format that import knows";
  draft.problem(part, [], expected, shown(value));
}

function fault(draft: Draft, { name }: Source, expected: string, received: string): void {
  draft.problems.push({ file: name, line: 1, column: 1, path: "", expected, received });
}

/** What is wrong with the name of a format; null when it is one. */
export function formatProblem(from: string): string | null {
  const names = FORMATS.map(({ name }) => name);
  if (from === "" || names.includes(from)) return null;
  const near = nearest(from, names);
  return `--from ${from}: expected ${names.join(", ")}${near === undefined ? "" : `; did you mean ${near}?`}`;
}
