// All capacity questions. A new one is one file that exports a yargs CommandModule, and one line here.
import type { CommandModule } from "yargs";
import { fitMoreQuestion } from "./fit-more.ts";
import { nodesQuestion } from "./nodes.ts";
import { surviveQuestion } from "./survive.ts";

export const QUESTIONS: readonly CommandModule<object, never>[] = [
  fitMoreQuestion,
  nodesQuestion,
  surviveQuestion,
] as readonly CommandModule<object, never>[];
