// The metrics server: every 15 s it asks each kubelet for its statistics, which are as old as the last housekeeping of cAdvisor (10 s), and
// serves what each container used between its last two answers. Nothing is sampled: amounts are known as functions of time and are
// worked out when somebody asks. Source: behaviour of metrics-server 0.8 (storage, --metric-resolution=15s) and cAdvisor.
import { SECOND } from "../engine/tick.ts";
import type { PodMetrics } from "../model/objects.ts";
import { timestampAt } from "../model/timestamp.ts";
import type { Kubelet } from "./kubelet.ts";
import type { ContainerUsage } from "./node-resources.ts";
import type { PodWorker } from "./pod-worker.ts";

const RESOLUTION_MICROS = 15 * SECOND;
const HOUSEKEEPING_MICROS = 10 * SECOND;
/** A container that has run for so long has a usage even if it was seen only once. */
const FRESH_MICROS = 10 * SECOND;

interface Watched {
  readonly kubelet: Kubelet;
  readonly worker: PodWorker;
}

interface Window {
  readonly fromMicros: number;
  readonly toMicros: number;
}

export class MetricsServer {
  private readonly now: () => number;
  private readonly phaseMicros: number;
  private readonly byNamespace = new Map<string, Map<string, Watched>>();
  private outages = 0;

  /** @param phaseMicros of its scrapes, within their period */
  constructor(now: () => number, phaseMicros: number) {
    this.now = now;
    this.phaseMicros = phaseMicros;
  }

  added(kubelet: Kubelet, worker: PodWorker): void {
    const namespace = namespaceOf(worker);
    let pods = this.byNamespace.get(namespace);
    if (pods === undefined) {
      pods = new Map();
      this.byNamespace.set(namespace, pods);
    }
    pods.set(worker.uid, { kubelet, worker });
  }

  removed(worker: PodWorker): void {
    this.byNamespace.get(namespaceOf(worker))?.delete(worker.uid);
  }

  /** It answers nothing for a while. @returns what ends that */
  outage(): () => void {
    this.outages++;
    return () => {
      this.outages--;
    };
  }

  /** What is known of the pods of a namespace, or of all; null while it answers nothing. */
  list(namespace = ""): readonly PodMetrics[] | null {
    if (this.outages > 0) return null;
    const result: PodMetrics[] = [];
    const spaces = namespace === "" ? [...this.byNamespace.values()] : [this.byNamespace.get(namespace)];
    for (const pods of spaces) {
      for (const watched of pods?.values() ?? []) {
        const metrics = this.of(watched);
        if (metrics !== null) result.push(metrics);
      }
    }
    return result;
  }

  /** What is known of a pod; null while any of its containers has no usage yet. */
  private of({ kubelet, worker }: Watched): PodMetrics | null {
    if (!kubelet.isServing) return null;
    const scrape = lastOf(this.now(), this.phaseMicros, RESOLUTION_MICROS);
    const toMicros = lastOf(scrape, kubelet.housekeepingPhaseMicros, HOUSEKEEPING_MICROS);
    const fromMicros = lastOf(scrape - RESOLUTION_MICROS, kubelet.housekeepingPhaseMicros, HOUSEKEEPING_MICROS);
    const containers: PodMetrics["containers"][number][] = [];
    for (const c of worker.local.containers) {
      if (c.role === "init") continue;
      const usage = kubelet.resources.usages.get(c);
      if (usage === undefined) return null;
      const amounts = this.usage(kubelet, usage, { fromMicros, toMicros }, c.truth.startedAtMicros);
      if (amounts === null) return null;
      containers.push({ name: c.name, usage: amounts });
    }
    const { labels, name, namespace } = worker.pod.metadata;
    return {
      apiVersion: "metrics.k8s.io/v1beta1",
      kind: "PodMetrics",
      metadata: { name, namespace, labels, creationTimestamp: timestampAt(this.now()) },
      timestamp: timestampAt(toMicros),
      window: `${((toMicros - fromMicros) / SECOND).toFixed(3)}s`,
      containers,
    };
  }

  private usage({ resources }: Kubelet, usage: ContainerUsage, window: Window, startedAtMicros: number) {
    const { toMicros } = window;
    let { fromMicros } = window;
    if (startedAtMicros > fromMicros) {
      if (toMicros - startedAtMicros < FRESH_MICROS) return null;
      fromMicros = startedAtMicros;
    }
    const end = resources.cpuTotalAt(usage, toMicros);
    const begin = resources.cpuTotalAt(usage, fromMicros) ?? 0;
    if (end === undefined) return null;
    // millicores, as nanocores are printed
    const milli = (end - begin) / (toMicros - fromMicros);
    const kib = Math.max(0, Math.round(resources.memoryOf(usage, Math.max(toMicros, usage.sinceMicros)) / 1024));
    return { cpu: `${Math.round(milli * 1e6)}n`, memory: `${kib}Ki` };
  }
}

function lastOf(atMicros: number, phaseMicros: number, periodMicros: number): number {
  return phaseMicros + Math.floor((atMicros - phaseMicros) / periodMicros) * periodMicros;
}

function namespaceOf(worker: PodWorker): string {
  return worker.pod.metadata.namespace ?? "default";
}
