// What a scenario may say about its kubelets below `cluster.kubelet`: fields of KubeletConfiguration (kubelet.config.k8s.io/v1beta1) by
// their own names, and what machines and their container runtime take. Part of the schema; kubelet.ts makes the plan of it.
import { z } from "zod";
import { value as bytesOf, quantityError } from "../model/quantity.ts";
import { durationSchema, fields } from "./duration-schema.ts";

const wholeHint = (min: number, max: number) => `a whole number from ${min} to ${max}`;
const whole = (min: number, max: number) =>
  z
    .int({ error: wholeHint(min, max) })
    .min(min, { error: wholeHint(min, max) })
    .max(max, { error: wholeHint(min, max) });

const BYTES_HINT = 'a number of bytes, such as "200Mi" or 150M';
const bytesSchema = z
  .union([z.string(), z.number()], { error: BYTES_HINT })
  .refine((value) => quantityError(value) === undefined && bytesOf(value) >= 0, { error: BYTES_HINT })
  .meta({ description: 'A Kubernetes quantity of bytes such as "2Gi" or "500M".' });

export const SIGNALS = [
  "memory.available",
  "nodefs.available",
  "nodefs.inodesFree",
  "imagefs.available",
  "imagefs.inodesFree",
  "pid.available",
] as const;

const SIGNAL_HINT = `one of ${SIGNALS.join(", ")}`;
const THRESHOLD_HINT = 'a quantity or a percentage, such as "100Mi" or "10%"';
const thresholdSchema = z
  .union([z.string(), z.number()], { error: THRESHOLD_HINT })
  .refine((value) => /^\d+(\.\d+)?%$/.test(String(value)) || quantityError(value) === undefined, {
    error: THRESHOLD_HINT,
  });
const bySignal = <T extends z.ZodType>(item: T) =>
  z.partialRecord(z.enum(SIGNALS, { error: SIGNAL_HINT }), item, { error: "a mapping of signals" });

const STATIC_HINT = "the file of a pod, or a pod";
/** As in /etc/kubernetes/manifests. */
export const staticPodsSchema = z
  .array(
    z.union(
      [z.string({ error: STATIC_HINT }).min(1, { error: STATIC_HINT }), z.looseObject({}, { error: STATIC_HINT })],
      {
        error: STATIC_HINT,
      },
    ),
    { error: "a list of files or pods" },
  )
  .optional()
  .describe(
    "Static pods: pods as in /etc/kubernetes/manifests, files or written out, which kubelets run without the API server.",
  );

const IMAGE_HINT = "exactly one of size, layers";
export const imagesSchema = z
  .array(
    fields({
      name: z.string({ error: "the name of an image" }).min(1, { error: "the name of an image" }),
      size: bytesSchema.optional(),
      layers: z
        .array(fields({ id: z.string({ error: "text" }).min(1, { error: "text" }), size: bytesSchema }), {
          error: "a list of layers",
        })
        .min(1, { error: "a list that is not empty" })
        .optional()
        .describe("Layers of one id are the same layer, in whichever image: each node pulls and stores it once."),
    }).refine(({ layers, size }) => (layers === undefined) !== (size === undefined), { error: IMAGE_HINT }),
    { error: "a list of images" },
  )
  .optional()
  .describe("How large images are. Others are as large as nodes report them, or cluster.kubelet.runtime.imageSize.");

