// One thing that a search lets happen, fault or action, as it is written in a scenario; and a schedule, which is a list of them.
import { formatDuration, SECOND } from "../../engine/tick.ts";

/** A value as it stands in a scenario. */
export type Written = string | number | boolean | null | readonly Written[] | { readonly [key: string]: Written };

export interface Disturbance {
  /** Name of the fault or of the action. */
  readonly kind: string;
  readonly isAction: boolean;
  /** Whole seconds. */
  readonly atMicros: number;
  /** null: it has no duration. */
  readonly forMicros: number | null;
  readonly whom: Whom;
  /** Parameters that are not what they are by default, as written. */
  readonly parameters: Readonly<Record<string, Written>>;
}

/** Whom it hits: fields of the entry that say so, and to how many they come. */
export interface Whom {
  readonly fields: Readonly<Record<string, Written>>;
  /** 0: nobody is named, and the kind's own default counts. */
  readonly size: number;
}

export type Schedule = readonly Disturbance[];

export const NOBODY_NAMED: Whom = { fields: {}, size: 0 };

/** When it is over; what has no duration is over at once. */
export function endOf({ atMicros, forMicros }: Disturbance): number {
  return atMicros + (forMicros ?? 0);
}

/** By time, and what is equally early in a fixed order: schedules that mean the same are the same. */
export function inOrder(schedule: Schedule): Schedule {
  return schedule
    .map((one) => [one, keyOf(one)] as const)
    .sort(([a, ka], [b, kb]) => a.atMicros - b.atMicros || (ka < kb ? -1 : ka > kb ? 1 : 0))
    .map(([one]) => one);
}

/** The kinds in it, each once, sorted. */
export function kindsOf(schedule: Schedule): readonly string[] {
  return [...new Set(schedule.map(({ kind }) => kind))].sort();
}

/** Ids of the entries by position, as they are in the scenario. */
export function idOf(index: number): string {
  return `search-${index + 1}`;
}

/** The entries of a scenario's `faults` and `actions`. */
export function entriesOf(schedule: Schedule): {
  readonly faults: readonly Written[];
  readonly actions: readonly Written[];
} {
  const entries = schedule.map((one, i) => ({ one, entry: entryOf(one, idOf(i)) }));
  const of = (isAction: boolean) => entries.filter(({ one }) => one.isAction === isAction).map(({ entry }) => entry);
  return { faults: of(false), actions: of(true) };
}

function entryOf({ atMicros, forMicros, kind, parameters, whom }: Disturbance, id: string): Written {
  const length: Record<string, Written> = forMicros === null ? {} : { for: formatDuration(forMicros) };
  return { id, at: formatDuration(atMicros), [kind]: { ...whom.fields, ...length, ...parameters } };
}

/** In one line, for people: `at 2m zoneOutage zone=a for=12m`. */
export function textOf({ atMicros, forMicros, kind, parameters, whom }: Disturbance): string {
  const said = Object.entries({ ...whom.fields, ...parameters }).map(([name, value]) => `${name}=${written(value)}`);
  const length = forMicros === null ? [] : [`for=${formatDuration(forMicros)}`];
  return ["at", formatDuration(atMicros), kind, ...said, ...length].join(" ");
}

function written(value: Written): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Equal texts mean equal schedules. */
export function scheduleKey(schedule: Schedule): string {
  return inOrder(schedule).map(keyOf).join("\n");
}

function keyOf({ atMicros, forMicros, kind, parameters, whom }: Disturbance): string {
  return JSON.stringify([kind, atMicros, forMicros, whom.fields, Object.entries(parameters).sort(byName)]);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** To the second. */
export function wholeSeconds(micros: number): number {
  return Math.round(micros / SECOND) * SECOND;
}
