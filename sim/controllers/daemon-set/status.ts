// The status of a DaemonSet from the counts of its table. Source: behaviour of kube-controller-manager 1.36.
import type { DaemonSet } from "../../model/objects.ts";
import type { DaemonCounts } from "./table.ts";

export type DaemonSetStatus = NonNullable<DaemonSet["status"]>;

/** @param observes false while expectations are open: the generation is not acted upon yet */
export function daemonSetStatus(
  set: DaemonSet,
  counts: DaemonCounts,
  collisionCount: number,
  observes: boolean,
): DaemonSetStatus {
  const { status } = set;
  return {
    observedGeneration: observes ? (set.metadata.generation ?? 0) : (status?.observedGeneration ?? 0),
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    updatedNumberScheduled: counts.updated,
    numberAvailable: counts.available,
    numberUnavailable: counts.desired - counts.available,
    ...(collisionCount === 0 ? {} : { collisionCount }),
  };
}

export function sameDaemonSetStatus(a: DaemonSetStatus | undefined, b: DaemonSetStatus): boolean {
  return (
    (a?.observedGeneration ?? 0) >= (b.observedGeneration ?? 0) &&
    (a?.currentNumberScheduled ?? 0) === b.currentNumberScheduled &&
    (a?.numberMisscheduled ?? 0) === b.numberMisscheduled &&
    (a?.desiredNumberScheduled ?? 0) === b.desiredNumberScheduled &&
    (a?.numberReady ?? 0) === b.numberReady &&
    (a?.updatedNumberScheduled ?? 0) === b.updatedNumberScheduled &&
    (a?.numberAvailable ?? 0) === b.numberAvailable &&
    (a?.numberUnavailable ?? 0) === b.numberUnavailable &&
    a?.collisionCount === b.collisionCount
  );
}
