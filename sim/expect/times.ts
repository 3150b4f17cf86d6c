// Virtual time in expressions changes all the while; what is said about it changes only at the moment that is named, and right after it.
import { type Expression, partsOf } from "../model/expectation/syntax.ts";

/** The moments at which comparisons of `time` with a literal can change. */
export function momentsOf(state: Expression): readonly number[] {
  return partsOf(state).flatMap((part) => {
    if (!("left" in part) || part.left.op !== "fact" || part.left.fact !== "time" || part.right.op !== "literal")
      return [];
    const at = Number(part.right.value);
    return [at, at + 1];
  });
}
