// Stands in for metrics.k8s.io in the recordings of autoscaling, as theirs did: a total that is set, divided over the pods that are ready.
import type { Client } from "../../../sim/apiserver/client.ts";
import type { Cluster } from "../../../sim/cluster.ts";
import { SECOND, type Tick } from "../../../sim/engine/tick.ts";
import type { Pod, PodMetrics } from "../../../sim/model/objects.ts";
import { timestampAt } from "../../../sim/model/timestamp.ts";

const REFRESH_MICROS = SECOND;

export class MetricsStub {
  private readonly cluster: Cluster;
  private readonly client: Client;
  private totalMilli = 0;
  private isStarted = false;
  private readonly known = new Set<string>();

  constructor(cluster: Cluster, client: Client) {
    this.cluster = cluster;
    this.client = client;
  }

  setTotal(milli: number): void {
    this.totalMilli = milli;
    // theirs worked it out when it was asked
    this.publish();
    if (this.isStarted) return;
    this.isStarted = true;
    this.again();
  }

  private again(): void {
    const { engine } = this.cluster;
    engine.at((engine.now + REFRESH_MICROS) as Tick, () => {
      this.publish();
      this.again();
    });
  }

  private publish(): void {
    const { engine, controlPlane } = this.cluster;
    const ready = (controlPlane.api.list("pods") as Pod[]).filter(isReady);
    const milli = ready.length === 0 ? 0 : Math.round(this.totalMilli / ready.length);
    const present = new Set<string>();
    for (const { metadata, spec } of ready) {
      const key = `${metadata.namespace}/${metadata.name}`;
      present.add(key);
      const metrics: PodMetrics = {
        metadata: { name: metadata.name, namespace: metadata.namespace, labels: metadata.labels },
        timestamp: timestampAt(engine.now),
        window: "15s",
        containers: spec.containers.map(({ name }) => ({ name, usage: { cpu: `${milli}m`, memory: "64Mi" } })),
      };
      if (this.known.has(key)) this.client.update("podMetrics", metrics);
      else this.client.create("podMetrics", metrics);
      this.known.add(key);
    }
    for (const key of this.known) {
      if (present.has(key)) continue;
      this.known.delete(key);
      this.client.delete("podMetrics", key, {});
    }
  }
}

function isReady({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp == null &&
    status?.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") === true
  );
}
