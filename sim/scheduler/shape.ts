// Pod shapes: everything the scheduler reads of a pod's spec, labels and namespace, parsed once and shared by all pods
// that are alike. Pods of one shape get the same verdicts on the same nodes, which is what the node table's caches rest on.
// Not part of a shape: name, uid, times, spec.nodeName, nomination, deletion; they are fields of PodInfo.

import { type GpuRequest, gpuAnnotationKey, gpuIndexesOf, gpuRequestOf } from "../model/gpu/convention.ts";
import type {
  Affinity,
  ContainerStatus,
  Labels,
  OwnerReference,
  Pod,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
  Volume,
} from "../model/objects.ts";
import { nonZeroRequests, podRequests, scoringRequests } from "../model/resources.ts";
import { compileLabelSelector, type LabelMatcher, NOTHING } from "../model/selectors.ts";
import { parseTimestampMicros } from "../model/timestamp.ts";
import { ShapeMemo } from "./shape-memo.ts";

/** Requests of a pod or sums of them. CPU in millicores, the rest in bytes or counts. */
export interface Resources {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly ephemeralBytes: number;
  /** Extended resources, huge pages, attachable volumes; by resource name. */
  readonly scalar: ReadonlyMap<string, number>;
}

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** A pod (anti-)affinity term with its namespaces resolved as far as it can be without the namespace objects. */
export interface AffinityTerm {
  readonly namespaces: ReadonlySet<string>;
  /** Matches namespaces by their labels, besides `namespaces`; nil selectors match nothing, empty ones all namespaces. */
  readonly namespaceSelector: LabelMatcher;
  readonly selector: LabelMatcher;
  readonly topologyKey: string;
  /** 0 for required terms. */
  readonly weight: number;
  /** Equal keys mean equal terms; used to intern terms. */
  readonly key: string;
}

export interface PodShape {
  /** Dense, in order of first appearance. */
  readonly id: number;
  readonly namespace: string;
  readonly labels: Labels;
  readonly priority: number;
  readonly preemptNever: boolean;
  readonly schedulerName: string;
  readonly requests: Resources;
  /** What scoring counts for pods without requests: 100m CPU and 200 MiB per container that names none. */
  readonly nonZeroCpuMilli: number;
  readonly nonZeroMemoryBytes: number;
  /** What NodeResourcesFit counts while the pod is being placed: as the two above, but pod-level resources do not count. */
  readonly scoringCpuMilli: number;
  readonly scoringMemoryBytes: number;
  readonly scoringScalar: ReadonlyMap<string, number>;
  readonly hostPorts: readonly HostPort[];
  readonly tolerations: readonly Toleration[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly AffinityTerm[];
  readonly preferredAntiAffinity: readonly AffinityTerm[];
  readonly spreadConstraints: readonly TopologySpreadConstraint[];
  readonly volumes: readonly Volume[];
  /** Devices or shares of them; null when the pod asks for none. */
  readonly gpu: GpuRequest | null;
  /** The pod that the shape was first seen with: for fields that are read rarely. */
  readonly exemplar: Pod;
}

/** One pod as the scheduler holds it. `shape` carries what it shares with pods alike. */
export class PodInfo {
  readonly pod: Pod;
  readonly shape: PodShape;
  /** namespace/name */
  readonly key: string;
  /** "" until bound. */
  nodeName: string;
  /** "" when not nominated. */
  nominatedNodeName: string;
  readonly terminating: boolean;
  /** Microseconds since the start of the run, negative before it; NaN when the pod has not started. Only compared with others. */
  startTimeMicros: number;
  /** Devices of its node that it holds; null until it was given some. */
  gpuIndexes: readonly number[] | null;

  constructor(pod: Pod, shape: PodShape) {
    this.pod = pod;
    this.shape = shape;
    this.key = `${shape.namespace}/${pod.metadata.name}`;
    this.nodeName = pod.spec.nodeName ?? "";
    this.gpuIndexes = shape.gpu === null || this.nodeName === "" ? null : gpuIndexesOf(pod);
    this.nominatedNodeName = pod.status?.nominatedNodeName ?? "";
    this.terminating = pod.metadata.deletionTimestamp != null;
    const startTime = pod.status?.startTime;
    this.startTimeMicros = startTime == null ? Number.NaN : (parseTimestampMicros(startTime) ?? Number.NaN);
  }

