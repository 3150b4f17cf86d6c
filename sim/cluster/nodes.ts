// Builds the nodes of a run: kubelets where it has controllers, otherwise hollow nodes that only place, run and end pods.
import type { Engine } from "../engine/engine.ts";
import { SECOND } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { KubeletConfiguration } from "../model/kubelet-configuration.ts";
import type { ClusterObjects, Node } from "../model/objects.ts";
import { isMirror } from "../model/static-pods.ts";
import type { PodNetwork } from "../network/pod-network.ts";
import type { Place } from "../network/reachability.ts";
import { NodeFaultPoints } from "../node/fault-points.ts";
import { HollowNodes } from "../node/hollow-nodes.ts";
import type { ConnectionPurpose } from "../node/kubelet.ts";
import { Kubelets } from "../node/kubelets.ts";
import { BootingNodes } from "../node/pools.ts";
import type { Plan } from "../scenario/plan.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { Heartbeats } from "./heartbeats.ts";
import { serveMetricSeries } from "./metric-series.ts";

const HEARTBEAT_TIMEOUT_MICROS = 10 * SECOND;

export interface Nodes {
  /** null where the run has no kubelets. */
  readonly kubelets: Kubelets | null;
  readonly faults: NodeFaultPoints | null;
  /** Pending events that only keep nodes going: they alone are no reason for a run to go on. */
  readonly ownTimers: number;
  start(): void;
}

/** The objects are those that are stored when the run begins. */
export function buildNodes(
  engine: Engine,
  plan: Plan,
  controlPlane: ControlPlane,
  recorder: Recorder,
  podNetwork: PodNetwork,
  seed: string | number,
  { nodes, pods }: Pick<ClusterObjects, "nodes" | "pods">,
  heartbeats: Heartbeats,
): Nodes {
  const { api } = controlPlane;
  if (plan.controllerManagers !== null) {
    const kubelets = new Kubelets({
      engine,
      seed,
      configuration: plan.kubelet,
      ...kubeletConnections(controlPlane, plan.kubelet),
      recorder,
      podNetwork,
      nodes,
      mirrors: plan.kubelet.staticPods.length === 0 ? [] : pods.filter(isMirror),
      pools: plan.lateNodes,
      calm: heartbeats.calm,
      heartbeats: heartbeats.nodes,
    });
    api.aggregate("podMetrics", kubelets.metrics);
    serveMetricSeries(plan.metrics ?? [], api, kubelets.metrics, () => engine.now);
    return {
      kubelets,
      faults: new NodeFaultPoints(engine, kubelets),
      get ownTimers() {
        return kubelets.ownTimers;
      },
      start: () => kubelets.start(),
    };
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
    ownTimers: 0,
    start: () => {
      hollow.start();
      machines.start();
    },
  };
}

/** Where a node is, for partitions. */
function placeOf({ metadata }: Node): Place {
  const { labels, name } = metadata;
  return { name, machine: name, zone: labels?.["topology.kubernetes.io/zone"] ?? "" };
}

/** What kubelets of a run need of its API servers and network. */
export function kubeletConnections(
  { api, network }: Pick<ControlPlane, "api" | "network">,
  { eventBurst, eventRecordQps, kubeApiBurst, kubeApiQps }: KubeletConfiguration,
) {
  const pods = { qps: kubeApiQps, burst: kubeApiBurst };
  const events = { qps: eventRecordQps, burst: eventBurst };
  const limits = { pods, events, heartbeats: { timeoutMicros: HEARTBEAT_TIMEOUT_MICROS } };
  return {
    client: (node: Node, purpose: ConnectionPurpose) => {
      const { name } = node.metadata;
      return api.client({
        name: `kubelet/${name}${purpose === "pods" ? "" : `/${purpose}`}`,
        user: `system:node:${name}`,
        groups: ["system:nodes"],
        place: placeOf(node),
        ...limits[purpose],
      });
    },
    cutOff: (node: Node) => {
      const { name } = node.metadata;
      const isServer = (place: Place): boolean => place.name.startsWith("apiserver-");
      return network.reachability.add(
        (from, to) => (from.name === name && isServer(to)) || (to.name === name && isServer(from)),
        true,
      );
    },
  };
}
