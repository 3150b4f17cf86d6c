// What every namespace has: the ServiceAccount "default", and the ConfigMap with the cluster's root certificate.
import type { DataObject, ServiceAccount } from "./objects.ts";

export const SERVICE_ACCOUNT_NAME = "default";
export const ROOT_CA_NAME = "kube-root-ca.crt";

export function defaultServiceAccount(namespace: string): ServiceAccount {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: SERVICE_ACCOUNT_NAME, namespace } };
}

export function rootCaConfigMap(namespace: string): DataObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: ROOT_CA_NAME,
      namespace,
      annotations: {
        "kubernetes.io/description":
          "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
      },
    },
    data: { "ca.crt": "" },
  };
}
