// Builds the nodes of a run: kubelets where it has controllers, otherwise hollow nodes that only place, run and end pods.
import type { Engine } from "../engine/engine.ts";
import { SECOND } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Node } from "../model/objects.ts";
import type { Network } from "../network/network.ts";
import type { PodNetwork } from "../network/pod-network.ts";
import { NodeFaultPoints } from "../node/fault-points.ts";
import { HollowNodes } from "../node/hollow-nodes.ts";
import { Kubelets } from "../node/kubelets.ts";
import { BootingNodes } from "../node/pools.ts";
import type { Plan } from "../scenario/plan.ts";
import type { ControlPlane } from "./control-plane.ts";

/** `kubeAPIQPS` and `kubeAPIBurst` of a kubelet. */
const KUBELET_QPS = 50;
const KUBELET_BURST = 100;

export interface Nodes {
  /** null where the run has no kubelets. */
  readonly kubelets: Kubelets | null;
  readonly faults: NodeFaultPoints | null;
  start(): void;
}

/** @param nodes as they are stored when the run begins */
export function buildNodes(
  engine: Engine,
  plan: Plan,
  { api, network }: ControlPlane,
  recorder: Recorder,
  podNetwork: PodNetwork,
  seed: string | number,
  nodes: readonly Node[],
): Nodes {
  if (plan.controllerManagers !== null) {
    const kubelets = new Kubelets({
      engine,
      seed,
      configuration: plan.kubelet,
      client: ({ metadata }) => {
        const { labels, name } = metadata;
        const place = { name, machine: name, zone: labels?.["topology.kubernetes.io/zone"] ?? "" };
        return api.client({ name: `kubelet/${name}`, place, qps: KUBELET_QPS, burst: KUBELET_BURST });
      },
      recorder,
      podNetwork,
      nodes,
      pools: plan.lateNodes,
    });
    followReachability(network, kubelets);
    return { kubelets, faults: new NodeFaultPoints(engine, kubelets), start: () => kubelets.start() };
  }
  const start = { kind: "constant", value: SECOND } as const;
  const hollow = new HollowNodes({
    engine,
    client: api.client("nodes"),
    recorder,
    seed,
    startMicros: start,
    stopMicros: start,
  });
  const machines = new BootingNodes({ engine, client: api.client("machines"), recorder, seed, pools: plan.lateNodes });
  return {
    kubelets: null,
    faults: null,
    start: () => {
      hollow.start();
      machines.start();
    },
  };
}

/** A node that is cut off from all API servers has no way to them. */
function followReachability({ hosts, reachability }: Network, kubelets: Kubelets): void {
  const cuts = new Map<string, () => void>();
  reachability.listen(() => {
    const servers = hosts.filter(({ name }) => name.startsWith("apiserver-"));
    for (const { name, node, way } of kubelets.byName.values()) {
      const place = { name, machine: name, zone: node.metadata.labels?.["topology.kubernetes.io/zone"] ?? "" };
      const isCut = !reachability.isWhole && !servers.some((server) => reachability.connects(place, server));
      const mend = cuts.get(name);
      if (isCut === (mend !== undefined)) continue;
      if (isCut) cuts.set(name, way.cut());
      else {
        cuts.delete(name);
        mend?.();
      }
    }
  });
}
