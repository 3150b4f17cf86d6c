// taint: kubectl taint nodes, with the command's own notation: key=value:Effect, key:Effect, key:Effect-, key-.
import { ApiError } from "../../apiserver/client.ts";
import type { Node, Taint } from "../../model/objects.ts";
import { chosenNodes, NODE_CHOICE } from "../nodes.ts";
import { verb } from "../verb.ts";

const FORM = /^([\w./-]+?)(?:=([\w.-]*))?(?::(NoSchedule|PreferNoSchedule|NoExecute))?(-?)$/;

interface TaintChange {
  readonly key: string;
  readonly value: string | undefined;
  readonly effect: string | undefined;
  readonly isRemoval: boolean;
}

export const taint = verb({
  name: "taint",
  doc: "Puts taints on nodes, or takes them away with a dash at the end.",
  example: '{ at: 5m, taint: { node: general-3, taints: "maintenance=true:NoExecute" } }',
  parameters: {
    ...NODE_CHOICE,
    taints: { type: "texts", required: true, doc: "KEY=VALUE:EFFECT, KEY:EFFECT, KEY:EFFECT- or KEY-; one or a list." },
    overwrite: { type: "flag", default: false, doc: "A taint of the same key and effect may be changed." },
  },
  oneOf: [["node", "selector"]],
  search: {
    on: "node",
    of: "nodes",
    says: { taints: "maintenance=true:NoExecute" },
    tries: { taints: ["maintenance=true:NoSchedule"] },
  },
  *run(command, { overwrite, taints, ...choice }) {
    const changes = taints.map(parse);
    const wrong = changes.indexOf(null);
    if (wrong >= 0) return command.fail(`error: invalid taint spec: ${taints[wrong]}`);
    for (const name of yield* chosenNodes(command, choice)) {
      const stored = yield* command.get("nodes", name);
      if (stored instanceof ApiError) {
        command.refused(stored);
        continue;
      }
      const problem = overwrite ? null : problemOf(stored, changes as TaintChange[]);
      if (problem !== null) {
        command.fail(problem);
        continue;
      }
      const answer = yield* command.patch("nodes", name, (before) => tainted(before, changes as TaintChange[]));
      if (answer instanceof ApiError) command.refused(answer);
      else command.print(`node/${name} ${changes.every((change) => change!.isRemoval) ? "untainted" : "tainted"}`);
    }
  },
});

function parse(text: string): TaintChange | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, key = "", value, effect, dash] = match;
  if (dash !== "-" && effect === undefined) return null;
  return { key, value, effect, isRemoval: dash === "-" };
}

function problemOf(node: Node, changes: readonly TaintChange[]): string | null {
  for (const { effect, isRemoval, key } of changes) {
    const has = node.spec?.taints?.some((t) => t.key === key && (effect === undefined || t.effect === effect)) === true;
    if (isRemoval && !has) return `error: taint "${key}${effect === undefined ? "" : `:${effect}`}" not found`;
    if (!isRemoval && has)
      return `error: node ${node.metadata.name} already has ${key} taint(s) with same effect(s) and --overwrite is false`;
  }
  return null;
}

function tainted(node: Node, changes: readonly TaintChange[]): Node {
  let taints: readonly Taint[] = node.spec?.taints ?? [];
  for (const { effect, isRemoval, key, value } of changes) {
    taints = taints.filter((t) => t.key !== key || (effect !== undefined && t.effect !== effect));
    if (!isRemoval) taints = [...taints, { key, ...(value === undefined ? {} : { value }), effect: effect! }];
  }
  return { ...node, spec: { ...node.spec, taints } };
}
