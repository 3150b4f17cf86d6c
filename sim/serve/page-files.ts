// The page itself: the few files that the build has put beside the program, read once. Nothing else on the disk is ever served.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { STYLE } from "../../reports/html/style.ts";
import { type Answer, Refusal } from "./exchange.ts";
import { SECURITY_HEADERS } from "./guard.ts";

const FILES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/app.js": ["app.js", "text/javascript; charset=utf-8"],
  "/app.css": ["app.css", "text/css; charset=utf-8"],
  "/theme.css": ["", "text/css; charset=utf-8"],
  "/licences.txt": ["licences.txt", "text/plain; charset=utf-8"],
  "/icon.svg": ["icon.svg", "image/svg+xml"],
};

export class PageFiles {
  private readonly texts = new Map<string, string>();

  /** @param folder URL of the folder of the built page, with a slash at its end */
  constructor(folder: URL) {
    for (const [path, [name]] of Object.entries(FILES))
      if (name !== "") this.texts.set(path, readFileSync(new URL(name, folder), "utf8"));
    this.texts.set("/theme.css", STYLE);
  }

  /** @throws Refusal when there is no such file */
  answer(path: string): Answer {
    const text = this.texts.get(path);
    const file = FILES[path];
    if (text === undefined || file === undefined) throw new Refusal(404, "there is nothing here");
    const headers = { "content-type": file[1] };
    if (path !== "/") return { status: 200, headers, body: text };
    // the editor makes its styles while it runs: they carry what only this load of the page knows
    const nonce = randomBytes(16).toString("base64");
    const policy = SECURITY_HEADERS["content-security-policy"]!.replace("'nonce'", `'nonce-${nonce}'`);
    return {
      status: 200,
      headers: { ...headers, "content-security-policy": policy },
      body: text.replace("{{nonce}}", nonce),
    };
  }
}
