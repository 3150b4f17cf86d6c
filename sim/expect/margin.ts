// How far an expectation is from failing, as a number: 1 = as far as can be, 0 = at the limit, below 0 = it failed. The quantitative robustness of
// signal temporal logic (Donzé and Maler, "Robust Satisfaction of Temporal Logic over Real-Valued Signals", 2010): in space where numbers are
// compared, in time where something has to happen in time. Normalised, so that expectations can be compared with each other.
import type { Claim, ComparisonOperator, Expression, Unit, Value } from "../model/expectation/syntax.ts";
import { compile, type Evaluate, type Measured } from "./evaluate.ts";
import type { Ending, LeafClaim } from "./leaf.ts";
import type { Dependent, TermBoard } from "./term-board.ts";

export type Distance = () => number;

/** What fails is at least so far beyond the limit. */
const FAILED = -0.001;

/** The distance of a state from not holding now, -1 … 1. */
export function compileDistance(
  expression: Expression,
  board: TermBoard,
  measured: Measured,
  dependent: Dependent,
): Distance {
  const inner = (part: Expression) => compileDistance(part, board, measured, dependent);
  const value = (part: Expression): Evaluate => compile(part, board, measured, dependent);
  switch (expression.op) {
    case "not": {
      const distance = inner(expression.inner);
      return () => -distance();
    }
    case "and":
    case "or": {
      const [left, right] = [inner(expression.left), inner(expression.right)];
      return expression.op === "and" ? () => Math.min(left(), right()) : () => Math.max(left(), right());
    }
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const { left, op, right } = expression;
      const [a, b] = [value(left), value(right)];
      return () => comparisonDistance(op, a(), b(), left.unit);
    }
    default: {
      const truth = value(expression);
      return () => (truth() === true ? 1 : -1);
    }
  }
}

/** What nobody has measured does not hold. */
export function comparisonDistance(
  op: ComparisonOperator,
  a: Value | undefined,
  b: Value | undefined,
  unit: Unit,
): number {
  if (a === undefined || b === undefined) return -1;
  if (op === "==" || op === "!=") {
    const isEqual = a === b;
    const apart = typeof a === "number" && typeof b === "number" ? Math.abs(relative(a, b, unit)) : 1;
    if (op === "==") return isEqual ? 1 : Math.min(FAILED, -apart);
    return isEqual ? -1 : apart;
  }
  const [low, high] = op === "<" || op === "<=" ? [a, b] : [b, a];
  const distance = relative(Number(low), Number(high), unit);
  const holds = op === "<" || op === ">" ? Number(low) < Number(high) : Number(low) <= Number(high);
  return holds ? Math.max(0, distance) : Math.min(FAILED, distance);
}

/** How much larger the second is, by both of them. Of shares near 100 % what is missing counts: 99.9 % is far from 99 %. */
function relative(a: number, b: number, unit: Unit): number {
  if (unit === "share" && a > 0.5 && b > 0.5 && a <= 1 && b <= 1) return relative(1 - b, 1 - a, "number");
  const size = Math.abs(a) + Math.abs(b);
  return size === 0 || !Number.isFinite(size) ? 0 : (b - a) / size;
}

/** The margin of one temporal claim within one stretch of time. */
export class LeafMargin {
  private readonly claim: LeafClaim;
  private readonly openedMicros: number;
  private worst = 1;
  private best = -1;
  /** Since when it holds; null: it does not. */
  private sinceMicros: number | null = null;
  private firstMicros: number | null = null;
  /** Only the finished run has its numbers: when it began to hold says nothing. */
  private readonly isOfEnd: boolean;

  constructor(claim: LeafClaim, openedMicros: number, isOfEnd: boolean) {
    this.claim = claim;
    this.openedMicros = openedMicros;
    this.isOfEnd = isOfEnd;
  }

  /** The state's distance is this now; at the begin of the stretch, and at every change. */
  state(holds: boolean, distance: number, nowMicros: number): void {
    this.worst = Math.min(this.worst, this.claim.op === "never" ? -distance : distance);
    this.best = Math.max(this.best, distance);
    if (!holds) this.sinceMicros = null;
    else {
      this.sinceMicros ??= nowMicros;
      this.firstMicros ??= nowMicros;
    }
  }

  /** The stretch is over. */
  close(holds: boolean, distance: number, nowMicros: number, how: Ending): number {
    const { claim, openedMicros } = this;
    if (claim.op === "always" || claim.op === "never") return this.worst;
    if (claim.op === "finally") {
      if (how === "cut short") return 1;
      if (!holds) return Math.min(FAILED, distance);
      const since = this.sinceMicros ?? nowMicros;
      return this.isOfEnd ? distance : Math.min(distance, share(nowMicros - since, nowMicros - openedMicros));
    }
    const until =
      claim.op === "before" ? claim.atMicros - openedMicros : "withinMicros" in claim ? claim.withinMicros : null;
    const within = until ?? nowMicros - openedMicros;
    if (this.firstMicros !== null && this.firstMicros - openedMicros <= within)
      return share(openedMicros + within - this.firstMicros, within);
    // there was more time than the stretch had
    if (how === "cut short") return 1;
    return Math.min(FAILED, this.best);
  }
}

/** The margin of a whole claim from those of its leaves, from left to right. */
export function claimMargin(claim: Claim, leaves: Iterator<number>): number {
  if (claim.op === "not") return -claimMargin(claim.inner, leaves);
  if (claim.op !== "and" && claim.op !== "or") return leaves.next().value as number;
  const [left, right] = [claimMargin(claim.left, leaves), claimMargin(claim.right, leaves)];
  return claim.op === "and" ? Math.min(left, right) : Math.max(left, right);
}

/** On the side of the verdict. */
export function signed(margin: number, holds: boolean): number {
  return holds ? Math.max(0, margin) : Math.min(FAILED, margin);
}

function share(part: number, whole: number): number {
  return whole <= 0 ? 1 : Math.max(0, Math.min(1, part / whole));
}
