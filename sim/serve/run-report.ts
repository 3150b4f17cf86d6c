// The HTML report of one run, straight from its result: what `kubedrill report` reads from the tables of a folder.
import { REPORTS } from "../../reports/columns/registry.ts";
import { headerOf, rowsOf } from "../../reports/csv.ts";
import { clientScript } from "../../reports/html/client-script.ts";
import { INPUTS, ReportCollector } from "../../reports/html/collect.ts";
import { renderReport } from "../../reports/html/report.ts";
import type { Result } from "../metrics/result.ts";

export function runReport(result: Result): string {
  const collector = new ReportCollector();
  for (const name of INPUTS) {
    const report = REPORTS.find((each) => each.name === name);
    if (report === undefined) continue;
    const take = collector.open(name, headerOf(report));
    for (const row of rowsOf(report, result)) if (!take(row)) break;
  }
  return renderReport(collector.finish(), clientScript());
}
