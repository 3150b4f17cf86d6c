// The reference of all kinds of fault as Markdown, from their declarations: the last part of docs/FAULTS.md.
import { formatDuration } from "../../sim/engine/tick.ts";
import { FAULT_KINDS } from "../../sim/faults/registry.ts";
import { FACTS } from "../../sim/model/condition.ts";
import type { FaultDeclaration, ParameterSpec } from "../../sim/model/fault-plan.ts";

/** Where the reference begins in the file. */
export const MARK = "<!-- from here on made by: node dist/test/faults/run-reference.js -->";

export function faultReference(): string {
  return [MARK, "", "## Facts", "", ...factTable(), "", "## Kinds", "", ...FAULT_KINDS.flatMap(kindText)].join("\n");
}

function factTable(): string[] {
  const rows = FACTS.map(
    (fact) => `| \`${fact.name}${"ofMember" in fact ? "(member)" : ""}\` | ${valueText(fact)} | ${fact.what} |`,
  );
  return ["| fact | values | |", "|---|---|---|", ...rows];
}

function valueText(fact: (typeof FACTS)[number]): string {
  if ("words" in fact) return fact.words.join(", ");
  if (fact.unit === "text") return "a member, or none";
  return { count: "number", bytes: "bytes, `1.5Gi`", duration: "duration" }[fact.unit];
}

function kindText(kind: FaultDeclaration): string[] {
  const rows = Object.entries(kind.parameters).map(
    ([name, spec]) => `| \`${name}\` | ${typeText(spec)} | ${defaultText(spec)} | ${spec.doc} |`,
  );
  const table = ["| parameter | | default | |", "|---|---|---|---|", ...rows, ""];
  return [
    `### ${kind.name}`,
    "",
    kind.doc,
    "",
    ...(rows.length > 0 ? table : []),
    `${targetText(kind)} ${courseText(kind)}`,
    "",
    `    ${kind.example}`,
    "",
  ];
}

function targetText({ isSelectable, selection }: FaultDeclaration): string {
  const { role, count } = selection;
  const one = role === undefined || role === null || role === "any" ? "member" : role;
  const who = count === 1 ? `one ${one}, drawn at random` : role === "leader" ? "the leader" : "all members";
  return isSelectable ? `Hits ${who}, unless it selects others.` : "Whom it hits cannot be selected.";
}

function courseText({ course, hasDuration, defaultForMicros }: FaultDeclaration): string {
  const lasts = defaultForMicros === null ? "until the run ends" : formatDuration(defaultForMicros);
  if (hasDuration) return `Default of \`for\`: ${lasts}.`;
  return course === "instant" ? "It is over at once." : "It ends by itself.";
}

function typeText(spec: ParameterSpec): string {
  switch (spec.type) {
    case "choice":
      return spec.words.map((word) => `\`${word}\``).join(", ");
    case "randomDuration":
      return "duration, may be random";
    case "flag":
      return "true or false";
    case "bytes":
      return "bytes, `64Ki`";
    case "share":
      return "share, `30%`";
    case "count":
    case "number":
      return `${spec.min} to ${spec.max}`;
    default:
      return spec.type;
  }
}

function defaultText(spec: ParameterSpec): string {
  const value = spec.default;
  if (value === undefined) return "";
  if (spec.type === "duration" && typeof value === "number") return formatDuration(value);
  if (spec.type === "share" && typeof value === "number") return `${value * 100}%`;
  if (typeof value === "object" && "kind" in value)
    return value.kind === "constant" ? formatDuration(value.value) : value.kind;
  return String(value);
}
