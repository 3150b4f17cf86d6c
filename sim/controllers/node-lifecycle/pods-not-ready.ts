// Marks pods of a node that is not ready as not ready, so that services send them nothing: their own kubelet cannot say so.
// Source: behaviour of the node lifecycle controller of kube-controller-manager 1.36.
import { ApiError } from "../../apiserver/client.ts";
import { ask, type Steps } from "../../engine/steps.ts";
import type { Pod } from "../../model/objects.ts";
import type { ControllerContext } from "../framework/controller.ts";

type Needs = Pick<ControllerContext, "client" | "engine" | "events" | "timestamps">;

/** Is there anything to be marked? */
export function looksReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status !== "False") ?? false;
}

/** One after the other. @returns false when one could not be marked and it has to be tried again */
export function* markPodsNotReady(context: Needs, pods: readonly Pod[]): Steps<boolean> {
  const { client, engine, events, timestamps } = context;
  let isComplete = true;
  for (const pod of pods) {
    if (!looksReady(pod)) continue;
    const lastTransitionTime = timestamps.at(engine.now);
    const conditions = (pod.status?.conditions ?? []).map((condition) =>
      condition.type === "Ready" ? { ...condition, status: "False", lastTransitionTime } : condition,
    );
    const marked: Pod = { ...pod, status: { ...pod.status, conditions } };
    const answer = yield* ask<Pod | ApiError>((done) => client.updateStatus("pods", marked, done));
    if (answer instanceof ApiError) {
      if (answer.reason === "NotFound") continue;
      isComplete = false;
    }
    const involved = { apiVersion: "v1", kind: "Pod", metadata: pod.metadata };
    events.event(involved, "Warning", "NodeNotReady", "Node is not ready");
  }
  return isComplete;
}
