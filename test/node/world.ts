// A cluster of an API server, etcd and kubelets, without scheduler and controllers: pods are created bound to a node.
import { ControlPlane } from "../../sim/cluster/control-plane.ts";
import { withKubelets } from "../../sim/cluster/initial-objects.ts";
import { kubeletConnections } from "../../sim/cluster/nodes.ts";
import { Engine } from "../../sim/engine/engine.ts";
import { SECOND, type Tick } from "../../sim/engine/tick.ts";
import { Recorder } from "../../sim/metrics/recorder.ts";
import {
  DEFAULT_KUBELET_CONFIGURATION,
  HOLLOW_KUBELET_CONFIGURATION,
  type KubeletConfiguration,
} from "../../sim/model/kubelet-configuration.ts";
import { type EventObject, type Node, noObjects, type Pod, type PodSpec } from "../../sim/model/objects.ts";
import { isMirror } from "../../sim/model/static-pods.ts";
import { PodNetwork } from "../../sim/network/pod-network.ts";
import { NodeFaultPoints } from "../../sim/node/fault-points.ts";
import { Kubelets } from "../../sim/node/kubelets.ts";
import { makePlan } from "../plans.ts";

export interface WorldOptions {
  readonly configuration?: Partial<KubeletConfiguration>;
  readonly hollow?: boolean;
  readonly nodes?: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly seed?: string;
}

export interface Seen {
  readonly atMicros: number;
  readonly type: string;
  readonly pod: Pod;
}

export class World {
  readonly engine: Engine;
  readonly controlPlane: ControlPlane;
  readonly kubelets: Kubelets;
  readonly faults: NodeFaultPoints;
  readonly recorder: Recorder;
  readonly podNetwork = new PodNetwork();
  readonly history: Seen[] = [];
  /** Writes by kind. */
  readonly writes = new Map<string, number>();

  constructor(options: WorldOptions = {}) {
    this.engine = new Engine({ seed: options.seed ?? "1" });
    const nodes = options.nodes ?? [node("n1")];
    const base = options.hollow === true ? HOLLOW_KUBELET_CONFIGURATION : DEFAULT_KUBELET_CONFIGURATION;
    // every pull of an image takes 0.98 s
    const runtime = { ...base.runtime, imageBytes: 216_000_000, pullLatencyMicros: 0 };
    const configuration = { ...base, runtime, ...options.configuration };
    const namespaces = ["default", "kube-node-lease"].map((name) => ({ metadata: { name } }));
    const objects = withKubelets({ ...noObjects(), namespaces, nodes, pods: options.pods ?? [] }, 40);
    const plan = makePlan();
    const observer = {} as never;
    this.controlPlane = new ControlPlane(this.engine, plan, objects, silent(observer));
    const { api } = this.controlPlane;
    api.onChange((kind, type, object, before) => {
      this.recorder.changed(kind, type, object, before);
      this.writes.set(kind, (this.writes.get(kind) ?? 0) + 1);
      if (kind === "pods") this.history.push({ atMicros: this.engine.now, type, pod: object as Pod });
    });
    this.recorder = new Recorder({ clock: () => this.engine.now, stepMicros: SECOND * 60, maxEvents: 100_000 });
    this.kubelets = new Kubelets({
      engine: this.engine,
      seed: options.seed ?? "1",
      configuration,
      ...kubeletConnections(this.controlPlane, configuration),
      recorder: this.recorder,
      podNetwork: this.podNetwork,
      nodes: objects.nodes,
      mirrors: objects.pods.filter(isMirror),
      pools: [],
    });
    api.aggregate("podMetrics", this.kubelets.metrics);
    this.faults = new NodeFaultPoints(this.engine, this.kubelets);
    this.controlPlane.start();
    this.history.length = 0;
    this.writes.clear();
    this.kubelets.start();
  }

  get client() {
    return this.controlPlane.api.client("test");
  }

  run(toSeconds: number): void {
    this.engine.run((toSeconds * SECOND) as Tick);
  }

  create(...pods: readonly Pod[]): void {
    for (const pod of pods) {
      this.client.create("pods", pod, (answer) => {
        if (answer instanceof Error || "code" in answer) throw new Error(JSON.stringify(answer));
      });
    }
  }

  delete(name: string, gracePeriodSeconds?: number): void {
    this.client.delete("pods", `default/${name}`, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
  }

  pod(name: string): Pod | undefined {
    return this.controlPlane.api.get("pods", `default/${name}`);
  }

  node(name = "n1"): Node {
    return this.controlPlane.api.get("nodes", name) as Node;
  }

  /** What has happened to a pod, as "seconds phase state…". */
  story(name: string): string[] {
    return this.history.filter((seen) => seen.pod.metadata.name === name).map((seen) => line(seen));
  }

  at(seconds: number, then: () => void): void {
    this.engine.at((seconds * SECOND) as Tick, then);
  }

  condition(type: string, name = "n1") {
    return this.node(name).status?.conditions?.find((c) => c.type === type);
  }

  events(name: string): EventObject[] {
    return this.controlPlane.api.list("events").filter((event) => event.involvedObject.name === name);
  }

  reasons(name: string): string[] {
    return this.events(name).map((event) => `${event.reason}${(event.count ?? 1) > 1 ? ` x${event.count}` : ""}`);
  }
}

function line({ atMicros, pod, type }: Seen): string {
  const { metadata, status } = pod;
  const states = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map((c) => {
    if (c.state?.running != null) return c.ready === true ? "ready" : "running";
    if (c.state?.terminated != null) return `exit ${c.state.terminated.exitCode}`;
    return c.state?.waiting?.reason ?? "";
  });
  const network = status?.conditions?.find((c) => c.type === "PodReadyToStartContainers")?.status === "True";
  const parts = [
    (atMicros / SECOND).toFixed(1),
    type === "DELETED" ? "DELETED" : (status?.phase ?? ""),
    ...(metadata.deletionTimestamp == null ? [] : ["deleting"]),
    ...(network ? ["net"] : []),
    states.join(","),
  ];
  return parts.filter((part) => part !== "").join(" ");
}

function silent<T>(_: T): T {
  return new Proxy({}, { get: () => () => undefined }) as T;
}

export function node(name: string, parts: Partial<Node> = {}): Node {
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, uid: `node-${name}` },
    status: {
      allocatable: { cpu: "4", memory: "8Gi", pods: 110 },
      capacity: { cpu: "4", memory: "8Gi", pods: 110 },
      conditions: [{ type: "Ready", status: "True", reason: "KubeletReady" }],
    },
    ...parts,
  };
}

/** A pod that is bound already. @param annotations without their prefix */
export function pod(
  name: string,
  annotations: Readonly<Record<string, string>> = {},
  spec: Partial<PodSpec> = {},
  nodeName = "n1",
): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`kubedrill.io/${key}`, value]),
      ),
    },
    spec: { nodeName, restartPolicy: "Always", containers: [{ name: "app", image: "app:v1" }], ...spec },
  };
}
