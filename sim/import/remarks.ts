// What an import has to say about its input, as data: what has no equivalent, what became something near, what was assumed, and
// what was passed over because a simulated cluster makes it itself. Equal remarks are counted, with the first place of each.
import type { Position } from "../model/documents.ts";

/**
 * leftOut: it has no equivalent. changed: it became something that is near it, not the same. assumed: the input does not say it.
 * noted: state or what the cluster makes by itself; nothing is lost.
 */
export type RemarkKind = "leftOut" | "changed" | "assumed" | "noted";

/** Where something stands in the input. */
export interface Place extends Position {
  readonly file: string;
}

export interface Remark {
  readonly kind: RemarkKind;
  /** A kind of object, or a field of one: `NetworkPolicy (networking.k8s.io/v1)`, `PodChaos spec.value`. */
  readonly what: string;
  readonly reason: string;
  readonly count: number;
  /** The first of them; "" when there is none to name. */
  readonly object: string;
  readonly place: Place | null;
}

/** Takes up remarks, in the order in which the first of each was made. */
export class Remarks {
  private readonly byText = new Map<string, { -readonly [K in keyof Remark]: Remark[K] }>();

  leftOut(what: string, reason: string, object = "", place: Place | null = null, count = 1): void {
    this.add("leftOut", what, reason, object, place, count);
  }

  changed(what: string, reason: string, object = "", place: Place | null = null, count = 1): void {
    this.add("changed", what, reason, object, place, count);
  }

  assumed(what: string, reason: string, object = "", place: Place | null = null, count = 1): void {
    this.add("assumed", what, reason, object, place, count);
  }

  noted(what: string, reason: string, object = "", place: Place | null = null, count = 1): void {
    this.add("noted", what, reason, object, place, count);
  }

  /** Those of one kind, or all. */
  list(kind?: RemarkKind): readonly Remark[] {
    return [...this.byText.values()].filter((remark) => kind === undefined || remark.kind === kind);
  }

  /** How many things, each counted. */
  count(...kinds: readonly RemarkKind[]): number {
    return this.list().reduce((sum, remark) => sum + (kinds.includes(remark.kind) ? remark.count : 0), 0);
  }

  private add(
    kind: RemarkKind,
    what: string,
    reason: string,
    object: string,
    place: Place | null,
    count: number,
  ): void {
    const key = JSON.stringify([kind, what, reason]);
    const known = this.byText.get(key);
    if (known === undefined) this.byText.set(key, { kind, what, reason, count, object, place });
    else known.count += count;
  }
}

const TITLES: readonly (readonly [RemarkKind, string])[] = [
  ["leftOut", "No equivalent, left out"],
  ["changed", "Not the same in the simulation"],
  ["assumed", "Assumed"],
  ["noted", "For your information"],
];

/** The remarks as lines, by kind. `shownPlace` says how places are written. */
export function remarkLines(remarks: Remarks, shownPlace: (place: Place) => string): readonly string[] {
  const lines: string[] = [];
  for (const [kind, title] of TITLES) {
    const list = remarks.list(kind);
    if (list.length === 0) continue;
    lines.push(`${title} (${remarks.count(kind)}):`);
    for (const { what, reason, count, object, place } of list) {
      const first = [object, place === null ? "" : shownPlace(place)].filter((text) => text !== "").join(" at ");
      const where = first === "" ? "" : ` (${count > 1 ? "first: " : ""}${first})`;
      lines.push(`  ${count} × ${what}: ${reason}${where}`);
    }
  }
  return lines;
}
