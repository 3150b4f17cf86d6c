// All capacity questions. A new one is one file that exports a yargs CommandModule, and one line here.
import type { CommandModule } from "yargs";
import { drainQuestion } from "./drain.ts";
import { fitMoreQuestion } from "./fit-more.ts";
import { headroomQuestion } from "./headroom.ts";
import { mixQuestion } from "./mix.ts";
import { nodesQuestion } from "./nodes.ts";
import { preemptQuestion } from "./preempt.ts";
import { rightsizeQuestion } from "./rightsize.ts";
import { shrinkQuestion } from "./shrink.ts";
import { surviveQuestion } from "./survive.ts";

export const QUESTIONS: readonly CommandModule<object, never>[] = [
  fitMoreQuestion,
  nodesQuestion,
  mixQuestion,
  shrinkQuestion,
  surviveQuestion,
  headroomQuestion,
  drainQuestion,
  preemptQuestion,
  rightsizeQuestion,
] as readonly CommandModule<object, never>[];
