// How a number of a table is written: its unit and number of digits. The unit stands at the end of the column's name.

/**
 * count: an integer. seconds: microseconds, written as seconds with six digits; millis: as milliseconds with three. percent and real: four digits.
 * flag: 1 or 0, written as true or false. text: only for text columns.
 */
export type ColumnFormat = "count" | "seconds" | "millis" | "percent" | "real" | "flag" | "text";

/** "" for what was not measured. Never an exponent, never a locale. */
export function formatNumber(value: number, format: ColumnFormat): string {
  if (Number.isNaN(value)) return "";
  switch (format) {
    case "seconds":
      return formatMicros(value, 6);
    case "millis":
      return formatMicros(value, 3);
    case "percent":
    case "real":
      return value.toFixed(4);
    case "flag":
      return value === 0 ? "false" : "true";
    default:
      return value.toFixed(0);
  }
}

// exact: microseconds are integers, and a division would round
function formatMicros(micros: number, places: number): string {
  const negative = micros < 0;
  const digits = Math.round(Math.abs(micros))
    .toFixed(0)
    .padStart(places + 1, "0");
  return `${negative ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
