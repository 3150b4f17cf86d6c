// Runs a scenario with other nodes: whether its expectations hold then.
import { simulate } from "../../cluster.ts";
import { isValid } from "../../metrics/result.ts";
import type { Node } from "../../model/objects.ts";
import type { Plan } from "../../scenario/plan.ts";
import { type Ground, withNodes } from "./ground.ts";

/** A test of candidates: null when all expectations hold, otherwise the first that does not. */
export function runWith(plan: Plan, ground: Ground): (nodes: readonly Node[]) => string | null {
  return (nodes) => {
    const { objects } = withNodes(ground, nodes);
    const result = simulate(
      { ...plan, objects, declared: { ...plan.declared, nodes: objects.nodes }, lateNodes: [] },
      ground.seed,
      { customPlugins: ground.customPlugins },
    );
    const failed = result.verdicts.find(({ holds }) => !holds);
    if (failed !== undefined) return `${failed.text} does not hold`;
    return isValid(result) ? null : "the run means nothing";
  };
}
