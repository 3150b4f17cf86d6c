// What a line of `expect` is once it is parsed: a scope (the whole run, or before, during, after a fault), a claim (always,
// eventually, at the end) and expressions over metrics, facts and objects. Plain data; grammar in docs/EXPECT.md.
import type { FactName } from "../condition.ts";
import type { ClusterObjects } from "../objects.ts";

/** Durations are microseconds, shares ratios, bytes and numbers themselves. */
export type Unit = "number" | "duration" | "share" | "bytes" | "text" | "truth";

export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type ArithmeticOperator = "+" | "-" | "*" | "/";
export type Value = number | string | boolean;

/** An expression over the state of the cluster at one moment. */
export type Expression =
  | { readonly op: "literal"; readonly unit: Unit; readonly value: Value }
  /** A number of the finished run. */
  | { readonly op: "metric"; readonly unit: Unit; readonly metric: string; readonly aggregate: string | null }
  | { readonly op: "fact"; readonly unit: Unit; readonly fact: FactName; readonly member: string }
  | CallExpression
  | { readonly op: "not" | "negate"; readonly unit: Unit; readonly inner: Expression }
  | {
      readonly op: ArithmeticOperator | ComparisonOperator | "and" | "or";
      readonly unit: Unit;
      readonly left: Expression;
      readonly right: Expression;
    };

/** A function over objects, such as `ready(deployment/web)` or `count(pods, app=web)`. */
export interface CallExpression {
  readonly op: "call";
  readonly unit: Unit;
  readonly name: string;
  /** The kind of the objects that it looks at. */
  readonly list: keyof ClusterObjects;
  /** The one object; "" for functions over many. */
  readonly key: string;
  /** Type of a condition, path of a field, key of a label or taint; "" where the function takes none. */
  readonly argument: string;
  readonly filters: readonly Filter[];
}

/** `field=value`, `field!=value`, `field` (it is there) or `!field`. A value may have `*` at its ends. */
export interface Filter {
  readonly field: string;
  readonly negate: boolean;
  /** null: the field is there. */
  readonly value: string | null;
}

/** What is claimed of a stretch of time. */
export type Claim =
  | { readonly op: "and" | "or"; readonly left: Claim; readonly right: Claim }
  | { readonly op: "not"; readonly inner: Claim }
  | { readonly op: "always" | "never"; readonly state: Expression }
  | { readonly op: "eventually"; readonly state: Expression; readonly withinMicros: number | null }
  /** At some moment before this virtual time. */
  | { readonly op: "before"; readonly state: Expression; readonly atMicros: number }
  /** At the end of the stretch. */
  | { readonly op: "finally"; readonly state: Expression };

/** The stretches of time that a claim is about. */
export type Scope =
  | { readonly on: "run" }
  | { readonly on: "times"; readonly fromMicros: number; readonly toMicros: number | null }
  /** before its first injection; during: from injection to recovery; after: from recovery; since: from injection; each time. */
  | { readonly on: "before" | "during" | "after" | "since"; readonly fault: string };

export interface Expectation {
  readonly text: string;
  readonly scope: Scope;
  readonly claim: Claim;
}

/** A mistake in the text, and where in it. */
export interface SyntaxFault {
  readonly expected: string;
  /** Offset in the text. */
  readonly at: number;
  /** What stands there. */
  readonly found: string;
}

/** All expressions of a claim, from left to right. */
export function statesOf(claim: Claim): readonly Expression[] {
  switch (claim.op) {
    case "and":
    case "or":
      return [...statesOf(claim.left), ...statesOf(claim.right)];
    case "not":
      return statesOf(claim.inner);
    default:
      return [claim.state];
  }
}

/** The expression and all that it is made of. */
export function partsOf(expression: Expression): readonly Expression[] {
  if ("left" in expression) return [expression, ...partsOf(expression.left), ...partsOf(expression.right)];
  if ("inner" in expression) return [expression, ...partsOf(expression.inner)];
  return [expression];
}
