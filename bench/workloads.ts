// Named scheduling workloads: clusters and pods made by rule, for `kubedrill bench` and the scheduler bench. Rows named
// after upstream's scheduler_perf follow its nodes and pods (kubernetes/test/integration/scheduler_perf, 5,000 nodes);
// their thresholds are upstream's, measured with an API server and etcd, in pods/s.
import type { ClusterObjects, Node, Pod, PodSpec, ResourceList } from "../sim/model/objects.ts";

export interface Workload {
  readonly name: string;
  /** What the row isolates. */
  readonly about: string;
  readonly nodes: number;
  readonly node: (index: number) => Node;
  /** Scheduled before the clock starts. */
  readonly initial: readonly PodBatch[];
  /** Scheduled while the clock runs, batches in turn when `interleaved`. */
  readonly measured: readonly PodBatch[];
  readonly interleaved?: boolean;
  /** Besides the nodes: services, bound pods, volumes … */
  readonly objects?: Partial<ClusterObjects>;
  /** KubeSchedulerConfiguration to run under when the caller names none. */
  readonly configuration?: object;
  /** Upstream's threshold in pods/s at this size; null where upstream has none. */
  readonly upstreamThreshold: string | null;
}

export interface PodBatch {
  readonly count: number;
  /** Pods of one batch share spec and labels objects per template, as pods of one controller do. */
  readonly pod: (index: number) => Pod;
}

const ZONE = "topology.kubernetes.io/zone";
const HOSTNAME = "kubernetes.io/hostname";

/** Nodes that differ in name and zone only. */
export function makeNode(prefix: string, allocatable: ResourceList, zones: readonly string[]): (index: number) => Node {
  return (index) => {
    const name = `${prefix}-${String(index).padStart(6, "0")}`;
    const labels: Record<string, string> = { [HOSTNAME]: name };
    if (zones.length > 0) labels[ZONE] = zones[index % zones.length] as string;
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels },
      spec: {},
      status: { allocatable, capacity: allocatable },
    };
  };
}

export interface Template {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly requests: ResourceList;
  readonly spec?: Partial<PodSpec>;
}

/** A batch of pods stamped out of one template. */
export function batch(prefix: string, count: number, template: Template): PodBatch {
  const spec: PodSpec = {
    containers: [{ name: "pause", image: "registry.k8s.io/pause:3.10", resources: { requests: template.requests } }],
    schedulerName: "default-scheduler",
    priority: 0,
    ...template.spec,
  };
  const labels = template.labels ?? {};
  const namespace = template.namespace ?? "default";
  return {
    count,
    pod: (index) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `${prefix}-${index}`, namespace, uid: `${prefix}-${index}`, labels },
      spec,
    }),
  };
}

const SMALL_NODE: ResourceList = { cpu: "4", memory: "32Gi", pods: "110" };
const SMALL_POD: ResourceList = { cpu: "100m", memory: "500Mi" };
const BIG_NODE: ResourceList = { cpu: "32", memory: "256Gi", pods: "110" };

const NO_DEFAULT_SPREADING = {
  apiVersion: "kubescheduler.config.k8s.io/v1",
  kind: "KubeSchedulerConfiguration",
  profiles: [
    {
      schedulerName: "default-scheduler",
      pluginConfig: [{ name: "PodTopologySpread", args: { defaultingType: "List", defaultConstraints: [] } }],
    },
  ],
};

const term = (labels: Record<string, string>, topologyKey: string, namespaces?: readonly string[]) => ({
  labelSelector: { matchLabels: labels },
  topologyKey,
  ...(namespaces === undefined ? {} : { namespaces }),
});

