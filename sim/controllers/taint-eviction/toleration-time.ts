// How long a pod may stay on a node with these taints. Source: behaviour of the taint eviction controller of
// kube-controller-manager 1.36.
import { SECOND } from "../../engine/tick.ts";
import type { Taint, Toleration } from "../../model/objects.ts";
import { tolerates } from "../../model/taints.ts";

/**
 * @returns microseconds, 0 = not at all, infinity = for ever. Of each taint the first toleration that matches counts, and of these
 *   the one that ends first
 */
export function tolerationMicros(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  let minMicros = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const used = tolerations.find((toleration) => tolerates(toleration, taint));
    if (used === undefined) return 0;
    if (used.tolerationSeconds != null) minMicros = Math.min(minMicros, Math.max(used.tolerationSeconds, 0) * SECOND);
  }
  return minMicros;
}
