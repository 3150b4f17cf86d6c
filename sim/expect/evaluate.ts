// Expressions made into functions of the terms that they read. undefined is what nobody has measured: neither true nor false
// (Kleene's logic), and a claim that rests on it does not hold.
import type { MetricValues } from "../model/expectation/metrics.ts";
import type { ArithmeticOperator, ComparisonOperator, Expression, Value } from "../model/expectation/syntax.ts";
import type { Dependent, TermBoard } from "./term-board.ts";

export type Evaluate = () => Value | undefined;

/** Where the numbers of the finished run come from; empty until it has finished. */
export interface Measured {
  values: MetricValues | null;
}

/** @param dependent called whenever the value may have become another one */
export function compile(expression: Expression, board: TermBoard, measured: Measured, dependent: Dependent): Evaluate {
  const inner = (part: Expression) => compile(part, board, measured, dependent);
  switch (expression.op) {
    case "literal": {
      const { value } = expression;
      return () => value;
    }
    case "metric": {
      const { metric, aggregate } = expression;
      return () =>
        aggregate === null ? measured.values?.value(metric) : measured.values?.aggregate(metric, aggregate);
    }
    case "fact":
    case "call": {
      const term = board.term(expression, dependent);
      return () => term.value;
    }
    case "not": {
      const value = inner(expression.inner);
      return () => {
        const truth = value();
        return truth === undefined ? undefined : truth !== true;
      };
    }
    case "negate": {
      const value = inner(expression.inner);
      return () => {
        const number = value();
        return number === undefined ? undefined : -Number(number);
      };
    }
    default:
      return binary(expression.op, inner(expression.left), inner(expression.right));
  }
}

function binary(op: ArithmeticOperator | ComparisonOperator | "and" | "or", left: Evaluate, right: Evaluate): Evaluate {
  if (op === "and" || op === "or") {
    const decides = op === "or";
    return () => {
      const [a, b] = [left(), right()];
      if (a === decides || b === decides) return decides;
      return a === undefined || b === undefined ? undefined : !decides;
    };
  }
  const apply = OPERATIONS[op];
  return () => {
    const [a, b] = [left(), right()];
    return a === undefined || b === undefined ? undefined : apply(a as never, b as never);
  };
}

type Operation = (a: never, b: never) => Value | undefined;

const OPERATIONS: Readonly<Record<ArithmeticOperator | ComparisonOperator, Operation>> = {
  "==": (a: Value, b: Value) => a === b,
  "!=": (a: Value, b: Value) => a !== b,
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
  "+": (a: number, b: number) => a + b,
  "-": (a: number, b: number) => a - b,
  "*": (a: number, b: number) => a * b,
  "/": (a: number, b: number) => (b === 0 ? undefined : a / b),
};
