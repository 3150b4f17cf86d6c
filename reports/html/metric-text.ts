// A number of summary.csv for people: its unit stands at the end of its name.
import { SUMMARY_COLUMNS } from "../../sim/metrics/summary.ts";
import { duration, readable } from "./numbers.ts";

const GIB = 1024 * 1024 * 1024;

const DOCS: ReadonlyMap<string, string> = new Map(SUMMARY_COLUMNS.map(({ name, doc }) => [name, doc]));

/** @param value in the unit of the name */
export function metricText(name: string, value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (name.endsWith("_pct"))
    return `${readable(round(value, value >= 99 && value < 100 ? 3 : Math.abs(value) >= 10 ? 1 : 2))} %`;
  if (name.endsWith("_s")) return duration(value);
  if (name.endsWith("_ms")) return duration(value / 1000);
  if (name.endsWith("_b")) return `${readable(round(value / GIB, 2))} GiB`;
  if (name.endsWith("_m")) return `${readable(round(value / 1000, 2))} cores`;
  return readable(round(value, 4));
}

/** What the column means; the name itself where nobody knows. */
export function metricDoc(name: string): string {
  return DOCS.get(name) ?? name;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
