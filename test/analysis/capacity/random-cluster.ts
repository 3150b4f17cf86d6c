// Small random clusters for capacity questions, and searches through all possibilities that know nothing of the scheduler's code: a pod
// fits a node when its requests, the node's taints and its selector allow it, and when nobody of its own kind that it avoids is near.
import type { Ground } from "../../../sim/analysis/capacity/ground.ts";
import { createStream, type RandomStream } from "../../../sim/engine/random.ts";
import { type Node, noObjects, type Pod } from "../../../sim/model/objects.ts";
import { defaultSchedulerConfiguration } from "../../../sim/model/read-scheduler-configuration.ts";
import { node, pod, ZONE } from "../../scheduler/cluster.ts";

export const RACK = "topology.kubernetes.io/rack";

export function groundWith(nodes: readonly Node[], pods: readonly Pod[], seed = "1"): Ground {
  return {
    objects: { ...noObjects(), nodes: [...nodes], pods: [...pods] },
    configuration: defaultSchedulerConfiguration(),
    tieBreak: "heap",
    seed,
  };
}

export interface RandomCluster {
  readonly ground: Ground;
  readonly stream: RandomStream;
}

export interface RandomParts {
  readonly nodes: readonly [least: number, most: number];
  readonly bound: number;
  readonly pending: number;
  /** Taints, selectors and anti-affinity too. */
  readonly hasRules?: boolean;
}

const pick = <T>(stream: RandomStream, list: readonly T[]): T => list[stream.int(list.length)] as T;

export function randomPod(stream: RandomStream, name: string, hasRules: boolean): Pod {
  const app = pick(stream, ["a", "b"]);
  const spec: Record<string, unknown> = {
    containers: [
      {
        name: "main",
        resources: { requests: { cpu: `${250 * (1 + stream.int(8))}m`, memory: `${1 + stream.int(4)}Gi` } },
      },
    ],
  };
  if (hasRules && stream.int(4) === 0) spec.nodeSelector = { disk: "ssd" };
  if (hasRules && stream.int(4) === 0) spec.tolerations = [{ key: "gpu", operator: "Exists" }];
  if (hasRules && stream.int(4) === 0)
    spec.affinity = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app } }, topologyKey: pick(stream, ["kubernetes.io/hostname", ZONE]) },
        ],
      },
    };
  return pod(name, {
    labels: { app },
    spec,
    metadata: {
      ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: app, uid: app, controller: true }],
    },
  });
}

export function randomNode(stream: RandomStream, name: string, hasRules: boolean): Node {
  const labels = { [ZONE]: pick(stream, ["a", "b", "c"]), [RACK]: pick(stream, ["r1", "r2"]) };
  const made = node(name, hasRules && stream.int(2) === 0 ? { ...labels, disk: "ssd" } : labels, {
    cpu: String(2 + stream.int(5)),
    memory: `${4 + stream.int(9)}Gi`,
    pods: String(3 + stream.int(6)),
  });
  return hasRules && stream.int(4) === 0
    ? { ...made, spec: { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] } }
    : made;
}

/** Bound pods are where they may be: resources, taints and selectors allow it. */
export function randomCluster(seed: number, parts: RandomParts): RandomCluster {
  const stream = createStream(seed, "random-cluster");
  const hasRules = parts.hasRules ?? false;
  const [least, most] = parts.nodes;
  const nodes = Array.from({ length: least + stream.int(most - least + 1) }, (_, i) =>
    randomNode(stream, `n${i}`, hasRules),
  );
  const model = new Model(nodes);
  const pods: Pod[] = [];
  for (let i = 0; i < parts.bound; i++) {
    const one = randomPod(stream, `bound-${i}`, hasRules);
    const at = stream.int(nodes.length);
    if (!model.fits(one, at)) continue;
    model.add(one, at);
    pods.push({ ...one, spec: { ...one.spec, nodeName: (nodes[at] as Node).metadata.name } });
  }
  for (let i = 0; i < parts.pending; i++) pods.push(randomPod(stream, `pending-${i}`, hasRules));
  return { ground: groundWith(nodes, pods, String(seed)), stream };
}

interface Wish {
  readonly cpu: number;
  readonly memory: number;
}

function wishOf({ spec }: Pod): Wish {
  let cpu = 0;
  let memory = 0;
  for (const { resources } of spec.containers) {
    const { cpu: c = "0", memory: m = "0" } = (resources?.requests ?? {}) as Record<string, string>;
    cpu += c.endsWith("m") ? Number(c.slice(0, -1)) : 1000 * Number(c);
    memory += m.endsWith("Gi") ? Number(m.slice(0, -2)) : Number(m);
  }
  return { cpu, memory };
}

interface Place {
  readonly node: Node;
  cpu: number;
  memory: number;
  pods: number;
  readonly on: Pod[];
}

/** Nodes and what is on them, in a few lines: the rules as a person would check them with pencil and paper. */
export class Model {
  readonly places: readonly Place[];

  constructor(nodes: readonly Node[], bound: readonly Pod[] = []) {
    this.places = nodes.map((one) => {
      const { cpu = "0", memory = "0", pods = "0" } = (one.status?.allocatable ?? {}) as Record<string, string>;
      return {
        node: one,
        cpu: 1000 * Number(cpu),
        memory: Number(memory.replace("Gi", "")),
        pods: Number(pods),
        on: [],
      };
    });
    for (const one of bound) {
      const at = nodes.findIndex(({ metadata }) => metadata.name === one.spec.nodeName);
      if (at >= 0) this.add(one, at);
    }
  }

  fits(one: Pod, at: number): boolean {
    const place = this.places[at] as Place;
    const { cpu, memory } = wishOf(one);
    if (cpu > place.cpu || memory > place.memory || place.pods < 1) return false;
    const { labels = {} } = place.node.metadata;
    for (const [key, value] of Object.entries(one.spec.nodeSelector ?? {})) if (labels[key] !== value) return false;
    for (const { key } of place.node.spec?.taints ?? [])
      if (!(one.spec.tolerations ?? []).some((t) => t.key === key)) return false;
    return this.places.every((other) =>
      other.on.every((near) => !avoids(one, near, place, other) && !avoids(near, one, other, place)),
    );
  }

  add(one: Pod, at: number, sign: 1 | -1 = 1): void {
    const place = this.places[at] as Place;
    const { cpu, memory } = wishOf(one);
    place.cpu -= sign * cpu;
    place.memory -= sign * memory;
    place.pods -= sign;
    if (sign > 0) place.on.push(one);
    else place.on.splice(place.on.indexOf(one), 1);
  }

  /** The largest number of these pods, in their order, that some placement takes; ends as soon as all are. */
  most(pods: readonly Pod[], from = 0): number {
    if (from === pods.length) return 0;
    const one = pods[from] as Pod;
    let best = 0;
    for (let at = 0; at < this.places.length && best < pods.length - from; at++) {
      if (!this.fits(one, at)) continue;
      this.add(one, at);
      best = Math.max(best, 1 + this.most(pods, from + 1));
      this.add(one, at, -1);
    }
    return best;
  }
}

function avoids(one: Pod, near: Pod, place: Place, other: Place): boolean {
  const terms = one.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.some(({ labelSelector, topologyKey }) => {
    const domain = place.node.metadata.labels?.[topologyKey];
    return (
      domain !== undefined &&
      domain === other.node.metadata.labels?.[topologyKey] &&
      labelSelector?.matchLabels?.app === near.metadata.labels?.app
    );
  });
}
