// The page in a headless Chromium, as a person uses it: writes with completion, sees mistakes, runs, moves through time, compares, saves.
// Skipped, with a count, where there is no Chromium.
// test-timeout: 300s
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Serving, serve } from "../../sim/serve/server.ts";
import { axe } from "./axe.ts";
import { chromiumPath, openChromium } from "./chromium.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-page-"));
const SCENARIO = `apiVersion: kubedrill/v1alpha1
kind: Scenario
metadata: { name: drill }
spec:
  duration: 10m
  cluster:
    start: settled
    nodePools: [{ name: n, count: 6, zones: [a, b, c], machine: { cpu: 4, memory: 8Gi } }]
  workload:
    - arrivals: { shape: { spec: { containers: [{ name: c, resources: { requests: { cpu: 500m, memory: 128Mi } } }] } }, every: { exponential: 10s }, lifetime: 2m }
  expect: [pending == 0]
`;
writeFileSync(join(folder, "drill.yaml"), SCENARIO);
const path = chromiumPath();
const browserTest = path === undefined ? test.skip : test;
if (path === undefined) console.log("no Chromium: the page is not tested in a browser");

let serving: Serving;
let browser: Browser;
let page: Page;
/** What should not happen: errors of scripts, refusals of the policy, requests elsewhere. */
const faults: string[] = [];

test.before(async () => {
  if (path === undefined) return;
  serving = await serve({ folder, port: 0, timeoutMillis: 60_000, memoryBytes: 2 ** 30 });
  browser = await openChromium(path);
  page = await open();
});
test.after(async () => {
  await browser?.close();
  await serving?.close();
  rmSync(folder, { recursive: true });
});

async function open(
  options: Parameters<Browser["newPage"]>[0] = { viewport: { width: 1300, height: 900 } },
): Promise<Page> {
  const opened = await browser.newPage(options);
  opened.setDefaultTimeout(40_000);
  opened.on("pageerror", (error) => faults.push(error.message));
  opened.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  opened.on("request", (request) => {
    if (!request.url().startsWith(`http://127.0.0.1:${serving.port}/`) && !request.url().startsWith("blob:"))
      faults.push(`request of ${request.url()}`);
  });
  opened.on("dialog", (dialog) => void dialog.accept());
  await opened.goto(serving.url);
  await opened.getByText("✓ valid").waitFor();
  return opened;
}

/** The editor's text. */
async function textOf(): Promise<string> {
  return (await page.locator(".cm-line").allInnerTexts()).map((line) => line.replace(/\n$/, "")).join("\n");
}

async function runAndWait(seed: string): Promise<void> {
  const before = await page.locator(".runs li").count();
  await page.getByRole("button", { name: "Scenario", exact: true }).click();
  await page.getByLabel("seed").fill(seed);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page
    .locator(`.runs li[data-run="${before + 1}"] .mark.good, .runs li[data-run="${before + 1}"] .mark.bad`)
    .waitFor();
  await page.locator(".result-view .tiles").waitFor();
}

browserTest("the address gives its token away to nobody: it is gone once the page is there", () => {
  assert.is(page.url(), `http://127.0.0.1:${serving.port}/`);
});

browserTest("keys and words are completed from the schema, in block and in bracket style", async () => {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type("  faul");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "faults" }).waitFor();
  // the editor takes no key for a choice right after the list has come up
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
  await page.keyboard.type("{ id: zone-b, at: 3m, zoneOu");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "zoneOutage" }).waitFor();
  await page.waitForTimeout(200);
  await page.keyboard.press("Enter");
  await page.keyboard.type("zone: b, for: 3m");
  await page.getByText("✓ valid").waitFor();
  assert.match(await textOf(), /\n {2}faults:\n {4}- \{ id: zone-b, at: 3m, zoneOutage: \{ ?zone: b, for: 3m ?\} ?\}/);
});

browserTest("what a key means is shown where the pointer rests on it", async () => {
  await page.locator(".cm-line", { hasText: "duration: 10m" }).locator("span", { hasText: "duration" }).first().hover();
  const doc = page.locator(".cm-tooltip .schema-doc");
  await doc.waitFor();
  assert.match(await doc.innerText(), /virtual time/);
  await page.mouse.move(5, 5);
});

browserTest("mistakes stand at their places, in the words of kubedrill validate", async () => {
  const line = page.locator(".cm-line", { hasText: "duration: 10m" });
  await line.click();
  await page.keyboard.press("End");
  await page.keyboard.type("x");
  const mistake = page.locator(".problems li");
  await mistake.waitFor();
  assert.match(await mistake.innerText(), /^drill\.yaml:5:13: spec\.duration: expected a duration.*, found "10mx"$/);
  await page.locator(".cm-lintRange-error").waitFor();
  assert.is(await page.locator(".cm-lintRange-error").innerText(), "10mx");
  await mistake.getByRole("button").click();
  await page.keyboard.press("End");
  await page.keyboard.press("Backspace");
  await page.getByText("✓ valid").waitFor();
});

browserTest("a run shows its result: expectations, numbers, courses with the fault's band, tables", async () => {
  await runAndWait("1");
  assert.match(
    await page.locator(".result-view .badge").first().innerText(),
    /all expectations hold|expectations fail/,
  );
  assert.ok((await page.locator(".result-view .tile").count()) > 8);
  assert.ok((await page.locator(".result-view figure.time").count()) >= 4);
  assert.is(await page.locator(".result-view figure.time .band").first().count(), 1);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "pods.csv" }).click(),
  ]);
  assert.is(download.suggestedFilename(), "pods.csv");
  assert.match(readFileSync((await download.path())!, "utf8"), /^schema_version,.*\n1,/);
});

