// Stands in for metrics.k8s.io in the recordings of autoscaling, as theirs did: a total that is set, divided over the pods that are ready.
import type { Cluster } from "../../../sim/cluster.ts";
import type { Pod, PodMetrics } from "../../../sim/model/objects.ts";
import { timestampAt } from "../../../sim/model/timestamp.ts";

export class MetricsStub {
  private readonly cluster: Cluster;
  private totalMilli: number | null = null;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** From the first call on it answers in the place of the simulated metrics server. */
  setTotal(milli: number): void {
    if (this.totalMilli === null) {
      this.cluster.controlPlane.api.aggregate("podMetrics", { list: (namespace) => this.list(namespace) });
    }
    this.totalMilli = milli;
  }

  private list(namespace: string | undefined): PodMetrics[] {
    const { engine, controlPlane } = this.cluster;
    const ready = (controlPlane.api.list("pods") as Pod[]).filter(isReady);
    const milli = ready.length === 0 ? 0 : Math.round((this.totalMilli ?? 0) / ready.length);
    return ready
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .map(({ metadata, spec }) => ({
        metadata: { name: metadata.name, namespace: metadata.namespace, labels: metadata.labels },
        timestamp: timestampAt(engine.now),
        window: "15s",
        containers: spec.containers.map(({ name }) => ({ name, usage: { cpu: `${milli}m`, memory: "64Mi" } })),
      }));
  }
}

function isReady({ metadata, status }: Pod): boolean {
  const isTrue = status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true;
  return metadata.deletionTimestamp == null && isTrue;
}
