// What functions of one object compute. Declared in model/expectation/functions.ts.
import type { Value } from "../model/expectation/syntax.ts";
import type { ClusterObjects } from "../model/objects.ts";
import { type AnyObject, conditionOf, isReady, NONE, numberAt, restartsOf, textAt } from "./fields.ts";

/** @param object undefined when it is not there */
export type ObjectFunction = (list: keyof ClusterObjects, object: AnyObject | undefined, argument: string) => Value;

export const OBJECT_FUNCTIONS: Readonly<Record<string, ObjectFunction>> = {
  replicas: (list, object) => replicas(list, object),
  ready: (list, object) => {
    if (list === "pods" || list === "nodes") return isReady(object) ? 1 : 0;
    if (list === "jobs") return numberAt(object, "status.ready");
    return numberAt(object, list === "daemonSets" ? "status.numberReady" : "status.readyReplicas");
  },
  available: (list, object) => available(list, object),
  unavailable: (list, object) => Math.max(0, replicas(list, object) - available(list, object)),
  updated: (list, object) => updated(list, object),
  rolledOut: (list, object) => object !== undefined && isRolledOut(list, object),
  active: (list, object) => {
    const { active } = (object?.status ?? {}) as { active?: unknown };
    return list === "cronJobs" ? (Array.isArray(active) ? active.length : 0) : numberAt(object, "status.active");
  },
  succeeded: (_list, object) => numberAt(object, "status.succeeded"),
  failed: (_list, object) => numberAt(object, "status.failed"),
  disruptionsAllowed: (_list, object) => numberAt(object, "status.disruptionsAllowed"),
  exists: (_list, object) => object !== undefined,
  phase: (_list, object) => textAt(object, "status.phase"),
  node: (_list, object) => textAt(object, "spec.nodeName") || NONE,
  holder: (_list, object) => textAt(object, "spec.holderIdentity") || NONE,
  condition: (_list, object, type) => conditionOf(object, type)?.status ?? NONE,
  reason: (_list, object, type) => conditionOf(object, type)?.reason ?? NONE,
  tainted: (_list, object, key) => {
    const taints = (object?.spec?.taints ?? []) as readonly { readonly key: string }[];
    return taints.some((taint) => taint.key === key);
  },
  label: (_list, object, key) => object?.metadata.labels?.[key] ?? NONE,
  annotation: (_list, object, key) => object?.metadata.annotations?.[key] ?? NONE,
  number: (_list, object, path) => numberAt(object, path),
  field: (_list, object, path) => textAt(object, path),
  restarts: (_list, object) => restartsOf(object),
};

function replicas(list: keyof ClusterObjects, object: AnyObject | undefined): number {
  if (object === undefined) return 0;
  if (list === "daemonSets") return numberAt(object, "status.desiredNumberScheduled");
  return object.spec?.replicas === undefined ? 1 : numberAt(object, "spec.replicas");
}

function available(list: keyof ClusterObjects, object: AnyObject | undefined): number {
  return numberAt(object, list === "daemonSets" ? "status.numberAvailable" : "status.availableReplicas");
}

function updated(list: keyof ClusterObjects, object: AnyObject | undefined): number {
  return numberAt(object, list === "daemonSets" ? "status.updatedNumberScheduled" : "status.updatedReplicas");
}

// the questions of `kubectl rollout status`
function isRolledOut(list: keyof ClusterObjects, object: AnyObject): boolean {
  if (numberAt(object, "status.observedGeneration") < (object.metadata.generation ?? 0)) return false;
  const wanted = replicas(list, object);
  if (list === "statefulSets") {
    const partition = numberAt(object, "spec.updateStrategy.rollingUpdate.partition");
    if (numberAt(object, "status.readyReplicas") < wanted) return false;
    if (partition > 0) return updated(list, object) >= wanted - partition;
    return textAt(object, "status.updateRevision") === textAt(object, "status.currentRevision");
  }
  if (updated(list, object) < wanted || available(list, object) < wanted) return false;
  return list === "daemonSets" || numberAt(object, "status.replicas") <= updated(list, object);
}
