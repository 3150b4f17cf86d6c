// Node-pressure eviction: signals against thresholds every 10 s, conditions of pressure that stay for 5 min, images thrown away first
// when the disk is short, and one pod at a time. It looks only when a threshold is crossed, or is going to be: a node with enough of
// everything costs nothing. Source: behaviour of the kubelet's eviction manager, 1.36.
import type { EventHandle } from "../engine/engine.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import { SECOND } from "../engine/tick.ts";
import type { EvictionSignal, EvictionThreshold, KubeletConfiguration } from "../model/kubelet-configuration.ts";
import { value } from "../model/quantity.ts";
import { isCritical } from "./admission.ts";
import { type Candidate, evictionMessage, RESOURCE_OF, rank, thresholdBytes } from "./eviction-ranking.ts";
import type { NodeHealth } from "./node-conditions.ts";
import type { NodeResources } from "./node-resources.ts";
import type { PodWorker } from "./pod-worker.ts";

const MONITORING_MICROS = 10 * SECOND;

export interface EvictionManagerOptions {
  readonly life: Lifetime;
  readonly configuration: KubeletConfiguration;
  readonly resources: NodeResources;
  readonly workers: () => Iterable<PodWorker>;
  readonly setPressure: (pressure: Omit<NodeHealth, "notReady">) => void;
  /** Throws away unused images. @returns bytes freed */
  readonly collectImages: (bytes: number) => number;
  readonly nodeEvent: (type: "Normal" | "Warning", reason: string, message: string) => void;
  readonly evicted: (worker: PodWorker, message: string) => void;
  readonly phaseMicros: number;
}

type Pressure = "memoryPressure" | "diskPressure" | "pidPressure";

interface Watched {
  readonly signal: EvictionSignal;
  readonly threshold: EvictionThreshold;
  /** null = hard. */
  readonly graceMicros: number | null;
  sinceMicros: number | null;
}

export class EvictionManager {
  private readonly options: EvictionManagerOptions;
  private readonly watched: Watched[] = [];
  private readonly lastMet = new Map<Pressure, number>();
  private timer: EventHandle | null = null;
  private dueMicros = Number.POSITIVE_INFINITY;
  private leaving: PodWorker | null = null;

  constructor(options: EvictionManagerOptions) {
    this.options = options;
    const { evictionHard, evictionSoft, evictionSoftGracePeriodMicros } = options.configuration;
    for (const signal of Object.keys(RESOURCE_OF) as EvictionSignal[]) {
      const hard = evictionHard[signal];
      if (hard !== undefined) this.watched.push({ signal, threshold: hard, graceMicros: null, sinceMicros: null });
      const soft = evictionSoft[signal];
      const graceMicros = evictionSoftGracePeriodMicros[signal] ?? 0;
      if (soft !== undefined) this.watched.push({ signal, threshold: soft, graceMicros, sinceMicros: null });
    }
  }

  /** Something was used or freed: is there a time at which to look? */
  changed(): void {
    const { life, resources } = this.options;
    let dueMicros = Number.POSITIVE_INFINITY;
    const { now } = life.engine;
    if (this.lastMet.size > 0) dueMicros = now;
    for (const watched of this.watched) {
      if (dueMicros <= now) break;
      if (watched.signal === "memory.available") {
        const capacity = resources.memoryCapacityBytes;
        if (!Number.isFinite(capacity)) continue;
        const limit = capacity - thresholdBytes(watched.threshold, capacity);
        dueMicros = Math.min(dueMicros, resources.reachesMicros(limit));
      } else if (this.isMet(watched)) dueMicros = now;
    }
    if (!Number.isFinite(dueMicros)) {
      if (this.timer !== null) life.cancel(this.timer);
      this.timer = null;
      this.dueMicros = dueMicros;
      return;
    }
    this.lookAt(dueMicros);
  }

  private lookAt(atMicros: number): void {
    const { life, phaseMicros } = this.options;
    const { now } = life.engine;
    const rounds = Math.floor((Math.max(atMicros, now) - phaseMicros) / MONITORING_MICROS) + 1;
    const dueMicros = phaseMicros + rounds * MONITORING_MICROS;
    if (this.timer !== null) {
      if (dueMicros === this.dueMicros) return;
      life.cancel(this.timer);
    }
    this.dueMicros = dueMicros;
    this.timer = life.after(dueMicros - now, () => {
      this.timer = null;
      this.synchronize();
    });
  }

