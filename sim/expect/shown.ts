// Expressions and their values as text, for verdicts: `ready(deployment/web) was 2`.
import { formatDuration } from "../engine/tick.ts";
import type { CallExpression, Expression, Filter, Unit, Value } from "../model/expectation/syntax.ts";
import { wordOf } from "../model/resource-names.ts";

/** The parts of a state that tell why it holds or not: the left sides of its comparisons. */
export function tellingParts(state: Expression): readonly Expression[] {
  if (state.op === "and" || state.op === "or") return [...tellingParts(state.left), ...tellingParts(state.right)];
  if (state.op === "not") return tellingParts(state.inner);
  if ("left" in state) return [state.left, ...(state.right.op === "literal" ? [] : [state.right])];
  return [state];
}

export function shownValue(value: Value | undefined, unit: Unit): string {
  if (value === undefined) return "not measured";
  if (typeof value !== "number") return String(value);
  if (unit === "duration") return formatDuration(Math.round(value));
  if (unit === "share") return `${Math.round(value * 1e6) / 1e4}%`;
  return String(Math.round(value * 1e6) / 1e6);
}

export function shownExpression(expression: Expression): string {
  switch (expression.op) {
    case "literal":
      return shownValue(expression.value, expression.unit);
    case "metric":
      return expression.aggregate === null ? expression.metric : `${expression.aggregate}(${expression.metric})`;
    case "fact":
      return expression.member === "" ? expression.fact : `${expression.fact}(${expression.member})`;
    case "call":
      return shownCall(expression);
    case "not":
      return `not ${shownExpression(expression.inner)}`;
    case "negate":
      return `-${shownExpression(expression.inner)}`;
    default:
      return `${shownExpression(expression.left)} ${expression.op} ${shownExpression(expression.right)}`;
  }
}

function shownCall({ argument, filters, key, list, name }: CallExpression): string {
  const what = key === "" ? (name === "events" ? [] : [list]) : [`${wordOf(list)}/${key.replace(/^default\//, "")}`];
  return `${name}(${[...what, ...(argument === "" ? [] : [argument]), ...filters.map(shownFilter)].join(", ")})`;
}

function shownFilter({ field, negate, value }: Filter): string {
  if (value === null) return negate ? `!${field}` : field;
  return `${field}${negate ? "!=" : "="}${value}`;
}
