// Quantities written as the API writes sums of them: in the style of what was added, with the largest suffix that leaves a whole number.
// Source: canonical form of resource.Quantity.

import type { Quantity } from "./objects.ts";

const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const NANOS = 1_000_000_000n;

/** @param like a quantity whose style (binary or decimal suffixes) is kept */
export function quantityText(nanos: bigint, like: Quantity): string {
  if (nanos === 0n) return "0";
  if (/[KMGTPE]i$/.test(String(like)) && nanos % NANOS === 0n) {
    let amount = nanos / NANOS;
    let power = 0;
    while (power < BINARY.length - 1 && amount % 1024n === 0n) {
      amount /= 1024n;
      power++;
    }
    return `${amount}${BINARY[power]}`;
  }
  let amount = nanos;
  let power = 0;
  while (power < DECIMAL.length - 1 && amount % 1000n === 0n) {
    amount /= 1000n;
    power++;
  }
  return `${amount}${DECIMAL[power]}`;
}