/** The workloads of upstream's scheduler_perf at `nodes` nodes, `pods` measured pods each. */
export function upstreamWorkloads(nodes: number, pods: number): Workload[] {
  const plainNode = makeNode("node", SMALL_NODE, []);
  const oneZone = makeNode("node", SMALL_NODE, ["zone1"]);
  const threeZones = makeNode("node", SMALL_NODE, ["moon-1", "moon-2", "moon-3"]);
  const basic = (prefix: string, count: number) => batch(prefix, count, { requests: SMALL_POD });
  const affinity = (prefix: string, count: number) =>
    batch(prefix, count, {
      requests: SMALL_POD,
      labels: { color: "blue" },
      spec: {
        affinity: {
          podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term({ color: "blue" }, ZONE, ["default"])] },
        },
      },
    });
  const antiAffinity = (prefix: string, count: number) =>
    batch(prefix, count, {
      requests: SMALL_POD,
      labels: { color: "green" },
      spec: {
        affinity: {
          podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term({ color: "green" }, HOSTNAME)] },
        },
      },
    });
  const preferredAffinity = (prefix: string, count: number) =>
    batch(prefix, count, {
      requests: SMALL_POD,
      labels: { color: "red" },
      spec: {
        affinity: {
          podAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, podAffinityTerm: term({ color: "red" }, HOSTNAME) },
            ],
          },
        },
      },
    });
  const preferredAntiAffinity = (prefix: string, count: number) =>
    batch(prefix, count, {
      requests: SMALL_POD,
      labels: { color: "yellow" },
      spec: {
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, podAffinityTerm: term({ color: "yellow" }, HOSTNAME) },
            ],
          },
        },
      },
    });
  const spreading = (prefix: string, count: number, whenUnsatisfiable: string) =>
    batch(prefix, count, {
      requests: SMALL_POD,
      labels: { color: "blue" },
      spec: {
        topologySpreadConstraints: [
          { maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable, labelSelector: { matchLabels: { color: "blue" } } },
        ],
      },
    });
  return [
    {
      name: "SchedulingBasic",
      about: "plain pods of one shape",
      nodes,
      node: plainNode,
      initial: [basic("init", Math.min(1000, nodes))],
      measured: [basic("pod", pods)],
      upstreamThreshold: "270-810",
    },
    {
      name: "SchedulingNodeAffinity",
      about: "required node affinity on a zone label that every node carries",
      nodes,
      node: oneZone,
      initial: [basic("init", Math.min(5000, nodes))],
      measured: [
        batch("pod", pods, {
          requests: SMALL_POD,
          spec: {
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: [
                    { matchExpressions: [{ key: ZONE, operator: "In", values: ["zone1", "zone2"] }] },
                  ],
                },
              },
            },
          },
        }),
      ],
      upstreamThreshold: "220",
    },
    {
      name: "SchedulingPodAffinity",
      about: "required affinity to pods of the same colour in the zone",
      nodes,
      node: oneZone,
      initial: [affinity("init", Math.min(5000, nodes))],
      measured: [affinity("pod", pods)],
      upstreamThreshold: "35",
    },
    {
      name: "SchedulingPodAntiAffinity",
      about: "at most one pod of the colour per node",
      nodes,
      node: plainNode,
      initial: [antiAffinity("init", Math.min(1000, nodes >> 2))],
      measured: [antiAffinity("pod", Math.min(pods, nodes - Math.min(1000, nodes >> 2)))],
      upstreamThreshold: "60",
    },
    {
      name: "SchedulingPreferredPodAffinity",
      about: "preferred affinity to the same colour on the node",
      nodes,
      node: plainNode,
      initial: [preferredAffinity("init", Math.min(5000, nodes))],
      measured: [preferredAffinity("pod", pods)],
      upstreamThreshold: "90",
    },
    {
      name: "SchedulingPreferredPodAntiAffinity",
      about: "preferred anti-affinity to the same colour on the node",
      nodes,
      node: plainNode,
      initial: [preferredAntiAffinity("init", Math.min(5000, nodes))],
      measured: [preferredAntiAffinity("pod", pods)],
      upstreamThreshold: "90",
    },
    {
      name: "TopologySpreading",
      about: "zone spreading with maxSkew 5, DoNotSchedule",
      nodes,
      node: threeZones,
      initial: [basic("init", Math.min(5000, nodes))],
      measured: [spreading("pod", pods, "DoNotSchedule")],
      upstreamThreshold: "460",
    },
    {
      name: "PreferredTopologySpreading",
      about: "zone spreading with maxSkew 5, ScheduleAnyway",
      nodes,
      node: threeZones,
      initial: [basic("init", Math.min(5000, nodes))],
      measured: [spreading("pod", pods, "ScheduleAnyway")],
      upstreamThreshold: "340",
    },
    {
      name: "Unschedulable",
      about: "plain pods, and one in ten that fits nowhere",
      nodes,
      node: plainNode,
      initial: [],
      measured: [
        basic("pod", Math.ceil(pods * 0.9)),
        batch("large", Math.floor(pods * 0.1), { requests: { cpu: "9", memory: "500Mi" } }),
      ],
      interleaved: true,
      upstreamThreshold: "590",
    },
    {
      name: "PreemptionBasic",
      about: "every measured pod must evict lower-priority pods from a full cluster",
      nodes,
      node: plainNode,
      initial: [batch("low", nodes * 4, { requests: { cpu: "900m", memory: "500Mi" } })],
      measured: [
        batch("high", Math.min(pods, nodes), { requests: { cpu: "3", memory: "500Mi" }, spec: { priority: 10 } }),
      ],
      upstreamThreshold: "none (asynchronous: 570)",
    },
    {
      name: "MixedSchedulingBasePod",
      about: "plain pods on a cluster full of pods with required and preferred (anti-)affinity",
      nodes,
      node: oneZone,
      initial: [
        basic("base", Math.min(2000, nodes)),
        affinity("affinity", Math.min(2000, nodes)),
        antiAffinity("anti", Math.min(2000, nodes >> 1)),
        preferredAffinity("preferred", Math.min(2000, nodes)),
        preferredAntiAffinity("preferred-anti", Math.min(2000, nodes)),
      ],
      measured: [basic("pod", pods)],
      upstreamThreshold: "140",
    },
  ];
}

