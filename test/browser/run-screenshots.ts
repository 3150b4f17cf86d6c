// Pictures of a page, to be looked at: light, dark, narrow, and as printed. Usage: node dist/test/browser/run-screenshots.js REPORT… FOLDER
import { basename, dirname, join, resolve } from "node:path";
import { chromiumPath, openChromium, watch } from "./chromium.ts";

const files = process.argv.slice(2, -1);
const folder = resolve(process.argv.at(-1) ?? ".");
const path = chromiumPath();
if (path === undefined || files.length === 0) {
  console.error("run-screenshots REPORT… FOLDER; needs chromium");
  process.exit(2);
}
const browser = await openChromium(path);
for (const file of files) {
  const name = basename(dirname(resolve(file)));
  for (const [kind, width, colorScheme] of [
    ["light", 1280, "light"],
    ["dark", 1280, "dark"],
    ["narrow", 390, "light"],
  ] as const) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    const seen = await watch(page);
    await page.goto(`file://${resolve(file)}`);
    await page.screenshot({ path: join(folder, `${name}-${kind}.png`), fullPage: true });
    console.log(
      `${name}-${kind}.png: ${seen.requests.length} requests, ${seen.problems.length} problems ${seen.problems[0] ?? ""}`,
    );
    await page.close();
  }
  const page = await browser.newPage();
  await page.goto(`file://${resolve(file)}`);
  await page.pdf({
    path: join(folder, `${name}-print.pdf`),
    format: "A4",
    margin: { top: "12mm", bottom: "12mm", left: "12mm", right: "12mm" },
  });
  await page.close();
}
await browser.close();
