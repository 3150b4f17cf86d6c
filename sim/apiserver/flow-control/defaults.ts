// Priority levels and flow schemas that every API server has. A scenario's objects of the same names replace them.
// Source: bootstrap configuration of API priority and fairness, 1.36.
import type { FlowSchema, PriorityLevelConfiguration } from "../../model/objects.ts";

type Rules = NonNullable<NonNullable<FlowSchema["spec"]>["rules"]>;
type Subject = Rules[number]["subjects"][number];

const user = (name: string): Subject => ({ kind: "User", user: { name } });
const group = (name: string): Subject => ({ kind: "Group", group: { name } });
const ALL = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] }];

function limited(
  name: string,
  nominalConcurrencyShares: number,
  lendablePercent: number,
  queuing: { readonly queues: number; readonly handSize: number; readonly queueLengthLimit: number } | null,
): PriorityLevelConfiguration {
  const limitResponse = queuing === null ? { type: "Reject" } : { type: "Queue", queuing };
  return {
    metadata: { name },
    spec: { type: "Limited", limited: { nominalConcurrencyShares, lendablePercent, limitResponse } },
  };
}

function schema(
  name: string,
  level: string,
  matchingPrecedence: number,
  distinguisher: string | null,
  subjects: readonly Subject[],
  resourceRules: Rules[number]["resourceRules"] = ALL,
): FlowSchema {
  return {
    metadata: { name },
    spec: {
      matchingPrecedence,
      priorityLevelConfiguration: { name: level },
      distinguisherMethod: distinguisher === null ? null : { type: distinguisher },
      rules: [{ subjects, resourceRules }],
    },
  };
}

export const DEFAULT_LEVELS: readonly PriorityLevelConfiguration[] = [
  {
    metadata: { name: "exempt" },
    spec: { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  limited("system", 30, 33, { queues: 64, handSize: 6, queueLengthLimit: 50 }),
  limited("node-high", 40, 25, { queues: 64, handSize: 6, queueLengthLimit: 50 }),
  limited("leader-election", 10, 0, { queues: 16, handSize: 4, queueLengthLimit: 50 }),
  limited("workload-high", 40, 50, { queues: 128, handSize: 6, queueLengthLimit: 50 }),
  limited("workload-low", 100, 90, { queues: 128, handSize: 6, queueLengthLimit: 50 }),
  limited("global-default", 20, 50, { queues: 128, handSize: 6, queueLengthLimit: 50 }),
  limited("catch-all", 5, 0, null),
];

export const DEFAULT_SCHEMAS: readonly FlowSchema[] = [
  schema("exempt", "exempt", 1, null, [group("system:masters")]),
  schema(
    "system-leader-election",
    "leader-election",
    100,
    "ByUser",
    [
      user("system:kube-controller-manager"),
      user("system:kube-scheduler"),
      { kind: "ServiceAccount", serviceAccount: { namespace: "kube-system", name: "*" } },
    ],
    [
      {
        verbs: ["get", "create", "update"],
        apiGroups: ["coordination.k8s.io"],
        resources: ["leases"],
        namespaces: ["kube-system"],
      },
    ],
  ),
  schema(
    "system-node-high",
    "node-high",
    400,
    "ByUser",
    [group("system:nodes")],
    [
      { verbs: ["*"], apiGroups: [""], resources: ["nodes", "nodes/status"], clusterScope: true, namespaces: ["*"] },
      { verbs: ["*"], apiGroups: ["coordination.k8s.io"], resources: ["leases"], namespaces: ["*"] },
    ],
  ),
  schema("system-nodes", "system", 500, "ByUser", [group("system:nodes")]),
  schema("kube-controller-manager", "workload-high", 800, "ByNamespace", [user("system:kube-controller-manager")]),
  schema("kube-scheduler", "workload-high", 800, "ByNamespace", [user("system:kube-scheduler")]),
  schema("kube-system-service-accounts", "workload-high", 900, "ByNamespace", [
    { kind: "ServiceAccount", serviceAccount: { namespace: "kube-system", name: "*" } },
  ]),
  schema("service-accounts", "workload-low", 9000, "ByUser", [group("system:serviceaccounts")]),
  schema("global-default", "global-default", 9900, "ByUser", [
    group("system:authenticated"),
    group("system:unauthenticated"),
  ]),
  schema("catch-all", "catch-all", 10_000, "ByUser", [group("system:authenticated"), group("system:unauthenticated")]),
];
