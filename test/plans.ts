// Plans for tests: written out, or drawn at random by fast-check.
import fc from "fast-check";
import type { Distribution } from "../sim/engine/distributions.ts";
import { MILLISECOND, SECOND } from "../sim/engine/tick.ts";
import { DEFAULT_CLOUD } from "../sim/model/cloud-plan.ts";
import { DEFAULT_KUBELET_CONFIGURATION } from "../sim/model/kubelet-configuration.ts";
import { noObjects } from "../sim/model/objects.ts";
import { defaultSchedulerConfiguration } from "../sim/model/read-scheduler-configuration.ts";
import { etcdPlan, networkPlan } from "../sim/scenario/control-plane.ts";
import { DEFAULT_ELECTION } from "../sim/scenario/controller-manager.ts";
import type { Plan, WorkloadSource } from "../sim/scenario/plan.ts";
import { makeNode, makePod, requesting } from "./scheduler/builders.ts";

export function makePlan(parts: Partial<Plan> = {}): Plan {
  return {
    name: "test",
    description: "",
    variant: "",
    sha256: "0".repeat(64),
    seed: "1",
    durationMicros: 600 * SECOND,
    objects: { ...noObjects(), namespaces: [{ metadata: { name: "default" } }] },
    declared: { ...noObjects(), namespaces: [{ metadata: { name: "default" } }] },
    start: "fresh",
    controllerManagers: null,
    kubelet: DEFAULT_KUBELET_CONFIGURATION,
    cloud: DEFAULT_CLOUD,
    nodeGroups: [],
    autoscaler: null,
    lateNodes: [],
    workload: [],
    faults: [],
    actions: [],
    traffic: null,
    scheduler: {
      configuration: defaultSchedulerConfiguration(),
      tieBreak: "heap",
      replicas: 1,
      election: DEFAULT_ELECTION,
      cycleLatencyMicros: { kind: "uniform", min: 500, max: 2 * MILLISECOND },
      bindLatencyMicros: { kind: "exponential", mean: 5 * MILLISECOND },
    },
    etcd: etcdPlan(),
    apiServers: { servers: [{ name: "apiserver-0", zone: "" }], cpuCores: 8 },
    network: networkPlan(),
    reports: { timeseriesStepMicros: 10 * SECOND },
    expectations: [],
    warnings: [],
    ignored: [],
    files: [],
    ...parts,
  };
}

const exponential = (mean: number): Distribution => ({ kind: "exponential", mean: mean * SECOND });

/** Small clusters under changing load: zones, priorities, spreading, anti-affinity, late nodes, lifetimes. */
export const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    nodes: fc.integer({ min: 1, max: 12 }),
    late: fc.integer({ min: 0, max: 4 }),
    sources: fc.array(
      fc.record({
        kind: fc.constantFrom("arrivals", "pods"),
        cpu: fc.constantFrom("250m", "1", "3"),
        priority: fc.constantFrom(0, 0, 100),
        shape: fc.constantFrom("plain", "spread", "anti"),
        every: fc.integer({ min: 1, max: 20 }),
        count: fc.integer({ min: 1, max: 30 }),
        lifetime: fc.option(fc.integer({ min: 5, max: 300 }), { nil: null }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ nodes, late, sources }) => {
    const zone = (i: number) => ({ "kubernetes.io/hostname": `n${i}`, "topology.kubernetes.io/zone": "abc"[i % 3]! });
    const workload = sources.map((source, i): WorkloadSource => {
      const labels = { app: `app-${i}` };
      const selector = { labelSelector: { matchLabels: labels } };
      const shape = makePod(
        `w${i}`,
        {
          ...requesting({ cpu: source.cpu, memory: "1Gi" }),
          priority: source.priority,
          ...(source.shape === "spread"
            ? {
                topologySpreadConstraints: [
                  {
                    maxSkew: 1,
                    topologyKey: "topology.kubernetes.io/zone",
                    whenUnsatisfiable: "DoNotSchedule",
                    ...selector,
                  },
                ],
              }
            : {}),
          ...(source.shape === "anti"
            ? {
                affinity: {
                  podAntiAffinity: {
                    requiredDuringSchedulingIgnoredDuringExecution: [
                      { topologyKey: "kubernetes.io/hostname", ...selector },
                    ],
                  },
                },
              }
            : {}),
        },
        { uid: undefined, labels },
      );
      const common = {
        name: `w${i}`,
        shape,
        lifetimeMicros: source.lifetime === null ? null : exponential(source.lifetime),
      };
      if (source.kind === "pods")
        return { kind: "pods", ...common, atMicros: source.every * SECOND, count: source.count };
      return {
        kind: "arrivals",
        ...common,
        everyMicros: exponential(source.every),
        startMicros: 0,
        stopMicros: 400 * SECOND,
        count: null,
      };
    });
    const lateNodes = Array.from({ length: late }, (_, i) => makeNode(`late${i}`, {}, zone(i)));
    return makePlan({
      objects: {
        ...noObjects(),
        namespaces: [{ metadata: { name: "default" } }],
        nodes: Array.from({ length: nodes }, (_, i) => makeNode(`n${i}`, {}, zone(i))),
      },
      lateNodes: [
        { pool: "late", nodes: lateNodes, bootMicros: exponential(120), daemonPods: lateNodes.map(() => []) },
      ],
      workload,
    });
  });
