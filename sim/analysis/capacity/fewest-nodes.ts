// The fewest nodes of one type that the pods need besides the nodes that are there. Counts upward from a bound by resources, so that the answer is
// proven: fewer cannot have enough, or were tried. Only where the way is long it doubles and halves, and says which numbers were left out.
import type { Answer, Cell } from "./answer.ts";
import type { Binding } from "./binding.ts";
import type { Need, Verdict } from "./need.ts";
import { type NodeType, typeText } from "./node-type.ts";

export interface FewestNodes {
  /** null: no number up to the most. */
  readonly count: number | null;
  readonly bound: number;
  readonly boundBy: string;
  /** Every smaller number was tried or cannot have enough. */
  readonly isProven: boolean;
  /** What one node fewer fails on, or any number when there is none. */
  readonly verdict: Verdict | null;
  readonly steps: readonly Step[];
}

interface Step {
  readonly count: number;
  readonly holds: boolean;
  readonly because: string;
}

/** So many numbers are tried one after the other. */
const PATIENCE = 64;

export function fewestNodes(need: Need, type: NodeType): FewestNodes {
  const least = need.leastOf(type);
  const steps: Step[] = [];
  let verdict: Verdict | null = null;
  const tryCount = (count: number): Verdict => {
    const said = need.judge([type], [count]);
    steps.push({ count, holds: said.holds, because: becauseOf(said) });
    if (!said.holds) verdict = said;
    return said;
  };
  const done = (count: number | null, isProven: boolean): FewestNodes => ({
    count,
    bound: least.count,
    boundBy: least.resource,
    isProven,
    verdict,
    steps,
  });
  if (least.count > type.most) {
    tryCount(Math.min(type.most, least.count === Infinity ? Math.max(1, type.zones.length) : type.most));
    return done(null, true);
  }
  if (need.isTooLargeFor([type])) {
    tryCount(Math.min(type.most, Math.max(least.count, type.zones.length, 1)));
    return done(null, true);
  }
  let count = least.count;
  for (; count <= type.most && count < least.count + PATIENCE; count++) {
    const said = tryCount(count);
    if (said.holds) return done(count, true);
    if (said.isHopeless) return done(null, true);
  }
  if (count > type.most) return done(null, true);
  // far from the bound: double, then halve
  let failed = count - 1;
  let step = PATIENCE;
  for (;;) {
    const next = Math.min(type.most, failed + step);
    const said = tryCount(next);
    if (said.holds) {
      count = next;
      break;
    }
    if (said.isHopeless) return done(null, true);
    if (next === type.most) return done(null, false);
    failed = next;
    step *= 2;
  }
  while (count - failed > 1) {
    const middle = (count + failed) >> 1;
    if (tryCount(middle).holds) count = middle;
    else failed = middle;
  }
  return done(count, false);
}

function becauseOf({ holds, binding, refusal }: Verdict): string {
  if (holds) return "";
  if (refusal !== null) return refusal;
  const [first] = binding?.constraints ?? [];
  return `${binding?.pod ?? "a pod"} pending${first === undefined ? "" : `: ${first.plugin}: ${first.reason}`}`;
}

export interface FewestNodesOptions {
  /** Most nodes that are acceptable. */
  readonly require?: number;
  readonly waiting: number;
  readonly present: number;
}

export function answerFewestNodes(need: Need, type: NodeType, options: FewestNodesOptions): Answer {
  const found = fewestNodes(need, type);
  const { count, bound, isProven, verdict, steps } = found;
  const price = count === null ? null : (count * type.priceMicros) / 1_000_000;
  const binding: Binding | null = verdict?.binding ?? null;
  const reasoning = [
    `${options.waiting} pods wait for a place beside ${options.present} nodes; the type is ${typeText(type)}.`,
    bound === Infinity
      ? `What is missing (${need.missingText()}) is not on such nodes at all: ${found.boundBy}.`
      : `Missing: ${need.missingText()}. By that alone it takes at least ${bound}${found.boundBy === "" ? "" : ` (${found.boundBy})`}.`,
    count === null
      ? verdict?.isHopeless === true || need.isTooLargeFor([type]) || bound === Infinity
        ? "An empty node of the type does not take the pod that is left: more of them would not either."
        : `Up to ${type.most} were tried.`
      : isProven
        ? `Every number from ${bound} to ${count} was tried: it is the smallest that the scheduler copes with.`
        : `Numbers were tried by doubling and halving: ${count} holds and ${count - 1} does not, but numbers in between that were left out might hold too.`,
  ];
  return {
    question: "nodes",
    answer: sentence(found, type),
    values: {
      nodes: count,
      least_by_resources: bound === Infinity ? null : bound,
      bound_by: found.boundBy,
      is_proven: isProven,
      price_per_hour: type.priceMicros === 0 ? null : price,
      tried: steps.length,
    },
    table: {
      columns: ["nodes", "holds", "because"],
      rows: steps.map(({ count: of, holds, because }): Cell[] => [of, holds ? "yes" : "no", because]),
    },
    reasoning,
    binding: count === 0 ? null : binding,
    met: options.require === undefined ? null : count !== null && count <= options.require,
  };
}

function sentence({ count, isProven }: FewestNodes, { name, most }: NodeType): string {
  if (count === null) return `No number of ${name} nodes up to ${most} is enough.`;
  if (count === 0) return "No further node is needed.";
  const enough = `${count} ${name} node${count === 1 ? " is" : "s are"} enough`;
  return isProven ? `${enough}, and fewer are not.` : `${enough}, ${count - 1} are not.`;
}
