// A headless Chromium for tests of pages: the system's own (apt-get install chromium), driven by playwright-core; nothing is downloaded. Every
// page counts what it asks the network for.
import { existsSync } from "node:fs";
import type { Browser, Page } from "playwright-core";

const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
];

/** Of the browser's program; undefined where there is none. CHROMIUM names another. */
export function chromiumPath(): string | undefined {
  return [process.env.CHROMIUM ?? "", ...PLACES].find((path) => path !== "" && existsSync(path));
}

export async function openChromium(path: string): Promise<Browser> {
  // loaded only here: where there is no browser nothing of it is needed
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: path, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });
}

/** What a page did that a report must not do. */
export interface Watch {
  /** Requests but for the file itself, by the browser's own protocol (CDP). */
  readonly requests: string[];
  /** Errors of scripts, and what the content security policy refused. */
  readonly problems: string[];
}

export async function watch(page: Page): Promise<Watch> {
  const seen: Watch = { requests: [], problems: [] };
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", ({ request }) => {
    if (!request.url.startsWith("file:") && !request.url.startsWith("data:")) seen.requests.push(request.url);
  });
  page.on("pageerror", (error) => seen.problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") seen.problems.push(message.text());
  });
  return seen;
}
