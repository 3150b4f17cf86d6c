// Objects with owners.
import type { KubernetesObject } from "../../../sim/model/objects.ts";

export type ConfigMapLike = KubernetesObject & { readonly apiVersion: string; readonly kind: string };

const GROUPS: Readonly<Record<string, string>> = { Deployment: "apps/v1", ReplicaSet: "apps/v1", Job: "batch/v1" };

export function owned(
  kind: string,
  name: string,
  owners: readonly KubernetesObject[],
  annotations: Readonly<Record<string, string>> = {},
): ConfigMapLike {
  const ownerReferences = owners.map((owner, i) => ({
    apiVersion: owner.apiVersion ?? "",
    kind: owner.kind ?? "",
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? "",
    controller: i === 0,
    blockOwnerDeletion: true,
  }));
  const isPod = kind === "Pod";
  const labels = { app: name };
  return {
    apiVersion: GROUPS[kind] ?? "v1",
    kind,
    metadata: { name, namespace: "default", annotations, ownerReferences },
    ...(isPod ? { spec: { containers: [{ name: "c" }], terminationGracePeriodSeconds: 30 } } : {}),
    ...(kind === "Deployment" || kind === "ReplicaSet"
      ? {
          spec: {
            replicas: 0,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: "c" }] } },
          },
        }
      : {}),
  } as ConfigMapLike;
}
