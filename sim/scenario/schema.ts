// What a scenario file may contain (apiVersion kubedrill/v1alpha1). The one source for validation and for the published
// JSON Schema (scenarios/schema.json). Error texts of the schema say what was expected.
import { z } from "zod";
import { quantityError } from "../model/quantity.ts";
import { actionsSchema } from "./action-schema.ts";
import { apiServersSchema } from "./api-server-schema.ts";
import { autoscalerSchema, poolAutoscalingSchema } from "./autoscaler-schema.ts";
import { cloudSchema } from "./cloud-schema.ts";
import { compareSchema } from "./compare-schema.ts";
import { etcdSchema, networkSchema } from "./control-plane-schema.ts";
import { controllerManagerSchema, electionFields } from "./controller-manager-schema.ts";
import { durationSchema, fields, randomDurationSchema } from "./duration-schema.ts";
import { faultsSchema } from "./fault-schema.ts";
import { imagesSchema, kubeletSchema, staticPodsSchema } from "./kubelet-schema.ts";
import { metricsSchema } from "./metrics-schema.ts";
import { searchSchema } from "./search-schema.ts";
import { trafficSchema } from "./traffic-schema.ts";

export const API_VERSION = "kubedrill/v1alpha1";

const NAME_HINT = "a name of lower-case letters, digits and -, at most 63 characters";
const nameSchema = z
  .string({ error: NAME_HINT })
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, { error: NAME_HINT })
  .meta({ description: "Lower-case letters, digits and dashes." });

const pathSchema = (what: string) => z.string({ error: what }).min(1, { error: what });
const count = (min: number, max: number) =>
  z
    .int({ error: `a whole number from ${min} to ${max}` })
    .min(min, { error: `a whole number from ${min} to ${max}` })
    .max(max, { error: `a whole number from ${min} to ${max}` });

const QUANTITY_HINT = 'a quantity, such as 2, "500m" or "1.5Gi"';
const quantitySchema = z
  .union([z.string(), z.number()], { error: QUANTITY_HINT })
  .refine((value) => quantityError(value) === undefined && !String(value).startsWith("-"), {
    error: 'a quantity that is not negative and below 2^53, such as 2, "500m" or "1.5Gi"',
  })
  .meta({ description: 'A Kubernetes quantity such as 2, "500m" or "64Gi".' });
const textMapSchema = z.record(z.string(), z.string({ error: "text (quote numbers and true or false)" }), {
  error: "a mapping of text to text",
});

const SHAPE_HINT = "the file of a pod, or a pod";
const shapeSchema = z
  .union([pathSchema(SHAPE_HINT), z.looseObject({}, { error: SHAPE_HINT })], { error: SHAPE_HINT })
  .meta({
    description: "A file with a Pod, or with a workload object whose pod template is taken; or a Pod written out here.",
  });

const machineSchema = fields({
  cpu: quantitySchema,
  memory: quantitySchema,
  pods: count(0, 100_000).default(110).describe("How many pods the node takes at most."),
  ephemeralStorage: quantitySchema.optional(),
  gpu: count(0, 1024).optional().describe("Whole GPUs, as the extended resource nvidia.com/gpu."),
  extended: z.record(z.string(), quantitySchema, { error: "a mapping of resource names to quantities" }).optional(),
}).describe("What a node of the pool offers to pods (its allocatable resources).");

const taintSchema = fields({
  key: pathSchema("a taint key"),
  value: z.string({ error: "text" }).optional(),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
});

