// Reports in headless Chromium: they ask no network for anything, nothing is refused by their own policy, axe-core finds nothing, and what can be
// done with a mouse can be done with keys.
// test-timeout: 300s
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { kubedrill } from "../cli/command.ts";
import { axe } from "./axe.ts";
import { chromiumPath, openChromium, type Watch, watch } from "./chromium.ts";

const path = chromiumPath();
const test = suite("report in a browser");
let browser: Browser;
let folder = "";
let single = "";
let several = "";

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubedrill-browser-"));
  single = join(folder, "single");
  several = join(folder, "several");
  assert.is(kubedrill(["run", "scenarios/failures/zone-outage.yaml", "--out", single]).code, 0);
  const compare = ["compare", "scenarios/compare/spread-or-pack.yaml", "--seeds", "1..9", "--out", several];
  assert.is(kubedrill(compare).code, 0);
  browser = await openChromium(path!);
});

test.after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(of: string, options: Parameters<Browser["newPage"]>[0] = {}): Promise<{ page: Page; seen: Watch }> {
  const page = await browser.newPage(options);
  const seen = await watch(page);
  await page.goto(`file://${join(of, "report.html")}`);
  return { page, seen };
}

/** All but tables to look into, of which a few are enough. */
const OPEN_ALL = `document.querySelectorAll("details:not(.data-table), #table-nodes, #table-leaders, #table-events").forEach((one) => { one.open = true; })`;

for (const [name, options] of [
  ["light", { viewport: { width: 1280, height: 900 }, colorScheme: "light" }],
  ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
  ["narrow", { viewport: { width: 390, height: 800 }, colorScheme: "light" }],
] as const) {
  test(`${name}: no request, no refusal, nothing that axe-core objects to, with its parts opened`, async () => {
    for (const of of name === "light" ? [single, several] : [single]) {
      const { page, seen } = await open(of, options);
      await page.evaluate(OPEN_ALL);
      await page.waitForSelector("details.data-table tbody tr");
      const { passes, violations } = await axe(page);
      assert.equal(violations, []);
      assert.ok(passes > 20, `${passes} rules were looked at`);
      assert.equal(seen.requests, []);
      assert.equal(seen.problems, []);
      // nothing but tables, which scroll by themselves, is wider than the window
      assert.ok(
        await page.evaluate("document.documentElement.scrollWidth <= innerWidth"),
        "the page is wider than the window",
      );
      await page.close();
    }
  });
}

test("keys move the cursor of all charts, and values follow", async () => {
  const { page } = await open(single);
  await page.focus("input.time-cursor");
  for (let i = 0; i < 3; i++) await page.keyboard.press("PageUp");
  assert.is(await page.textContent("output.time-cursor"), "9m");
  const ready = await page.textContent("#timelines-0-nodes .legend li:nth-child(2) b");
  assert.is(ready, "6 ", "three of nine nodes are out at nine minutes");
  assert.is(await page.getAttribute("input.time-cursor", "aria-valuetext"), "9m");
  await page.close();
});

test("every chart has its numbers as a table", async () => {
  const { page } = await open(single);
  const charts = await page.locator("figure.time").count();
  assert.ok(charts >= 8, `${charts} charts`);
  const details = page.locator("figure.time details");
  assert.is(await details.count(), charts);
  const nodes = page.locator("#timelines-0-nodes details");
  await nodes.locator("summary").focus();
  await page.keyboard.press("Enter");
  const rows = await nodes.locator("tbody tr").allTextContents();
  assert.is(rows.length, 24);
  assert.ok(
    rows.some((row) => row.endsWith("6 – 9")),
    "the outage is in the table",
  );
  await page.close();
});

test("tables sort by their heads and filter by words, columns and numbers", async () => {
  const { page } = await open(single);
  const pods = page.locator("#table-pods");
  await pods.locator("summary").focus();
  await page.keyboard.press("Enter");
  const status = () => pods.locator("[role=status]").textContent();
  assert.is(await status(), "rows 1 – 21 of 21");
  await pods.locator("input").fill("web state=running");
  assert.is(await status(), "rows 1 – 6 of 6");
  await pods.locator("input").fill("created_s>100");
  assert.ok(/of 3$/.test((await status()) ?? ""), `${await status()}`);
  await pods.locator("input").fill("");
  const head = pods.locator("th button", { hasText: /^created_s/ });
  await head.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  assert.is(await pods.locator("th[aria-sort=descending]").count(), 1);
  const heads = await pods.locator("th").allTextContents();
  const column = heads.findIndex((text) => text.startsWith("created_s"));
  const created = await pods.locator(`tbody td:nth-child(${column + 1})`).allTextContents();
  assert.equal(
    created.map(Number),
    created.map(Number).sort((a, b) => b - a),
  );
  await page.close();
});

test("a link to a table opens it", async () => {
  const { page } = await open(single);
  await page.click("#leaders a[href='#table-leaders']");
  await page.waitForSelector("#table-leaders[open] tbody tr");
  await page.close();
});

test("the map is coloured by another measure, and tells what a cell is", async () => {
  const { page } = await open(single);
  const before = await page.innerHTML("[data-zone='0'] svg");
  await page.selectOption("select.measure", { label: "time not ready" });
  assert.is.not(await page.innerHTML("[data-zone='0'] svg"), before);
  await page.hover("[data-zone='0'] svg", { position: { x: 5, y: 5 } });
  const told = () => page.textContent("output.cell");
  assert.match((await told()) ?? "", /^\S+ \(zone a, .*time not ready 3\d/);
  await page.focus("[data-zone='2'] svg");
  await page.keyboard.press("ArrowRight");
  const first = await told();
  await page.keyboard.press("ArrowRight");
  assert.match((await told()) ?? "", /^\S+ \(zone c, /);
  assert.is.not(await told(), first);
  await page.close();
});

test("a run that is chosen in one section is shown in all", async () => {
  const { page } = await open(several);
  assert.is(await page.locator(".of-run:visible").count(), 3);
  await page.selectOption("#placement-run", "1");
  const shown = await page
    .locator(".of-run:visible")
    .evaluateAll((all) => all.map((one) => (one as { dataset?: { run?: string } }).dataset?.run));
  assert.equal(shown, ["1", "1", "1"]);
  await page.close();
});

test("colours are the system's until somebody chooses", async () => {
  const { page } = await open(single, { colorScheme: "dark" });
  const ground = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
  const dark = await ground();
  await page.click(".theme button[data-set=light]");
  assert.is.not(await ground(), dark);
  await page.click(".theme button[data-set='']");
  assert.is(await ground(), dark);
  await page.close();
});

test("without scripts all that is not a table to look into can be read, every run of it", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`file://${join(several, "report.html")}`);
  assert.ok(await page.isVisible("#summary table"));
  assert.ok(await page.isVisible("#timelines-1-pods"));
  await context.close();
});

test("printed on white, whatever the theme", async () => {
  const { page } = await open(single, { colorScheme: "dark" });
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  assert.is(await page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
  const card = await page.evaluate("getComputedStyle(document.querySelector('section.card')).backgroundColor");
  assert.is(card, "rgb(255, 255, 255)");
  assert.not.ok(await page.isVisible("nav.contents"));
  await page.close();
});

if (path === undefined) console.log("skipped: 12 (no Chromium here: apt-get install chromium)");
else test.run();
