// Differences of quantities, for tests.
import { parseQuantity } from "../../sim/model/quantity.ts";

/** a - b in thousandths, as a quantity. */
export function formatMilli(a: string, b: string): string {
  return `${(parseQuantity(a) - parseQuantity(b)) / 1_000_000n}m`;
}
