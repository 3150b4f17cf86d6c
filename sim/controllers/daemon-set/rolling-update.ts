// One step of a DaemonSet's rolling update: which old pods go, or next to which a new one comes first.
// Source: behaviour of kube-controller-manager 1.36; candidates come in the order in which they became that, upstream's in none.
import type { DaemonSet, Pod } from "../../model/objects.ts";
import { scaledCount } from "../framework/int-or-percent.ts";
import type { DaemonWork } from "./manage.ts";
import { isUpdated } from "./pods.ts";
import type { DaemonTable, DaemonTarget } from "./table.ts";

export function hasSurge(set: DaemonSet): boolean {
  const { maxSurge } = set.spec?.updateStrategy?.rollingUpdate ?? {};
  return isRolling(set) && scaledCount(maxSurge, 100, true) > 0;
}

export function isRolling(set: DaemonSet): boolean {
  return (set.spec?.updateStrategy?.type ?? "RollingUpdate") === "RollingUpdate";
}

/** Both are shares of the nodes that want a pod, rounded up. */
function limits(set: DaemonSet, desired: number): { readonly maxSurge: number; readonly maxUnavailable: number } {
  const rollingUpdate = set.spec?.updateStrategy?.rollingUpdate ?? {};
  const maxSurge = scaledCount(rollingUpdate.maxSurge, desired, true);
  const maxUnavailable = scaledCount(rollingUpdate.maxUnavailable ?? 1, desired, true);
  return { maxSurge, maxUnavailable: maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

export function rollingUpdate(set: DaemonSet, table: DaemonTable, target: DaemonTarget): DaemonWork {
  const { maxSurge, maxUnavailable } = limits(set, table.counts.desired);
  const broken = table.rolling("broken");
  const busy = table.rolling("busy").size;
  const remove: Pod[] = [];
  if (maxSurge === 0) {
    const room = Math.max(0, maxUnavailable - busy - broken.size);
    for (const node of [...broken, ...first(table.rolling("candidate"), room)]) {
      remove.push(...oldPods(table, node, target));
    }
    return { create: [], remove };
  }
  for (const node of table.rolling("surged")) remove.push(...oldPods(table, node, target));
  const wanting = (nodes: Iterable<string>) => [...nodes].filter((node) => table.eligibility(node).shouldRun);
  const room = Math.max(0, maxSurge - busy);
  return { create: [...wanting(broken), ...wanting(table.rolling("candidate")).slice(0, room)], remove };
}

function oldPods(table: DaemonTable, node: string, { hash }: DaemonTarget): readonly Pod[] {
  return table.podsOn(node).filter((pod) => pod.metadata.deletionTimestamp == null && !isUpdated(pod, hash));
}

function first(nodes: ReadonlySet<string>, count: number): string[] {
  const result: string[] = [];
  for (const node of nodes) {
    if (result.length >= count) break;
    result.push(node);
  }
  return result;
}
