// Builds the requests of clients, where the plan has any.
import type { Engine } from "../engine/engine.ts";
import type { Recorder } from "../metrics/recorder.ts";
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
): TrafficProcess | null {
  if (plan.traffic === null) return null;
  const servers = network.hosts.filter(({ name }) => name.startsWith("apiserver-"));
  return new TrafficProcess({
    engine,
    client: api.client("kube-proxy"),
    recorder,
    podNetwork,
    reachability: network.reachability,
    apiServers: () => servers.filter(({ isServing }) => isServing),
    plan: plan.traffic,
  });
}
