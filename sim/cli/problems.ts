// Mistakes in files as people read them: one line each, the first ones in full, the rest counted.
import { type FileProblem, problemText } from "../model/problem.ts";

const SHOWN = 50;

/** What problems of options carry instead of a file's name; those of --set carry that. */
export const COMMAND_LINE = "command line";

function lineOf(problem: FileProblem): string {
  if (problem.file !== COMMAND_LINE && problem.file !== "--set") return problemText(problem);
  return `${optionOf(problem)}: expected ${problem.expected}${problem.received === "" ? "" : `, found ${problem.received}`}`;
}

// the option that a path of the scenario made from options (see load-plans.ts) stands for
function optionOf({ file, path }: FileProblem): string {
  const part = /^spec\.cluster\.nodePools\[0\]\.(count|zones|machine(?:\.extended)?(?:\.(\w+)|\["(.+)"\])?)/.exec(path);
  if (file !== COMMAND_LINE || part === null) return file;
  if (part[1] === "count") return "--nodes";
  if (part[1] === "zones") return "--zones";
  const resource = part[2] ?? part[3];
  return resource === undefined
    ? "--machine"
    : `--machine ${resource.replace("ephemeralStorage", "ephemeral-storage")}`;
}

export function formatProblems(problems: readonly FileProblem[]): string {
  const lines = problems.slice(0, SHOWN).map(lineOf);
  if (problems.length > SHOWN) lines.push(`… and ${problems.length - SHOWN} more`);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `${count}\n${lines.join("\n")}`;
}
