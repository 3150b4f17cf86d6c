// The kubelet's configuration (kubelet.config.k8s.io/v1beta1), as far as the simulated kubelets read it, with the defaults of 1.36, and
// what a machine and its container runtime take for things. Times in microseconds, sizes in bytes.
import { SECOND } from "../engine/tick.ts";
import type { StaticPodSet } from "./static-pods.ts";

export interface ImageLayer {
  readonly id: string;
  readonly bytes: number;
}

export interface ImagePlan {
  readonly name: string;
  /** Of all layers together. */
  readonly bytes: number;
  /** Empty: one of its own. */
  readonly layers: readonly ImageLayer[];
}

/** A signal's threshold: so many bytes, or such a share of the whole (0.1 = 10 %). */
export type EvictionThreshold = { readonly bytes: number } | { readonly share: number };

export type EvictionSignal =
  | "memory.available"
  | "nodefs.available"
  | "nodefs.inodesFree"
  | "imagefs.available"
  | "imagefs.inodesFree"
  | "pid.available";

export interface ShutdownGracePeriod {
  /** Pods of at least this priority, below that of the next entry. */
  readonly priority: number;
  readonly gracePeriodMicros: number;
}

export interface KubeletConfiguration {
  /**
   * kubelet: as the real one. hollow: as the nodes of the reference recordings: no probes, no Events, no admission on the node, no
   * write of PodReadyToStartContainers alone, readiness after a delay.
   */
  readonly profile: "kubelet" | "hollow";
  /**
   * executed: every renewal of a lease and every check of the node's status is a request. accounted: those of quiet nodes are not made
   * one by one, but known as functions of time, and their load is added up.
   */
  readonly heartbeats: "executed" | "accounted";
  readonly nodeStatusUpdateFrequencyMicros: number;
  readonly nodeStatusReportFrequencyMicros: number;
  readonly nodeLeaseDurationSeconds: number;
  readonly registryPullQps: number;
  readonly registryBurst: number;
  /** Of its client for pods, node and volumes; 0: no limit. */
  readonly kubeApiQps: number;
  readonly kubeApiBurst: number;
  readonly eventRecordQps: number;
  readonly eventBurst: number;
  /** null: no limit. 1: serializeImagePulls. */
  readonly maxParallelImagePulls: number | null;
  readonly crashLoopBackOffMaxMicros: number;
  readonly imageGcHighThreshold: number;
  readonly imageGcLowThreshold: number;
  readonly imageMinimumGcAgeMicros: number;
  readonly evictionHard: Readonly<Partial<Record<EvictionSignal, EvictionThreshold>>>;
  readonly evictionSoft: Readonly<Partial<Record<EvictionSignal, EvictionThreshold>>>;
  readonly evictionSoftGracePeriodMicros: Readonly<Partial<Record<EvictionSignal, number>>>;
  readonly evictionMaxPodGracePeriodSeconds: number;
  readonly evictionPressureTransitionPeriodMicros: number;
  /** Graceful node shutdown; empty = off. Ascending priorities. */
  readonly shutdownGracePeriodByPodPriority: readonly ShutdownGracePeriod[];
  /** What is known of images, whichever node pulls them. */
  readonly images: readonly ImagePlan[];
  /** Manifests that lie on the nodes. */
  readonly staticPods: readonly StaticPodSet[];
  readonly runtime: RuntimePlan;
}

/** What the machine and its container runtime take, where no annotation of the pod says otherwise. */
export interface RuntimePlan {
  /** A pod's sandbox: namespaces, cgroups and network. */
  readonly sandboxMicros: number;
  /** Creating and starting one container. */
  readonly startMicros: number;
  /** Volumes of a pod that are not attached disks. */
  readonly mountMicros: number;
  /** From the last container's end to the removal of the pod's remains. */
  readonly cleanupMicros: number;
  /** From SIGTERM to exit. */
  readonly stopMicros: number;
  /** How long an init container runs. */
  readonly initMicros: number;
  /** Of images of which nothing is known; null = each has its own, by its name. */
  readonly imageBytes: number | null;
  /** Of one node, download and unpacking together. */
  readonly pullBytesPerSecond: number;
  /** What the registry serves to all nodes together; null = no limit. */
  readonly registryBytesPerSecond: number | null;
  /** Before the first byte of an image. */
  readonly pullLatencyMicros: number;
  /** From a kubelet's restart until device plugins have registered with it. */
  readonly devicePluginMicros: number;
  /** Of the file system of nodes that do not say how large it is. */
  readonly diskBytes: number;
}

/** hollow: what the README of the recordings says. */
export const HOLLOW_RUNTIME: RuntimePlan = {
  sandboxMicros: 300_000,
  startMicros: 200_000,
  mountMicros: 0,
  cleanupMicros: 200_000,
  stopMicros: SECOND,
  initMicros: SECOND,
  imageBytes: 200_000_000,
  pullBytesPerSecond: 200_000_000,
  registryBytesPerSecond: null,
  pullLatencyMicros: 0,
  devicePluginMicros: 0,
  diskBytes: 100 * 1024 * 1024 * 1024,
};

/** Start of a container with a cached image: 568 ms at the median on SSD, 0.22 GB/s end to end for pulls (14-calibration). */
export const KUBELET_RUNTIME: RuntimePlan = {
  sandboxMicros: 300_000,
  startMicros: 250_000,
  mountMicros: 300_000,
  cleanupMicros: 200_000,
  stopMicros: SECOND,
  initMicros: SECOND,
  imageBytes: null,
  pullBytesPerSecond: 220_000_000,
  registryBytesPerSecond: null,
  pullLatencyMicros: 300_000,
  devicePluginMicros: 0,
  diskBytes: 100 * 1024 * 1024 * 1024,
};

const MIB = 1024 * 1024;

export const DEFAULT_KUBELET_CONFIGURATION: KubeletConfiguration = {
  profile: "kubelet",
  heartbeats: "accounted",
  nodeStatusUpdateFrequencyMicros: 10 * SECOND,
  nodeStatusReportFrequencyMicros: 300 * SECOND,
  nodeLeaseDurationSeconds: 40,
  registryPullQps: 5,
  registryBurst: 10,
  kubeApiQps: 50,
  kubeApiBurst: 100,
  eventRecordQps: 50,
  eventBurst: 100,
  maxParallelImagePulls: 1,
  crashLoopBackOffMaxMicros: 300 * SECOND,
  imageGcHighThreshold: 0.85,
  imageGcLowThreshold: 0.8,
  imageMinimumGcAgeMicros: 120 * SECOND,
  evictionHard: {
    "memory.available": { bytes: 100 * MIB },
    "nodefs.available": { share: 0.1 },
    "nodefs.inodesFree": { share: 0.05 },
    "imagefs.available": { share: 0.15 },
    "imagefs.inodesFree": { share: 0.05 },
  },
  evictionSoft: {},
  evictionSoftGracePeriodMicros: {},
  evictionMaxPodGracePeriodSeconds: 0,
  evictionPressureTransitionPeriodMicros: 300 * SECOND,
  shutdownGracePeriodByPodPriority: [],
  images: [],
  staticPods: [],
  runtime: KUBELET_RUNTIME,
};

/** As the nodes of the reference recordings. */
export const HOLLOW_KUBELET_CONFIGURATION: KubeletConfiguration = {
  ...DEFAULT_KUBELET_CONFIGURATION,
  profile: "hollow",
  registryPullQps: 0,
  runtime: HOLLOW_RUNTIME,
};
