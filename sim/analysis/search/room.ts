// What a search may do, from what was asked for, what the scenario says, and what is usual.
import { formatDuration, SECOND } from "../../engine/tick.ts";
import type { Plan } from "../../scenario/plan.ts";
import { wholeSeconds } from "./disturbance.ts";
import type { Room } from "./draw.ts";
import { type Inventory, spaceOf } from "./space.ts";

/** undefined: as the scenario says. */
export interface RoomWishes {
  readonly kinds: readonly string[] | undefined;
  readonly exclude: readonly string[] | undefined;
  readonly maxFaults: number | undefined;
  readonly maxShare: number | undefined;
  readonly window: readonly [fromMicros: number, toMicros: number] | undefined;
}

const MAX_FAULTS = 3;
/** One of three zones, one of three members. */
const MAX_SHARE = 0.34;
/** Of the run. What comes after is time to recover. */
const FROM = 0.1;
const TO = 0.6;

export function roomOf(
  plan: Plan,
  wishes: RoomWishes,
  inventory: (atMicros: number) => Inventory,
): Room | { readonly problem: string } {
  const { durationMicros, search } = plan;
  if (durationMicros === null)
    return {
      problem: "the scenario runs until idle: give it a duration, so that there is a time in which things happen",
    };
  const [fromMicros, toMicros] = wishes.window ?? [
    search?.fromMicros ?? wholeSeconds(durationMicros * FROM),
    search?.toMicros ?? wholeSeconds(durationMicros * TO),
  ];
  if (toMicros - fromMicros < 10 * SECOND || toMicros > durationMicros)
    return {
      problem: `things may happen from ${formatDuration(fromMicros)} to ${formatDuration(toMicros)}: expected at least 10s within the run, which ends at ${formatDuration(durationMicros)}`,
    };
  const choices = spaceOf(inventory(fromMicros), {
    kinds: wishes.kinds ?? search?.kinds ?? null,
    exclude: wishes.exclude ?? search?.exclude ?? [],
    maxShare: wishes.maxShare ?? search?.maxShare ?? MAX_SHARE,
  });
  if ("problem" in choices) return choices;
  if (choices.length === 0) return { problem: "nothing that may happen has anybody to hit in this cluster" };
  return { choices, fromMicros, toMicros, maxFaults: wishes.maxFaults ?? search?.maxFaults ?? MAX_FAULTS };
}
