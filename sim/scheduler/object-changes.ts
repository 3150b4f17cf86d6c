// What a change of an object means to waiting pods: compares two states of a node or pod and names the cluster events.
// Source: nodeSchedulingPropertiesChange and podSchedulingPropertiesChange of Kubernetes 1.36.
import type { Node, Pod } from "../model/objects.ts";
import {
  type ClusterEvent,
  UPDATE_NODE_ALLOCATABLE,
  UPDATE_NODE_CONDITION,
  UPDATE_NODE_LABEL,
  UPDATE_NODE_TAINT,
  UPDATE_OTHER,
  UPDATE_POD_GATES_ELIMINATED,
  UPDATE_POD_LABEL,
  UPDATE_POD_SCALE_DOWN,
  UPDATE_POD_TOLERATION,
} from "./cluster-event.ts";
import type { PodInfo } from "./shape.ts";

/** Events of a node's change; empty for a heartbeat. */
export function nodeEvents(before: Node, after: Node): ClusterEvent[] {
  const events: ClusterEvent[] = [];
  const add = (action: number) => events.push({ resource: "Node", action });
  if (before.spec?.unschedulable === true && after.spec?.unschedulable !== true) add(UPDATE_NODE_TAINT);
  else if (!same(before.spec?.taints ?? [], after.spec?.taints ?? [])) add(UPDATE_NODE_TAINT);
  if (!same(before.status?.allocatable, after.status?.allocatable)) add(UPDATE_NODE_ALLOCATABLE);
  if (!same(before.metadata.labels ?? {}, after.metadata.labels ?? {})) add(UPDATE_NODE_LABEL);
  if (!same(conditionStates(before), conditionStates(after))) add(UPDATE_NODE_CONDITION);
  return events;
}

/** Does the scheduler have to take over the new state of the node? */
export function nodeMattersToScheduler(before: Node, after: Node): boolean {
  return (
    before.spec?.unschedulable !== after.spec?.unschedulable ||
    !same(before.spec?.taints, after.spec?.taints) ||
    !same(before.status?.allocatable, after.status?.allocatable) ||
    !same(before.status?.capacity, after.status?.capacity) ||
    !same(before.status?.images, after.status?.images) ||
    !same(before.metadata.labels, after.metadata.labels)
  );
}

/** Events of a pod's change; empty when only its status moved. */
export function podEvents(before: PodInfo, after: PodInfo, assigned: boolean): ClusterEvent[] {
  const resource = assigned ? "AssignedPod" : "UnscheduledPod";
  const events: ClusterEvent[] = [];
  const add = (action: number) => events.push({ resource, action });
  const [old, now] = [before.pod, after.pod];
  if (isChanged(old.metadata.labels, now.metadata.labels, {})) add(UPDATE_POD_LABEL);
  if (scaledDown(before, after)) add(UPDATE_POD_SCALE_DOWN);
  if (isChanged(old.spec.tolerations, now.spec.tolerations, [])) add(UPDATE_POD_TOLERATION);
  if ((old.spec.schedulingGates ?? []).length > 0 && (now.spec.schedulingGates ?? []).length === 0)
    add(UPDATE_POD_GATES_ELIMINATED);
  if (events.length === 0 && !isSameButForNode(old.spec, now.spec)) add(UPDATE_OTHER);
  return events;
}

function scaledDown(before: PodInfo, after: PodInfo): boolean {
  if (before.shape === after.shape) return false;
  const [old, now] = [before.shape.requests, after.shape.requests];
  if (now.cpuMilli < old.cpuMilli || now.memoryBytes < old.memoryBytes || now.ephemeralBytes < old.ephemeralBytes)
    return true;
  for (const [name, amount] of old.scalar) if ((now.scalar.get(name) ?? 0) < amount) return true;
  return false;
}

function conditionStates(node: Node): readonly (readonly [string, string])[] {
  return (node.status?.conditions ?? []).map((c) => [c.type, c.status] as const);
}

function isChanged(before: unknown, after: unknown, none: unknown): boolean {
  return before !== after && !same(before ?? none, after ?? none);
}

function isSameButForNode(a: Pod["spec"], b: Pod["spec"]): boolean {
  return a === b || shareFields(a, b) || same({ ...a, nodeName: undefined }, { ...b, nodeName: undefined });
}

// as after a binding
function shareFields(a: Pod["spec"], b: Pod["spec"]): boolean {
  const [own, other] = [a, b] as unknown as readonly Readonly<Record<string, unknown>>[];
  const isShared = (name: string): boolean => name === "nodeName" || own![name] === other![name];
  return Object.keys(a).every(isShared) && Object.keys(b).every(isShared);
}

// order of keys matters here; objects that the API stores keep theirs
function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
