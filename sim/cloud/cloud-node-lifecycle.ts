// cloud-node-lifecycle-controller: asks the provider about nodes that are not ready, deletes those whose machine does not exist any more
// and taints those whose machine is shut down. Source: behaviour of cloud-provider's node lifecycle controller 1.36.
import type { ApiError } from "../apiserver/client.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Node } from "../model/objects.ts";
import { CLOUD_SHUTDOWN_TAINT, hasTaint, withTaints } from "../model/taints.ts";
import type { CloudContext } from "./context.ts";

const PERIOD_MICROS = 5 * SECOND;
const SHUTDOWN = { key: CLOUD_SHUTDOWN_TAINT, effect: "NoSchedule" } as const;

export function startCloudNodeLifecycle(context: CloudContext): void {
  const { informers, life } = context;
  const nodes = informers.of("nodes");
  // the others have nothing that could change
  const suspects = new Set<string>();
  let isWaiting = false;
  const look = (node: Node) => {
    if (isReady(node) && !hasTaint(node, SHUTDOWN.key, SHUTDOWN.effect)) suspects.delete(node.metadata.name);
    else {
      suspects.add(node.metadata.name);
      plan();
    }
  };
  const plan = () => {
    if (isWaiting) return;
    isWaiting = true;
    life.after(PERIOD_MICROS, () =>
      runSteps(pass(), () => {
        isWaiting = false;
        if (suspects.size > 0) plan();
      }),
    );
  };
  function* pass(): Steps {
    for (const name of [...suspects]) {
      const node = nodes.cache.get(name);
      if (node !== undefined) yield* check(context, node);
    }
  }
  nodes.listen({
    added: look,
    updated: (_before, node) => look(node),
    deleted: ({ metadata }) => suspects.delete(metadata.name),
  });
}

function* check(context: CloudContext, node: Node): Steps {
  const { api, client, events, machines, now } = context;
  const { name } = node.metadata;
  if (isReady(node)) {
    yield* patchTaints(context, name, (now) => withTaints(now, [], [SHUTDOWN]));
    return;
  }
  const error = yield* ask<string | null>((done) => api.call(null, context.stream(`lookup/${name}`), done));
  // a provider that cannot say gives no reason to delete anything
  if (error !== null) return;
  const state = machines.get(name)?.state ?? "gone";
  if (state === "stopped")
    yield* patchTaints(context, name, (n) => withTaints(n, [{ ...SHUTDOWN, timeAdded: now() }], []));
  if (state !== "gone") return;
  const metadata = { name, uid: node.metadata.uid };
  const message = `Deleting node ${name} because it does not exist in the cloud provider`;
  events.event({ apiVersion: "v1", kind: "Node", metadata }, "Normal", "DeletingNode", message);
  yield* ask<null | ApiError>((done) => client.delete("nodes", name, {}, done));
}

function* patchTaints({ client }: CloudContext, name: string, change: (node: Node) => Node): Steps {
  yield* ask<Node | ApiError>((done) => client.patch("nodes", name, change, done));
}

function isReady(node: Node): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