export const kubeletSchema = fields({
  profile: z
    .enum(["kubelet", "hollow"])
    .optional()
    .describe(
      "kubelet (default): as the real one. hollow: as simulated nodes of a test bench: no probes, no Events, no admission on the node.",
    ),
  heartbeats: z
    .enum(["executed", "accounted"])
    .optional()
    .describe("accounted: heartbeats of quiet nodes are not executed one by one, only their load is added up."),
  nodeStatusUpdateFrequency: durationSchema.optional().describe("Default 10s."),
  nodeStatusReportFrequency: durationSchema.optional().describe("Default 5m."),
  nodeLeaseDurationSeconds: whole(1, 3600).optional().describe("Default 40; renewed every quarter of it."),
  registryPullQPS: whole(0, 10_000).optional().describe("Pulls per second of one node; default 5, 0 = no limit."),
  registryBurst: whole(1, 10_000).optional().describe("Default 10."),
  kubeAPIQPS: whole(0, 10_000)
    .optional()
    .describe("Requests per second of a kubelet, without leases and Events; default 50, 0 = no limit."),
  kubeAPIBurst: whole(1, 10_000).optional().describe("Default 100."),
  eventRecordQPS: whole(0, 10_000).optional().describe("Default 50."),
  eventBurst: whole(1, 10_000).optional().describe("Default 100."),
  serializeImagePulls: z.boolean({ error: "true or false" }).optional().describe("One pull at a time; default true."),
  maxParallelImagePulls: whole(1, 10_000).optional().describe("With serializeImagePulls: false; default no limit."),
  crashLoopBackOffMaxContainerRestartPeriod: durationSchema.optional().describe("Default 300s."),
  imageGCHighThresholdPercent: whole(1, 100).optional().describe("Default 85."),
  imageGCLowThresholdPercent: whole(1, 100).optional().describe("Default 80."),
  imageMinimumGCAge: durationSchema.optional().describe("Default 2m."),
  evictionHard: bySignal(thresholdSchema)
    .optional()
    .describe("Default: memory.available 100Mi, nodefs.available 10%, imagefs.available 15%, inodes 5%."),
  evictionSoft: bySignal(thresholdSchema).optional(),
  evictionSoftGracePeriod: bySignal(durationSchema).optional(),
  evictionMaxPodGracePeriod: whole(0, 86_400).optional().describe("Seconds, of soft evictions; default 0."),
  evictionPressureTransitionPeriod: durationSchema.optional().describe("Default 5m."),
  shutdownGracePeriod: durationSchema.optional().describe("Of a graceful shutdown of the node; default 0s = off."),
  shutdownGracePeriodCriticalPods: durationSchema.optional().describe("The part of it that critical pods get."),
  shutdownGracePeriodByPodPriority: z
    .array(fields({ priority: z.int(), shutdownGracePeriodSeconds: whole(0, 86_400) }), {
      error: "a list of priorities and periods",
    })
    .optional(),
  staticPods: staticPodsSchema,
  runtime: fields({
    sandbox: durationSchema.optional().describe("Setting up a pod's sandbox; default 300ms."),
    start: durationSchema.optional().describe("Creating and starting one container; default 250ms."),
    mount: durationSchema.optional().describe("Volumes that are no attached disks; default 300ms."),
    cleanup: durationSchema.optional().describe("From the last container's end to the pod's removal; default 200ms."),
    stop: durationSchema.optional().describe("From SIGTERM to exit, where a pod does not say otherwise; default 1s."),
    init: durationSchema.optional().describe("How long init containers run; default 1s."),
    imageSize: bytesSchema
      .optional()
      .describe("Of images of which nothing is known; default from 30M to 430M, by the name."),
    pullRate: bytesSchema.optional().describe("Bytes per second that one node pulls and unpacks; default 220M."),
    registryRate: bytesSchema
      .optional()
      .describe("Bytes per second that the registry serves to all; default no limit."),
    pullLatency: durationSchema.optional().describe("Before the first byte of an image; default 300ms."),
    devicePlugins: durationSchema
      .optional()
      .describe(
        "From a kubelet's restart until device plugins have registered with it: pods that ask for devices before are refused. Default 0s.",
      ),
    disk: bytesSchema.optional().describe("Of nodes that do not say how large theirs is; default 100Gi."),
  })
    .optional()
    .describe("What machines and their container runtime take for things."),
}).describe("Of all nodes: fields of KubeletConfiguration, with the defaults of 1.36.");

export type KubeletSpec = z.input<typeof kubeletSchema>;
export type StaticPodsSpec = z.input<typeof staticPodsSchema>;
export type ImagesSpec = z.input<typeof imagesSchema>;