  get uid(): string {
    return this.pod.metadata.uid ?? this.key;
  }
}

/** Interns pods into shapes. One table per simulation; ids are dense so that caches can be arrays. */
export class ShapeTable {
  readonly shapes: PodShape[] = [];
  private readonly byKey = new Map<string, PodShape>();
  // pods stamped out of one template are alike: no need to serialise them again
  private readonly memo = new ShapeMemo<PodShape>();

  /** The pod with its shape. Equal specs, labels, namespaces and controllers give the same shape object. */
  info(pod: Pod): PodInfo {
    return new PodInfo(pod, this.intern(pod));
  }

  intern(pod: Pod): PodShape {
    const isGiven = isGivenByTemplate(pod);
    const controller = controllerOf(pod);
    const known = isGiven ? this.memo.find(pod, controller) : undefined;
    if (known !== undefined) return known;
    const key = shapeKey(pod, controller);
    let shape = this.byKey.get(key);
    if (shape === undefined) {
      shape = buildShape(pod, this.shapes.length);
      this.shapes.push(shape);
      this.byKey.set(key, shape);
    }
    if (isGiven) this.memo.remember(pod, controller, shape);
    return shape;
  }
}

function controllerOf({ metadata }: Pod): OwnerReference | undefined {
  return metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** Do spec, labels, namespace and controller alone say which shape it is? */
function isGivenByTemplate({ spec, status }: Pod): boolean {
  if (spec.volumes?.some((v) => v.ephemeral != null)) return false;
  if (status == null) return true;
  return (
    !status.containerStatuses?.some(saysResources) &&
    !status.initContainerStatuses?.some(saysResources) &&
    status.resize == null &&
    status.resources == null &&
    status.allocatedResources == null &&
    !status.conditions?.some(isOfResize)
  );
}

function saidResources(statuses: readonly ContainerStatus[] | null | undefined): unknown {
  if (!statuses?.some(saysResources)) return null;
  return statuses.filter(saysResources).map((c) => [c.name, c.resources, c.allocatedResources]);
}

/** What a kubelet reports besides resources is nothing to the scheduler. */
export function saysResources(status: ContainerStatus): boolean {
  return status.resources != null || status.allocatedResources != null;
}

/** A condition of a pod whose resources are being changed. */
export function isOfResize(condition: { readonly type: string }): boolean {
  return condition.type === "PodResizePending" || condition.type === "PodResizeInProgress";
}

function shapeKey(pod: Pod, controller: OwnerReference | undefined): string {
  const { metadata, spec, status } = pod;
  const containerPart = (c: (typeof spec.containers)[number]) => [c.image, c.resources, c.ports, c.restartPolicy];
  return JSON.stringify([
    metadata.namespace,
    sortedEntries(metadata.labels),
    controller ? [controller.apiVersion, controller.kind, controller.name, controller.uid] : null,
    spec.containers.map(containerPart),
    spec.initContainers?.map(containerPart),
    sortedEntries(spec.nodeSelector),
    spec.affinity,
    spec.tolerations,
    spec.topologySpreadConstraints,
    spec.schedulingGates,
    spec.schedulerName,
    spec.priority,
    spec.preemptionPolicy,
    spec.hostNetwork,
    spec.overhead,
    spec.resources,
    spec.volumes,
    // names matter only to ephemeral volumes, whose claims are named after the pod
    spec.volumes?.some((v) => v.ephemeral != null) ? metadata.name : null,
    saidResources(status?.containerStatuses),
    saidResources(status?.initContainerStatuses),
    status?.containerStatuses?.some(saysResources) ? spec.containers.map((c) => c.name) : null,
    status?.resize,
    status?.resources,
    status?.allocatedResources,
    status?.conditions?.some(isOfResize) ? status.conditions.filter(isOfResize) : null,
    gpuAnnotationKey(pod),
  ]);
}

function sortedEntries(record: Labels | null | undefined): readonly (readonly [string, string])[] {
  return Object.entries(record ?? {}).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
}

function buildShape(pod: Pod, id: number): PodShape {
  const { metadata, spec } = pod;
  const namespace = metadata.namespace ?? "default";
  const affinity: Affinity = spec.affinity ?? {};
  const term = (t: PodAffinityTerm, weight: number) => buildTerm(t, namespace, weight);
  const nonZero = nonZeroRequests(pod);
  const scoring = scoringRequests(pod);
  const requests = podRequests(pod);
  return {
    id,
    namespace,
    labels: metadata.labels ?? {},
    priority: spec.priority ?? 0,
    preemptNever: spec.preemptionPolicy === "Never",
    schedulerName: spec.schedulerName ?? "default-scheduler",
    requests,
    nonZeroCpuMilli: nonZero.cpuMilli,
    nonZeroMemoryBytes: nonZero.memoryBytes,
    scoringCpuMilli: scoring.cpuMilli,
    scoringMemoryBytes: scoring.memoryBytes,
    scoringScalar: scoring.scalar,
    hostPorts: hostPorts(pod),
    tolerations: spec.tolerations ?? [],
    requiredAffinity: (affinity.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((t) =>
      term(t, 0),
    ),
    requiredAntiAffinity: (affinity.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((t) =>
      term(t, 0),
    ),
    preferredAffinity: (affinity.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((w) =>
      term(w.podAffinityTerm, w.weight),
    ),
    preferredAntiAffinity: (affinity.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((w) =>
      term(w.podAffinityTerm, w.weight),
    ),
    spreadConstraints: spec.topologySpreadConstraints ?? [],
    volumes: spec.volumes ?? [],
    gpu: gpuRequestOf(pod, requests.scalar),
    exemplar: pod,
  };
}

/** A term without namespaces and without namespaceSelector applies to the pod's own namespace. */
function buildTerm(t: PodAffinityTerm, ownNamespace: string, weight: number): AffinityTerm {
  const listed = t.namespaces ?? [];
  const namespaces = new Set(listed.length === 0 && t.namespaceSelector == null ? [ownNamespace] : listed);
  const selector = compileLabelSelector(t.labelSelector);
  const namespaceSelector = t.namespaceSelector == null ? NOTHING : compileLabelSelector(t.namespaceSelector);
  const key = JSON.stringify([[...namespaces].sort(), namespaceSelector.key, selector.key, t.topologyKey, weight]);
  return { namespaces, namespaceSelector, selector, topologyKey: t.topologyKey, weight, key };
}

/** Does the term select this pod? `namespaceLabels` gives the labels of the pod's namespace. */
export function termMatches(
  term: AffinityTerm,
  pod: PodShape,
  namespaceLabels: (namespace: string) => Labels | undefined,
): boolean {
  if (!term.namespaces.has(pod.namespace)) {
    if (term.namespaceSelector.isNothing) return false;
    // namespaces that have no object count as having no labels
    if (!term.namespaceSelector.matches(namespaceLabels(pod.namespace) ?? {})) return false;
  }
  return term.selector.matches(pod.labels);
}

function hostPorts(pod: Pod): HostPort[] {
  const ports: HostPort[] = [];
  const add = (container: Pod["spec"]["containers"][number]) => {
    for (const p of container.ports ?? []) {
      // host networking publishes every container port on the node
      const port = p.hostPort && p.hostPort > 0 ? p.hostPort : pod.spec.hostNetwork === true ? p.containerPort : 0;
      if (port > 0) ports.push({ ip: p.hostIP || "0.0.0.0", protocol: p.protocol || "TCP", port });
    }
  };
  for (const c of pod.spec.initContainers ?? []) if (c.restartPolicy === "Always") add(c);
  for (const c of pod.spec.containers) add(c);
  return ports;
}
