// The fewest and least important pods of one node that have to go so that a pod fits there: take all pods of lower priority
// away, see whether it fits, then give back as many as possible, first those under a disruption budget that would break.
import { type CycleState, type Handle, isRejected, type Status, status } from "../framework.ts";
import { goSort } from "../go-sort.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../shape.ts";
import { type DisruptionBudget, splitByViolation } from "./disruption-budgets.ts";
import { byImportance } from "./importance.ts";

export interface Victims {
  /** Most important first. */
  readonly pods: readonly PodInfo[];
  readonly pdbViolations: number;
}

const NAME = "DefaultPreemption";

/** Only pods of lower priority are ever preempted. */
export function mayPreempt(preemptor: PodInfo, victim: PodInfo): boolean {
  return victim.shape.priority < preemptor.shape.priority;
}

/**
 * A dry run on one node: neither the node nor the state changes.
 *
 * @param lower the node's pods that may be preempted, in the node's order; not empty
 * @returns the victims, or why preemption does not help on this node
 */
export function selectVictims(
  handle: Handle,
  cycleState: CycleState,
  pod: PodInfo,
  original: NodeInfo,
  lower: readonly PodInfo[],
  budgets: readonly DisruptionBudget[],
): Victims | Status {
  const state = cycleState.clone();
  const node =
    lower.length === original.pods.length
      ? original.clone([])
      : original.clone(original.pods.filter((p) => !mayPreempt(pod, p)));
  for (const victim of lower) {
    const failed = handle.runRemovePodExtensions(state, pod, victim, node);
    if (failed !== null) return failure(failed);
  }
  const said = handle.filterWithNominatedPods(state, pod, node);
  if (said !== null) return isRejected(said) ? said : failure(said);

  const { violating, others } = splitByViolation(goSort(lower.slice(), byImportance), budgets);
  const victims: PodInfo[] = [];
  // gives the pod back unless it is in the way
  const reprieve = (candidate: PodInfo): Status | null => {
    node.addPod(candidate);
    const notAdded = handle.runAddPodExtensions(state, pod, candidate, node);
    if (notAdded !== null) return failure(notAdded);
    if (handle.filterWithNominatedPods(state, pod, node) === null) return null;
    node.removePod(candidate);
    victims.push(candidate);
    const notRemoved = handle.runRemovePodExtensions(state, pod, candidate, node);
    return notRemoved === null ? null : failure(notRemoved);
  };
  for (const candidate of violating) {
    const failed = reprieve(candidate);
    if (failed !== null) return failed;
  }
  const pdbViolations = victims.length;
  for (const candidate of others) {
    const failed = reprieve(candidate);
    if (failed !== null) return failed;
  }
  if (victims.length === 0)
    return status("Error", NAME, `expected at least one victim pod on node ${JSON.stringify(original.name)}`);
  if (violating.length > 0 && others.length > 0) goSort(victims, byImportance);
  return { pods: victims, pdbViolations };
}

function failure(cause: Status): Status {
  return { ...cause, code: "Error" };
}
