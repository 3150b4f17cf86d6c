// The form that all answers to capacity questions have: one sentence, numbers, a table, how it was found, and what stands in the way.
import type { Binding } from "./binding.ts";

export type Cell = string | number | null;

export interface AnswerTable {
  /** Units last, as in all tables. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Answer {
  /** As the command is called. */
  readonly question: string;
  /** In one sentence. */
  readonly answer: string;
  /** Numbers by name; null = not known. */
  readonly values: Readonly<Record<string, Cell | boolean>>;
  readonly table: AnswerTable;
  /** How it was found and what it rests on, one sentence each. */
  readonly reasoning: readonly string[];
  /** What stands in the way of more; null when nothing does. */
  readonly binding: Binding | null;
  /** What was required; null when nothing was. */
  readonly met: boolean | null;
}
