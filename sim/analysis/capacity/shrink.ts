// How far the cluster can shrink: nodes are taken away one after the other, in a random order, until the pods do not fit any more, with several
// seeds. Source: cell compaction in Verma et al., "Large-scale cluster management at Google with Borg", EuroSys 2015, section 5.1: pods are
// placed anew at each step, at least 11 orders, the 90th percentile, and 0.2 % of pods may stay pending.
import { createStream } from "../../engine/random.ts";
import type { Answer, Cell } from "./answer.ts";
import { type Binding, bindingOf } from "./binding.ts";
import { emptied, type Ground, pinnedTo, withoutNodes } from "./ground.ts";
import { settledGround } from "./settled-ground.ts";
import { Trial } from "./trial.ts";

export interface ShrinkOptions {
  /** Orders of the nodes. */
  readonly orders: number;
  /** Share of pods that may stay pending. */
  readonly mostPending: number;
  /** Pods on nodes that stay are not moved. */
  readonly inPlace: boolean;
}

export interface Order {
  readonly seed: string;
  /** All nodes; the last goes first. */
  readonly nodes: readonly string[];
  /** Nodes that are left; null: not even all of them take the pods. */
  readonly left: number | null;
  /** The node whose removal was too much. */
  readonly stoppedAt: string;
  readonly because: string;
}

export interface Shrinking {
  readonly orders: readonly Order[];
  /** Of the numbers of nodes that are left. */
  readonly p90: number | null;
  readonly least: number | null;
  readonly most: number | null;
  readonly nodes: number;
  readonly pods: number;
  /** Pods that may stay pending. */
  readonly allowed: number;
  readonly isStepwise: boolean;
  readonly binding: Binding | null;
}

/** Larger clusters are halved instead of taken apart node by node. */
const MOST_STEPS = 60;

export function shrink(given: Ground, { orders, mostPending, inPlace }: ShrinkOptions): Shrinking {
  const ground = inPlace ? settledGround(given).ground : emptied(given);
  const names = ground.objects.nodes.map(({ metadata }) => metadata.name);
  const pods = ground.objects.pods.filter((pod) => pinnedTo(pod) === null).length;
  const allowed = Math.floor(mostPending * pods);
  const isStepwise = names.length <= MOST_STEPS;
  let binding: Binding | null = null;
  let worst = -1;
  const found: Order[] = [];
  for (let i = 0; i < orders; i++) {
    const order = shuffled(names, `${ground.seed}/${i}`);
    const refusals = new Map<number, () => Binding | null>();
    const holds = (left: number): boolean => {
      const trial = new Trial(withoutNodes(ground, new Set(order.slice(left))));
      const { complete, unplaced } = trial.settle(allowed);
      if (complete && unplaced.length <= allowed) return true;
      refusals.set(left, () => {
        const last = unplaced.at(-1);
        return last === undefined ? null : bindingOf(trial.scheduler, last.pod, last.message);
      });
      return false;
    };
    const left = smallest(names.length, isStepwise, holds);
    const refused = left === null ? names.length : left - 1;
    const because = refusals.get(refused)?.() ?? null;
    if ((left ?? names.length + 1) > worst) {
      worst = left ?? names.length + 1;
      binding = because;
    }
    const [first] = because?.constraints ?? [];
    found.push({
      seed: `${ground.seed}/${i}`,
      nodes: order,
      left,
      stoppedAt: left === null || left === 0 ? "" : (order[left - 1] as string),
      because: first === undefined ? "" : `${because?.pod} pending: ${first.plugin}: ${first.reason}`,
    });
  }
  const lefts = found.flatMap(({ left }) => (left === null ? [] : [left])).sort((a, b) => a - b);
  const all = lefts.length === found.length;
  return {
    orders: found,
    p90: all ? (lefts[Math.ceil(0.9 * lefts.length) - 1] ?? null) : null,
    least: lefts[0] ?? null,
    most: all ? (lefts.at(-1) ?? null) : null,
    nodes: names.length,
    pods,
    allowed,
    isStepwise,
    binding,
  };
}

/** Removed one by one until it does not hold; by halves, on the assumption that fewer nodes are never better. */
function smallest(nodes: number, isStepwise: boolean, holds: (left: number) => boolean): number | null {
  if (!holds(nodes)) return null;
  let left = nodes;
  if (isStepwise) {
    while (left > 0 && holds(left - 1)) left--;
    return left;
  }
  let failed = -1;
  while (left - failed > 1) {
    const middle = (left + failed) >> 1;
    if (holds(middle)) left = middle;
    else failed = middle;
  }
  return left;
}

function shuffled(names: readonly string[], seed: string): readonly string[] {
  const stream = createStream(seed, "plan/shrink");
  const order = [...names];
  for (let i = order.length - 1; i > 0; i--) {
    const j = stream.int(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

export function answerShrink(ground: Ground, options: ShrinkOptions & { readonly require?: number }): Answer {
  const found = shrink(ground, options);
  const { p90, nodes, orders, allowed, pods } = found;
  return {
    question: "shrink",
    answer:
      p90 === null
        ? `The pods do not fit on the ${nodes} node${nodes === 1 ? " that is" : "s that are"} there${options.inPlace ? "" : " when they are placed anew"}.`
        : p90 === nodes
          ? `No node can go: all ${nodes} are needed.`
          : `${nodes - p90} of ${nodes} nodes can go: ${p90} are enough in nine of ten orders.`,
    values: {
      nodes,
      nodes_needed_p90: p90,
      nodes_needed_min: found.least,
      nodes_needed_max: found.most,
      compaction_ratio: p90 === null || nodes === 0 ? null : Math.round((p90 / nodes) * 10_000) / 10_000,
      pods,
      pending_allowed: allowed,
      orders: orders.length,
    },
    table: {
      columns: ["order", "nodes left", "nodes gone", "next would be", "because"],
      rows: orders.map(({ left, stoppedAt, because }, i): Cell[] => [
        i,
        left,
        left === null ? null : nodes - left,
        stoppedAt,
        because,
      ]),
    },
    reasoning: [
      options.inPlace
        ? "Pods of nodes that go are placed again by the scheduler; the others stay where they are."
        : "At each step all pods are placed anew by the scheduler, so that no unlucky placement stands in the way; DaemonSet and static pods go with their nodes.",
      `${orders.length} random orders of removal; at most ${allowed} of ${pods} pods (${Math.round(options.mostPending * 1000) / 10} %) may stay pending. P90 is the number of nodes that is enough in nine of ten orders.`,
      found.isStepwise
        ? "Nodes were removed one by one until the pods did not fit."
        : "The number was halved, on the assumption that fewer nodes never take more pods.",
    ],
    binding: found.binding,
    met: options.require === undefined ? null : p90 !== null && nodes - p90 >= options.require,
  };
}
