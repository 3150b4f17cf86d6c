// Random schedules, and schedules that are like one that came near to a violation. Every draw comes from the stream that is handed in.
import { pow } from "../../engine/math.ts";
import type { RandomStream } from "../../engine/random.ts";
import { SECOND } from "../../engine/tick.ts";
import {
  type Disturbance,
  endOf,
  inOrder,
  NOBODY_NAMED,
  type Schedule,
  type Whom,
  wholeSeconds,
} from "./disturbance.ts";
import type { Choice, Pool } from "./space.ts";

export interface Room {
  readonly choices: readonly Choice[];
  /** Everything happens and ends in this time. */
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly maxFaults: number;
}

/** Draws an index; kinds that have shown something may come more often. */
export type PickChoice = (stream: RandomStream) => Choice;

/** Shorter ones hardly differ from none. */
export const SHORTEST_MICROS = 5 * SECOND;
const DEFAULT_DURATION = 0.25;
const VARIED = 0.35;
const MORE_FAULTS = 0.55;
const ONE_TARGET = 0.6;
/** Things happen together more often than chance would have it. */
const NEAR_ANOTHER = 0.6;
const NEAR_MICROS = 30 * SECOND;

export function drawSchedule(room: Room, pick: PickChoice, stream: RandomStream): Schedule {
  const schedule: Disturbance[] = [];
  do schedule.push(drawDisturbance(pick(stream), room, schedule, stream));
  while (schedule.length < room.maxFaults && stream.next() < MORE_FAULTS);
  return inOrder(schedule);
}

/** @param beside what happens besides: the new one often comes close to one of these */
export function drawDisturbance(choice: Choice, room: Room, beside: Schedule, stream: RandomStream): Disturbance {
  const { whom, says } = drawWhom(choice, stream);
  const parameters: Record<string, Disturbance["parameters"][string]> = { ...choice.says, ...says };
  for (const { name, values } of choice.tries)
    if (stream.next() < VARIED) parameters[name] = values[stream.int(values.length)]!;
  const forMicros = choice.hasDuration ? drawDuration(choice, room, stream) : null;
  const drawn: Disturbance = {
    kind: choice.kind,
    isAction: choice.isAction,
    atMicros: drawTime(room, beside, stream),
    forMicros,
    whom,
    parameters,
  };
  return within(drawn, room);
}

/** One change or a few. @param other a schedule that parts are taken from, if any */
export function mutate(
  schedule: Schedule,
  room: Room,
  pick: PickChoice,
  stream: RandomStream,
  other: Schedule = [],
): Schedule {
  let changed = [...schedule];
  do changed = changeOnce(changed, room, pick, stream, other);
  while (stream.next() < 0.4);
  return inOrder(changed.length === 0 ? drawSchedule(room, pick, stream) : changed);
}

function changeOnce(
  schedule: Disturbance[],
  room: Room,
  pick: PickChoice,
  stream: RandomStream,
  other: Schedule,
): Disturbance[] {
  const what = stream.int(8);
  const isFull = schedule.length >= room.maxFaults;
  if (schedule.length === 0 || (what <= 1 && !isFull))
    return [...schedule, drawDisturbance(pick(stream), room, schedule, stream)];
  const index = stream.int(schedule.length);
  const one = schedule[index]!;
  const put = (value: Disturbance) => schedule.map((item, i) => (i === index ? within(value, room) : item));
  const rest = schedule.filter((_, i) => i !== index);
  switch (what) {
    case 2:
      if (other.length === 0 || isFull) return put({ ...one, atMicros: drawTime(room, rest, stream) });
      return [...schedule, other[stream.int(other.length)]!];
    case 3:
      if (schedule.length === 1) return put({ ...one, atMicros: drawTime(room, rest, stream) });
      return rest;
    case 4:
      return put({ ...one, atMicros: drawTime(room, rest, stream) });
    case 5:
      if (one.forMicros === null) return put({ ...one, atMicros: drawTime(room, rest, stream) });
      return put({ ...one, forMicros: longer(one.forMicros, stream) });
    default: {
      // the same kind with other targets and parameters, or in its place another kind
      const choice = what === 6 ? room.choices.find(({ kind }) => kind === one.kind)! : pick(stream);
      const drawn = drawDisturbance(choice, room, rest, stream);
      return put(what === 6 ? { ...drawn, atMicros: one.atMicros } : drawn);
    }
  }
}

