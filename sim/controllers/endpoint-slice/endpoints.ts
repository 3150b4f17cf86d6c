// What a pod contributes to the endpoints of a Service. Source: behaviour of the EndpointSlice controller of Kubernetes 1.36.
import type { Endpoint, Pod, Service } from "../../model/objects.ts";

/** Does the pod belong into slices at all? Terminating pods do, finished ones and those without an address do not. */
export function hasEndpoint(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase !== "Succeeded" && phase !== "Failed" && (pod.status?.podIP ?? "") !== "";
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") === true;
}

/** @param zone of the pod's node; "" when there is none */
export function endpointOf(pod: Pod, service: Service, zone: string): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp != null;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: { ready, serving, terminating },
    nodeName: pod.spec.nodeName ?? null,
    targetRef: { kind: "Pod", namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
    ...(zone === "" ? {} : { zone }),
  };
}

/** The same address for the same pod: what an endpoint is found again by. */
export function endpointKey(endpoint: Endpoint): string {
  return `${endpoint.targetRef?.uid ?? ""} ${endpoint.addresses.join(",")}`;
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return (
    a.nodeName === b.nodeName &&
    a.zone === b.zone &&
    a.conditions?.ready === b.conditions?.ready &&
    a.conditions?.serving === b.conditions?.serving &&
    a.conditions?.terminating === b.conditions?.terminating &&
    endpointKey(a) === endpointKey(b)
  );
}

/** What of a pod matters here; a change elsewhere needs no sync. */
export function samePodForSlices(a: Pod, b: Pod): boolean {
  return (
    a.metadata.labels === b.metadata.labels &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
    a.status?.phase === b.status?.phase &&
    a.status?.podIP === b.status?.podIP &&
    a.spec.nodeName === b.spec.nodeName &&
    isReady(a) === isReady(b)
  );
}
