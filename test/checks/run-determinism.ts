// npm run check:determinism
import { checkDeterminism } from "./determinism.ts";
import { readSources, report } from "./source-tree.ts";

const files = readSources(["sim", "reports"]);
report(
  "determinism",
  files,
  files.flatMap((file) => checkDeterminism(file)),
);
