// What is written besides the CSV tables: results.json run by run with them, and Parquet files made from them when they are there.
import { join } from "node:path";
import { ResultsJson, type RunDocument, type TogetherDocument } from "../../reports/results-json.ts";
import type { FileFormat } from "./input-options.ts";
import { OutputDirectory } from "./output-directory.ts";

export type { FileFormat } from "./input-options.ts";

const RESULTS = "results.json";

/** results.json, in the folder of the tables and at the same moment. */
export class ResultsDocument {
  private readonly output: OutputDirectory;
  private readonly json = new ResultsJson();
  private readonly encoder = new TextEncoder();

  constructor(output: OutputDirectory) {
    this.output = output;
  }

  run(run: RunDocument): void {
    this.output.append(RESULTS, this.encoder.encode(this.json.run(run)));
  }

  end(together?: TogetherDocument): void {
    this.output.append(RESULTS, this.encoder.encode(this.json.end(together)));
  }
}

/** Makes the other formats from the tables of a folder. @returns names of all files besides the tables */
export async function writeMore(
  folder: string,
  tables: readonly string[],
  formats: readonly FileFormat[],
): Promise<readonly string[]> {
  const names = formats.includes("json") ? [RESULTS] : [];
  if (formats.includes("parquet")) names.push(...(await writeParquetFiles(folder, tables)));
  if (formats.includes("html")) {
    const { writeReport } = await import("./html-report.ts");
    names.push(await writeReport(folder));
  }
  return names;
}

/** What was written, and where. */
export function writtenText(folder: string, files: readonly string[]): string {
  const isReport = (file: string) => file.endsWith(".html");
  const report = files.some(isReport) ? " and report.html" : "";
  return `${files.filter((file) => !isReport(file)).length} tables${report} in ${folder}`;
}

async function writeParquetFiles(folder: string, tables: readonly string[]): Promise<readonly string[]> {
  const names: string[] = [];
  // loaded only here: few ask for it
  const { writeParquet } = await import("./parquet.ts");
  const output = new OutputDirectory(folder);
  try {
    for (const table of tables) {
      const name = table.replace(/\.csv$/, ".parquet");
      await writeParquet(join(folder, table), (bytes) => output.append(name, bytes));
      names.push(name);
    }
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
  return names;
}
