// A module hook for Node versions that do not read TypeScript themselves: takes the types out of `.ts` files as they are
// loaded. Registered only when a custom plugin is written in TypeScript.
import { readFileSync } from "node:fs";
import type { LoadHook } from "node:module";
import { fileURLToPath } from "node:url";
import { transformSync } from "amaro";

export const load: LoadHook = (url, context, nextLoad) => {
  if (!url.startsWith("file:") || !url.endsWith(".ts")) return nextLoad(url, context);
  const { code } = transformSync(readFileSync(fileURLToPath(url), "utf8"), { mode: "strip-only" });
  return { format: "module", source: code, shortCircuit: true };
};
