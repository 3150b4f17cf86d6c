// Numbers of a run as the page shows them.

import type { MetricColumn } from "../../sim/serve/protocol.ts";
import { duration, readable } from "../html/numbers.ts";

export function timeText(micros: number): string {
  return duration(micros / 1_000_000);
}

/** With its unit; "–" for what was not measured. */
export function metricText(value: number | null | undefined, { format, name }: MetricColumn): string {
  if (value === null || value === undefined) return "–";
  switch (format) {
    case "seconds":
      return timeText(value);
    case "millis":
      return `${readable(value / 1000)} ms`;
    case "percent":
      return `${readable(value)} %`;
    default:
      return name.endsWith("_b") ? bytesText(value) : readable(value);
  }
}

/** A difference, with its sign. */
export function deltaText(delta: number, column: MetricColumn): string {
  if (delta === 0) return "0";
  const text = metricText(Math.abs(delta), column);
  return `${delta > 0 ? "+" : "−"}${text}`;
}

export function bytesText(bytes: number): string {
  if (bytes < 0) return `−${bytesText(-bytes)}`;
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let [value, unit] = [bytes, 0];
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${readable(value)} ${units[unit]}`;
}

export function cpuText(milli: number): string {
  return milli % 1000 === 0 || milli >= 10_000 ? readable(milli / 1000) : `${readable(milli)}m`;
}

/** Names of columns as words: pods_never_scheduled → pods never scheduled. The unit at the end goes: values carry it. */
export function wordsOf(column: string): string {
  return column.replace(/_(s|ms|pct|b|m)$/, "").replaceAll("_", " ");
}
