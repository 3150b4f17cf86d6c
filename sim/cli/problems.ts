// Mistakes in files as people read them: one line each, the first ones in full, the rest counted.
import { type FileProblem, problemText } from "../model/problem.ts";

const SHOWN = 50;

/** What problems of options carry instead of a file's name; those of --set carry that. */
export const COMMAND_LINE = "command line";

function lineOf(problem: FileProblem): string {
  if (problem.file !== COMMAND_LINE && problem.file !== "--set") return problemText(problem);
  return `${problem.file}: expected ${problem.expected}${problem.received === "" ? "" : `, found ${problem.received}`}`;
}

export function formatProblems(problems: readonly FileProblem[]): string {
  const lines = problems.slice(0, SHOWN).map(lineOf);
  if (problems.length > SHOWN) lines.push(`… and ${problems.length - SHOWN} more`);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `${count}\n${lines.join("\n")}`;
}
