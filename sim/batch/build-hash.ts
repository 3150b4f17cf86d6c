// The hash of the program that is running: of every file of it that can decide a byte of a report. Two builds of the same version must
// not share a batch.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** 16 hexadecimal digits over names and contents of the modules of `sim/` and `reports/`, but for those of the command line. */
export function buildHash(): string {
  const sim = dirname(dirname(fileURLToPath(import.meta.url)));
  const hash = createHash("sha256");
  for (const folder of [sim, join(dirname(sim), "reports")]) {
    const names = readdirSync(folder, { recursive: true }) as string[];
    for (const name of names.map((n) => n.replaceAll("\\", "/")).sort()) {
      if (!/\.[jt]s$/.test(name) || name.endsWith(".d.ts") || /^(cli|batch)\//.test(name)) continue;
      hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}
