// What experiments of all tools have in common: when something strikes, whom, for how long, and where in the input that stands. Each tool's
// reader makes strikes; effects.ts makes faults and actions of them.
import { formatDuration, MINUTE, SECOND } from "../../engine/tick.ts";
import type { Draft } from "../draft.ts";
import type { Place } from "../remarks.ts";

/** When: once, or from a time on again and again. */
export interface Timing {
  readonly atMicros: number;
  readonly everyMicros?: number;
  /** Not at or after this. */
  readonly untilMicros?: number;
}

export interface Strike {
  /** Begins the id of the entry. */
  readonly name: string;
  readonly timing: Timing;
  /** null: until the run ends. */
  readonly forMicros: number | null;
  /** What it is in its tool's words, such as `PodChaos pod-kill`. */
  readonly what: string;
  readonly object: string;
  readonly place: Place | null;
}

/** Pods by namespace and labels or by name, and how many of them. */
export interface PodTarget {
  /** null: of all namespaces. */
  readonly namespace: string | null;
  /** As kubectl's -l; "" = all. */
  readonly selector: string;
  /** namespace/name; restricts where it is not empty. */
  readonly pods: readonly string[];
  readonly node: string;
  /** null = all of them. */
  readonly count: number | null;
  /** 0 to 1; null = all of them. */
  readonly share: number | null;
}

export interface NodeTarget {
  readonly nodes: readonly string[];
  readonly selector: string;
  readonly count: number | null;
  readonly share: number | null;
}

export const ANY_NODE: NodeTarget = { nodes: [], selector: "", count: 1, share: null };
export const ALL_PODS: PodTarget = { namespace: null, selector: "", pods: [], node: "", count: null, share: null };

/** The trigger's fields of a fault or an action. */
export function triggerOf({ atMicros, everyMicros, untilMicros }: Timing): Readonly<Record<string, string>> {
  if (everyMicros === undefined || everyMicros <= 0) return { at: formatDuration(atMicros) };
  const start = Math.max(0, atMicros - everyMicros);
  return {
    every: formatDuration(everyMicros),
    ...(start === 0 ? {} : { start: formatDuration(start) }),
    ...(untilMicros === undefined ? {} : { until: formatDuration(untilMicros) }),
  };
}

/** How long it lasts, for kinds of fault that have a length. */
export function lengthOf({ forMicros }: Strike): Readonly<Record<string, string>> {
  return forMicros === null ? { recover: "never" } : { for: formatDuration(Math.max(forMicros, SECOND)) };
}

/** Before the first experiment, so that the cluster is seen as it was; and between one and the next. */
const LEAD = 2 * MINUTE;
const BETWEEN = 3 * MINUTE;

/** When the next experiment begins, if it takes so long: experiments of an input come one after the other. */
export function nextStart(draft: Draft, micros: number): number {
  const start = draft.clockMicros === 0 ? LEAD : draft.clockMicros;
  if (draft.clockMicros === 0)
    draft.remarks.assumed(
      "when experiments begin",
      "one after the other: the first after 2 minutes, 3 minutes between",
    );
  draft.clockMicros = start + micros + BETWEEN;
  draft.lasts(draft.clockMicros);
  return start;
}

/** An id that no other entry has. */
export function uniqueId(draft: Draft, name: string): string {
  const base =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 60) || "fault";
  let id = base;
  for (let n = 2; draft.ids.has(id); n++) id = `${base}-${n}`;
  draft.ids.add(id);
  return id;
}
