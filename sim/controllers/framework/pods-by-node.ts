// Pods by the node that they are bound to: one index for all controllers that look at nodes.
import type { ObjectIndex, SharedInformers } from "../../apiserver/shared-informer.ts";
import type { Pod } from "../../model/objects.ts";

export function podsByNode(informers: SharedInformers): ObjectIndex<Pod> {
  return informers.of("pods").index("spec.nodeName", ({ spec }) => (spec.nodeName ? [spec.nodeName] : []));
}
