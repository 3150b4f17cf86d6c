// What Kubernetes would act upon and a simulated cluster does not: kinds that it does not read, and fields of kinds that it reads. Each
// with the reason, in words that stand behind the name of the kind or field.
import type { ClusterObjects, KubernetesObject, PodSpec } from "../../model/objects.ts";

const BY_KIND: Readonly<Record<string, string>> = {
  CustomResourceDefinition: "controllers of custom resources are not simulated",
  Gateway: "requests go to Services",
  HTTPRoute: "requests go to Services",
  Ingress: "requests go to Services",
  IngressClass: "requests go to Services",
  NetworkPolicy: "what pods may reach is not restricted",
  PodTemplate: "nothing is made from it",
  ResourceClaim: "dynamic resource allocation is not simulated",
  ResourceClaimTemplate: "dynamic resource allocation is not simulated",
  ResourceSlice: "dynamic resource allocation is not simulated",
  DeviceClass: "dynamic resource allocation is not simulated",
  RuntimeClass: "its overhead stands in the pods of a cluster; a scheduling restriction of it is not applied",
  ValidatingAdmissionPolicy: "policies in CEL are not evaluated",
  ValidatingAdmissionPolicyBinding: "policies in CEL are not evaluated",
  MutatingAdmissionPolicy: "policies in CEL are not evaluated",
  PodSecurityPolicy: "pod security is not checked",
  CertificateSigningRequest: "certificates are not issued",
  VerticalPodAutoscaler: "pods keep their requests; kubedrill plan rightsize takes recommendations",
};

const BUILT_IN = /^[^/]+$|^[a-z]+\/|\.k8s\.io\//;

/** Why a kind is not read. */
export function unreadKind(apiVersion: string, kind: string): string {
  const known = BY_KIND[kind];
  if (known !== undefined) return known;
  return BUILT_IN.test(apiVersion) ? "a simulated cluster does not read it" : "its controller is not simulated";
}

/** Fields that are kept and have no effect: path below the object, with the reason. */
export function unreadFields(
  list: keyof ClusterObjects,
  object: KubernetesObject,
): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  const { spec } = object as { readonly spec?: Readonly<Record<string, unknown>> };
  if (spec == null) return found;
  if (list === "services") {
    if (spec["sessionAffinity"] === "ClientIP") found.push(["spec.sessionAffinity", "requests are spread evenly"]);
    if (spec["trafficDistribution"] != null) found.push(["spec.trafficDistribution", "requests are spread evenly"]);
    if (spec["type"] === "ExternalName") found.push(["spec.externalName", "nothing outside of the cluster answers"]);
  }
  const pod = podSpecOf(list, spec);
  if (pod !== null) {
    const [at, podSpec] = pod;
    for (const [field, reason] of POD_FIELDS) if (isSaid(podSpec[field])) found.push([`${at}.${field}`, reason]);
  }
  return found;
}

const POD_FIELDS: readonly (readonly [string, string])[] = [
  ["resourceClaims", "dynamic resource allocation is not simulated: the pod asks for no device"],
  ["ephemeralContainers", "containers for debugging are left out"],
  ["schedulingGroup", "pods of a group are placed one by one"],
  ["workloadRef", "pods of a group are placed one by one"],
];

function isSaid(value: unknown): boolean {
  return value != null && !(Array.isArray(value) && value.length === 0);
}

function podSpecOf(
  list: keyof ClusterObjects,
  spec: Readonly<Record<string, unknown>>,
): readonly [string, Readonly<Record<string, unknown>>] | null {
  const below = (value: unknown, ...path: readonly string[]): unknown =>
    path.reduce<unknown>((at, key) => (at as Readonly<Record<string, unknown>> | null | undefined)?.[key], value);
  if (list === "pods") return ["spec", spec];
  const path = list === "cronJobs" ? ["jobTemplate", "spec", "template", "spec"] : ["template", "spec"];
  const found = below(spec, ...path) as PodSpec | null | undefined;
  return found == null ? null : [`spec.${path.join(".")}`, found as unknown as Readonly<Record<string, unknown>>];
}
