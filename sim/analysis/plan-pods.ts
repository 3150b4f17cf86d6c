// The pods of a plan as one list, for questions that need no time: those that wait at the start or come with late nodes,
// then what its sources bring, in the order in which they would arrive. Gaps and lifetimes play no part.
import type { Pod } from "../model/objects.ts";
import type { Plan, WorkloadSource } from "../scenario/plan.ts";
import { pendingPods } from "./fit.ts";

/**
 * @param most from each source that has no end of its own
 */
export function podsOfPlan(plan: Plan, most: number): Pod[] {
  const late = plan.lateNodes.flatMap((nodes) => nodes.daemonPods.flat());
  const waiting = pendingPods({ ...plan.objects, pods: [...plan.objects.pods, ...late] });
  return [...waiting, ...plan.workload.flatMap((source) => [...podsOfSource(source, most)])];
}

function* podsOfSource(source: WorkloadSource, most: number): Generator<Pod> {
  if (source.kind === "trace") {
    for (let i = 0; i < source.podNames.length; i++) {
      yield named(source.shapes[source.shapeOf[i] as number] as Pod, source.podNames[i] as string);
    }
    return;
  }
  const count = source.count ?? most;
  for (let i = 0; i < count; i++) yield named(source.shape, `${source.shape.metadata.name}-${i}`);
}

// spec and labels stay the same objects: pods of one source share their shape
function named(shape: Pod, name: string): Pod {
  return { ...shape, metadata: { ...shape.metadata, name, uid: name, labels: shape.metadata.labels ?? NO_LABELS } };
}

const NO_LABELS = {};
