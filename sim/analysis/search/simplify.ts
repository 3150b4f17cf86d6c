// What makes a schedule simpler, in the order in which it is tried: less that happens, a kind that does less, fewer targets, parameters as
// they are by default, shorter durations, rounder times. Each alternative costs less than what it replaces, so there is an end.
import { MINUTE, SECOND } from "../../engine/tick.ts";
import { type Disturbance, inOrder, type Schedule, type Whom } from "./disturbance.ts";
import { whomOf } from "./draw.ts";
import type { Alternative } from "./shrink.ts";
import type { Choice, Pool } from "./space.ts";

type Naming = Extract<Pool, { readonly by: "name" }>;

const SHARES = [0.1, 0.25, 0.5, 0.75];
/** Targets of a simpler kind that are tried one by one. */
const TRIED_TARGETS = 3;

export function simplerSchedules(schedule: Schedule, choices: readonly Choice[]): readonly Alternative<Schedule>[] {
  const found: Alternative<Schedule>[] = dropped(schedule);
  schedule.forEach((one, i) => {
    const choice = choices.find(({ kind }) => kind === one.kind);
    if (choice === undefined) return;
    for (const [label, value] of simplerOnes(one, choice, choices)) {
      const changed = inOrder(schedule.map((other, j) => (j === i ? value : other)));
      found.push({ label: `${one.kind} ${i} ${label}`, value: changed });
    }
  });
  const cost = costOf(schedule, choices);
  return found.filter(({ value }) => isLess(costOf(value, choices), cost));
}

/** Halves first where there are many, then one at a time. */
function dropped(schedule: Schedule): Alternative<Schedule>[] {
  const found: Alternative<Schedule>[] = [];
  for (let size = Math.floor(schedule.length / 2); size >= 1; size = Math.floor(size / 2))
    for (let from = 0; from < schedule.length; from += size) {
      const value = [...schedule.slice(0, from), ...schedule.slice(from + size)];
      if (value.length > 0) found.push({ label: `drop ${from}+${size}`, value });
    }
  return found;
}

function* simplerOnes(
  one: Disturbance,
  choice: Choice,
  choices: readonly Choice[],
): Generator<readonly [string, Disturbance]> {
  for (const kind of choice.simpler) {
    const other = choices.find((candidate) => candidate.kind === kind);
    if (other === undefined) continue;
    for (const [n, whom] of whomsOf(other).entries())
      yield [
        `as ${kind} ${n}`,
        { ...one, kind, whom, parameters: other.says, forMicros: other.hasDuration ? one.forMicros : null },
      ];
  }
  for (const [n, whom] of fewer(one.whom, choice).entries()) yield [`fewer ${n}`, { ...one, whom }];
  yield* plainer(one, choice);
  if (one.forMicros !== null) {
    for (const share of SHARES) {
      const forMicros = roundDown(one.forMicros * share);
      yield [`for ${share}`, { ...one, forMicros }];
      // the same end: it may matter only later
      yield [`tail ${share}`, { ...one, forMicros, atMicros: one.atMicros + one.forMicros - forMicros }];
    }
    yield ["for rounded", { ...one, forMicros: roundDown(one.forMicros) }];
  }
  for (const step of [MINUTE, 30 * SECOND, 10 * SECOND])
    for (const atMicros of [Math.floor(one.atMicros / step) * step, Math.ceil(one.atMicros / step) * step])
      if (atMicros > 0) yield [`at ${step} ${atMicros <= one.atMicros}`, { ...one, atMicros }];
}

/** Parameters as they are by default: all of them, then each. What is always said stays, and what goes with the target. */
function* plainer(one: Disturbance, choice: Choice): Generator<readonly [string, Disturbance]> {
  const varied = choice.tries.map(({ name }) => name).filter((name) => isVaried(one, choice, name));
  const without = (names: readonly string[]) => {
    const parameters = Object.fromEntries(Object.entries(one.parameters).filter(([name]) => !names.includes(name)));
    return { ...one, parameters: { ...choice.says, ...parameters } };
  };
  if (varied.length > 1) yield ["plain", without(varied)];
  for (const name of varied) yield [`plain ${name}`, without([name])];
}

