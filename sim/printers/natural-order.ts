// The order in which `--sort-by` puts values: numbers by size, quantities by what they amount to, other texts so that n-2 comes before n-10.
// Source: behaviour of kubectl's sorting printer.
import { compareQuantities, quantityError } from "../model/quantity.ts";

/** Negative, 0 or positive, for Array.sort. */
export function naturalOrder(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = [String(a), String(b)];
  if (quantityError(left) === undefined && quantityError(right) === undefined) return compareQuantities(left, right);
  return textOrder(left, right);
}

/** Runs of digits count as numbers; of equal numbers the one with fewer zeros in front comes first. */
function textOrder(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (const [i, part] of left.entries()) {
    const other = right[i];
    if (other === undefined) return 1;
    if (part === other) continue;
    if (isDigits(part) && isDigits(other)) {
      const [digits, others] = [part.replace(/^0+/, ""), other.replace(/^0+/, "")];
      if (digits.length !== others.length) return digits.length - others.length;
      if (digits !== others) return digits < others ? -1 : 1;
      return part.length - other.length;
    }
    return part < other ? -1 : 1;
  }
  return left.length - right.length;
}

function partsOf(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function isDigits(text: string): boolean {
  return text.charCodeAt(0) >= 48 && text.charCodeAt(0) <= 57;
}
