// All commands. A new one is one file that exports a yargs CommandModule, and one line here.
import type { CommandModule } from "yargs";
import { batchCommand } from "./batch.ts";
import { benchCommand } from "./bench.ts";
import { checkCommand } from "./check.ts";
import { compareCommand } from "./compare.ts";
import { describeCommand } from "./describe.ts";
import { explainCommand } from "./explain.ts";
import { fitCommand } from "./fit.ts";
import { getCommand } from "./get.ts";
import { importCommand } from "./import.ts";
import { initCommand } from "./init.ts";
import { mergeCommand } from "./merge.ts";
import { planCommand } from "./plan.ts";
import { reportCommand } from "./report.ts";
import { runCommand } from "./run.ts";
import { schemaCommand } from "./schema.ts";
import { searchCommand } from "./search.ts";
import { serveCommand } from "./serve.ts";
import { timelineCommand } from "./timeline.ts";
import { validateCommand } from "./validate.ts";
import { workerCommand } from "./worker.ts";

export const COMMANDS: readonly CommandModule<object, never>[] = [
  runCommand,
  batchCommand,
  mergeCommand,
  workerCommand,
  compareCommand,
  reportCommand,
  fitCommand,
  getCommand,
  describeCommand,
  timelineCommand,
  explainCommand,
  planCommand,
  searchCommand,
  serveCommand,
  benchCommand,
  checkCommand,
  validateCommand,
  schemaCommand,
  importCommand,
  initCommand,
] as readonly CommandModule<object, never>[];
