// The references of actions and of the functions of expectations as Markdown, from their declarations.
import { formatDuration } from "../../sim/engine/tick.ts";
import { VERBS } from "../../sim/kubectl/registry.ts";
import type { ActionDeclaration, ActionParameterSpec } from "../../sim/model/action-plan.ts";
import { FILTER_FIELDS, FUNCTIONS } from "../../sim/model/expectation/functions.ts";
import { METRICS } from "../../sim/model/expectation/metrics.ts";

/** Where the reference begins in the file. */
export const MARK = "<!-- from here on made by: node dist/test/kubectl/run-reference.js -->";

export function actionReference(): string {
  return [MARK, "", "## Actions", "", ...VERBS.flatMap(verbText)].join("\n");
}

function verbText({ doc, example, name, oneOf = [], parameters }: ActionDeclaration): string[] {
  const rows = Object.entries(parameters).map(
    ([key, spec]) => `| \`${key}\` | ${typeText(spec)} | ${defaultText(spec)} | ${spec.doc} |`,
  );
  const choice = oneOf.map((names) => `Exactly one of ${names.map((n) => `\`${n}\``).join(", ")}.`);
  return [
    `### ${name}`,
    "",
    doc,
    "",
    "| parameter | | default | |",
    "|---|---|---|---|",
    ...rows,
    "",
    ...(choice.length > 0 ? [...choice, ""] : []),
    `    ${example}`,
    "",
  ];
}

function typeText(spec: ActionParameterSpec): string {
  switch (spec.type) {
    case "choice":
      return spec.words.map((word) => `\`${word}\``).join(", ");
    case "flag":
      return "true or false";
    case "count":
      return `${spec.min} to ${spec.max}`;
    case "objects":
      return "`kind/name`, `kind/namespace/name`";
    case "textMap":
      return "mapping of texts";
    default:
      return spec.type;
  }
}

function defaultText(spec: ActionParameterSpec): string {
  if (spec.required === true) return "required";
  if (!("default" in spec) || spec.default === undefined) return "";
  return spec.type === "duration" ? formatDuration(spec.default) : String(spec.default);
}

export function expectReference(): string {
  const functions = FUNCTIONS.map(({ doc, example, name }) => `| \`${name}\` | ${doc} | \`${example}\` |`);
  const fields = Object.entries(FILTER_FIELDS).flatMap(([kind, known]) =>
    Object.entries(known).map(([field, doc]) => `| ${kind === "" ? "all" : kind} | \`${field}\` | ${doc} |`),
  );
  const metrics = METRICS.map(
    ({ aggregated, name, unit, what }) => `| \`${name}\` | ${unit}${aggregated ? ", aggregated" : ""} | ${what} |`,
  );
  return [
    MARK,
    "",
    "## Functions",
    "",
    "| function | | example |",
    "|---|---|---|",
    ...functions,
    "",
    "## Fields of filters",
    "",
    "Anything else is the key of a label; `label.KEY` means the label where a field has the same name.",
    "",
    "| kind | field | |",
    "|---|---|---|",
    ...fields,
    "",
    "## Metrics of the finished run",
    "",
    "| metric | unit | |",
    "|---|---|---|",
    ...metrics,
    "",
  ].join("\n");
}
