// Selectors of the tools as texts that kubectl's -l takes.
import { DAY, parseDurationMicros, SECOND } from "../../engine/tick.ts";
import { isMapping } from "../flatten.ts";

/** Labels that must all be there. */
export function labelsText(labels: unknown): string {
  if (!isMapping(labels)) return "";
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
}

/** Requirements with operators; undefined when one is not of the four. */
export function expressionsText(expressions: unknown): string | undefined {
  if (!Array.isArray(expressions)) return "";
  const texts: string[] = [];
  for (const expression of expressions as readonly unknown[]) {
    if (!isMapping(expression)) return undefined;
    const key = String(expression["key"] ?? "");
    const values = Array.isArray(expression["values"]) ? expression["values"].map(String).join(", ") : "";
    switch (expression["operator"]) {
      case "In":
        texts.push(`${key} in (${values})`);
        break;
      case "NotIn":
        texts.push(`${key} notin (${values})`);
        break;
      case "Exists":
        texts.push(key);
        break;
      case "DoesNotExist":
        texts.push(`!${key}`);
        break;
      default:
        return undefined;
    }
  }
  return texts.join(",");
}

export function joined(...texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join(",");
}

/** `name=web` without the blanks and empty values that people write (`role=`). */
export function tidied(selector: unknown): string {
  if (typeof selector !== "string") return "";
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim().replace(/\s*(==?|!=)\s*/, "$1"))
    .filter((part) => part !== "")
    .join(",");
}

/** Longer than anything that an experiment means. */
const LONGEST = 366 * DAY;

/** A duration as Go writes it (`1h30m`, `30s`, `500ms`) in microseconds; seconds where it is a bare number; undefined otherwise. */
export function microsOf(value: unknown): number | undefined {
  const text = typeof value === "string" ? value.trim() : "";
  const seconds = typeof value === "number" ? value : /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const micros = Number.isNaN(seconds) ? parseDurationMicros(text) : Math.round(seconds * SECOND);
  return micros !== undefined && micros >= 0 && micros <= LONGEST ? micros : undefined;
}

/** A whole number of at least `min` from whatever stands there, or `otherwise`. */
export function wholeOf(value: unknown, min: number, otherwise: number): number {
  const number = value === null || value === "" ? Number.NaN : Number(value ?? Number.NaN);
  return Number.isFinite(number) && number >= min && number <= 1_000_000 ? Math.round(number) : otherwise;
}
