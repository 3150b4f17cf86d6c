// A catalogue of node types that could be bought: a YAML or JSON file with a list `types`, each like a node pool of a scenario without a
// number, and how many there can be at most.
import { z } from "zod";
import { located, parseDocuments } from "../model/documents.ts";
import type { FileProblem } from "../model/problem.ts";
import { fields } from "./duration-schema.ts";
import { InputFiles, isFault } from "./load-files.ts";
import { nodePoolSchema } from "./schema.ts";
import { validateBy } from "./validate.ts";

const {
  count: _count,
  boot: _boot,
  autoscaling: _autoscaling,
  staticPods: _staticPods,
  ...pool
} = nodePoolSchema.shape;

const nodeTypesSchema = fields({
  types: z
    .array(
      fields({
        ...pool,
        most: z.int({ error: "a whole number" }).min(0, { error: "a whole number of at least 0" }).optional(),
      }),
      { error: "a list of node types" },
    )
    .min(1, { error: "at least one node type" }),
});

export type NodeTypeEntry = z.output<typeof nodeTypesSchema>["types"][number];

export interface LoadedNodeTypes {
  /** Empty when there are problems. */
  readonly types: readonly NodeTypeEntry[];
  readonly problems: readonly FileProblem[];
}

/** Never throws for what is in the file. */
export function loadNodeTypes(path: string): LoadedNodeTypes {
  const file = new InputFiles(".").text(path);
  if (isFault(file)) {
    const { expected, received } = file;
    return { types: [], problems: [{ file: path, line: 1, column: 1, path: "", expected, received }] };
  }
  const { documents, problems } = parseDocuments(file.text, file.name);
  const [document] = documents;
  if (problems.length > 0 || document === undefined)
    return {
      types: [],
      problems:
        problems.length > 0
          ? problems
          : [{ file: file.name, line: 1, column: 1, path: "", expected: "node types", received: "an empty file" }],
    };
  const checked = validateBy(nodeTypesSchema, document.value);
  const names = checked.data?.types.map(({ name }) => name) ?? [];
  const twice = names.flatMap((name, i) =>
    names.indexOf(name) < i ? [{ path: ["types", i, "name"], expected: "each name once", received: name }] : [],
  );
  const all = [...checked.problems, ...twice];
  return { types: all.length > 0 ? [] : (checked.data?.types ?? []), problems: located(document, all) };
}
