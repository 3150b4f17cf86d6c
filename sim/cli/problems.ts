// Mistakes in files as people read them: one line each, the first ones in full, the rest counted.
import { type FileProblem, problemText } from "../model/problem.ts";

const SHOWN = 50;

export function formatProblems(problems: readonly FileProblem[]): string {
  const lines = problems.slice(0, SHOWN).map(problemText);
  if (problems.length > SHOWN) lines.push(`… and ${problems.length - SHOWN} more`);
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `${count}\n${lines.join("\n")}`;
}