function longer(micros: number, stream: RandomStream): number {
  return micros * [0.5, 0.75, 1.5, 2, 3][stream.int(5)]!;
}

/** Who is hit; one thing more often than many. */
function drawWhom(
  choice: Choice,
  stream: RandomStream,
): { readonly whom: Whom; readonly says: Disturbance["parameters"] } {
  const pool = choice.pools[stream.int(choice.pools.length)];
  if (pool === undefined || pool.by === "default") return { whom: NOBODY_NAMED, says: {} };
  const size = pool.most === 1 || stream.next() < ONE_TARGET ? 1 : 2 + stream.int(pool.most - 1);
  if (pool.by === "fields") return { whom: whomOf(pool, [], size), says: {} };
  const names = sampleOf(pool.names, size, stream);
  const beside = pool.beside?.[names[0]!];
  return { whom: whomOf(pool, names, size), says: beside === undefined ? {} : beside[stream.int(beside.length)]! };
}

/** As it is written. */
export function whomOf(pool: Exclude<Pool, { readonly by: "default" }>, names: readonly string[], size: number): Whom {
  if (pool.by === "fields") return { fields: pool.isCounted ? { ...pool.fields, count: size } : pool.fields, size };
  return { fields: names.length === 1 ? { [pool.one]: names[0]! } : { [pool.many]: names }, size: names.length };
}

function sampleOf(names: readonly string[], size: number, stream: RandomStream): readonly string[] {
  const order = names.map((_, i) => i);
  for (let i = 0; i < size; i++) {
    const j = i + stream.int(order.length - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order
    .slice(0, size)
    .sort((a, b) => a - b)
    .map((i) => names[i]!);
}

/** Of every order of magnitude, the longer ones more often: what is long is harder to bear, and is made shorter later. */
function drawDuration({ defaultForMicros }: Choice, { fromMicros, toMicros }: Room, stream: RandomStream): number {
  const most = Math.max(SHORTEST_MICROS, toMicros - fromMicros);
  const isDefault = stream.next() < DEFAULT_DURATION;
  const drawn = SHORTEST_MICROS * pow(most / SHORTEST_MICROS, Math.sqrt(stream.next()));
  return isDefault && defaultForMicros !== null && defaultForMicros <= most ? defaultForMicros : wholeSeconds(drawn);
}

function drawTime({ fromMicros, toMicros }: Room, beside: Schedule, stream: RandomStream): number {
  const anywhere = fromMicros + stream.next() * (toMicros - fromMicros);
  if (beside.length === 0 || stream.next() >= NEAR_ANOTHER) return wholeSeconds(anywhere);
  const other = beside[stream.int(beside.length)]!;
  // with it, in the middle of it, or as it ends
  const places = [other.atMicros, (other.atMicros + endOf(other)) / 2, endOf(other)];
  const place = places[stream.int(places.length)]!;
  return wholeSeconds(place + (2 * stream.next() - 1) * NEAR_MICROS);
}

/** Moved and shortened so that it happens in the room's time. */
function within(one: Disturbance, { fromMicros, toMicros }: Room): Disturbance {
  const most = toMicros - fromMicros;
  const forMicros = one.forMicros === null ? null : wholeSeconds(Math.max(SECOND, Math.min(most, one.forMicros)));
  const latest = Math.max(fromMicros, toMicros - (forMicros ?? 0));
  return { ...one, forMicros, atMicros: Math.min(latest, Math.max(fromMicros, wholeSeconds(one.atMicros))) };
}