const PRICE_HINT = "a price per node and hour, from 0 to 1000000";
export const nodePoolSchema = fields({
  name: nameSchema,
  count: count(0, 1_000_000),
  zones: z
    .array(nameSchema, { error: "a list of zone names" })
    .optional()
    .describe("Nodes are spread over the zones in turn."),
  machine: machineSchema,
  labels: textMapSchema.optional(),
  taints: z.array(taintSchema, { error: "a list of taints" }).optional(),
  racks: count(1, 10_000)
    .optional()
    .describe("Racks in each zone: nodes are spread over them in turn, by the label topology.kubernetes.io/rack."),
  staticPods: staticPodsSchema,
  price: z
    .number({ error: PRICE_HINT })
    .min(0, { error: PRICE_HINT })
    .max(1_000_000, { error: PRICE_HINT })
    .optional()
    .describe(
      "Of one node per hour, in whatever currency: for cost.csv, and the expander price of the cluster autoscaler.",
    ),
  spot: z.boolean({ error: "true or false" }).optional().describe("The provider may take them back: for cost.csv."),
  instanceType: nameSchema.optional().describe("The label node.kubernetes.io/instance-type."),
  boot: randomDurationSchema
    .optional()
    .describe("Time from the start of the run until a node joins; by default nodes are there from the start."),
  autoscaling: poolAutoscalingSchema.optional(),
});

const schedulerSchema = fields({
  ...electionFields,
  cycleLatency: randomDurationSchema.optional().describe("Time of one scheduling cycle; default 1ms."),
  bindLatency: randomDurationSchema
    .optional()
    .describe("Time from the end of the cycle until the binding is stored; default 5ms."),
  tieBreak: z
    .enum(["heap", "first", "seeded", "shuffled"])
    .optional()
    .describe(
      "Among nodes of equal score: heap = what kube-scheduler 1.36.2 does (default), first = the lowest index, seeded = uniform, shuffled = the first in a random order of the nodes that stays as it is.",
    ),
  percentageOfNodesToScore: count(0, 100).optional().describe("Overrides the scheduler configuration's; 0 = adaptive."),
});

const controlPlaneSchema = fields({
  schedulerConfiguration: z
    .union(
      [
        pathSchema("a file, or a KubeSchedulerConfiguration"),
        z.looseObject({}, { error: "a file, or a KubeSchedulerConfiguration" }),
      ],
      {
        error: "a file, or a KubeSchedulerConfiguration",
      },
    )
    .optional()
    .describe("A file with a KubeSchedulerConfiguration (v1), or the configuration written out here."),
  scheduler: schedulerSchema.optional(),
  etcd: etcdSchema.optional().describe("The cluster's store: a Raft group of its own."),
  controllerManager: controllerManagerSchema.optional(),
  apiServers: apiServersSchema.optional(),
});

const clusterSchema = fields({
  start: z
    .enum(["fresh", "settled"])
    .optional()
    .describe(
      "fresh (default): workload objects are created at the start and controllers make their pods. settled: the cluster has been running for long, all pods that fit are placed and ready.",
    ),
  controlPlane: controlPlaneSchema.optional(),
  kubelet: kubeletSchema.optional(),
  images: imagesSchema,
  cloud: cloudSchema.optional(),
  autoscaler: autoscalerSchema.optional(),
  nodePools: z.array(nodePoolSchema, { error: "a list of node pools" }).optional(),
  manifests: z
    .array(pathSchema("a file, folder or pattern such as ./shop/*.yaml"), {
      error: "a list of files, folders or patterns",
    })
    .optional()
    .describe(
      "Kubernetes manifests: files, folders (with subfolders) or patterns with * and **, relative to the scenario.",
    ),
  objects: z
    .array(z.looseObject({}, { error: "a Kubernetes object" }), { error: "a list of Kubernetes objects" })
    .optional()
    .describe("Kubernetes objects written out here, besides those of the manifests."),
  network: networkSchema.optional().describe("Between the hosts of the control plane."),
});

const sourceFields = {
  name: nameSchema.optional().describe("Begins the names of the pods; by default the name of the shape."),
  namespace: nameSchema.optional(),
};

const arrivalsSchema = fields({
  ...sourceFields,
  shape: shapeSchema,
  every: randomDurationSchema.describe("Time between one pod and the next."),
  count: count(1, 10_000_000).optional().describe("At most so many pods."),
  start: durationSchema.optional().describe("When the first gap begins; default 0s."),
  stop: durationSchema.optional().describe("No pod arrives at this time or later."),
  lifetime: randomDurationSchema.optional().describe("How long a pod runs once it is placed; by default it stays."),
});

