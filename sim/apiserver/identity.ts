// Who a client is: the user and groups of its certificate or token, as the components of a cluster have them.
// Source: the names that kubeadm and kube-controller-manager's --use-service-account-credentials give.

export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
}

const AUTHENTICATED = "system:authenticated";
const SERVICE_ACCOUNTS = "system:serviceaccounts";

export const ADMIN: Identity = { user: "kubernetes-admin", groups: ["system:masters", AUTHENTICATED] };

export function serviceAccount(namespace: string, name: string): Identity {
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: [SERVICE_ACCOUNTS, `${SERVICE_ACCOUNTS}:${namespace}`, AUTHENTICATED],
  };
}

export function nodeIdentity(name: string): Identity {
  return { user: `system:node:${name}`, groups: ["system:nodes", AUTHENTICATED] };
}

/** Who a client is that does not say so, by its name: a component, a controller of one, a kubelet; all others are administrators. */
export function identityOf(clientName: string): Identity {
  const slash = clientName.indexOf("/");
  const component = slash < 0 ? clientName : clientName.slice(0, slash);
  const part = slash < 0 ? "" : clientName.slice(slash + 1);
  if (component === "kubelet" || component === "node") return nodeIdentity(part);
  if (/^(kube-controller-manager|cloud-controller-manager)(-\d+)?$/.test(component)) {
    if (part !== "") return serviceAccount("kube-system", part);
    return { user: `system:${component.replace(/-\d+$/, "")}`, groups: [AUTHENTICATED] };
  }
  if (/^cluster-autoscaler(-\d+)?$/.test(component)) return serviceAccount("kube-system", "cluster-autoscaler");
  if (/^(kube-)?scheduler(-\d+)?$/.test(component)) return { user: "system:kube-scheduler", groups: [AUTHENTICATED] };
  if (component === "kube-proxy") return { user: "system:kube-proxy", groups: [AUTHENTICATED] };
  return ADMIN;
}
