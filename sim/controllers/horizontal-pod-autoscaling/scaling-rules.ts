// From what the metrics ask for to what is done: stabilized by recent recommendations, kept within the limits and within what may be added
// or removed in a time. Source: KEP-853 and behaviour of the HPA controller (1.36).
import { SECOND } from "../../engine/tick.ts";
import type { ScalingRules } from "../../model/objects.ts";

/** What a condition says. */
export interface Saying {
  readonly reason: string;
  readonly message: string;
}

export interface Timed {
  readonly atMicros: number;
  readonly value: number;
}

/** What is remembered of one autoscaler, in memory only. */
export interface ScalingMemory {
  recommendations: Timed[];
  /** Changes of the number of replicas, as positive numbers. */
  ups: Timed[];
  downs: Timed[];
}

export interface Request {
  readonly current: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  readonly nowMicros: number;
}

export interface Decision {
  readonly replicas: number;
  readonly ableToScale: Saying;
  readonly isLimited: boolean;
  readonly limited: Saying;
}

const READY: Saying = { reason: "ReadyForNewScale", message: "recommended size matches current size" };
const DOWN_STABILIZED: Saying = {
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent recommendation",
};
const UP_STABILIZED: Saying = {
  reason: "ScaleUpStabilized",
  message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
};
const WITHIN: Saying = {
  reason: "DesiredWithinRange",
  message: "the desired count is within the acceptable range",
};
const TOO_FEW: Saying = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
const TOO_MANY: Saying = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const UP_LIMIT: Saying = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
};
const DOWN_LIMIT: Saying = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
};

const UP_FACTOR = 2;
const UP_MINIMUM = 4;

/** Without spec.behavior: doubled at most, or up to four; down to the highest recommendation of the window. */
export function decideSimply(memory: ScalingMemory, request: Request, windowMicros: number): Decision {
  const { current, desired, max, min, nowMicros } = request;
  memory.recommendations = memory.recommendations.filter(({ atMicros }) => atMicros >= nowMicros - windowMicros);
  let stabilized = desired;
  for (const { value } of memory.recommendations) stabilized = Math.max(stabilized, value);
  memory.recommendations.push({ atMicros: nowMicros, value: desired });
  const limit = Math.max(current * UP_FACTOR, UP_MINIMUM);
  const highest = Math.min(max, limit);
  let replicas = stabilized;
  let limited = WITHIN;
  if (stabilized < min) [replicas, limited] = [min, TOO_FEW];
  else if (stabilized > highest) [replicas, limited] = [highest, max > limit ? UP_LIMIT : TOO_MANY];
  return {
    replicas,
    ableToScale: stabilized === desired ? READY : DOWN_STABILIZED,
    isLimited: replicas !== stabilized,
    limited,
  };
}

/** The rules with their defaults. */
export interface FullRules {
  readonly windowMicros: number;
  readonly selectPolicy: string;
  readonly policies: readonly { readonly type: string; readonly value: number; readonly periodSeconds: number }[];
}

const UP_POLICIES: FullRules["policies"] = [
  { type: "Pods", value: 4, periodSeconds: 15 },
  { type: "Percent", value: 100, periodSeconds: 15 },
];
const DOWN_POLICIES: FullRules["policies"] = [{ type: "Percent", value: 100, periodSeconds: 15 }];

export function upRules(rules: ScalingRules | null | undefined): FullRules {
  return fullRules(rules, 0, UP_POLICIES);
}

export function downRules(rules: ScalingRules | null | undefined, windowMicros: number): FullRules {
  return fullRules(rules, windowMicros, DOWN_POLICIES);
}

function fullRules(
  rules: ScalingRules | null | undefined,
  windowMicros: number,
  usual: FullRules["policies"],
): FullRules {
  const policies = rules?.policies ?? [];
  const seconds = rules?.stabilizationWindowSeconds;
  return {
    windowMicros: seconds == null ? windowMicros : seconds * SECOND,
    selectPolicy: rules?.selectPolicy ?? "Max",
    policies: policies.length > 0 ? policies : usual,
  };
}

/** With spec.behavior. */
export function decideByRules(memory: ScalingMemory, request: Request, up: FullRules, down: FullRules): Decision {
  const { current, desired, nowMicros } = request;
  const stabilized = stabilize(memory, request, up, down);
  const isUp = desired >= current;
  const ableToScale = stabilized === desired ? READY : isUp ? UP_STABILIZED : DOWN_STABILIZED;
  let replicas = stabilized;
  let limited = WITHIN;
  if (stabilized > current) {
    const limit = Math.max(current, limitOf(memory, current, nowMicros, up, 1));
    const highest = Math.min(request.max, limit);
    if (stabilized > highest) [replicas, limited] = [highest, request.max > limit ? UP_LIMIT : TOO_MANY];
  } else if (stabilized < current) {
    const limit = Math.min(current, limitOf(memory, current, nowMicros, down, -1));
    const lowest = Math.max(request.min, limit);
    if (stabilized < lowest) [replicas, limited] = [lowest, request.min < limit ? DOWN_LIMIT : TOO_FEW];
  }
  return { replicas, ableToScale, isLimited: replicas !== stabilized, limited };
}

function stabilize(memory: ScalingMemory, request: Request, up: FullRules, down: FullRules): number {
  const { current, desired, nowMicros } = request;
  const longest = Math.max(up.windowMicros, down.windowMicros);
  let low = desired;
  let high = desired;
  for (const { atMicros, value } of memory.recommendations) {
    if (atMicros > nowMicros - up.windowMicros) low = Math.min(low, value);
    if (atMicros > nowMicros - down.windowMicros) high = Math.max(high, value);
  }
  memory.recommendations = memory.recommendations.filter(({ atMicros }) => atMicros > nowMicros - longest);
  memory.recommendations.push({ atMicros: nowMicros, value: desired });
  return Math.min(Math.max(current, low), high);
}

/** @param sign 1: how far up it may go; -1: how far down */
function limitOf(memory: ScalingMemory, current: number, nowMicros: number, rules: FullRules, sign: 1 | -1): number {
  if (rules.selectPolicy === "Disabled") return current;
  const round = sign > 0 ? Math.ceil : Math.floor;
  const limits = rules.policies.map(({ periodSeconds, type, value }) => {
    const start = startOfPeriod(memory, current, nowMicros, periodSeconds);
    return type === "Pods" ? start + sign * value : round((start * (100 + sign * value)) / 100);
  });
  // the policy that changes most goes farthest, up or down
  const isFarthest = rules.selectPolicy !== "Min";
  return isFarthest === sign > 0 ? Math.max(...limits) : Math.min(...limits);
}

function startOfPeriod({ downs, ups }: ScalingMemory, current: number, nowMicros: number, seconds: number): number {
  const within = (changes: readonly Timed[]) =>
    changes.reduce((sum, { atMicros, value }) => (atMicros > nowMicros - seconds * SECOND ? sum + value : sum), 0);
  return current - within(ups) + within(downs);
}

/** Remembers a change as long as a policy may ask for it. */
export function remember(
  memory: ScalingMemory,
  before: number,
  after: number,
  nowMicros: number,
  rules: FullRules,
): void {
  const longestSeconds = Math.max(...rules.policies.map(({ periodSeconds }) => periodSeconds));
  const recent = (changes: readonly Timed[]) =>
    changes.filter(({ atMicros }) => atMicros > nowMicros - longestSeconds * SECOND);
  const change = { atMicros: nowMicros, value: Math.abs(after - before) };
  if (after > before) memory.ups = [...recent(memory.ups), change];
  else memory.downs = [...recent(memory.downs), change];
}
