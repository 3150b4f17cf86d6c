// Gives the namespaces of a settled cluster what their controllers would have made long ago.
import { withNamespaces } from "../apiserver/initial-state.ts";
import {
  defaultServiceAccount,
  ROOT_CA_NAME,
  rootCaConfigMap,
  SERVICE_ACCOUNT_NAME,
} from "../model/namespace-defaults.ts";
import type { ClusterObjects, KubernetesObject } from "../model/objects.ts";

export function settledNamespaces(objects: ClusterObjects): ClusterObjects {
  const { namespaces } = withNamespaces(objects, []);
  const names = namespaces.map(({ metadata }) => metadata.name);
  const without = (list: readonly KubernetesObject[], name: string) => {
    const known = new Set(list.filter((o) => o.metadata.name === name).map((o) => o.metadata.namespace ?? "default"));
    return names.filter((namespace) => !known.has(namespace));
  };
  const { configMaps, serviceAccounts } = objects;
  return {
    ...objects,
    serviceAccounts: [...serviceAccounts, ...without(serviceAccounts, SERVICE_ACCOUNT_NAME).map(defaultServiceAccount)],
    configMaps: [...configMaps, ...without(configMaps, ROOT_CA_NAME).map(rootCaConfigMap)],
  };
}
