// npm run check:layers
import { checkLayers } from "./layers.ts";
import { readSources, report } from "./source-tree.ts";

const files = readSources(["sim", "reports", "bench", "test"]);
report("layers", files, checkLayers(files));
