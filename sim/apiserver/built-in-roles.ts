// What the components of a cluster may do without any role in the scenario: a table of subjects and rules, wide enough for what each
// component asks here. Not upstream's ClusterRoles word for word; reading is open to all components.
import type { PolicyRule } from "../model/objects.ts";

export interface BuiltInRole {
  readonly name: string;
  /** Users and groups; a star at the end stands for any rest. */
  readonly subjects: readonly string[];
  readonly rules: readonly PolicyRule[];
}

const READ = ["get", "list", "watch"];
const ALL_READABLE: PolicyRule = { verbs: READ, apiGroups: ["*"], resources: ["*"] };
const EVENTS: PolicyRule = { verbs: ["create", "patch", "update"], apiGroups: ["*"], resources: ["events"] };
const LEASES: PolicyRule = { verbs: ["*"], apiGroups: ["coordination.k8s.io"], resources: ["leases"] };

export const BUILT_IN_ROLES: readonly BuiltInRole[] = [
  {
    name: "cluster-admin",
    subjects: ["system:masters"],
    rules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
  },
  {
    name: "system:kube-scheduler",
    subjects: ["system:kube-scheduler"],
    rules: [
      ALL_READABLE,
      EVENTS,
      LEASES,
      {
        verbs: ["create", "patch", "update", "delete"],
        apiGroups: [""],
        resources: ["pods", "pods/binding", "pods/status"],
      },
      {
        verbs: ["patch", "update", "create"],
        apiGroups: [""],
        resources: [
          "persistentvolumes",
          "persistentvolumeclaims",
          "persistentvolumeclaims/status",
          "persistentvolumes/status",
        ],
      },
    ],
  },
  {
    name: "system:kube-controller-manager",
    subjects: ["system:kube-controller-manager"],
    rules: [
      ALL_READABLE,
      EVENTS,
      LEASES,
      { verbs: ["create", "update"], apiGroups: [""], resources: ["serviceaccounts", "secrets"] },
    ],
  },
  {
    // each controller has a role of its own upstream; here they share one
    name: "system:controller:*",
    subjects: ["system:serviceaccounts:kube-system", "system:cloud-controller-manager"],
    rules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
  },
  {
    name: "system:node",
    subjects: ["system:nodes"],
    rules: [
      ALL_READABLE,
      EVENTS,
      LEASES,
      { verbs: ["create", "patch", "update"], apiGroups: [""], resources: ["nodes", "nodes/status"] },
      {
        verbs: ["create", "patch", "update", "delete"],
        apiGroups: [""],
        resources: ["pods", "pods/status", "pods/eviction", "serviceaccounts/token"],
      },
      { verbs: ["create", "patch", "update", "delete"], apiGroups: ["storage.k8s.io"], resources: ["csinodes"] },
      { verbs: ["patch", "update"], apiGroups: [""], resources: ["persistentvolumeclaims/status"] },
    ],
  },
  { name: "system:node-proxier", subjects: ["system:kube-proxy"], rules: [ALL_READABLE, EVENTS] },
];