const batchSchema = fields({
  ...sourceFields,
  shape: shapeSchema,
  count: count(1, 10_000_000),
  at: durationSchema.optional().describe("When the pods are created; default 0s."),
  lifetime: randomDurationSchema.optional().describe("How long a pod runs once it is placed; by default it stays."),
});

const RATE_HINT = 'pods per time, such as "10/s" or "90/m"';
const columnSchema = pathSchema("a column name");
const TUNE_HINT = "a number above 0, such as 1.3";

const traceSchema = fields({
  name: nameSchema.optional(),
  namespace: nameSchema.optional(),
  format: z.enum(["openb", "csv"]).describe("openb = the columns of Alibaba's GPU trace of 2023; csv = named columns."),
  nodes: pathSchema("a file").optional().describe("openb: the node list; its nodes join the cluster."),
  pods: pathSchema("a file"),
  start: durationSchema.optional().describe("When the trace begins; default 0s."),
  firstNodes: count(0, 10_000_000).optional().describe("Only the first nodes of the file."),
  firstPods: count(0, 100_000_000).optional().describe("Only the first pods of the file."),
  timeScale: z
    .number({ error: "a number above 0" })
    .positive({ error: "a number above 0" })
    .max(1e6, { error: "at most 1000000" })
    .optional()
    .describe("All times of the trace are multiplied by this; 0.001 = a thousand times as fast."),
  arrivals: z
    .union(
      [
        z.literal("own"),
        fields({ fixedRate: z.string({ error: RATE_HINT }).regex(/^\d+(\.\d+)?\/(ms|s|m|h)$/, { error: RATE_HINT }) }),
      ],
      {
        error: `own, or a mapping with fixedRate: ${RATE_HINT}`,
      },
    )
    .optional()
    .describe("own = the times of the trace (default); fixedRate = in the order of the file, at this rate."),
  departures: z
    .enum(["own", "afterRun", "never"])
    .optional()
    .describe(
      "own = at the trace's time after arrival, placed or not; afterRun = when it has run as long as in the trace; never = it stays. Default: own, or never with a fixed rate.",
    ),
  gpus: z
    .enum(["whole", "shared"])
    .optional()
    .describe(
      "openb: whole (default) = a pod takes whole devices, as nvidia.com/gpu; shared = it takes gpu_milli of each, by the annotations that the plugin GpuShare reads.",
    ),
  shuffle: z
    .boolean({ error: "true or false" })
    .optional()
    .describe("Pods arrive in a random order, another one with each seed. Needs a fixed rate."),
  tune: z
    .number({ error: TUNE_HINT })
    .positive({ error: TUNE_HINT })
    .max(1000, { error: TUNE_HINT })
    .optional()
    .describe(
      "GPU milli that all pods of the trace ask for, over those of the cluster: random pods are left out, or copies of random ones appended, until it is reached. Needs a fixed rate.",
    ),
  columns: fields({
    name: columnSchema.optional(),
    arrival: columnSchema.optional(),
    departure: columnSchema.optional(),
    lifetime: columnSchema.optional(),
    cpu: columnSchema.optional(),
    memory: columnSchema.optional(),
    gpu: columnSchema.optional(),
    priority: columnSchema.optional(),
    namespace: columnSchema.optional(),
    labels: z.array(columnSchema, { error: "a list of column names" }).optional(),
  })
    .optional()
    .describe(
      "csv: which column holds what, where it is not named like the field; labels: columns that become labels of the pod.",
    ),
  timeUnit: z.enum(["s", "ms", "us"]).optional().describe("csv: unit of times without one; default s."),
});

