// Recommended requests from files: VerticalPodAutoscaler objects with a recommendation, or CSV with the columns namespace, kind, name, container
// and one per resource (cpu, memory …). Empty cells recommend nothing.
import { parseDocuments } from "../model/documents.ts";
import type { Quantity } from "../model/objects.ts";
import type { FileProblem } from "../model/problem.ts";
import { quantityError } from "../model/quantity.ts";
import { CsvTable } from "./csv.ts";
import { InputFiles, isFault } from "./load-files.ts";

export interface RecommendationEntry {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  /** "*" = all. */
  readonly container: string;
  readonly requests: Readonly<Record<string, Quantity>>;
}

export interface LoadedRecommendations {
  readonly entries: readonly RecommendationEntry[];
  readonly problems: readonly FileProblem[];
}

const NAMES: ReadonlySet<string> = new Set(["namespace", "kind", "name", "container"]);
const QUANTITY = 'a quantity, such as 2, "500m" or "1.5Gi"';

/** Never throws for what is in the file. */
export function loadRecommendations(path: string): LoadedRecommendations {
  const file = new InputFiles(".").text(path);
  if (isFault(file)) return refused(path, file.expected, file.received);
  return /\.csv(\.gz)?$/i.test(path) ? fromCsv(file.text, file.name) : fromObjects(file.text, file.name);
}

function refused(file: string, expected: string, received: string): LoadedRecommendations {
  return { entries: [], problems: [{ file, line: 1, column: 1, path: "", expected, received }] };
}

function fromCsv(text: string, name: string): LoadedRecommendations {
  const table = new CsvTable(text, name);
  const column = (title: string, required: boolean) => table.column(title, required);
  const [namespace, kind, workload, container] = [
    column("namespace", false),
    column("kind", true),
    column("name", true),
    column("container", false),
  ] as const;
  const resources = table.header.flatMap((title, i) => (NAMES.has(title) ? [] : [[title, i] as const]));
  const entries: RecommendationEntry[] = [];
  for (let row = 0; row < table.rows.length; row++) {
    const requests: Record<string, Quantity> = {};
    for (const [title, at] of resources) {
      const cell = table.cell(row, at);
      if (cell === "") continue;
      if (quantityError(cell) !== undefined) table.wrong(row, at, QUANTITY, null);
      else requests[title] = cell;
    }
    entries.push({
      namespace: table.cell(row, namespace) || "default",
      kind: table.cell(row, kind),
      name: table.cell(row, workload),
      container: table.cell(row, container) || "*",
      requests,
    });
  }
  return { entries: table.problems.length > 0 ? [] : entries, problems: table.problems };
}

interface Autoscaler {
  readonly kind?: string;
  readonly items?: readonly Autoscaler[];
  readonly metadata?: { readonly namespace?: string };
  readonly spec?: { readonly targetRef?: { readonly kind?: string; readonly name?: string } };
  readonly status?: {
    readonly recommendation?: {
      readonly containerRecommendations?: readonly {
        readonly containerName?: string;
        readonly target?: Readonly<Record<string, Quantity>>;
      }[];
    };
  };
}

function fromObjects(text: string, name: string): LoadedRecommendations {
  const { documents, problems } = parseDocuments(text, name);
  if (problems.length > 0) return { entries: [], problems };
  const objects = documents.flatMap(({ value }) => {
    const object = value as Autoscaler | null;
    return object?.items ?? (object === null ? [] : [object]);
  });
  const entries: RecommendationEntry[] = [];
  for (const { kind, metadata, spec, status } of objects) {
    if (kind !== "VerticalPodAutoscaler")
      return refused(name, "VerticalPodAutoscaler objects, or a .csv file", `kind ${kind ?? "none"}`);
    for (const { containerName, target } of status?.recommendation?.containerRecommendations ?? []) {
      const wrong = Object.entries(target ?? {}).find(([, amount]) => quantityError(amount) !== undefined);
      if (wrong !== undefined) return refused(name, QUANTITY, `${wrong[0]}: ${wrong[1]}`);
      entries.push({
        namespace: metadata?.namespace ?? "default",
        kind: spec?.targetRef?.kind ?? "",
        name: spec?.targetRef?.name ?? "",
        container: containerName ?? "*",
        requests: target ?? {},
      });
    }
  }
  if (entries.length === 0) return refused(name, "at least one recommendation", "none");
  return { entries, problems: [] };
}