  private synchronize(): void {
    const { configuration, life } = this.options;
    const { now } = life.engine;
    const met: Watched[] = [];
    for (const watched of this.watched) {
      if (!this.isMet(watched)) {
        watched.sinceMicros = null;
        continue;
      }
      watched.sinceMicros ??= now;
      this.lastMet.set(pressureOf(watched.signal), now);
      if (now - watched.sinceMicros >= (watched.graceMicros ?? 0)) met.push(watched);
    }
    const transition = configuration.evictionPressureTransitionPeriodMicros;
    for (const [pressure, since] of [...this.lastMet]) if (now - since >= transition) this.lastMet.delete(pressure);
    this.options.setPressure({
      memoryPressure: this.lastMet.has("memoryPressure"),
      diskPressure: this.lastMet.has("diskPressure"),
      pidPressure: this.lastMet.has("pidPressure"),
    });
    // memory first, then as configured
    const first = met.find(({ signal }) => signal === "memory.available") ?? met[0];
    if (first !== undefined) this.reclaim(first);
    this.changed();
  }

  private reclaim(watched: Watched): void {
    const { collectImages, nodeEvent } = this.options;
    const { signal } = watched;
    const resource = RESOURCE_OF[signal];
    // one after the other: the next when this one's containers are gone
    if (this.leaving !== null && !this.leaving.isFinished && !this.leaving.isGone) return;
    this.leaving = null;
    nodeEvent("Warning", "EvictionThresholdMet", `Attempting to reclaim ${resource}`);
    if (resource === "ephemeral-storage") {
      collectImages(Number.POSITIVE_INFINITY);
      if (!this.isMet(watched)) return;
    }
    if (resource === "pids") return;
    this.evictOne(watched);
  }

  private evictOne(watched: Watched): void {
    const { configuration, evicted, resources, workers } = this.options;
    const { graceMicros, signal, threshold } = watched;
    const isMemory = signal === "memory.available";
    const candidates: Candidate<PodWorker>[] = [];
    for (const worker of workers()) {
      if (worker.isTerminal || !worker.isActive || isCritical(worker.pod)) continue;
      const usedBytes = isMemory ? resources.memoryOfPod(worker.local) : resources.diskOfPod(worker.local);
      candidates.push({ item: worker, pod: worker.pod, usedBytes });
    }
    const victim = rank(candidates, isMemory ? "memory" : "ephemeral-storage")[0];
    if (victim === undefined) return;
    const worker = victim.item;
    const capacity = isMemory ? resources.memoryCapacityBytes : resources.diskCapacityBytes;
    const available = isMemory ? resources.memoryAvailableBytes : resources.diskAvailableBytes;
    const offenders = !isMemory
      ? []
      : worker.local.containers.map((c) => {
          const usage = resources.usages.get(c);
          const request = c.spec.resources?.requests?.memory;
          return {
            name: c.name,
            usedBytes: usage === undefined ? 0 : resources.memoryOf(usage),
            requestBytes: request === undefined ? 0 : value(request),
          };
        });
    const message = evictionMessage(signal, thresholdBytes(threshold, capacity), Math.max(0, available), offenders);
    this.leaving = worker;
    evicted(worker, message);
    const graceSeconds = graceMicros === null ? 0 : configuration.evictionMaxPodGracePeriodSeconds;
    worker.end({ reason: "Evicted", message, graceSeconds, disruption: "TerminationByKubelet" });
  }

  private isMet({ signal, threshold }: Watched): boolean {
    const { resources } = this.options;
    switch (signal) {
      case "memory.available": {
        const capacity = resources.memoryCapacityBytes;
        return Number.isFinite(capacity) && resources.memoryAvailableBytes < thresholdBytes(threshold, capacity);
      }
      case "nodefs.available":
      case "imagefs.available": {
        const capacity = resources.diskCapacityBytes;
        return resources.diskAvailableBytes < thresholdBytes(threshold, capacity);
      }
      case "nodefs.inodesFree":
      case "imagefs.inodesFree":
        return 1 - resources.inodesUsedShare < thresholdBytes(threshold, 1);
      case "pid.available":
        return false;
    }
  }
}

function pressureOf(signal: EvictionSignal): Pressure {
  const resource = RESOURCE_OF[signal];
  return resource === "memory" ? "memoryPressure" : resource === "pids" ? "pidPressure" : "diskPressure";
}
