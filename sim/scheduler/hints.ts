// Queueing hints of the default plugins: which events could make a pod schedulable that this plugin turned down.
// A hint looks only at what the event carries; when in doubt it says yes. One function per plugin, one line in the table.
// Source: EventsToRegister of the in-tree plugins, Kubernetes 1.36 (KEP-4247).
import type { Node, TopologySpreadConstraint } from "../model/objects.ts";
import { compileLabelSelector, compileNodeSelector } from "../model/selectors.ts";
import {
  ADD,
  DELETE,
  type Hint,
  type HintRegistration,
  type HintTable,
  UPDATE,
  UPDATE_NODE_ALLOCATABLE,
  UPDATE_NODE_LABEL,
  UPDATE_NODE_TAINT,
  UPDATE_POD_GATES_ELIMINATED,
  UPDATE_POD_LABEL,
  UPDATE_POD_SCALE_DOWN,
  UPDATE_POD_TOLERATION,
} from "./cluster-event.ts";
import type { PluginArgs } from "./framework.ts";
import { NodeInfo } from "./node-info.ts";
import { anyPortTaken } from "./plugins/node-ports.ts";
import { requiredNodes } from "./required-node-affinity.ts";
import { type AffinityTerm, type PodInfo, type PodShape, termMatches } from "./shape.ts";
import { hasUntoleratedTaint } from "./tolerations.ts";
import { VOLUME_HINTS } from "./volume-hints.ts";

/** The table of one profile, from the names of its plugins and their arguments. */
export function hintTable(plugins: Iterable<string>, args: ReadonlyMap<string, PluginArgs>): HintTable {
  const table = new Map<string, readonly HintRegistration[]>();
  for (const name of plugins) {
    const registrations = HINTS[name]?.(args.get(name) ?? {});
    if (registrations !== undefined) table.set(name, registrations);
  }
  return table;
}

const HINTS: Readonly<Record<string, (args: PluginArgs) => readonly HintRegistration[]>> = {
  SchedulingGates: () => [{ resource: "UnscheduledPod", actions: UPDATE_POD_GATES_ELIMINATED, hint: aboutItself }],
  NodeName: () => [
    {
      resource: "Node",
      actions: ADD,
      hint: (pod, _before, after) => (after as Node).metadata.name === pod.pod.spec.nodeName,
    },
  ],
  NodeUnschedulable: () => [
    { resource: "Node", actions: ADD | UPDATE_NODE_TAINT, hint: nodeBecameSchedulable },
    { resource: "UnscheduledPod", actions: UPDATE_POD_TOLERATION, hint: aboutItself },
  ],
  TaintToleration: () => [
    { resource: "Node", actions: ADD | UPDATE_NODE_TAINT, hint: taintsBecameTolerable },
    { resource: "UnscheduledPod", actions: UPDATE_POD_TOLERATION, hint: aboutItself },
  ],
  NodeAffinity: (args) => [{ resource: "Node", actions: ADD | UPDATE_NODE_LABEL, hint: nodeBeganToMatch(args) }],
  NodePorts: () => [
    { resource: "AssignedPod", actions: DELETE, hint: portsWereFreed },
    { resource: "Node", actions: ADD },
  ],
  NodeResourcesFit: () => [
    { resource: "AssignedPod", actions: DELETE },
    { resource: "AssignedPod", actions: UPDATE_POD_SCALE_DOWN, hint: wantedResourceWasFreed },
    { resource: "UnscheduledPod", actions: UPDATE_POD_SCALE_DOWN, hint: aboutItself },
    { resource: "Node", actions: ADD | UPDATE_NODE_ALLOCATABLE, hint: nodeGrewEnough },
  ],
  PodTopologySpread: (args) => {
    const constraints = hardConstraints(args);
    return [
      { resource: "AssignedPod", actions: ADD | DELETE | UPDATE_POD_LABEL, hint: spreadPodChanged(constraints) },
      { resource: "UnscheduledPod", actions: UPDATE_POD_LABEL | UPDATE_POD_TOLERATION, hint: aboutItself },
      {
        resource: "Node",
        actions: ADD | DELETE | UPDATE_NODE_LABEL | UPDATE_NODE_TAINT,
        hint: spreadNodeChanged(constraints),
      },
    ];
  },
  InterPodAffinity: () => [
    { resource: "AssignedPod", actions: ADD | DELETE | UPDATE_POD_LABEL, hint: affinityPodChanged },
    { resource: "UnscheduledPod", actions: UPDATE_POD_LABEL, hint: aboutItself },
    { resource: "Node", actions: ADD | UPDATE_NODE_LABEL, hint: affinityNodeChanged },
  ],
  ...VOLUME_HINTS,
  // decided by its own deletions, which the plugins that rejected the pod look out for as well
  DefaultPreemption: () => [],
  DynamicResources: () => [],
  // whatever is freed or added may be the device that is missing
  GpuShare: () => [
    { resource: "AssignedPod", actions: DELETE },
    { resource: "Node", actions: ADD | UPDATE_NODE_ALLOCATABLE | UPDATE_NODE_LABEL },
  ],
  NodeDeclaredFeatures: () => [{ resource: "Node", actions: ADD | UPDATE }],
};

