// Builds the requests of clients, where the plan has any.
import type { Engine } from "../engine/engine.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { ClusterObjects } from "../model/objects.ts";
import type { PodNetwork } from "../network/pod-network.ts";
import type { Plan } from "../scenario/plan.ts";
import { TrafficProcess } from "../traffic/process.ts";
import type { ControlPlane } from "./control-plane.ts";

export function buildTraffic(
  engine: Engine,
  plan: Plan,
  { api, network }: ControlPlane,
  recorder: Recorder,
  podNetwork: PodNetwork,
  objects: ClusterObjects,
): TrafficProcess | null {
  if (plan.traffic === null) return null;
  return new TrafficProcess({
    engine,
    client: api.client("kube-proxy"),
    recorder,
    podNetwork,
    reachability: network.reachability,
    proxyClient: (place) => api.client({ name: `kube-proxy/${place.name}`, place }),
    plan: plan.traffic,
    settledEndpoints: plan.start === "settled" ? (key) => readyEndpoints(objects, key) : null,
  });
}

function readyEndpoints({ endpointSlices }: ClusterObjects, key: string): number {
  let count = 0;
  for (const { endpoints, metadata } of endpointSlices) {
    const { labels, namespace = "default" } = metadata;
    if (`${namespace}/${labels?.["kubernetes.io/service-name"] ?? ""}` !== key) continue;
    for (const { conditions } of endpoints ?? []) if (conditions?.ready !== false) count++;
  }
  return count;
}
