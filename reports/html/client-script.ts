// The script of reports as one text: `npm run build` puts client/*.ts together beside this file.
import { readFileSync } from "node:fs";

export function clientScript(): string {
  return readFileSync(new URL("./client.js", import.meta.url), "utf8").trim();
}
