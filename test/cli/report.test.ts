// report.html: written with the tables unless somebody does without, made again of the folder alone with the same bytes, whatever the workers were.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { TINY } from "../batch/prove.ts";
import { kubedrill } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-report-test-"));
const at = (...names: string[]) => join(folder, ...names);
const read = (...names: string[]) => readFileSync(at(...names), "utf8");

test.after(() => rmSync(folder, { recursive: true, force: true }));

test("run writes it, and report makes the same bytes again from the tables", () => {
  const run = kubedrill(["run", TINY, "--out", at("run")]);
  assert.is(run.code, 0, run.err);
  assert.match(run.out, / tables and report\.html in /);
  const written = read("run", "report.html");
  rmSync(at("run", "report.html"));
  const report = kubedrill(["report", at("run")]);
  assert.match(report.out, /report\.html, \d+ KiB\n$/);
  assert.is(read("run", "report.html"), written);
  assert.match(written, /<meta http-equiv="Content-Security-Policy" content="default-src 'none'/);
  assert.not.match(written, /\b(src|href)="(?!#|data:)/, "nothing is loaded");
  assert.not.match(written, " style=", "the policy would refuse it");
});

test("--no-html leaves it out", () => {
  const run = kubedrill(["run", TINY, "--out", at("bare"), "--no-html"]);
  assert.is(run.code, 0, run.err);
  assert.not.ok(existsSync(at("bare", "report.html")));
  assert.match(run.out, /\d+ tables in /);
});

test("a batch's report is the same with one worker and with two", () => {
  for (const workers of ["1", "2"]) {
    const batch = kubedrill(["batch", TINY, "--seeds", "1..9", "--workers", workers, "--out", at(`batch-${workers}`)]);
    assert.is(batch.code, 0, batch.err);
  }
  assert.is(read("batch-1", "report.html"), read("batch-2", "report.html"));
  assert.match(read("batch-1", "report.html"), "9 runs: 1 scenario");
});

test("two finished batches that are compared have a report, too", () => {
  const compare = kubedrill(["compare", at("batch-1"), at("batch-2"), "--out", at("compared")]);
  assert.is(compare.code, 0, compare.err);
  assert.match(read("compared", "report.html"), '<section class="card" id="verdicts"');
});

test("what a run finds in its folder is not mixed into its report", () => {
  const fresh = read("run", "report.html");
  assert.is(kubedrill(["run", TINY, "--out", at("batch-1")]).code, 0);
  assert.ok(existsSync(at("batch-1", "statistics.csv")));
  assert.is(read("batch-1", "report.html"), fresh);
});

test("a folder without tables, and what is no folder, are bad input", () => {
  writeFileSync(at("file"), "");
  for (const [path, message] of [
    [at("none"), /none: no such folder/],
    [at("file"), /file: no such folder/],
    [folder, /has no summary\.csv/],
  ] as const) {
    const { code, err } = kubedrill(["report", path]);
    assert.is(code, 2);
    assert.match(err, message);
  }
});

test("an empty table and a foreign file do no harm", () => {
  writeFileSync(at("run", "events.csv"), "");
  writeFileSync(at("run", "notes.txt"), "mine");
  const report = kubedrill(["report", at("run")]);
  assert.is(report.code, 0, report.err);
  assert.ok(statSync(at("run", "report.html")).size > 10_000);
});

test.run();