browserTest("the slider moves the map: nodes go and come back, and a chosen one shows its pods", async () => {
  await page.getByRole("button", { name: "Cluster", exact: true }).click();
  const slider = page.getByLabel("virtual time");
  const totals = page.locator(".totals");
  await page.locator(".cells path").first().waitFor();
  await slider.fill("400");
  assert.match(await totals.innerText(), /^6 nodes · /);
  await slider.fill("2300");
  assert.match(await totals.innerText(), /^6 nodes, 2 not ready, 2 with a fault/);
  assert.is(await page.locator('[aria-label^="Nodes of zone b"] path.down').count(), 1);
  assert.is(await slider.getAttribute("aria-valuetext"), "5m45s");
  await slider.fill("4000");
  assert.match(await totals.innerText(), /^6 nodes · /);
  // from here back to the last happenings, by their buttons
  await page.getByLabel("to the happening before").click();
  assert.is.not(await slider.getAttribute("aria-valuetext"), "10m");
  await page.locator('svg[aria-label^="Nodes of zone c"]').focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.locator(".detail h2", { hasText: /^n-\d$/ }).waitFor();
  await slider.fill("1200");
  await page.locator(".detail .pods li").first().waitFor();
  assert.match(await page.locator(".detail").innerText(), /zone\s+c[\s\S]*requested[\s\S]*running since/);
  await page.getByText("nodes as a table").click();
  await page.locator(".cluster-view tbody tr").nth(5).waitFor();
  assert.is(await page.locator(".cluster-view tbody tr").count(), 6);
});

browserTest("kubectl's view at the slider's time", async () => {
  await page.getByLabel("virtual time").fill("2300");
  await page.getByLabel("kubectl command").fill("get nodes");
  await page.getByRole("button", { name: "Show" }).click();
  await page.locator(".look", { hasText: "NAME" }).waitFor();
  assert.match(await page.locator(".look").innerText(), /^# at 5m45s: get nodes\nNAME +STATUS[\s\S]*\nn-1 +NotReady/);
});

browserTest("two runs are compared: differences with their better side, and courses over each other", async () => {
  await runAndWait("2");
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.locator(".deltas tbody tr").first().waitFor();
  assert.is(await page.getByLabel("baseline run").inputValue(), "1");
  assert.is(await page.getByLabel("candidate run").inputValue(), "2");
  assert.match(await page.locator(".deltas").innerText(), /better|worse|changed/);
  const legend = await page.locator(".compare-view figure.time .legend").first().innerText();
  assert.match(legend, /baseline[\s\S]*candidate/);
  assert.is(await page.locator(".compare-view figure.time").first().locator("path.line").count(), 2);
});

browserTest("a run is cancelled from the list", async () => {
  await page.getByRole("button", { name: "Scenario", exact: true }).click();
  await page.locator(".cm-line", { hasText: "duration: 10m" }).click();
  await page.keyboard.press("End");
  await page.keyboard.press("Backspace");
  await page.keyboard.type("d");
  await page.getByText("✓ valid").waitFor();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const bar = page.getByRole("progressbar", { name: "run 3" });
  await bar.waitFor();
  await page.getByRole("button", { name: "cancel run 3" }).click();
  await page.locator('.runs li[data-run="3"]', { hasText: "cancelled" }).waitFor();
  assert.is(await bar.count(), 0);
});

browserTest("what was written is saved by the keyboard, and not over somebody else's", async () => {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+s");
  await page.locator(".toolbar", { hasText: "saved" }).waitFor();
  await page.locator(".status", { hasText: "drill.yaml saved" }).waitFor();
  assert.match(readFileSync(join(folder, "drill.yaml"), "utf8"), /duration: 10d\n[\s\S]*zoneOutage/);
  writeFileSync(join(folder, "drill.yaml"), SCENARIO);
  await page.keyboard.press("Control+End");
  await page.keyboard.type("# mine");
  await page.keyboard.press("Control+s");
  await page.locator(".status", { hasText: "has been changed by somebody else" }).waitFor();
  assert.is(readFileSync(join(folder, "drill.yaml"), "utf8"), SCENARIO);
});

browserTest("whoever has no token is told where it is", async () => {
  const context = await browser.newContext();
  const stranger = await context.newPage();
  await stranger.goto(`http://127.0.0.1:${serving.port}/`);
  await stranger.getByText("open the address that kubedrill serve has printed").waitFor();
  await context.close();
});

browserTest("every view is accessible, light and dark, and fits a narrow screen", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    const context = await browser.newContext({ colorScheme, viewport: { width: 390, height: 800 } });
    const narrow = await context.newPage();
    await narrow.goto(serving.url);
    await narrow.getByText("✓ valid").waitFor();
    for (const view of ["Scenario", "Result", "Cluster", "Compare"]) {
      if (view === "Result") {
        await narrow.locator("summary", { hasText: "Runs" }).click();
        await narrow.locator('.runs li[data-run="2"] button.run').click();
        await narrow.locator(".result-view .tiles").waitFor();
      } else await narrow.getByRole("button", { name: view, exact: true }).click();
      if (view === "Cluster") await narrow.locator(".cells path").first().waitFor();
      if (view === "Compare") await narrow.locator(".deltas tbody tr").first().waitFor();
      assert.equal((await axe(narrow)).violations, [], `${view}, ${colorScheme}`);
      const width = await narrow.evaluate("document.documentElement.scrollWidth");
      assert.ok(Number(width) <= 390, `${view} is ${width} wide`);
    }
    await context.close();
  }
});

browserTest("all of it without an error, a refusal of the policy, or a request elsewhere", () => {
  assert.equal(
    faults.filter((fault) => !/status of (401|409)/.test(fault)),
    [],
  );
});

test.run();
