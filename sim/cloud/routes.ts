// route-controller of the cloud controller manager: where the provider's network needs a route to each node, the node is
// NetworkUnavailable until it has one. Source: behaviour of cloud-provider's route controller 1.36.
import type { ApiError } from "../apiserver/client.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { Node } from "../model/objects.ts";
import type { CloudContext } from "./context.ts";

const PERIOD_MICROS = 10 * SECOND;
const CONDITION = "NetworkUnavailable";

export function startRoutes(context: CloudContext): void {
  const { api, client, informers, life, plan } = context;
  const { routeMicros } = plan;
  if (routeMicros === null) return;
  const nodes = informers.of("nodes");
  const without = new Set<string>();
  const busy = new Set<string>();
  let isWaiting = false;

  function* create(name: string): Steps {
    yield* setCondition(name, "True", "NoRouteCreated", "Node created without a route");
    const error = yield* ask<string | null>((done) => api.call(routeMicros, context.stream(`route/${name}`), done));
    if (error !== null) return;
    yield* setCondition(name, "False", "RouteCreated", "RouteController created a route");
    without.delete(name);
  }
  function* setCondition(name: string, status: string, reason: string, message: string): Steps {
    const lastTransitionTime = context.now();
    const condition = {
      type: CONDITION,
      status,
      reason,
      message,
      lastTransitionTime,
      lastHeartbeatTime: lastTransitionTime,
    };
    yield* ask<Node | ApiError>((done) =>
      client.patchStatus(
        "nodes",
        name,
        (node) => {
          const conditions = node.status?.conditions ?? [];
          if (conditions.some((c) => c.type === CONDITION && c.status === status)) return node;
          const others = conditions.filter(({ type }) => type !== CONDITION);
          return { ...node, status: { ...node.status, conditions: [...others, condition] } };
        },
        done,
      ),
    );
  }
  const pass = () => {
    isWaiting = false;
    for (const name of without) {
      if (busy.has(name)) continue;
      busy.add(name);
      runSteps(create(name), () => {
        busy.delete(name);
        if (without.has(name)) planPass();
      });
    }
  };
  const planPass = () => {
    if (isWaiting) return;
    isWaiting = true;
    life.after(PERIOD_MICROS, pass);
  };
  nodes.listen({
    added: (node) => {
      if (node.status?.conditions?.some(({ type, status }) => type === CONDITION && status === "False")) return;
      without.add(node.metadata.name);
      planPass();
    },
    deleted: ({ metadata }) => without.delete(metadata.name),
  });
}
