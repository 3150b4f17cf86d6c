// The ground once its scheduler has placed what waits: what later events (failures, drains, new classes) begin from. Pods that find no place
// are set apart: they were pending before whatever is asked about.
import type { Pod } from "../../model/objects.ts";
import type { Ground } from "./ground.ts";
import { Trial, type Unplaced } from "./trial.ts";

export interface SettledGround {
  /** All its pods are on nodes. */
  readonly ground: Ground;
  readonly pending: readonly Unplaced[];
}

export function settledGround(ground: Ground): SettledGround {
  const trial = new Trial(ground);
  const { unplaced } = trial.settle();
  const nodeOf = new Map<string, string>();
  for (const node of trial.snapshot.nodes) for (const { key } of node.pods) nodeOf.set(key, node.name);
  // in the order in which they stand, which is the order in which they would queue again
  const pods: Pod[] = [];
  for (const pod of ground.objects.pods) {
    const nodeName = nodeOf.get(`${pod.metadata.namespace ?? "default"}/${pod.metadata.name}`);
    if (nodeName === undefined) continue;
    pods.push(pod.spec.nodeName === nodeName ? pod : { ...pod, spec: { ...pod.spec, nodeName } });
  }
  return { ground: { ...ground, objects: { ...ground.objects, pods } }, pending: unplaced };
}
