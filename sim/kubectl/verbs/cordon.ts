// cordon and uncordon: kubectl cordon, uncordon.
import { ApiError } from "../../apiserver/client.ts";
import type { Steps } from "../../engine/steps.ts";
import type { Command } from "../command.ts";
import { chosenNodes, NODE_CHOICE } from "../nodes.ts";
import { verb } from "../verb.ts";

export const cordon = verb({
  name: "cordon",
  doc: "Marks nodes unschedulable.",
  example: "{ at: 5m, cordon: { node: general-3 } }",
  parameters: NODE_CHOICE,
  oneOf: [["node", "selector"]],
  search: { on: "node", of: "nodes" },
  *run(command, choice) {
    for (const name of yield* chosenNodes(command, choice)) yield* setSchedulable(command, name, true);
  },
});

export const uncordon = verb({
  name: "uncordon",
  doc: "Marks nodes schedulable again.",
  example: "{ at: 15m, uncordon: { node: general-3 } }",
  parameters: NODE_CHOICE,
  oneOf: [["node", "selector"]],
  *run(command, choice) {
    for (const name of yield* chosenNodes(command, choice)) yield* setSchedulable(command, name, false);
  },
});

/** @returns whether the node is as it should be now */
export function* setSchedulable(command: Command, name: string, unschedulable: boolean): Steps<boolean> {
  const said = unschedulable ? "cordoned" : "uncordoned";
  const stored = yield* command.get("nodes", name);
  if (stored instanceof ApiError) {
    command.refused(stored);
    return false;
  }
  if ((stored.spec?.unschedulable ?? false) === unschedulable) {
    command.print(`node/${name} already ${said}`);
    return true;
  }
  const answer = yield* command.patch("nodes", name, (before) => {
    const { unschedulable: _, ...spec } = before.spec ?? {};
    return { ...before, spec: unschedulable ? { ...spec, unschedulable: true } : spec };
  });
  if (answer instanceof ApiError) command.refused(answer);
  else command.print(`node/${name} ${said}`);
  return !(answer instanceof ApiError);
}
