// What an EndpointSlice of the controller looks like, and which Services have any.
import type { EndpointSlice, Labels, Service } from "../../model/objects.ts";

export const SERVICE_NAME = "kubernetes.io/service-name";
export const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
export const MANAGER = "endpointslice-controller.k8s.io";

export function newSlice(service: Service, endpoints: EndpointSlice["endpoints"]): EndpointSlice {
  const { name, namespace = "default", uid, labels } = service.metadata;
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "",
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [MANAGED_BY]: MANAGER, [SERVICE_NAME]: name },
      ownerReferences: [{ apiVersion: "v1", kind: "Service", name, uid, controller: true, blockOwnerDeletion: true }],
    },
    addressType: "IPv4",
    endpoints,
    ports: (service.spec?.ports ?? []).map((port) => ({
      name: port.name ?? "",
      port: typeof port.targetPort === "number" ? port.targetPort : port.port,
      protocol: port.protocol ?? "TCP",
    })),
  };
}

/** null: somebody else makes the slices of a Service without selector, or it is a name elsewhere. */
export function selectorOf(service: Service): Labels | null {
  const selector = service.spec?.selector;
  if (selector == null || Object.keys(selector).length === 0 || service.spec?.type === "ExternalName") return null;
  return selector;
}
