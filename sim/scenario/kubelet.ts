// The kubelets' configuration of a plan, from what the scenario says and the defaults of its profile.
import {
  DEFAULT_KUBELET_CONFIGURATION,
  type EvictionSignal,
  type EvictionThreshold,
  HOLLOW_KUBELET_CONFIGURATION,
  type ImagePlan,
  type KubeletConfiguration,
  type RuntimePlan,
  type ShutdownGracePeriod,
} from "../model/kubelet-configuration.ts";
import { type Problem, shown } from "../model/problem.ts";
import { value as bytesOf } from "../model/quantity.ts";
import { durationMicros } from "./duration-schema.ts";
import { type ImagesSpec, type KubeletSpec, SIGNALS } from "./kubelet-schema.ts";

/** Priority of the class system-cluster-critical. */
const CRITICAL_PRIORITY = 2_000_000_000;

export function kubeletPlan(spec: KubeletSpec = {}): KubeletConfiguration {
  const base = spec.profile === "hollow" ? HOLLOW_KUBELET_CONFIGURATION : DEFAULT_KUBELET_CONFIGURATION;
  const time = (text: string | undefined, fallback: number): number =>
    text === undefined ? fallback : durationMicros(text);
  return {
    ...base,
    heartbeats: spec.heartbeats ?? base.heartbeats,
    nodeStatusUpdateFrequencyMicros: time(spec.nodeStatusUpdateFrequency, base.nodeStatusUpdateFrequencyMicros),
    nodeStatusReportFrequencyMicros: time(spec.nodeStatusReportFrequency, base.nodeStatusReportFrequencyMicros),
    nodeLeaseDurationSeconds: spec.nodeLeaseDurationSeconds ?? base.nodeLeaseDurationSeconds,
    registryPullQps: spec.registryPullQPS ?? base.registryPullQps,
    registryBurst: spec.registryBurst ?? base.registryBurst,
    kubeApiQps: spec.kubeAPIQPS ?? base.kubeApiQps,
    kubeApiBurst: spec.kubeAPIBurst ?? base.kubeApiBurst,
    eventRecordQps: spec.eventRecordQPS ?? base.eventRecordQps,
    eventBurst: spec.eventBurst ?? base.eventBurst,
    maxParallelImagePulls: parallelPulls(spec, base),
    crashLoopBackOffMaxMicros: time(spec.crashLoopBackOffMaxContainerRestartPeriod, base.crashLoopBackOffMaxMicros),
    imageGcHighThreshold: (spec.imageGCHighThresholdPercent ?? base.imageGcHighThreshold * 100) / 100,
    imageGcLowThreshold: (spec.imageGCLowThresholdPercent ?? base.imageGcLowThreshold * 100) / 100,
    imageMinimumGcAgeMicros: time(spec.imageMinimumGCAge, base.imageMinimumGcAgeMicros),
    // as in a kubelet: who sets one threshold has set them all
    evictionHard: spec.evictionHard === undefined ? base.evictionHard : thresholds(spec.evictionHard),
    evictionSoft: thresholds(spec.evictionSoft ?? {}),
    evictionSoftGracePeriodMicros: graces(spec),
    evictionMaxPodGracePeriodSeconds: spec.evictionMaxPodGracePeriod ?? base.evictionMaxPodGracePeriodSeconds,
    evictionPressureTransitionPeriodMicros: time(
      spec.evictionPressureTransitionPeriod,
      base.evictionPressureTransitionPeriodMicros,
    ),
    shutdownGracePeriodByPodPriority: shutdown(spec),
    runtime: runtimePlan(spec.runtime ?? {}, base.runtime),
  };
}

function parallelPulls(spec: KubeletSpec, base: KubeletConfiguration): number | null {
  if (spec.serializeImagePulls === undefined) {
    return spec.maxParallelImagePulls === undefined ? base.maxParallelImagePulls : spec.maxParallelImagePulls;
  }
  return spec.serializeImagePulls ? 1 : (spec.maxParallelImagePulls ?? null);
}

