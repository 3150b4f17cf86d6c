// What is to be created and deleted so that each node has what it should: missing pods, pods where none may be, finished ones, and all
// but one of several. Source: behaviour of kube-controller-manager's podsShouldBeOnNode.
import type { Pod } from "../../model/objects.ts";
import { isPodAvailable, isPodReady } from "../framework/pod-state.ts";
import { isUpdated } from "./pods.ts";
import type { DaemonTable, DaemonTarget } from "./table.ts";

/** What a sync wants to do. */
export interface DaemonWork {
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
}

export interface ManageHooks {
  /** A pod has failed: may it be deleted already, after its node's back-off? */
  readonly mayReplaceFailed: (pod: Pod, node: string) => boolean;
  readonly succeeded: (pod: Pod, node: string) => void;
}

export function manage(
  table: DaemonTable,
  target: DaemonTarget,
  nowMicros: number,
  { mayReplaceFailed, succeeded }: ManageHooks,
): DaemonWork {
  const remove: Pod[] = [];
  for (const node of table.care) {
    const { shouldContinue } = table.eligibility(node);
    const live = table.podsOn(node).filter((pod) => pod.metadata.deletionTimestamp == null);
    if (!shouldContinue) {
      // those on nodes that are gone are the pod garbage collector's, unless no node has them yet
      remove.push(...live.filter((pod) => table.hasNode(node) || !pod.spec.nodeName));
      continue;
    }
    const running: Pod[] = [];
    for (const pod of live) {
      const phase = pod.status?.phase;
      if (phase === "Failed") {
        if (mayReplaceFailed(pod, node)) remove.push(pod);
      } else if (phase === "Succeeded") {
        succeeded(pod, node);
        remove.push(pod);
      } else running.push(pod);
    }
    remove.push(...surplus(running, target, nowMicros));
  }
  return { create: [...table.needing], remove };
}

/** Without surge all but the oldest; with it one old and one new may stand beside each other until one of them decides it. */
function surplus(running: readonly Pod[], target: DaemonTarget, nowMicros: number): readonly Pod[] {
  if (running.length <= 1) return [];
  if (!target.hasSurge) return running.slice(1);
  const remove: Pod[] = [];
  let newPod: Pod | undefined;
  let oldPod: Pod | undefined;
  for (const pod of running) {
    if (isUpdated(pod, target.hash)) {
      if (newPod === undefined) newPod = pod;
      else remove.push(pod);
    } else if (oldPod === undefined) oldPod = pod;
    else remove.push(pod);
  }
  if (oldPod === undefined || newPod === undefined) return remove;
  if (!isPodReady(oldPod) || isPodAvailable(newPod, target.minReadySeconds, nowMicros)) remove.push(oldPod);
  return remove;
}
