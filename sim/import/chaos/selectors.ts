// Selectors of the tools as texts that kubectl's -l takes.
import { isMapping, type Mapping } from "../flatten.ts";

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
  for (const expression of expressions as readonly Mapping[]) {
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

/** A duration as Go writes it (`1h30m`, `30s`, `500ms`) in microseconds; seconds where it is a bare number; undefined otherwise. */
export function microsOf(value: unknown): number | undefined {
  if (typeof value === "number")
    return Number.isFinite(value) && value >= 0 ? Math.round(value * 1_000_000) : undefined;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const text = value.trim();
  if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1_000_000);
  let micros = 0;
  let rest = text.replaceAll("\u00b5s", "us");
  while (rest !== "") {
    const part = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/.exec(rest);
    if (part === null) return undefined;
    micros += Number(part[1]) * UNITS[part[2]!]!;
    rest = rest.slice(part[0].length);
  }
  return Math.round(micros);
}

const UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
};
