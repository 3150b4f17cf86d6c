// Scheduler configurations that the twin tests and other scheduler tests run under, by name.
import * as assert from "uvu/assert";
import { readSchedulerConfiguration } from "../../../sim/model/read-scheduler-configuration.ts";
import type { SchedulerConfiguration } from "../../../sim/model/scheduler-configuration.ts";

const args = (name: string, value: object) => ({ pluginConfig: [{ name, args: value }] });
const scoring = (scoringStrategy: object) => args("NodeResourcesFit", { scoringStrategy });

const PROFILES: Readonly<Record<string, object>> = {
  default: {},
  mostAllocated: scoring({
    type: "MostAllocated",
    resources: [
      { name: "cpu", weight: 3 },
      { name: "nvidia.com/gpu", weight: 5 },
    ],
  }),
  ratio: scoring({
    type: "RequestedToCapacityRatio",
    resources: [
      { name: "cpu", weight: 1 },
      { name: "memory", weight: 2 },
    ],
    requestedToCapacityRatio: {
      shape: [
        { utilization: 0, score: 0 },
        { utilization: 60, score: 10 },
        { utilization: 100, score: 3 },
      ],
    },
  }),
  noDefaultSpread: args("PodTopologySpread", { defaultingType: "List", defaultConstraints: [] }),
  listDefaults: args("PodTopologySpread", {
    defaultingType: "List",
    defaultConstraints: [
      { maxSkew: 2, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
    ],
  }),
  weights: {
    plugins: {
      score: {
        disabled: [{ name: "ImageLocality" }],
        enabled: [
          { name: "NodeResourcesFit", weight: 4 },
          { name: "InterPodAffinity", weight: 7 },
        ],
      },
      filter: { disabled: [{ name: "NodePorts" }] },
    },
  },
  // a hundred times the weight is beyond 32 bits
  hugeWeight: {
    plugins: {
      score: {
        disabled: [{ name: "NodeResourcesFit" }],
        enabled: [{ name: "NodeResourcesFit", weight: 30_000_000 }],
      },
    },
  },
  fewFilters: {
    plugins: { filter: { disabled: [{ name: "NodeAffinity" }, { name: "TaintToleration" }, { name: "NodePorts" }] } },
  },
  oneScore: { plugins: { score: { disabled: [{ name: "*" }], enabled: [{ name: "PodTopologySpread", weight: 2 }] } } },
  noScores: { plugins: { score: { disabled: [{ name: "*" }] } } },
  ignoredResources: args("NodeResourcesFit", {
    ignoredResources: ["nvidia.com/gpu"],
    ignoredResourceGroups: ["example.com"],
  }),
  addedRequired: args("NodeAffinity", {
    addedAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "disk", operator: "Exists" }] }],
      },
    },
  }),
  added: {
    pluginConfig: [
      {
        name: "NodeAffinity",
        args: {
          addedAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 30, preference: { matchExpressions: [{ key: "disk", operator: "In", values: ["hdd"] }] } },
            ],
          },
        },
      },
      { name: "InterPodAffinity", args: { hardPodAffinityWeight: 13, ignorePreferredTermsOfExistingPods: true } },
      {
        name: "NodeResourcesBalancedAllocation",
        args: {
          resources: [
            { name: "cpu", weight: 1 },
            { name: "memory", weight: 1 },
            { name: "nvidia.com/gpu", weight: 1 },
          ],
        },
      },
    ],
  },
};

export const VARIANTS: readonly string[] = Object.keys(PROFILES);

/** @param second variant of another profile, for pods with the scheduler name "second" */
export function schedulerConfiguration(
  variant: string,
  percentageOfNodesToScore: number,
  second?: string,
): SchedulerConfiguration {
  const { configuration, problems } = readSchedulerConfiguration({
    apiVersion: "kubescheduler.config.k8s.io/v1",
    kind: "KubeSchedulerConfiguration",
    percentageOfNodesToScore,
    profiles: [
      { schedulerName: "default-scheduler", ...PROFILES[variant] },
      ...(second === undefined ? [] : [{ schedulerName: "second", ...PROFILES[second] }]),
    ],
  });
  assert.equal(problems, [], `configuration ${variant} is valid`);
  return configuration;
}
