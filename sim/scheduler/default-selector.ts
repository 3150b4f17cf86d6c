// The pods that belong together with a pod, as default spread constraints see it: what the Services that select it and its
// controller select, all at once. Empty when there is no such Service or controller.
import type { LabelSelectorRequirement, Labels } from "../model/objects.ts";
import { compileLabelSelector, type LabelMatcher } from "../model/selectors.ts";
import type { PodShape } from "./shape.ts";
import type { Snapshot } from "./snapshot.ts";

/** Kinds of objects that the result depends on. */
export const DEFAULT_SELECTOR_KINDS = ["services", "replicationControllers", "replicaSets", "statefulSets"] as const;

export function defaultSelector(shape: PodShape, snapshot: Snapshot): LabelMatcher {
  const { objects } = snapshot;
  const labels: Record<string, string> = {};
  for (const service of objects.services) {
    const selector = service.spec?.selector;
    if (selector == null || (service.metadata.namespace ?? "default") !== shape.namespace) continue;
    if (selects(selector, shape.labels)) Object.assign(labels, selector);
  }
  const expressions: LabelSelectorRequirement[] = [];
  const owner = shape.exemplar.metadata.ownerReferences?.find((o) => o.controller === true);
  if (owner !== undefined) {
    const isOwner = (o: { readonly metadata: { readonly name: string; readonly namespace?: string } }) =>
      o.metadata.name === owner.name && (o.metadata.namespace ?? "default") === shape.namespace;
    const kind = `${owner.apiVersion ?? ""} ${owner.kind}`;
    if (kind === "v1 ReplicationController") {
      Object.assign(labels, objects.replicationControllers.find(isOwner)?.spec?.selector ?? {});
    } else if (kind === "apps/v1 ReplicaSet" || kind === "apps/v1 StatefulSet") {
      const list = owner.kind === "ReplicaSet" ? objects.replicaSets : objects.statefulSets;
      const selector = list.find(isOwner)?.spec?.selector;
      for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
        expressions.push({ key, operator: "In", values: [value] });
      }
      expressions.push(...(selector?.matchExpressions ?? []));
    }
  }
  return compileLabelSelector({ matchLabels: labels, matchExpressions: expressions });
}

// not compiled: every Service is asked once per shape, and most say no
function selects(selector: Labels, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector)) if (labels[key] !== value) return false;
  return true;
}
