// The workloads of a cluster that has been running for long, with the status that their controllers would have written: worked out
// by the controllers' own functions, so that their first look finds nothing to do.
import { newSetAnnotations, REVISION } from "../controllers/deployment/annotations.ts";
import { maxSurge, replicasOf } from "../controllers/deployment/rules.ts";
import { rolloutStatus } from "../controllers/deployment/status.ts";
import { endpointOf, hasEndpoint } from "../controllers/endpoint-slice/endpoints.ts";
import { reconcileSlices } from "../controllers/endpoint-slice/reconcile.ts";
import { newSlice, selectorOf } from "../controllers/endpoint-slice/slices.ts";
import { endpointsFor } from "../controllers/endpoints/object.ts";
import { subsetsOf } from "../controllers/endpoints/subsets.ts";
import { countPods, replicaSetStatus } from "../controllers/replica-set/status.ts";
import { nameSuffix } from "../model/identity.ts";
import type {
  ClusterObjects,
  Deployment,
  EndpointSlice,
  Endpoints,
  KubernetesObject,
  Pod,
  ReplicaSet,
} from "../model/objects.ts";

const ZONE_LABEL = "topology.kubernetes.io/zone";

/**
 * @param objects with all pods as they are
 * @param since when everything became as it is
 */
export function settledWorkloads(objects: ClusterObjects, since: string): ClusterObjects {
  const byOwner = podsByOwner(objects.pods);
  const owners = new Map(objects.deployments.map((deployment) => [deployment.metadata.uid ?? "", deployment]));
  const replicaSets = objects.replicaSets.map((set) => settledReplicaSet(set, owners, byOwner, since));
  const setsOf = new Map<string, ReplicaSet[]>();
  for (const set of replicaSets) {
    const owner = ownerUid(set);
    const list = setsOf.get(owner);
    if (list === undefined) setsOf.set(owner, [set]);
    else list.push(set);
  }
  return {
    ...objects,
    replicaSets,
    deployments: objects.deployments.map((deployment) =>
      settledDeployment(deployment, setsOf.get(deployment.metadata.uid ?? "") ?? [], since),
    ),
    endpointSlices: [...objects.endpointSlices, ...settledSlices(objects, since)],
    endpoints: [...objects.endpoints, ...settledEndpoints(objects, since)],
  };
}

function settledReplicaSet(
  set: ReplicaSet,
  deployments: ReadonlyMap<string, Deployment>,
  byOwner: ReadonlyMap<string, readonly Pod[]>,
  since: string,
): ReplicaSet {
  // one from a cluster says itself how it is
  if (set.status !== undefined) return set;
  const owner = deployments.get(ownerUid(set));
  const sizes = owner === undefined ? null : { desired: replicasOf(owner), max: replicasOf(owner) + maxSurge(owner) };
  const annotations =
    owner === undefined || sizes === null ? set.metadata.annotations : newSetAnnotations(owner, null, 1, sizes);
  return {
    ...set,
    metadata: {
      ...set.metadata,
      generation: 1,
      creationTimestamp: set.metadata.creationTimestamp ?? since,
      ...(annotations === undefined ? {} : { annotations }),
    },
    status: replicaSetStatus(undefined, {
      pods: countPods(
        byOwner.get(set.metadata.uid ?? "") ?? [],
        set.spec?.template?.metadata?.labels,
        set.spec?.minReadySeconds ?? 0,
        0,
      ),
      terminating: 0,
      observedGeneration: 1,
      failure: null,
      timestamp: since,
    }),
  };
}

function settledDeployment(deployment: Deployment, sets: readonly ReplicaSet[], since: string): Deployment {
  const [newSet] = sets;
  if (deployment.status !== undefined || newSet === undefined) return deployment;
  const metadata = {
    ...deployment.metadata,
    generation: 1,
    creationTimestamp: deployment.metadata.creationTimestamp ?? since,
    annotations: { ...deployment.metadata.annotations, [REVISION]: "1" },
  };
  const known = { ...deployment, metadata };
  return { ...known, status: rolloutStatus(known, sets, newSet, { micros: 0, timestamp: since }) };
}

/** Slices of Services that have none. */
function settledSlices(objects: ClusterObjects, since: string): EndpointSlice[] {
  const named = new Set(objects.endpointSlices.map((slice) => serviceOf(slice)));
  const zones = new Map(objects.nodes.map(({ metadata }) => [metadata.name, metadata.labels?.[ZONE_LABEL] ?? ""]));
  return servicesWithPods(objects).flatMap(({ service, key, pods }) => {
    if (named.has(key)) return [];
    const endpoints = pods
      .filter(hasEndpoint)
      .map((pod) => endpointOf(pod, service, zones.get(pod.spec.nodeName ?? "") ?? ""));
    return reconcileSlices(endpoints, []).create.map((part, i) => {
      const slice = newSlice(service, part);
      const { generateName: _, ...metadata } = slice.metadata;
      const sliceName = `${service.metadata.name}-${nameSuffix(`${key}/${i}`, 5)}`;
      return { ...slice, metadata: { ...metadata, name: sliceName, generation: 1, creationTimestamp: since } };
    });
  });
}

/** Endpoints of Services that have none. */
function settledEndpoints(objects: ClusterObjects, since: string): Endpoints[] {
  const named = new Set(objects.endpoints.map(({ metadata }) => `${metadata.namespace ?? "default"}/${metadata.name}`));
  return servicesWithPods(objects).flatMap(({ service, key, pods }) => {
    if (named.has(key)) return [];
    // it gets an address when it is stored, if it has none yet
    const spec = { ...service.spec, clusterIP: service.spec?.clusterIP ?? "assigned" };
    const endpoints = endpointsFor({ ...service, spec }, undefined, subsetsOf(service, pods));
    return [{ ...endpoints, metadata: { ...endpoints.metadata, creationTimestamp: since } }];
  });
}

/** Services with a selector, and the pods that it selects. */
function servicesWithPods({ pods, services }: ClusterObjects) {
  const byNamespace = new Map<string, Pod[]>();
  for (const pod of pods) {
    const namespace = pod.metadata.namespace ?? "default";
    const list = byNamespace.get(namespace);
    if (list === undefined) byNamespace.set(namespace, [pod]);
    else list.push(pod);
  }
  return services.flatMap((service) => {
    const selector = selectorOf(service);
    if (selector === null) return [];
    const { name, namespace = "default" } = service.metadata;
    const names = Object.keys(selector);
    const selected = (byNamespace.get(namespace) ?? []).filter((pod) =>
      names.every((each) => pod.metadata.labels?.[each] === selector[each]),
    );
    return [{ service, key: `${namespace}/${name}`, pods: selected }];
  });
}

function serviceOf(slice: EndpointSlice): string {
  return `${slice.metadata.namespace ?? "default"}/${slice.metadata.labels?.["kubernetes.io/service-name"] ?? ""}`;
}

function podsByOwner(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const byOwner = new Map<string, Pod[]>();
  for (const pod of pods) {
    const owner = ownerUid(pod);
    if (owner === "") continue;
    const list = byOwner.get(owner);
    if (list === undefined) byOwner.set(owner, [pod]);
    else list.push(pod);
  }
  return byOwner;
}

function ownerUid(object: KubernetesObject): string {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? "";
}
