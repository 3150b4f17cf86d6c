// results.json against its published schema, and Parquet files against the CSV tables that they are made from, read by another library.
// test-timeout: 120s
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { z } from "zod";
import { documentSchema } from "../../reports/json-schemas.ts";
import { writeParquet } from "../../sim/cli/parquet.ts";
import { CsvTable } from "../../sim/scenario/csv.ts";
import { repositoryRoot } from "../checks/source-tree.ts";
import { kubedrill } from "./command.ts";

const folder = mkdtempSync(join(tmpdir(), "kubedrill-formats-"));
test.after(() => rmSync(folder, { recursive: true }));

const fixture = join(repositoryRoot, "test/fixtures/batch/tiny-variants.yaml");
const out = join(folder, "out");
const checks = (kind: "results" | "comparison") => z.fromJSONSchema(JSON.parse(documentSchema(kind)));

interface Results {
  readonly runs: readonly {
    readonly scenario: string;
    readonly seed: string;
    readonly summary: Readonly<Record<string, number | null>>;
  }[];
  readonly statistics: readonly unknown[];
  readonly differences: readonly unknown[];
}

function csv(path: string): CsvTable {
  return new CsvTable(readFileSync(path, "utf8"), path);
}

test("a batch with all formats: the CSV tables are what they are without, and the others stand beside them", () => {
  const { code } = kubedrill([
    "batch",
    fixture,
    "--seeds",
    "1..3",
    "--workers",
    "1",
    "--out",
    out,
    "--also",
    "json",
    "parquet",
  ]);
  assert.is(code, 0);
  const names = readdirSync(out);
  assert.ok(names.includes("results.json"));
  const tables = names.filter((name) => name.endsWith(".csv"));
  for (const name of tables) assert.ok(names.includes(name.replace(".csv", ".parquet")), name);
});

test("results.json fits its schema, and has what summary.csv, statistics.csv and differences.csv have", () => {
  const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results;
  const checked = checks("results").safeParse(results);
  assert.ok(checked.success, JSON.stringify(checked.error?.issues.slice(0, 3)));
  const summary = csv(join(out, "summary.csv"));
  assert.is(results.runs.length, summary.rows.length);
  for (const [row, run] of results.runs.entries()) {
    for (const [name, value] of Object.entries(run.summary)) {
      const text = summary.cell(row, summary.column(name, true));
      assert.is(value, text === "" ? null : Number(text), name);
    }
  }
  assert.is(results.statistics.length, csv(join(out, "statistics.csv")).rows.length);
  assert.is(results.differences.length, csv(join(out, "differences.csv")).rows.length);
});

test("the schema refuses what is not of it", () => {
  const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Results & Record<string, unknown>;
  for (const wrong of [
    { ...results, schemaVersion: "0" },
    { ...results, more: 1 },
    { ...results, runs: [{ ...results.runs[0], seed: 1 }] },
    { ...results, runs: [{ ...results.runs[0], summary: {} }] },
  ])
    assert.not(checks("results").safeParse(wrong).success);
});

test("run writes the same document, and compare's fits its own schema", () => {
  const single = join(folder, "single");
  kubedrill(["run", fixture, "--out", single, "--also", "json"]);
  const results = JSON.parse(readFileSync(join(single, "results.json"), "utf8")) as Results;
  assert.ok(checks("results").safeParse(results).success);
  assert.equal([results.runs.length, results.statistics.length], [3, 0]);
  const { out: text } = kubedrill(["compare", out, "--format", "json"]);
  const checked = checks("comparison").safeParse(JSON.parse(text));
  assert.ok(checked.success, JSON.stringify(checked.error?.issues.slice(0, 3)));
});

test("published schemas are those of the code", () => {
  for (const kind of ["results", "comparison"] as const) {
    assert.is(
      readFileSync(join(repositoryRoot, `scenarios/${kind}-schema.json`), "utf8"),
      kubedrill(["schema", kind]).out,
      `write it again: kubedrill schema ${kind} > scenarios/${kind}-schema.json`,
    );
  }
});

async function sameAsCsv(path: string, parquetPath: string): Promise<void> {
  const table = csv(path);
  const file = await asyncBufferFromFile(parquetPath);
  const { schema } = await parquetMetadataAsync(file);
  assert.equal(
    schema.slice(1).map(({ name }) => name),
    [...table.header],
  );
  const rows = (await parquetReadObjects({ file })) as Record<string, unknown>[];
  assert.is(rows.length, table.rows.length, path);
  for (const [i, row] of rows.entries()) {
    for (const [column, name] of table.header.entries()) {
      const text = table.rows[i]![column]!;
      const value = row[name];
      if (text === "") assert.is(value, null, `${path} ${name}`);
      else if (typeof value === "number") assert.is(value, Number(text), `${path} ${name}`);
      else assert.is(String(value), text, `${path} ${name}`);
    }
  }
}

test("Parquet has the rows, columns and values of every table; empty cells are null", async () => {
  for (const name of readdirSync(out).filter((file) => file.endsWith(".csv")))
    await sameAsCsv(join(out, name), join(out, name.replace(".csv", ".parquet")));
  const file = await asyncBufferFromFile(join(out, "summary.parquet"));
  const [first] = (await parquetReadObjects({ file })) as Record<string, unknown>[];
  assert.equal(
    [typeof first!.pods_created, typeof first!.pending_p99_s, typeof first!.result_valid, typeof first!.seed],
    ["bigint", "number", "boolean", "string"],
  );
});

test("quotes, line ends and commas in cells come through, in whatever pieces the file is read, over many row groups", async () => {
  const nasty = 'a ""quoted"", multi\nline, naïve';
  const lines = Array.from({ length: 120_000 }, (_, i) => (i % 7 === 0 ? `"${nasty} ${i}",${i}` : `plain ${i},`));
  const path = join(folder, "other.csv");
  writeFileSync(path, `text,value\n${lines.join("\n")}\n`);
  const chunks: Uint8Array[] = [];
  await writeParquet(path, (bytes) => chunks.push(bytes));
  const parquetPath = join(folder, "other.parquet");
  writeFileSync(parquetPath, Buffer.concat(chunks));
  assert.ok(chunks.length >= 3, "written as it goes");
  await sameAsCsv(path, parquetPath);
});

test.run();