/** The event is about the waiting pod itself. */
function aboutItself(pod: PodInfo, _before: unknown, after: unknown): boolean {
  return (after as PodInfo).key === pod.key;
}

function nodeBecameSchedulable(pod: PodInfo, before: unknown, after: unknown): boolean {
  const was = before !== undefined && (before as Node).spec?.unschedulable !== true;
  return !was && ((after as Node).spec?.unschedulable !== true || toleratesUnschedulable(pod.shape));
}

function toleratesUnschedulable(shape: PodShape): boolean {
  return !hasUntoleratedTaint([{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }], shape.tolerations);
}

function taintsBecameTolerable(pod: PodInfo, before: unknown, after: unknown): boolean {
  const { tolerations } = pod.shape;
  const wasTolerable = before !== undefined && !hasUntoleratedTaint((before as Node).spec?.taints ?? [], tolerations);
  return !wasTolerable && !hasUntoleratedTaint((after as Node).spec?.taints ?? [], tolerations);
}

function nodeBeganToMatch(args: PluginArgs): Hint {
  const added = (args as { addedAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: never } | null })
    .addedAffinity;
  const required = added?.requiredDuringSchedulingIgnoredDuringExecution;
  const enforced = required == null ? null : compileNodeSelector(required);
  const matches = (pod: PodInfo, object: unknown): boolean => {
    if (object === undefined) return false;
    const node = new NodeInfo(object as Node, 0);
    return (enforced === null || enforced.matches(node.labels, node.name)) && requiredNodes(pod.shape).matches(node);
  };
  return (pod, before, after) => matches(pod, after) && !matches(pod, before);
}

function portsWereFreed(pod: PodInfo, before: unknown): boolean {
  return anyPortTaken(pod.shape.hostPorts, (before as PodInfo).shape.hostPorts);
}

function wantedResourceWasFreed(pod: PodInfo, before: unknown, after: unknown): boolean {
  const [old, now] = [(before as PodInfo).shape.requests, (after as PodInfo).shape.requests];
  const wanted = pod.shape.requests;
  if (wanted.cpuMilli > 0 && now.cpuMilli < old.cpuMilli) return true;
  if (wanted.memoryBytes > 0 && now.memoryBytes < old.memoryBytes) return true;
  if (wanted.ephemeralBytes > 0 && now.ephemeralBytes < old.ephemeralBytes) return true;
  for (const [name, amount] of wanted.scalar) {
    if (amount > 0 && (now.scalar.get(name) ?? 0) < (old.scalar.get(name) ?? 0)) return true;
  }
  return false;
}

/** The node, were it empty, has room for the pod, and in some resource that the pod asks for more than before. */
function nodeGrewEnough(pod: PodInfo, before: unknown, after: unknown): boolean {
  const wanted = pod.shape.requests;
  const now = new NodeInfo(after as Node, 0);
  if (
    now.allocatablePods < 1 ||
    now.allocatableCpuMilli < wanted.cpuMilli ||
    now.allocatableMemoryBytes < wanted.memoryBytes
  )
    return false;
  if (now.allocatableEphemeralBytes < wanted.ephemeralBytes) return false;
  for (const [name, amount] of wanted.scalar) if ((now.allocatableScalar.get(name) ?? 0) < amount) return false;
  if (before === undefined) return true;
  const old = new NodeInfo(before as Node, 0);
  if (now.allocatablePods > old.allocatablePods) return true;
  if (wanted.cpuMilli > 0 && now.allocatableCpuMilli > old.allocatableCpuMilli) return true;
  if (wanted.memoryBytes > 0 && now.allocatableMemoryBytes > old.allocatableMemoryBytes) return true;
  if (wanted.ephemeralBytes > 0 && now.allocatableEphemeralBytes > old.allocatableEphemeralBytes) return true;
  for (const [name, amount] of wanted.scalar) {
    if (amount > 0 && (now.allocatableScalar.get(name) ?? 0) > (old.allocatableScalar.get(name) ?? 0)) return true;
  }
  return false;
}

