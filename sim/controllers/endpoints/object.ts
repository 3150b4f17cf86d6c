// What an Endpoints object of the controller looks like. Source: behaviour of kube-controller-manager 1.36.
import type { EndpointSubset, Endpoints, Labels, Service } from "../../model/objects.ts";
import { sameValue } from "../../model/same-value.ts";
import { sameSubsets, truncated } from "./subsets.ts";

/** The controller's name in Events and labels. */
export const NAME = "endpoint-controller";
const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
const HEADLESS = "service.kubernetes.io/headless";
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";

/** The object as it should be. */
export function endpointsFor(
  service: Service,
  known: Endpoints | undefined,
  subsets: readonly EndpointSubset[],
): Endpoints {
  const { name, namespace = "default", labels } = service.metadata;
  const cut = truncated(subsets);
  const { [OVER_CAPACITY]: _, ...annotations } = known?.metadata.annotations ?? {};
  const hasAddress = (service.spec?.clusterIP ?? "") !== "" && service.spec?.clusterIP !== "None";
  const all: Labels = { ...labels, [MANAGED_BY]: NAME, ...(hasAddress ? {} : { [HEADLESS]: "" }) };
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: {
      ...known?.metadata,
      name,
      namespace,
      labels: all,
      annotations: cut === null ? annotations : { ...annotations, [OVER_CAPACITY]: "truncated" },
    },
    subsets: cut ?? subsets,
  };
}

export function sameEndpoints(known: Endpoints, wanted: Endpoints): boolean {
  return (
    sameSubsets(known.subsets ?? [], wanted.subsets ?? []) &&
    sameValue(known.metadata.labels ?? {}, wanted.metadata.labels) &&
    sameValue(known.metadata.annotations ?? {}, wanted.metadata.annotations)
  );
}
