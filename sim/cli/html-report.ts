// report.html: made from the CSV tables of a folder, whoever wrote them, so that a report made later has the same bytes.
import { statSync } from "node:fs";
import { join } from "node:path";
import { clientScript } from "../../reports/html/client-script.ts";
import { INPUTS, ReportCollector, type TakeRecord } from "../../reports/html/collect.ts";
import { renderReport } from "../../reports/html/report.ts";
import { readRecords } from "./csv-records.ts";
import { InputError } from "./failure.ts";
import { OutputDirectory } from "./output-directory.ts";

export const REPORT_FILE = "report.html";

/** Reads the tables of a folder. @throws InputError when it has none */
export async function reportOf(folder: string): Promise<string> {
  const collector = new ReportCollector();
  const isFile = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true;
  if (!isFile("summary.csv") && !isFile("compare.csv"))
    throw new InputError(`${folder} has no summary.csv: name a folder that run, batch, merge or compare has written`);
  for (const table of INPUTS) {
    const name = `${table}.csv`;
    if (isFile(name)) await readTable(join(folder, name), (header) => collector.open(table, header));
  }
  return renderReport(collector.finish(), clientScript());
}

/** Writes the report of a folder's tables beside them. @returns its name */
export async function writeReport(folder: string): Promise<string> {
  const text = await reportOf(folder);
  const output = new OutputDirectory(folder);
  try {
    output.append(REPORT_FILE, new TextEncoder().encode(text));
    output.commit();
  } catch (error) {
    output.discard();
    throw error;
  }
  return REPORT_FILE;
}

async function readTable(path: string, open: (header: readonly string[]) => TakeRecord): Promise<void> {
  let take: TakeRecord | undefined;
  await readRecords(path, (record) => {
    if (take !== undefined) return take(record);
    take = open(record);
    return true;
  });
}