/** Sizes of images; problems have paths below `cluster.images`. */
export function imagePlans(spec: ImagesSpec, note: (problem: Problem) => void = () => undefined): readonly ImagePlan[] {
  const names = new Set<string>();
  const sizes = new Map<string, number>();
  return (spec ?? []).map(({ layers = [], name, size }, index) => {
    if (names.has(name)) note({ path: [index, "name"], expected: "each image once", received: shown(name) });
    names.add(name);
    const known = new Map<string, number>();
    layers.forEach((layer, i) => {
      const bytes = bytesOf(layer.size);
      if ((sizes.get(layer.id) ?? bytes) !== bytes) {
        const expected = `the size that layer ${layer.id} has in other images`;
        note({ path: [index, "layers", i, "size"], expected, received: shown(layer.size) });
      }
      sizes.set(layer.id, bytes);
      known.set(layer.id, bytes);
    });
    const plans = [...known].map(([id, bytes]) => ({ id, bytes }));
    return {
      name,
      bytes: size === undefined ? plans.reduce((sum, { bytes }) => sum + bytes, 0) : bytesOf(size),
      layers: plans,
    };
  });
}

function thresholds(spec: NonNullable<KubeletSpec["evictionHard"]>): KubeletConfiguration["evictionHard"] {
  const result: Partial<Record<EvictionSignal, EvictionThreshold>> = {};
  for (const signal of SIGNALS) {
    const text = spec[signal];
    if (text === undefined) continue;
    const percent = /^(\d+(?:\.\d+)?)%$/.exec(String(text));
    result[signal] = percent === null ? { bytes: bytesOf(text) } : { share: Number(percent[1]) / 100 };
  }
  return result;
}

function graces({ evictionSoftGracePeriod = {} }: KubeletSpec): KubeletConfiguration["evictionSoftGracePeriodMicros"] {
  const result: Partial<Record<EvictionSignal, number>> = {};
  for (const signal of SIGNALS) {
    const text = evictionSoftGracePeriod[signal];
    if (text !== undefined) result[signal] = durationMicros(text);
  }
  return result;
}

function shutdown(spec: KubeletSpec): readonly ShutdownGracePeriod[] {
  if (spec.shutdownGracePeriodByPodPriority !== undefined) {
    return spec.shutdownGracePeriodByPodPriority
      .map(({ priority, shutdownGracePeriodSeconds }) => ({
        priority,
        gracePeriodMicros: shutdownGracePeriodSeconds * 1_000_000,
      }))
      .sort((a, b) => a.priority - b.priority);
  }
  if (spec.shutdownGracePeriod === undefined) return [];
  const all = durationMicros(spec.shutdownGracePeriod);
  if (all === 0) return [];
  const critical =
    spec.shutdownGracePeriodCriticalPods === undefined ? 0 : durationMicros(spec.shutdownGracePeriodCriticalPods);
  return [
    { priority: 0, gracePeriodMicros: Math.max(0, all - critical) },
    { priority: CRITICAL_PRIORITY, gracePeriodMicros: critical },
  ];
}

function runtimePlan(spec: NonNullable<KubeletSpec["runtime"]>, base: RuntimePlan): RuntimePlan {
  const time = (text: string | undefined, fallback: number): number =>
    text === undefined ? fallback : durationMicros(text);
  const size = (quantity: string | number | undefined, fallback: number): number =>
    quantity === undefined ? fallback : bytesOf(quantity);
  return {
    sandboxMicros: time(spec.sandbox, base.sandboxMicros),
    startMicros: time(spec.start, base.startMicros),
    mountMicros: time(spec.mount, base.mountMicros),
    cleanupMicros: time(spec.cleanup, base.cleanupMicros),
    stopMicros: time(spec.stop, base.stopMicros),
    initMicros: time(spec.init, base.initMicros),
    imageBytes: spec.imageSize === undefined ? base.imageBytes : bytesOf(spec.imageSize),
    pullBytesPerSecond: size(spec.pullRate, base.pullBytesPerSecond),
    registryBytesPerSecond: spec.registryRate === undefined ? base.registryBytesPerSecond : bytesOf(spec.registryRate),
    pullLatencyMicros: time(spec.pullLatency, base.pullLatencyMicros),
    devicePluginMicros: time(spec.devicePlugins, base.devicePluginMicros),
    diskBytes: size(spec.disk, base.diskBytes),
  };
}