/** The workloads whose real cycle was timed on one thread: identical nodes (32 CPU, 256 Gi) in 3 zones, starting empty. */
export function cycleWorkloads(nodes: number, pods: number): Workload[] {
  const node = makeNode("node", BIG_NODE, ["a", "b", "c"]);
  const requests = { cpu: "100m", memory: "200Mi" };
  const app = (n: number) => ({ app: `app-${n}` });
  // whole numbers that add up to `pods`
  const share = (part: number, parts: number) =>
    Math.floor((pods * (part + 1)) / parts) - Math.floor((pods * part) / parts);
  const zoneConstraint = (labels: Record<string, string>, whenUnsatisfiable: string) => ({
    maxSkew: 1,
    topologyKey: ZONE,
    whenUnsatisfiable,
    labelSelector: { matchLabels: labels },
  });
  return [
    {
      name: "plain",
      about: "pods of one shape, nothing but resources",
      nodes,
      node,
      initial: [],
      measured: [batch("plain", pods, { requests })],
      upstreamThreshold: null,
    },
    {
      name: "spread",
      about: "one service's pods under the system's default spreading (hostname and zone)",
      nodes,
      node,
      initial: [],
      measured: [batch("spread", pods, { requests, labels: app(0) })],
      objects: {
        services: [
          {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "web", namespace: "default" },
            spec: { selector: app(0) },
          },
        ],
      },
      upstreamThreshold: null,
    },
    {
      name: "mixed",
      about:
        "60 % plain, 20 % required hostname anti-affinity, 20 % preferred zone anti-affinity; default spreading off",
      nodes,
      node,
      initial: [],
      measured: [
        batch("plain-a", share(0, 5), { requests, labels: app(0) }),
        batch("plain-b", share(1, 5), { requests, labels: app(0) }),
        batch("plain-c", share(2, 5), { requests, labels: app(0) }),
        batch("anti", Math.min(share(3, 5), nodes), {
          requests,
          labels: app(1),
          spec: {
            affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app(1), HOSTNAME)] } },
          },
        }),
        batch("preferred", share(4, 5), {
          requests,
          labels: app(2),
          spec: {
            affinity: {
              podAntiAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term(app(2), ZONE) }],
              },
            },
          },
        }),
      ],
      interleaved: true,
      configuration: NO_DEFAULT_SPREADING,
      upstreamThreshold: null,
    },
    {
      name: "50-shapes",
      about: "50 deployments of different size in turn, each spread over zones (hard for one half, soft for the other)",
      nodes,
      node,
      initial: [],
      measured: Array.from({ length: 50 }, (_, i) =>
        batch(`shape-${i}`, share(i, 50), {
          requests: { cpu: `${50 + 10 * i}m`, memory: `${100 + 16 * i}Mi` },
          labels: app(i),
          spec: {
            topologySpreadConstraints: [zoneConstraint(app(i), i % 2 === 0 ? "DoNotSchedule" : "ScheduleAnyway")],
          },
        }),
      ),
      interleaved: true,
      upstreamThreshold: null,
    },
  ];
}

/** Pods of a list of batches in the order in which they are tried. */
export function* podsOf(batches: readonly PodBatch[], interleaved: boolean): Generator<Pod> {
  if (!interleaved) {
    for (const b of batches) for (let i = 0; i < b.count; i++) yield b.pod(i);
    return;
  }
  // in turn, in proportion to their sizes
  const most = Math.max(...batches.map((b) => b.count));
  const given = batches.map(() => 0);
  for (let round = 1; round <= most; round++) {
    for (const [n, b] of batches.entries()) {
      while ((given[n] as number) < Math.floor((b.count * round) / most)) {
        const index = given[n] as number;
        given[n] = index + 1;
        yield b.pod(index);
      }
    }
  }
}