const WORKLOAD_HINT = "exactly one of arrivals, pods, trace";
const workloadSchema = fields({
  arrivals: arrivalsSchema.optional(),
  pods: batchSchema.optional(),
  trace: traceSchema.optional(),
}).refine((value) => Object.keys(value).length === 1, { error: WORKLOAD_HINT });

const sweepValues = z
  .array(z.unknown(), { error: "a list of values" })
  .min(1, { error: "a list that is not empty" })
  .max(10_000, { error: "at most 10000 values" });

const SEED_HINT = "a whole number, or text";

const EXPECTATION = "text such as pending == 0 or after zone-a: always ready(deployment/web) >= 3";
// a scope with its colon is a mapping to YAML where it is not quoted
const expectationSchema = z.union(
  [
    z.string({ error: EXPECTATION }),
    z
      .record(z.string(), z.string({ error: EXPECTATION }), { error: EXPECTATION })
      .refine((value) => Object.keys(value).length === 1, { error: EXPECTATION }),
  ],
  { error: EXPECTATION },
);

const specSchema = fields({
  description: z.string({ error: "text" }).optional(),
  seed: z
    .union([z.int(), z.string()], { error: SEED_HINT })
    .default(1)
    .describe("Of all randomness in the run; --seed and --seeds override it."),
  duration: durationSchema.optional().describe("When the run ends, in virtual time."),
  until: z
    .literal("idle", { error: "idle" })
    .optional()
    .describe("idle = the run ends when nothing is left to happen."),
  cluster: clusterSchema.default({}),
  workload: z.array(workloadSchema, { error: "a list of workload sources" }).default([]),
  faults: faultsSchema,
  actions: actionsSchema,
  traffic: trafficSchema.optional(),
  metrics: metricsSchema.optional(),
  reports: fields({
    timeseriesStep: durationSchema
      .optional()
      .describe("Distance of the rows of timeseries.csv; by default at most 1000 rows."),
  }).optional(),
  expect: z
    .array(expectationSchema, { error: "a list of expectations" })
    .optional()
    .describe(
      "What must hold, such as pending == 0, always ready(deployment/web) >= 3, or after zone-a: eventually rolledOut(deployment/web) within 5m.",
    ),
  compare: compareSchema.optional(),
  search: searchSchema.optional(),
  sweep: z
    .record(z.string(), sweepValues, { error: "a mapping of paths to lists of values" })
    .optional()
    .describe("Every combination of these values is a variant: path below spec → values."),
  variants: z
    .array(
      fields({ name: nameSchema, set: z.record(z.string(), z.unknown(), { error: "a mapping of paths to values" }) }),
      { error: "a list of variants" },
    )
    .optional()
    .describe("Named variants: each sets values at paths below spec."),
});

/** The whole file. */
export const scenarioSchema = fields({
  apiVersion: z.literal(API_VERSION, { error: API_VERSION }),
  kind: z.literal("Scenario", { error: "Scenario" }),
  metadata: fields({ name: nameSchema, description: z.string({ error: "text" }).optional() }),
  spec: specSchema,
}).meta({ title: "kubedrill scenario", description: "A rehearsal on a simulated Kubernetes cluster." });

export type Scenario = z.infer<typeof scenarioSchema>;
/** The file before defaults are filled in. */
export type ScenarioInput = z.input<typeof scenarioSchema>;

export type NodePool = z.input<typeof nodePoolSchema>;
export type TraceSpec = z.input<typeof traceSchema>;
export type WorkloadSpec = z.input<typeof workloadSchema>;

/** Parts of the design that this version refuses by name, rather than as misspelt: path below spec → what it is. */
export const NOT_SUPPORTED_YET: ReadonlyMap<string, string> = new Map([
  ["cluster.controlPlane.apiServer", "API server settings"],
  ["cluster.controlPlane.controllers", "controller settings"],
]);

/** The published JSON Schema, as text with a final newline. */
export function scenarioJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(scenarioSchema, { io: "input", unrepresentable: "any", reused: "ref" }), null, 2)}\n`;
}
