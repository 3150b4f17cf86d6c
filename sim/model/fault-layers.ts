// What faults can hit: the words by which a scenario selects targets of each sort. The one source for schema, messages and docs.

export type FaultLayer =
  | "etcd"
  | "nodes"
  | "pods"
  | "apiServers"
  | "schedulers"
  | "controllerManagers"
  | "autoscalers"
  | "zones"
  | "racks"
  | "webhooks"
  | "services"
  | "workloads"
  | "machines"
  | "cloud"
  | "cluster";

/** Further ways to restrict targets. */
export type SelectionField = "role" | "zone" | "pool" | "rack" | "selector" | "namespace" | "node";

export interface LayerWords {
  /** Field that names one target, and several. null: there is only one, and nothing to select. */
  readonly one: string | null;
  readonly many: string;
  /** What a target is called in messages. */
  readonly noun: string;
  readonly fields: readonly SelectionField[];
  readonly roles: readonly ("leader" | "follower" | "learner" | "any")[];
}

const LEADING = ["leader", "follower", "any"] as const;

export const LAYERS: Readonly<Record<FaultLayer, LayerWords>> = {
  etcd: {
    one: "member",
    many: "members",
    noun: "member of etcd",
    fields: ["role", "zone"],
    roles: ["leader", "follower", "learner", "any"],
  },
  nodes: { one: "node", many: "nodes", noun: "node", fields: ["zone", "pool", "rack", "selector"], roles: [] },
  pods: { one: "pod", many: "pods", noun: "pod", fields: ["namespace", "selector", "node", "zone"], roles: [] },
  apiServers: { one: "server", many: "servers", noun: "API server", fields: ["zone"], roles: [] },
  schedulers: { one: "replica", many: "replicas", noun: "scheduler", fields: ["role", "zone"], roles: LEADING },
  controllerManagers: {
    one: "replica",
    many: "replicas",
    noun: "controller manager",
    fields: ["role", "zone"],
    roles: LEADING,
  },
  autoscalers: {
    one: "replica",
    many: "replicas",
    noun: "cluster autoscaler",
    fields: ["role", "zone"],
    roles: LEADING,
  },
  zones: { one: "zone", many: "zones", noun: "zone", fields: [], roles: [] },
  racks: { one: "rack", many: "racks", noun: "rack", fields: ["zone"], roles: [] },
  webhooks: { one: "webhook", many: "webhooks", noun: "webhook configuration", fields: [], roles: [] },
  services: { one: "service", many: "services", noun: "Service", fields: ["namespace"], roles: [] },
  workloads: {
    one: "workload",
    many: "workloads",
    noun: "workload such as deployment/web",
    fields: ["namespace", "selector"],
    roles: [],
  },
  machines: { one: "node", many: "nodes", noun: "machine", fields: ["zone", "pool"], roles: [] },
  cloud: { one: null, many: "", noun: "cloud", fields: [], roles: [] },
  cluster: { one: null, many: "", noun: "cluster", fields: [], roles: [] },
};

/** The words after `per:` that mean each target on its own. */
export const PER_WORDS: readonly string[] = [
  ...new Set(Object.values(LAYERS).flatMap(({ one }) => (one === null ? [] : [one]))),
];