type ConstraintsOf = (shape: PodShape) => readonly TopologySpreadConstraint[];

/** A pod's own hard constraints; defaults of the configuration apply only to pods without any, and are looked at by key alone. */
function hardConstraints(args: PluginArgs): ConstraintsOf {
  const defaults = ((args.defaultConstraints as readonly TopologySpreadConstraint[] | null | undefined) ?? []).filter(
    isHard,
  );
  return (shape) => {
    const own = shape.spreadConstraints.filter(isHard);
    return shape.spreadConstraints.length > 0 ? own : defaults;
  };
}

function isHard(constraint: TopologySpreadConstraint): boolean {
  return constraint.whenUnsatisfiable === "DoNotSchedule";
}

function spreadPodChanged(constraintsOf: ConstraintsOf): Hint {
  return (pod, before, after) => {
    const shape = pod.shape;
    const [old, now] = [(before as PodInfo | undefined)?.shape, (after as PodInfo | undefined)?.shape];
    if ((now ?? old)?.namespace !== shape.namespace) return false;
    const constraints = constraintsOf(shape);
    const matches = (other: PodShape | undefined) =>
      other !== undefined &&
      // default constraints have no selector of their own: any pod of the namespace may count
      constraints.some((c) => c.labelSelector == null || compileLabelSelector(c.labelSelector).matches(other.labels));
    if (old !== undefined && now !== undefined) return matches(old) !== matches(now);
    return matches(old ?? now);
  };
}

function spreadNodeChanged(constraintsOf: ConstraintsOf): Hint {
  return (pod, before, after) => {
    const constraints = constraintsOf(pod.shape);
    const hasKeys = (object: unknown) =>
      object !== undefined && constraints.every((c) => (object as Node).metadata.labels?.[c.topologyKey] !== undefined);
    if (before === undefined || after === undefined) return hasKeys(before ?? after);
    const [old, now] = [before as Node, after as Node];
    const moved = constraints.some(
      (c) => old.metadata.labels?.[c.topologyKey] !== now.metadata.labels?.[c.topologyKey],
    );
    if (hasKeys(old) !== hasKeys(now) || (hasKeys(now) && moved)) return true;
    // with nodeTaintsPolicy Honor a taint takes nodes out of the count, or brings them back
    const { tolerations } = pod.shape;
    const honours = constraints.some((c) => c.nodeTaintsPolicy === "Honor");
    return (
      honours &&
      hasUntoleratedTaint(old.spec?.taints ?? [], tolerations) !==
        hasUntoleratedTaint(now.spec?.taints ?? [], tolerations)
    );
  };
}

function affinityPodChanged(pod: PodInfo, before: unknown, after: unknown, snapshot: Parameters<Hint>[3]): boolean {
  const [old, now] = [(before as PodInfo | undefined)?.shape, (after as PodInfo | undefined)?.shape];
  const { requiredAffinity, requiredAntiAffinity } = pod.shape;
  const matchesAll = (terms: readonly AffinityTerm[], other: PodShape | undefined) =>
    other !== undefined && terms.length > 0 && terms.every((t) => termMatches(t, other, snapshot.namespaceLabels));
  const repels = (other: PodShape | undefined) =>
    other !== undefined &&
    (requiredAntiAffinity.some((t) => termMatches(t, other, snapshot.namespaceLabels)) ||
      other.requiredAntiAffinity.some((t) => termMatches(t, pod.shape, snapshot.namespaceLabels)));
  if (matchesAll(requiredAffinity, now) && !matchesAll(requiredAffinity, old)) return true;
  return repels(old) && !repels(now);
}

function affinityNodeChanged(pod: PodInfo, before: unknown, after: unknown): boolean {
  const old = (before as Node | undefined)?.metadata.labels ?? {};
  const now = (after as Node).metadata.labels ?? {};
  const { requiredAffinity, requiredAntiAffinity } = pod.shape;
  for (const { topologyKey } of requiredAffinity) {
    if (now[topologyKey] !== undefined && now[topologyKey] !== old[topologyKey]) return true;
  }
  // a new domain, or leaving one that holds a repelled pod
  if (before === undefined) return requiredAffinity.length === 0;
  return requiredAntiAffinity.some(({ topologyKey }) => now[topologyKey] !== old[topologyKey]);
}