function isVaried(one: Disturbance, { says }: Choice, name: string): boolean {
  return Object.hasOwn(one.parameters, name) && one.parameters[name] !== says[name];
}

/** The kind's first few targets, one at a time, or whomever it takes by itself. */
function whomsOf({ pools }: Choice): readonly Whom[] {
  return pools.flatMap((pool): readonly Whom[] => {
    if (pool.by === "default") return [{ fields: {}, size: 0 }];
    if (pool.by === "fields") return [whomOf(pool, [], 1)];
    return pool.names.slice(0, TRIED_TARGETS).map((name) => whomOf(pool, [name], 1));
  });
}

function fewer(whom: Whom, choice: Choice): readonly Whom[] {
  const naming = choice.pools.find((pool): pool is Naming => pool.by === "name");
  const counted = choice.pools.find(({ by }) => by === "fields");
  if (Object.hasOwn(whom.fields, "count") && counted !== undefined) {
    const sizes = [...new Set([1, Math.floor(whom.size / 2), whom.size - 1])].filter((n) => n >= 1 && n < whom.size);
    return sizes.map((count) => ({ fields: { ...whom.fields, count }, size: count }));
  }
  if (naming === undefined) return [];
  const names = namesIn(whom, naming);
  const half = Math.ceil(names.length / 2);
  const parts = [names.slice(0, half), names.slice(half)];
  const single = names.length <= 8 ? names.map((name) => [name]) : [];
  const less = names.length <= 8 ? names.map((_, i) => names.filter((_name, j) => j !== i)) : [];
  return [...single, ...parts, ...less]
    .filter((list) => list.length > 0 && (list.length < names.length || whom.size === 0))
    .map((list) => whomOf(naming, list, list.length));
}

function namesIn({ fields, size }: Whom, { many, names, one }: Naming): readonly string[] {
  if (size === 0) return names;
  const said = fields[many] ?? fields[one];
  return typeof said === "string" ? [said] : ((said ?? []) as readonly string[]);
}

function roundDown(micros: number): number {
  const step =
    micros >= 10 * MINUTE ? MINUTE : micros >= 2 * MINUTE ? 30 * SECOND : micros >= 20 * SECOND ? 10 * SECOND : SECOND;
  return Math.max(SECOND, Math.floor(micros / step) * step);
}

/** To be compared from left to right. */
export function costOf(schedule: Schedule, choices: readonly Choice[]): readonly number[] {
  const sum = (of: (one: Disturbance) => number) => schedule.reduce((total, one) => total + of(one), 0);
  const choiceOf = (one: Disturbance) => choices.find(({ kind }) => kind === one.kind);
  return [
    schedule.length,
    sum((one) => depthOf(one.kind, choices)),
    sum((one) => sizeOf(one.whom, choiceOf(one))),
    sum((one) => {
      const choice = choiceOf(one);
      return choice === undefined ? 0 : choice.tries.filter(({ name }) => isVaried(one, choice, name)).length;
    }),
    sum(({ forMicros }) => forMicros ?? 0),
    sum(({ atMicros }) => roughness(atMicros)),
  ];
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const i = a.findIndex((value, at) => value !== b[at]);
  return i >= 0 && a[i]! < b[i]!;
}

function depthOf(kind: string, choices: readonly Choice[]): number {
  const simpler = choices.find((choice) => choice.kind === kind)?.simpler ?? [];
  return simpler.reduce((most, other) => Math.max(most, 1 + depthOf(other, choices)), 0);
}

function sizeOf({ size }: Whom, choice: Choice | undefined): number {
  if (size > 0) return size;
  const naming = choice?.pools.find((pool): pool is Naming => pool.by === "name");
  return naming === undefined ? 1 : Math.max(1, naming.names.length) + 0.5;
}

function roughness(micros: number): number {
  return [MINUTE, 30 * SECOND, 10 * SECOND, SECOND].findIndex((step) => micros % step === 0);
}
