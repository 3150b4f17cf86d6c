// What is compared: named facts of a timeline, each of a kind that says how near is near enough.
import type { Leaf } from "./flatten.ts";

/**
 * exact: counts, names, orders. seconds: durations and instants. magnitude: latencies of single calls, which depend on the machine.
 * count: how often something of many possible things was seen; one that a timeline does not have is 0 in it.
 */
export type FactKind = "exact" | "seconds" | "magnitude" | "count";

export interface Fact {
  readonly kind: FactKind;
  readonly value: Leaf;
  /** Of an instant: the second of the timeline. */
  readonly at?: number;
}

export type Facts = Map<string, Fact>;

/** Counts one more. */
export function tally(facts: Facts, path: string): void {
  const before = facts.get(path)?.value;
  facts.set(path, { kind: "count", value: (typeof before === "number" ? before : 0) + 1 });
}
